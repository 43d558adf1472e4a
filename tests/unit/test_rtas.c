/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTAS: the call buffer, and every service with good and with bad arguments. */
#include "hw/spapr/rtas/rtas.h"

#include <errno.h>
#include <string.h>

#include "firmware/rtas_stub.h"
#include "hw/spapr/dt/dt_phandles.h"
#include "hw/spapr/nvram.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vpd.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/rtas_caller.h"

enum {
    MEMORY = 16 << 20,
    BUFFER = RTAS_CALLER_BUFFER,
    DATA = 0x8000,
    /** What the cells hold before a call. */
    UNTOUCHED = 0x5a5a5a5a,
};

static FakeVm *make(FakeHvProfile profile, unsigned cpus)
{
    FakeVm *fake = fake_vm_new(profile, cpus, 1, 1, MEMORY);

    fake_vm_add_devices(fake);
    return fake;
}

static void put_words(FakeVm *fake, GuestAddr at, const uint32_t *words, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        g_assert_true(guest_mem_store_be32(fake->vm.mem, at + 4 * i, words[i]));
}

static uint32_t get_word(FakeVm *fake, GuestAddr at)
{
    uint32_t word;

    g_assert_true(guest_mem_load_be32(fake->vm.mem, at, &word));
    return word;
}

static RtasStatus call_with(FakeVm *fake, const char *name, unsigned nret, uint32_t *rets,
                            unsigned nargs, const uint32_t *args)
{
    uint32_t token = rtas_token(name);

    g_assert_cmpuint(token, !=, 0);
    return rtas_caller_call(&fake->vm, token, nargs, args, nret, rets);
}

/** RTAS(fake, name, nret, rets, arguments...) */
#define RTAS(fake, name, nret, rets, ...)                                                          \
    call_with(fake, name, nret, rets, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),        \
              (uint32_t[]){__VA_ARGS__})
#define RTAS0(fake, name, nret, rets) call_with(fake, name, nret, rets, 0, NULL)

static void test_buffer(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    Vcpu *cpu = fake->vm.vcpus[0];
    const uint32_t token = rtas_token("get-time-of-day");
    static const struct {
        uint32_t nargs, nret;
        HcallRet ret;
    } counts[] = {
        {0, 0, H_PARAMETER},
        {0, 1, H_SUCCESS},
        {0, 16, H_SUCCESS},
        {0, 17, H_PARAMETER},
        {15, 1, H_SUCCESS},
        {16, 0, H_PARAMETER},
        {16, 1, H_PARAMETER},
        {17, 1, H_PARAMETER},
        {UINT32_MAX, 1, H_PARAMETER},
        {1, UINT32_MAX, H_PARAMETER},
        {UINT32_MAX, 2, H_PARAMETER},
        {0x80000000, 0x80000001, H_PARAMETER},
        {UINT32_MAX - 1, 17, H_PARAMETER},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(counts); i++) {
        put_words(fake, BUFFER, (uint32_t[]){token, counts[i].nargs, counts[i].nret}, 3);
        g_assert_cmpint(rtas_dispatch(cpu, BUFFER), ==, counts[i].ret);
    }

    /* A buffer that ends with memory is whole; one cell further it is not. */
    put_words(fake, MEMORY - 44, (uint32_t[]){token, 0, 8}, 3);
    g_assert_cmpint(rtas_dispatch(cpu, MEMORY - 44), ==, H_SUCCESS);
    g_assert_cmpuint(get_word(fake, MEMORY - 32), ==, 0);
    put_words(fake, MEMORY - 40, (uint32_t[]){token, 0, 8}, 3);
    g_assert_cmpint(rtas_dispatch(cpu, MEMORY - 40), ==, H_PARAMETER);
    put_words(fake, MEMORY - 16, (uint32_t[]){token, 0, 1, UNTOUCHED}, 4);
    g_assert_cmpint(rtas_dispatch(cpu, MEMORY - 16), ==, H_SUCCESS);
    g_assert_cmpint((RtasStatus)get_word(fake, MEMORY - 4), ==, RTAS_PARAM_ERROR);
    put_words(fake, MEMORY - 12, (uint32_t[]){token, 0, 1}, 3);
    g_assert_cmpint(rtas_dispatch(cpu, MEMORY - 12), ==, H_PARAMETER);

    static const uint64_t bad[] = {MEMORY - 11,       MEMORY - 1,      MEMORY,
                                   UINT64_MAX,        UINT64_MAX - 3,  UINT64_MAX - 11,
                                   UINT64_C(1) << 63, UINT64_MAX - 15, UINT64_C(0x100000000)};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(rtas_dispatch(cpu, bad[i]), ==, H_PARAMETER);

    /* Any alignment: the guest's own business. */
    put_words(fake, BUFFER + 1, (uint32_t[]){token, 0, 8}, 3);
    g_assert_cmpint(rtas_dispatch(cpu, BUFFER + 1), ==, H_SUCCESS);
    g_assert_cmpuint(get_word(fake, BUFFER + 13), ==, 0);
}

