/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The error log of a machine check, read as a guest reads it. */
#include "hw/spapr/mce_log.h"

#include <string.h>

#include "include/paprika/hv.h"

#define SRR1_DATA (UINT64_C(1) << 21)
/** Bits of the MSR that SRR1 has beside the cause. */
#define SRR1_NOISE UINT64_C(0x8000000000009033)
#define DAR UINT64_C(0xc000000012345678)
#define SRR0 UINT64_C(0xc000000000abcdec)

enum { P8 = 0x004d0200, P8NVL = 0x004c0100, P9 = 0x004e1202, P10 = 0x00800200 };
enum { NONE, BY_DAR, BY_SRR0 };

/** Severity, of the fixed part. */
enum { WARNING = 2, SYNC = 3, FATAL = 5 };

static const struct {
    uint32_t pvr;
    uint64_t srr1;
    uint32_t dsisr;
    uint8_t type, subtype;
    int address;
    uint8_t severity, log_type;
} causes[] = {
    {P9, SRR1_DATA, 0x8000, 0, 0x03, NONE, SYNC, 9},
    {P9, SRR1_DATA, 0x4000, 0, 0x44, BY_DAR, SYNC, 9},
    {P8, SRR1_DATA, 0x0080, 1, 0x81, BY_DAR, SYNC, 3},
    {P9, SRR1_DATA, 0x0100, 1, 0x80, BY_DAR, SYNC, 3},
    /* Multihit is told where both bits are set. */
    {P10, SRR1_DATA, 0x0180, 1, 0x81, BY_DAR, SYNC, 3},
    {P9, SRR1_DATA, 0x0800, 2, 0x82, BY_DAR, SYNC, 3},
    {P10, SRR1_DATA, 0x0400, 4, 0x82, BY_DAR, SYNC, 3},
    /* The same bits on another generation. */
    {P8, SRR1_DATA, 0x0200, 2, 0x82, BY_DAR, SYNC, 3},
    {P9, SRR1_DATA, 0x0200, 3, 0, NONE, SYNC, 3},
    {P8, SRR1_DATA, 0x0040, 1, 0x82, BY_DAR, SYNC, 3},
    {P10, SRR1_DATA, 0x0040, 8, 0x90, BY_DAR, SYNC, 3},
    {P9, SRR1_DATA, 0x0020, 8, 0x00, NONE, SYNC, 3},
    {P8, SRR1_DATA, 0x0020, 3, 0, NONE, FATAL, 3},
    {P10, SRR1_DATA, 0x2000, 3, 0, NONE, FATAL, 3},
    {P9, SRR1_DATA, 0, 3, 0, NONE, FATAL, 3},
    /* Without the bit for loads and stores, DSISR says nothing. */
    {P9, 0x00040000, 0x8000, 0, 0x41, BY_SRR0, SYNC, 9},
    {P9, 0x00180000, 0, 0, 0x42, BY_SRR0, SYNC, 9},
    {P8, 0x00080000, 0, 1, 0x80, BY_SRR0, SYNC, 3},
    {P8, 0x000c0000, 0, 1, 0x81, BY_SRR0, SYNC, 3},
    {P9, 0x00100000, 0, 2, 0x82, BY_SRR0, SYNC, 3},
    {P10, 0x00140000, 0, 4, 0x82, BY_SRR0, SYNC, 3},
    {P8NVL, 0x001c0000, 0, 0, 0x41, BY_SRR0, SYNC, 9},
    {P9, 0x001c0000, 0, 8, 0x90, BY_SRR0, SYNC, 3},
    {P10, 0x08100000, 0, 8, 0x80, BY_SRR0, SYNC, 3},
    /* A store is reported late: the instruction at SRR0 has no part in it. */
    {P10, 0x08140000, 0, 8, 0x10, NONE, FATAL, 3},
    {P8, 0x08140000, 0, 3, 0, NONE, FATAL, 3},
    {P9, 0, 0, 3, 0, NONE, FATAL, 3},
};