static void test_tokens(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    static const uint32_t unknown[] = {0, 1, RTAS_TOKEN_BASE - 1, 0x80000000, UINT32_MAX};
    const RtasDef *def;
    uint32_t rets[16];
    unsigned count = 0;

    for (; (def = rtas_service(count)); count++) {
        g_assert_cmpuint(rtas_token(def->name), ==, RTAS_TOKEN_BASE + count);
        g_assert_nonnull(def->section);
        g_assert_true(def->handler && def->nret >= 1);
        g_assert_true(def->nargs == RTAS_ANY || def->nret == RTAS_ANY ||
                      def->nargs + def->nret <= RTAS_MAX_CELLS);
    }
    g_assert_cmpuint(count, >, 15);
    g_assert_null(rtas_service(UINT_MAX));
    g_assert_cmpuint(rtas_token("ibm,open-sesame"), ==, 0);
    g_assert_cmpuint(rtas_token(""), ==, 0);

    for (unsigned i = 0; i < G_N_ELEMENTS(unknown); i++)
        g_assert_cmpint(rtas_caller_call(&fake->vm, unknown[i], 0, NULL, 1, rets), ==,
                        RTAS_NOT_SUPPORTED);
    g_assert_cmpint(rtas_caller_call(&fake->vm, RTAS_TOKEN_BASE + count, 0, NULL, 2, rets), ==,
                    RTAS_NOT_SUPPORTED);
    g_assert_cmpuint(rets[1], ==, 0);

    /* Every service with every wrong pair of counts: refused, and nothing is done. */
    static const uint32_t zeros[16];
    for (unsigned i = 0; i < count; i++) {
        def = rtas_service(i);
        for (unsigned nargs = 0; nargs <= 15; nargs++) {
            for (unsigned nret = 1; nargs + nret <= 16; nret++) {
                if ((def->nargs == RTAS_ANY || nargs == def->nargs) &&
                    (def->nret == RTAS_ANY || nret == def->nret))
                    continue;
                g_assert_cmpint(
                    rtas_caller_call(&fake->vm, RTAS_TOKEN_BASE + i, nargs, zeros, nret, rets), ==,
                    RTAS_PARAM_ERROR);
            }
        }
    }
    g_assert_cmpuint(fake->requests, ==, 0);
}

static void test_power(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[1];

    g_assert_cmpint(RTAS(fake, "power-off", 1, rets, UINT32_MAX, UINT32_MAX), ==, RTAS_SUCCESS);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_POWEROFF);
    g_assert_cmpint(RTAS0(fake, "system-reboot", 1, rets), ==, RTAS_SUCCESS);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_REBOOT);
    g_assert_cmpuint(fake->requests, ==, 2);
}

static void test_os_term(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    const char *prefix = "the guest's system ended itself: ";
    g_autofree char *long_text = g_strnfill(4000, 'x'), *cut = g_strnfill(127, 'x');
    uint32_t rets[1];
    const struct {
        uint32_t at;
        const char *put;
        size_t length;
        const char *seen;
    } cases[] = {
        {DATA, "OS panic", 9, "OS panic"},
        {DATA, "", 1, ""},
        {DATA, "a\nb\x1b[2J\x7f\xff%s%n", 14, "a.b.[2J..%s%n"},
        {DATA, long_text, 4000, cut},
        /* No terminator before the end of memory. */
        {MEMORY - 4, "halt", 4, "halt"},
        {MEMORY - 1, "!", 1, "!"},
        {MEMORY, NULL, 0, ""},
        {UINT32_MAX, NULL, 0, ""},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (cases[i].put)
            g_assert_true(
                guest_mem_write(fake->vm.mem, cases[i].at, cases[i].put, cases[i].length));
        g_assert_cmpint(RTAS(fake, "ibm,os-term", 1, rets, cases[i].at), ==, RTAS_SUCCESS);
        g_assert_cmpint(fake->request, ==, VM_REQUEST_CRASH);
        g_assert_cmpuint(fake->requests, ==, i + 1);
        g_assert_true(g_str_has_prefix(fake->why, prefix));
        g_assert_cmpstr(fake->why + strlen(prefix), ==, cases[i].seen);
    }
}

static int64_t unix_of(const uint32_t r[8])
{
    g_autoptr(GDateTime) time =
        g_date_time_new_utc((int)r[1], (int)r[2], (int)r[3], (int)r[4], (int)r[5], (double)r[6]);

    g_assert_nonnull(time);
    return g_date_time_to_unix(time);
}

static void test_time(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[8];

    gint64 before = g_get_real_time() / G_USEC_PER_SEC;
    g_assert_cmpint(RTAS0(fake, "get-time-of-day", 8, rets), ==, RTAS_SUCCESS);
    g_assert_cmpint(unix_of(rets), >=, before);
    g_assert_cmpint(unix_of(rets), <=, g_get_real_time() / G_USEC_PER_SEC);
    g_assert_cmpuint(rets[7], <, 1000000000);

    static const uint32_t good[][7] = {
        {2006, 6, 17, 16, 1, 21, 0},  {1970, 1, 1, 0, 0, 0, 0}, {2024, 2, 29, 0, 0, 0, 0},
        {9999, 12, 31, 23, 59, 0, 0}, {1, 1, 1, 0, 0, 0, 0},    {2038, 1, 19, 3, 14, 8, 999999999},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        uint32_t want[8] = {0};

        memcpy(want + 1, good[i], sizeof(good[i]));
        g_assert_cmpint(call_with(fake, "set-time-of-day", 1, rets, 7, good[i]), ==, RTAS_SUCCESS);
        g_assert_cmpint(RTAS0(fake, "get-time-of-day", 8, rets), ==, RTAS_SUCCESS);
        g_assert_cmpint(unix_of(rets) - unix_of(want), >=, 0);
        g_assert_cmpint(unix_of(rets) - unix_of(want), <=, 5);
    }

    /* Past the last year the clock has no answer, and says so. */
    g_assert_cmpint(RTAS(fake, "set-time-of-day", 1, rets, 9999, 12, 31, 23, 59, 59, 0), ==,
                    RTAS_SUCCESS);
    fake->vm.platform->rtc_offset += 2;
    g_assert_cmpint(RTAS0(fake, "get-time-of-day", 8, rets), ==, RTAS_HW_ERROR);

    fake->vm.platform->rtc_offset = 77;
    static const uint32_t bad[][7] = {
        {0, 1, 1, 0, 0, 0, 0},
        {10000, 1, 1, 0, 0, 0, 0},
        {UINT32_MAX, 1, 1, 0, 0, 0, 0},
        {2024, 0, 1, 0, 0, 0, 0},
        {2024, 13, 1, 0, 0, 0, 0},
        {2024, 1, 0, 0, 0, 0, 0},
        {2024, 1, 32, 0, 0, 0, 0},
        {2023, 2, 29, 0, 0, 0, 0},
        {2024, 1, 1, 24, 0, 0, 0},
        {2024, 1, 1, 0, 60, 0, 0},
        {2024, 1, 1, 0, 0, 60, 0},
        {2024, 0x80000001, 1, 0, 0, 0, 0},
        {2024, 1, 1, 0, 0, 0, 1000000000},
        {2024, 1, 1, 0, 0, UINT32_MAX, 0},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(call_with(fake, "set-time-of-day", 1, rets, 7, bad[i]), ==,
                        RTAS_PARAM_ERROR);
    g_assert_cmpint(fake->vm.platform->rtc_offset, ==, 77);
}

static void test_nvram(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    char text[16] = {0};
    uint32_t rets[2];

    g_assert_true(guest_mem_write(fake->vm.mem, DATA, "persistent", 10));
    g_assert_cmpint(RTAS(fake, "nvram-store", 2, rets, NVRAM_SIZE - 10, DATA, 10), ==,
                    RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 10);
    g_assert_cmpint(RTAS(fake, "nvram-fetch", 2, rets, NVRAM_SIZE - 10, MEMORY - 10, 10), ==,
                    RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 10);
    g_assert_true(guest_mem_read(fake->vm.mem, MEMORY - 10, text, 10));
    g_assert_cmpstr(text, ==, "persistent");
    g_assert_cmpint(RTAS(fake, "nvram-fetch", 2, rets, 0, DATA, NVRAM_SIZE), ==, RTAS_SUCCESS);

    static const uint32_t bad[][3] = {
        {NVRAM_SIZE, DATA, 1},
        {NVRAM_SIZE - 9, DATA, 10},
        {0, DATA, NVRAM_SIZE + 1},
        {UINT32_MAX, DATA, 1},
        {1, DATA, UINT32_MAX},
        {UINT32_MAX, DATA, UINT32_MAX},
        {0, MEMORY, 1},
        {0, MEMORY - 9, 10},
        {0, UINT32_MAX, 1},
        {0, UINT32_MAX, NVRAM_SIZE},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_assert_cmpint(call_with(fake, "nvram-fetch", 2, rets, 3, bad[i]), ==, RTAS_PARAM_ERROR);
        g_assert_cmpuint(rets[1], ==, 0);
        g_assert_cmpint(call_with(fake, "nvram-store", 2, rets, 3, bad[i]), ==, RTAS_PARAM_ERROR);
        g_assert_cmpuint(rets[1], ==, 0);
    }
}

/** Get @parameter with @room bytes: the status, and that nothing past @room was written. */
static RtasStatus get_parameter(FakeVm *fake, uint32_t parameter, uint32_t room)
{
    uint8_t byte = 0;
    uint32_t rets[1];

    g_assert_true(guest_mem_fill(fake->vm.mem, DATA, 0xee, 8192));
    RtasStatus status = RTAS(fake, "ibm,get-system-parameter", 1, rets, parameter, DATA, room);
    for (uint32_t i = MIN(room, 8192); i < 8192; i++) {
        g_assert_true(guest_mem_read(fake->vm.mem, DATA + i, &byte, 1));
        g_assert_cmphex(byte, ==, 0xee);
    }
    return status;
}

static void test_system_parameters(void)
{
    static const uint32_t known[] = {20, 42, 43, 48, 50, 55};
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 3);
    g_autofree char *name = g_strdup("guest-1");
    char text[256] = {0};
    uint8_t uuid[16];
    uint32_t rets[1];

    fake->config.name = name;
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++) {
        g_assert_cmpint(get_parameter(fake, known[i], 4000), ==, RTAS_SUCCESS);
        uint32_t length = get_word(fake, DATA) >> 16;
        uint8_t last = 0, whole[256] = {0}, part[256];

        g_assert_cmpuint(length, >, 0);
        g_assert_cmpuint(length, <, sizeof(whole));
        g_assert_true(guest_mem_read(fake->vm.mem, DATA + 2, whole, length));
        g_assert_true(guest_mem_read(fake->vm.mem, DATA + 2 + length, &last, 1));
        g_assert_cmphex(last, ==, 0xee);

        /* Shorter buffers: the full length, and as much as fits. */
        for (uint32_t room = 0; room <= length + 2; room++) {
            g_assert_cmpint(get_parameter(fake, known[i], room), ==,
                            room == 1 ? RTAS_SYSPARM_PARAM_ERROR : RTAS_SUCCESS);
            if (room < 2)
                continue;
            g_assert_cmpuint(get_word(fake, DATA) >> 16, ==, length);
            g_assert_true(guest_mem_read(fake->vm.mem, DATA + 2, part, room - 2));
            g_assert_cmpmem(part, room - 2, whole, room - 2);
        }

        /* Buffers that are not memory, or not all of it. */
        g_assert_cmpint(RTAS(fake, "ibm,get-system-parameter", 1, rets, known[i], MEMORY, 100), ==,
                        RTAS_HW_ERROR);
        g_assert_cmpint(RTAS(fake, "ibm,get-system-parameter", 1, rets, known[i], MEMORY - 2, 100),
                        ==, RTAS_HW_ERROR);
        g_assert_cmpint(
            RTAS(fake, "ibm,get-system-parameter", 1, rets, known[i], UINT32_MAX, UINT32_MAX), ==,
            RTAS_HW_ERROR);
        g_assert_cmpint(RTAS(fake, "ibm,get-system-parameter", 1, rets, known[i], DATA, UINT32_MAX),
                        ==, RTAS_SUCCESS);
        g_assert_cmpint(RTAS(fake, "ibm,set-system-parameter", 1, rets, known[i], DATA), ==,
                        RTAS_NOT_AUTHORIZED);
    }

    g_assert_cmpint(get_parameter(fake, 20, 4000), ==, RTAS_SUCCESS);
    g_assert_true(guest_mem_read(fake->vm.mem, DATA + 2, text, sizeof(text) - 1));
    g_assert_cmpstr(text, ==,
                    "BoundThrds=0,CapInc=100,MinEntCap=0,MinEntCapPerVP=1,MinMem=128,MinProcs=1,"
                    "MaxEntCap=300,MaxPlatProcs=16,DesEntCap=300,DesMem=16,DesProcs=3,"
                    "DesVarCapWt=0,DedDonMode=0");
    g_assert_cmpint(get_parameter(fake, 55, 4000), ==, RTAS_SUCCESS);
    g_assert_cmpuint(get_word(fake, DATA) >> 16, ==, sizeof("guest-1"));
    g_assert_true(guest_mem_read(fake->vm.mem, DATA + 2, text, 8));
    g_assert_cmpstr(text, ==, "guest-1");
    fake->config.name = NULL;
    g_assert_cmpint(get_parameter(fake, 55, 4000), ==, RTAS_SUCCESS);

    /* One type: two sockets of one chip of eight cores; a partition does not see them. */
    g_assert_cmpint(get_parameter(fake, 43, 10), ==, RTAS_SUCCESS);
    g_assert_cmphex(get_word(fake, DATA), ==, 0x00080001);
    g_assert_cmphex(get_word(fake, DATA + 4), ==, 0x00020001);
    g_assert_cmphex(get_word(fake, DATA + 8) >> 16, ==, 0x0008);
    hv_fake_caps(fake->host)->pool.chip_cores = 0;
    g_assert_cmpint(get_parameter(fake, 43, 10), ==, RTAS_NOT_SUPPORTED);

    /* The UUID's bytes are those of its text. */
    g_assert_cmpint(get_parameter(fake, 48, 18), ==, RTAS_SUCCESS);
    g_assert_true(guest_mem_read(fake->vm.mem, DATA + 2, uuid, 16));
    GString *digits = g_string_new(NULL);
    for (unsigned i = 0; i < 16; i++)
        g_string_append_printf(digits, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
                               uuid[i]);
    g_assert_cmpstr(digits->str, ==, fake->vm.platform->uuid);
    g_string_free(digits, TRUE);

    static const uint32_t unknown[] = {0, 19, 44, 45, 256, 0x80000000, UINT32_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(unknown); i++) {
        g_assert_cmpint(get_parameter(fake, unknown[i], 4000), ==, RTAS_NOT_SUPPORTED);
        g_assert_cmphex(get_word(fake, DATA), ==, 0xeeeeeeee);
        g_assert_cmpint(RTAS(fake, "ibm,set-system-parameter", 1, rets, unknown[i], DATA), ==,
                        RTAS_NOT_SUPPORTED);
    }
}