static void test_causes(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++) {
        const uint64_t addresses[] = {0, DAR, SRR0};
        const MachineCheck check = {
            .pvr = causes[i].pvr,
            .cpu = 17,
            .srr0 = SRR0,
            .srr1 = causes[i].srr1 | SRR1_NOISE,
            .dar = DAR,
            .dsisr = causes[i].dsisr,
            .disposition = HV_NMI_NOT_RECOVERED,
        };
        MceLog log;

        memset(&log, 0xa5, sizeof(log));
        g_test_message("cause %u: %s", i, mce_log_build(&log, &check));
        g_assert_cmphex(log.error_type, ==, causes[i].type);
        g_assert_cmphex(log.error_subtype, ==, causes[i].subtype);
        g_assert_cmphex(be64_get(log.effective_address), ==, addresses[causes[i].address]);
        g_assert_cmphex(be64_get(log.logical_address), ==, 0);
        g_assert_cmpuint(log.head.summary >> 5, ==, causes[i].severity);
        g_assert_cmpuint(log.head.summary >> 3 & 3, ==, 2);
        g_assert_cmphex(log.head.type, ==, causes[i].log_type);
        g_assert_cmpuint(be32_get(log.processor), ==, 17);
    }
}

/** The bytes, at the offsets of the specification and of Linux's structures. */
static void test_layout(void)
{
    const MachineCheck check = {
        .pvr = P9,
        .cpu = 0x01020304,
        .srr1 = SRR1_DATA,
        .dar = DAR,
        .dsisr = 0x0080,
        .disposition = HV_NMI_NOT_RECOVERED,
    };
    static const uint8_t expected[64] = {
        6,    3 << 5 | 2 << 3 | 1 << 2,
        0x10, 3,
        0,    0,
        0,    56, /* fixed part */
        0xc6, 0,
        0x8e, 0,
        0,    0,
        0,    0, /* extended part */
        0,    0,
        0,    0,
        'I',  'B',
        'M',  0, /* its company */
        'M',  'C',
        0,    40,
        1,    0,
        0,    0, /* section */
        0,    0,
        0,    0,
        1,    2,
        3,    4, /* fru, processor */
        1,    0x81,
        0,    0,
        0,    0,
        0,    0, /* SLB multihit */
        0xc0, 0,
        0,    0,
        0x12, 0x34,
        0x56, 0x78, /* effective address */
        0,    0,
        0,    0,
        0,    0,
        0,    0,
    };
    MceLog log;

    memset(&log, 0xff, sizeof(log));
    mce_log_build(&log, &check);
    g_assert_cmpmem(&log, sizeof(log), expected, sizeof(expected));
}

static void test_dispositions(void)
{
    static const struct {
        uint32_t host;
        uint8_t severity, disposition, flags;
    } cases[] = {
        {HV_NMI_FULLY_RECOVERED, WARNING, 0, 0x20},
        {HV_NMI_LIMITED_RECOVERY, WARNING, 1, 0x10},
        {HV_NMI_NOT_RECOVERED, SYNC, 2, 0x40},
        /* Said nothing: nothing was done. Other flags do not count. */
        {0, SYNC, 2, 0x40},
        {0xfffffffc | HV_NMI_FULLY_RECOVERED, WARNING, 0, 0x20},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const MachineCheck check = {
            .pvr = P9, .srr1 = SRR1_DATA, .dsisr = 0x800, .disposition = cases[i].host};
        MceLog log;

        mce_log_build(&log, &check);
        g_assert_cmpuint(log.head.summary >> 5, ==, cases[i].severity);
        g_assert_cmpuint(log.head.summary >> 3 & 3, ==, cases[i].disposition);
        g_assert_cmphex(log.head.flags & 0x70, ==, cases[i].flags);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mce-log/causes", test_causes);
    g_test_add_func("/mce-log/layout", test_layout);
    g_test_add_func("/mce-log/dispositions", test_dispositions);
    return g_test_run();
}