/** All of the data in pieces of @room bytes; the calls that took. */
static unsigned get_vpd(FakeVm *fake, const char *location, uint32_t room, GByteArray *out)
{
    uint32_t rets[3] = {0, 1, 0};
    unsigned calls = 0;
    uint8_t piece[512];
    RtasStatus status;

    g_assert_true(guest_mem_write(fake->vm.mem, DATA, location, strlen(location) + 1));
    do {
        status = RTAS(fake, "ibm,get-vpd", 3, rets, DATA, DATA + 4096, room, rets[1]);
        g_assert_true(status == RTAS_MORE_DATA || status == RTAS_SUCCESS);
        g_assert_cmpuint(rets[2], >, 0);
        g_assert_cmpuint(rets[2], <=, MIN(room, sizeof(piece)));
        g_assert_true(guest_mem_read(fake->vm.mem, DATA + 4096, piece, rets[2]));
        g_byte_array_append(out, piece, rets[2]);
        calls++;
    } while (status == RTAS_MORE_DATA);
    g_assert_cmpuint(rets[1], ==, 1);
    return calls;
}

/** A keyword's value in @vpd, to be freed. */
static char *find_keyword(const GByteArray *vpd, const char *keyword)
{
    for (guint i = 0; i + 3 < vpd->len; i++) {
        if (!memcmp(vpd->data + i, keyword, 2) && i + 3 + vpd->data[i + 2] <= vpd->len)
            return g_strndup((const char *)vpd->data + i + 3, vpd->data[i + 2]);
    }
    return NULL;
}

static void test_vpd(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    g_autoptr(GByteArray) whole = g_byte_array_new(), system = g_byte_array_new();
    uint32_t rets[3];

    g_assert_cmpuint(get_vpd(fake, "", 4096, whole), ==, 1);
    g_assert_cmpuint(whole->len, <=, VPD_SIZE_MAX);
    for (uint32_t room = 1; room < whole->len; room += 7) {
        g_autoptr(GByteArray) pieces = g_byte_array_new();

        g_assert_cmpuint(get_vpd(fake, "", room, pieces), ==, (whole->len + room - 1) / room);
        g_assert_cmpmem(pieces->data, pieces->len, whole->data, whole->len);
    }

    /* Each stanza has its length and adds up to zero without the end's tag. */
    for (guint at = 0; at < whole->len;) {
        guint length = (guint)whole->data[at + 2] << 8 | whole->data[at + 3];
        uint8_t sum = 0;

        g_assert_cmphex(whole->data[at + 4], ==, 0x82);
        at += 4;
        g_assert_cmpuint(at + length, <=, whole->len);
        for (guint i = 0; i < length; i++)
            sum = (uint8_t)(sum + (i == length - 2 ? 0 : whole->data[at + i]));
        g_assert_cmphex(whole->data[at + length - 2], ==, 0x79);
        g_assert_cmpuint(sum, ==, 0);
        at += length;
    }

    g_autofree char *location = find_keyword(whole, "YL");
    g_assert_true(g_str_has_prefix(location, "UPAPR.KVM."));
    get_vpd(fake, location, 4096, system);
    g_assert_cmpmem(system->data, system->len, whole->data, system->len);
    g_assert_cmpuint(system->len, <, whole->len);

    static const uint32_t bad[][4] = {
        {DATA, DATA + 4096, 0, 1},      {DATA, DATA + 4096, 100, 0},
        {DATA, DATA + 4096, 100, 4096}, {DATA, DATA + 4096, 100, UINT32_MAX},
        {DATA, MEMORY - 3, 100, 1},     {MEMORY, DATA + 4096, 100, 1},
        {DATA, UINT32_MAX, 100, 1},     {UINT32_MAX, DATA, 100, 1},
    };
    g_assert_true(guest_mem_fill(fake->vm.mem, DATA, 0, 1));
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(call_with(fake, "ibm,get-vpd", 3, rets, 4, bad[i]), ==, RTAS_PARAM_ERROR);
    /* No such place, and one whose name does not end. */
    g_assert_true(guest_mem_write(fake->vm.mem, DATA, "U", 2));
    g_assert_cmpint(RTAS(fake, "ibm,get-vpd", 3, rets, DATA, DATA + 4096, 100, 1), ==,
                    RTAS_PARAM_ERROR);
    g_assert_true(guest_mem_fill(fake->vm.mem, DATA, 'U', 4096));
    g_assert_cmpint(RTAS(fake, "ibm,get-vpd", 3, rets, DATA, DATA + 4096, 100, 1), ==,
                    RTAS_PARAM_ERROR);
}

static void test_updates(void)
{
    static const uint32_t scopes[] = {1, 2, 3, UINT32_MAX, 0x80000000};
    static const uint32_t no_scopes[] = {0, 4, 0x7fffffff};
    static const uint32_t no_areas[] = {DATA + 16, MEMORY, MEMORY - 2048, UINT32_MAX};
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[1];
    char path[16];

    for (unsigned i = 0; i < G_N_ELEMENTS(scopes); i++) {
        g_assert_true(guest_mem_fill(fake->vm.mem, DATA, 0, 16));
        g_assert_true(guest_mem_fill(fake->vm.mem, DATA + 16, 0xee, 64));
        g_assert_cmpint(RTAS(fake, "ibm,update-nodes", 1, rets, DATA, scopes[i]), ==, RTAS_SUCCESS);
        for (unsigned word = 0; word < 5; word++)
            g_assert_cmphex(get_word(fake, DATA + 4 * word), ==, 0);

        put_words(fake, DATA, (uint32_t[]){DT_PHANDLE_VDEVICE, 0, 0, 0, UNTOUCHED}, 5);
        g_assert_cmpint(RTAS(fake, "ibm,update-properties", 1, rets, DATA, scopes[i]), ==,
                        RTAS_SUCCESS);
        g_assert_cmphex(get_word(fake, DATA), ==, DT_PHANDLE_VDEVICE);
        g_assert_cmphex(get_word(fake, DATA + 4), ==, 0);
        g_assert_cmpuint(get_word(fake, DATA + 16), ==, 1);
        g_assert_cmphex(get_word(fake, DATA + 20), ==, 0);
        g_assert_true(guest_mem_read(fake->vm.mem, DATA + 25, path, 9));
        g_assert_cmpstr(path, ==, "/vdevice");
    }

    /* A scope that there is not, an area that is none, a state that nobody gave. */
    put_words(fake, DATA, (uint32_t[]){0, 0, 0, 0}, 4);
    for (unsigned i = 0; i < G_N_ELEMENTS(no_scopes); i++)
        g_assert_cmpint(RTAS(fake, "ibm,update-nodes", 1, rets, DATA, no_scopes[i]), ==,
                        RTAS_PARAM_ERROR);
    for (unsigned i = 0; i < G_N_ELEMENTS(no_areas); i++)
        g_assert_cmpint(RTAS(fake, "ibm,update-nodes", 1, rets, no_areas[i], 1), ==,
                        RTAS_PARAM_ERROR);
    for (unsigned word = 0; word < 4; word++) {
        uint32_t head[4] = {0, 0, 0, 0};

        head[word] = 1;
        put_words(fake, DATA, head, 4);
        g_assert_cmpint(RTAS(fake, "ibm,update-nodes", 1, rets, DATA, 1), ==, RTAS_PARAM_ERROR);
        head[0] = word ? DT_PHANDLE_VDEVICE : 0x12345;
        put_words(fake, DATA, head, 4);
        g_assert_cmpint(RTAS(fake, "ibm,update-properties", 1, rets, DATA, 1), ==,
                        RTAS_PARAM_ERROR);
    }
}

static void test_cpus(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 3);
    Vcpu *const *cpus = fake->vm.vcpus;
    uint32_t rets[2];

    cpus[0]->state = VCPU_RUNNING;
    g_assert_cmpint(RTAS(fake, "query-cpu-stopped-state", 2, rets, 1), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 0);
    g_assert_cmpint(RTAS(fake, "query-cpu-stopped-state", 2, rets, 0), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 2);
    g_assert_cmpint(RTAS(fake, "query-cpu-stopped-state", 2, rets, 3), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "query-cpu-stopped-state", 2, rets, UINT32_MAX), ==,
                    RTAS_PARAM_ERROR);

    g_assert_cmpint(RTAS(fake, "start-cpu", 1, rets, 1, 0xfffffff0, 0x80000001), ==, RTAS_SUCCESS);
    g_assert_cmpint(cpus[1]->state, ==, VCPU_STARTING);
    g_assert_cmphex(cpus[1]->start.pc, ==, 0xfffffff0);
    g_assert_cmphex(cpus[1]->start.r3, ==, 0x80000001);
    g_assert_cmpint(RTAS(fake, "query-cpu-stopped-state", 2, rets, 1), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 2);
    /* Started already, or running, or nobody. */
    g_assert_cmpint(RTAS(fake, "start-cpu", 1, rets, 1, 0, 0), ==, RTAS_HW_ERROR);
    g_assert_cmphex(cpus[1]->start.pc, ==, 0xfffffff0);
    g_assert_cmpint(RTAS(fake, "start-cpu", 1, rets, 0, 0, 0), ==, RTAS_HW_ERROR);
    g_assert_cmpint(RTAS(fake, "start-cpu", 1, rets, 3, 0, 0), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "start-cpu", 1, rets, UINT32_MAX, 0, 0), ==, RTAS_PARAM_ERROR);

    g_assert_cmpint(RTAS0(fake, "stop-self", 1, rets), ==, RTAS_SUCCESS);
    g_assert_cmpint(cpus[0]->state, ==, VCPU_STOPPED);
}

static void test_nmi(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 2);
    Platform *platform = fake->vm.platform;
    uint32_t rets[1];

    g_assert_cmpint(RTAS0(fake, "ibm,nmi-interlock", 1, rets), ==, RTAS_NOT_SUPPORTED);
    static const uint32_t bad[][2] = {{MEMORY, 0},     {0, MEMORY},     {MEMORY - 3, 0},
                                      {UINT32_MAX, 0}, {0, UINT32_MAX}, {0x2000000, 0}};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(call_with(fake, "ibm,nmi-register", 1, rets, 2, bad[i]), ==,
                        RTAS_PARAM_ERROR);
    g_assert_false(platform->fwnmi_registered);
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_VCPU_ENABLE_FWNMI), ==, 0);

    hv_fake_fail(fake->host, FAKE_VCPU_ENABLE_FWNMI, 1, EINVAL);
    g_assert_cmpint(RTAS(fake, "ibm,nmi-register", 1, rets, 0x100, 0x200), ==, RTAS_NOT_SUPPORTED);
    g_assert_false(platform->fwnmi_registered);

    g_assert_cmpint(RTAS(fake, "ibm,nmi-register", 1, rets, 0x3100, MEMORY - 4), ==, RTAS_SUCCESS);
    g_assert_true(platform->fwnmi_registered);
    g_assert_cmphex(platform->fwnmi_reset, ==, 0x3100);
    g_assert_cmphex(platform->fwnmi_machine_check, ==, MEMORY - 4);

    /* Only the processor that has the machine check ends it. */
    g_assert_cmpint(RTAS0(fake, "ibm,nmi-interlock", 1, rets), ==, RTAS_PARAM_ERROR);
    platform->fwnmi_owner = 1;
    g_assert_cmpint(RTAS0(fake, "ibm,nmi-interlock", 1, rets), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(platform->fwnmi_owner, ==, 1);
    platform->fwnmi_owner = 0;
    g_assert_cmpint(RTAS0(fake, "ibm,nmi-interlock", 1, rets), ==, RTAS_SUCCESS);
    g_assert_cmpint(platform->fwnmi_owner, ==, -1);

    platform_reset(platform);
    g_assert_false(platform->fwnmi_registered);
    hv_fake_caps(fake->host)->fwnmi = FALSE;
    g_assert_cmpint(RTAS(fake, "ibm,nmi-register", 1, rets, 0, 0), ==, RTAS_NOT_SUPPORTED);
}

static void test_events(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[1];

    g_assert_cmpint(RTAS(fake, "event-scan", 1, rets, UINT32_MAX, 1, UINT32_MAX, UINT32_MAX), ==,
                    RTAS_NO_ERRORS_FOUND);
    /* Without room for a log none is fetched. */
    g_assert_cmpint(RTAS(fake, "check-exception", 1, rets, 0x500, 0x1000, UINT32_MAX, 1, UINT32_MAX,
                         UINT32_MAX),
                    ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "check-exception", 1, rets, 0x500, 0x1000, UINT32_MAX, 1, 0, 0, 0),
                    ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "check-exception", 1, rets, 0x500, 0x1000, UINT32_MAX, 1, DATA, 8),
                    ==, RTAS_NO_ERRORS_FOUND);
    g_assert_cmpint(
        RTAS(fake, "check-exception", 1, rets, 0x200, 0x1000, UINT32_MAX, 1, DATA, 2048, 0), ==,
        RTAS_NO_ERRORS_FOUND);
}

/* --- connectors, sensors, indicators ----------------------------------------------- */

static void test_levels(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[2];

    g_assert_cmpint(RTAS(fake, "get-power-level", 2, rets, UINT32_MAX), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 100);
    g_assert_cmpint(RTAS(fake, "get-power-level", 2, rets, 0), ==, RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "set-power-level", 2, rets, UINT32_MAX, 0), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 100);
    g_assert_cmpint(RTAS(fake, "set-power-level", 2, rets, UINT32_MAX, 101), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "set-power-level", 2, rets, 3, 0), ==, RTAS_NO_SUCH_INDICATOR);
}

static void test_indicators(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 2);
    uint32_t rets[2];

    /* The core of the calling processor. */
    fake->vm.vcpus[0]->state = VCPU_RUNNING;
    g_assert_cmpint(RTAS(fake, "get-sensor-state", 2, rets, 9003, 0x10000000), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 1);
    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9001, 0x10000000, 0), ==,
                    RTAS_OUTSTANDING);
    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9001, 0x10000001, 0), ==, RTAS_SUCCESS);
    g_assert_true(fake->vm.vcpus[1]->isolated);
    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9001, 0x10000001, 1), ==, RTAS_SUCCESS);
    g_assert_false(fake->vm.vcpus[1]->isolated);

    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9002, 0x10000001, 3), ==, RTAS_SUCCESS);
    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9002, 0x10000001, 4), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9002, 0x10000002, 0), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "set-indicator", 1, rets, 9000, 0x10000001, 0), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "get-sensor-state", 2, rets, 9, 0), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 0);
    g_assert_cmpint(RTAS(fake, "get-sensor-state", 2, rets, 9, 1), ==, RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "get-sensor-state", 2, rets, 3, 0), ==, RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "ibm,configure-connector", 1, rets, MEMORY, 0), ==,
                    RTAS_PARAM_ERROR);
}

/** A location code as a guest passes it. */
static void put_location(FakeVm *fake, const char *text)
{
    g_assert_true(guest_mem_store_be32(fake->vm.mem, DATA, (uint32_t)strlen(text) + 1));
    g_assert_true(guest_mem_write(fake->vm.mem, DATA + 4, text, strlen(text) + 1));
}

static void test_dynamic(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 3);
    uint32_t rets[2];

    put_location(fake, "CPU 2");
    g_assert_cmpint(RTAS(fake, "ibm,get-dynamic-sensor-state", 2, rets, 9003, DATA), ==,
                    RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 1);
    g_assert_cmpint(RTAS(fake, "ibm,get-dynamic-sensor-state", 2, rets, 9, DATA), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "ibm,set-dynamic-indicator", 1, rets, 9001, 0, DATA), ==,
                    RTAS_SUCCESS);
    g_assert_true(fake->vm.vcpus[2]->isolated);
    put_location(fake, "CPU 3");
    g_assert_cmpint(RTAS(fake, "ibm,set-dynamic-indicator", 1, rets, 9001, 0, DATA), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_true(guest_mem_store_be32(fake->vm.mem, DATA, UINT32_MAX));
    g_assert_cmpint(RTAS(fake, "ibm,get-dynamic-sensor-state", 2, rets, 9003, DATA), ==,
                    RTAS_NO_SUCH_INDICATOR);

    /* Three cores, two to a buffer: number of entries, index, length, text. */
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 1, 9003, DATA, 36, 1), ==, 1);
    g_assert_cmpuint(rets[1], ==, 3);
    g_assert_cmpuint(get_word(fake, DATA), ==, 2);
    g_assert_cmphex(get_word(fake, DATA + 20), ==, 0x10000001);
    g_assert_cmpuint(get_word(fake, DATA + 24), ==, 8);
    g_assert_cmpstr(guest_mem_ptr(fake->vm.mem, DATA + 28, 8), ==, "CPU 1");
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 1, 9003, DATA, 36, 3), ==, 0);
    g_assert_cmpuint(rets[1], ==, 1);
    g_assert_cmpuint(get_word(fake, DATA), ==, 1);
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 1, 9003, DATA, 36, UINT32_MAX), ==, 0);
    g_assert_cmpuint(get_word(fake, DATA), ==, 0);
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 0, 9001, DATA, 4096, 1), ==, 0);
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 0, 9, DATA, 4096, 1), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 2, 9003, DATA, 4096, 1), ==,
                    RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 1, 9003, DATA, 19, 1), ==,
                    RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "ibm,get-indices", 2, rets, 1, 9003, MEMORY - 8, 4096, 1), ==,
                    RTAS_PARAM_ERROR);
}

static void test_display(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[1];
    unsigned count = 0;

    fake_chardev_set_room(fake->console, 0);
    while (RTAS(fake, "display-character", 1, rets, 0xffffff00 | 'a') == RTAS_SUCCESS)
        g_assert_cmpuint(++count, <, 1000000);
    g_assert_cmpint((RtasStatus)rets[0], ==, RTAS_BUSY);
    g_assert_cmpuint(count, >=, 16);
    fake_chardev_set_room(fake->console, SIZE_MAX);
    for (gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC;
         fake_chardev_output(fake->console)->len < count && g_get_monotonic_time() < end;)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(fake_chardev_output(fake->console)->len, ==, count);
    g_assert_cmphex(fake_chardev_output(fake->console)->data[0], ==, 'a');
}

/** The services of a controller that the machine does not have. */
static void test_no_xics(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    uint32_t rets[3];

    g_assert_cmpint(RTAS(fake, "ibm,get-xive", 3, rets, 0x1000), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "ibm,set-xive", 1, rets, 0x1000, 0, 5), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "ibm,int-on", 1, rets, 0x1000), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "ibm,int-off", 1, rets, 0x1000), ==, RTAS_PARAM_ERROR);
}

static void test_xics(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_NESTED, 2);
    uint32_t rets[3];

    g_assert_cmpint(RTAS(fake, "ibm,set-xive", 1, rets, 0x1002, 1, 5), ==, RTAS_SUCCESS);
    g_assert_cmpint(RTAS(fake, "ibm,get-xive", 3, rets, 0x1002), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[1], ==, 1);
    g_assert_cmpuint(rets[2], ==, 5);
    g_assert_cmpint(RTAS(fake, "ibm,int-off", 1, rets, 0x1002), ==, RTAS_SUCCESS);
    g_assert_cmpint(RTAS(fake, "ibm,get-xive", 3, rets, 0x1002), ==, RTAS_SUCCESS);
    g_assert_cmpuint(rets[2], ==, 0xff);
    g_assert_cmpint(RTAS(fake, "ibm,int-on", 1, rets, 0x1002), ==, RTAS_SUCCESS);

    static const uint32_t sources[] = {0, 2, 0xfff, 0x1010, UINT32_MAX};
    for (unsigned i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_assert_cmpint(RTAS(fake, "ibm,get-xive", 3, rets, sources[i]), ==, RTAS_PARAM_ERROR);
        g_assert_cmpint(RTAS(fake, "ibm,set-xive", 1, rets, sources[i], 0, 5), ==,
                        RTAS_PARAM_ERROR);
        g_assert_cmpint(RTAS(fake, "ibm,int-on", 1, rets, sources[i]), ==, RTAS_PARAM_ERROR);
    }
    g_assert_cmpint(RTAS(fake, "ibm,set-xive", 1, rets, 0x1002, 2, 5), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(RTAS(fake, "ibm,set-xive", 1, rets, 0x1002, 0, 256), ==, RTAS_PARAM_ERROR);
}

/** What the guest-side instructions do with r3, the buffer's address. */
static void test_stub(void)
{
    g_autoptr(FakeVm) fake = make(FAKE_HV_POWER9, 1);
    g_autoptr(GError) error = NULL;
    uint64_t gpr[32] = {[3] = BUFFER};
    unsigned calls = 0;

    g_assert_true(rtas_stub_write(fake->vm.mem, MEMORY - 20, &error));
    for (GuestAddr pc = MEMORY - 20;; pc += 4) {
        uint32_t insn = get_word(fake, pc);
        unsigned a = insn >> 21 & 31, b = insn >> 16 & 31;

        if (insn == 0x4e800020)
            break;
        switch (insn >> 26) {
        case 31: /* or */
            g_assert_cmpuint(insn >> 1 & 0x3ff, ==, 444);
            gpr[b] = gpr[a] | gpr[insn >> 11 & 31];
            break;
        case 15: /* addis */
            gpr[a] = (b ? gpr[b] : 0) + (uint64_t)((int64_t)(int16_t)insn * 65536);
            break;
        case 24: /* ori */
            gpr[b] = gpr[a] | (insn & 0xffff);
            break;
        case 17: /* sc 1 */
            g_assert_cmphex(insn, ==, 0x44000022);
            g_assert_cmphex(gpr[3], ==, H_RTAS);
            g_assert_cmphex(gpr[4], ==, BUFFER);
            calls++;
            break;
        default:
            g_assert_not_reached();
        }
    }
    g_assert_cmpuint(calls, ==, 1);

    g_assert_false(rtas_stub_write(fake->vm.mem, MEMORY - 16, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/rtas/stub", test_stub);
    g_test_add_func("/rtas/buffer", test_buffer);
    g_test_add_func("/rtas/tokens", test_tokens);
    g_test_add_func("/rtas/power", test_power);
    g_test_add_func("/rtas/os_term", test_os_term);
    g_test_add_func("/rtas/time", test_time);
    g_test_add_func("/rtas/nvram", test_nvram);
    g_test_add_func("/rtas/system_parameters", test_system_parameters);
    g_test_add_func("/rtas/vpd", test_vpd);
    g_test_add_func("/rtas/updates", test_updates);
    g_test_add_func("/rtas/cpus", test_cpus);
    g_test_add_func("/rtas/nmi", test_nmi);
    g_test_add_func("/rtas/events", test_events);
    g_test_add_func("/rtas/display", test_display);
    g_test_add_func("/rtas/no_xics", test_no_xics);
    g_test_add_func("/rtas/xics", test_xics);
    g_test_add_func("/rtas/levels", test_levels);
    g_test_add_func("/rtas/indicators", test_indicators);
    g_test_add_func("/rtas/dynamic", test_dynamic);
    return g_test_run();
}
