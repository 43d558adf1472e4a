/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The debugger's protocol: packets, registers, memory, breakpoints, steps. */
#include "src/vmm/gdb_stub.h"

#include <errno.h>
#include <string.h>

#include "include/paprika/config.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"
#include "src/vmm/debug.h"
#include "src/vmm/gdb_address.h"
#include "src/vmm/gdb_packet.h"
#include "src/vmm/gdb_regs.h"
#include "src/vmm/ppc_step.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/settle.h"

#define MSR_SF (UINT64_C(1) << 63)
#define MSR_IR UINT64_C(0x20)
#define MSR_ME UINT64_C(0x1000)
enum { MSR_LE = 1 };

/* --- packets ------------------------------------------------------------------------------ */

static void test_packets(void)
{
    static const char stream[] = "+$g#67-\x03$m1,2#fc$X1,1:}\x03#a0x$cut$c#63$q#00";
    static const GdbPacketStatus wanted[] = {
        GDB_PACKET_WHOLE, GDB_PACKET_REPEAT, GDB_PACKET_INTERRUPT, GDB_PACKET_WHOLE,
        GDB_PACKET_WHOLE, GDB_PACKET_WHOLE,  GDB_PACKET_BAD,
    };
    static const char *const payloads[] = {"g", NULL, NULL, "m1,2", "X1,1:#", "c", NULL};

    for (size_t step = 1; step < sizeof(stream); step++) {
        unsigned seen = 0;
        GdbPacket packet;

        gdb_packet_init(&packet);
        for (size_t at = 0; at < strlen(stream); at += step) {
            GdbPacketStatus status;

            gdb_packet_push(&packet, stream + at, MIN(step, strlen(stream) - at));
            while ((status = gdb_packet_next(&packet)) != GDB_PACKET_MORE) {
                g_assert_cmpuint(seen, <, G_N_ELEMENTS(wanted));
                g_assert_cmpint(status, ==, wanted[seen]);
                if (payloads[seen])
                    g_assert_cmpstr(packet.payload->str, ==, payloads[seen]);
                seen++;
            }
        }
        g_assert_cmpuint(seen, ==, G_N_ELEMENTS(wanted));
        gdb_packet_finish(&packet);
    }
}

static void test_packet_bounds(void)
{
    g_autofree char *bytes = g_strnfill(GDB_PACKET_MAX + 10, 'a');
    g_autoptr(GString) escaped = g_string_new(NULL);
    GdbPacket packet;

    gdb_packet_init(&packet);
    gdb_packet_push(&packet, "$", 1);
    for (unsigned i = 0; i < 100; i++) {
        gdb_packet_push(&packet, bytes, GDB_PACKET_MAX);
        g_assert_cmpint(gdb_packet_next(&packet), ==, GDB_PACKET_MORE);
        g_assert_cmpuint(packet.payload->len, ==, GDB_PACKET_MAX);
    }
    gdb_packet_push(&packet, "#00", 3);
    g_assert_cmpint(gdb_packet_next(&packet), ==, GDB_PACKET_BAD);
    gdb_packet_finish(&packet);

    gdb_packet_escape(escaped, "a#$}*\0", 6);
    g_assert_cmpuint(escaped->len, ==, 10);
    g_assert_cmpint(memcmp(escaped->str, "a}\x03}\x04}]}\n\0", 10), ==, 0);
}

/* --- addresses ------------------------------------------------------------------------------ */

static void test_addresses(void)
{
    static const char *const good[] = {"tcp:1234", "tcp:127.0.0.1:1", "tcp:[::1]:65535",
                                       "tcp:localhost:3", "unix:/a"};
    static const char *const bad[] = {
        "1234",       "tcp:",  "tcp:0",    "tcp:65536", "tcp:host:1", "tcp:[::1:1",
        "tcp::1:1:1", "unix:", "tcp:[]:1", "tcp: 1",    "udp:1"};

    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(GdbAddress) address;
        g_assert_true(gdb_address_parse(good[i], &address, NULL));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(GdbAddress) address;
        if (gdb_address_parse(bad[i], &address, NULL))
            g_error("taken: %s", bad[i]);
    }
}

/* --- steps ------------------------------------------------------------------------------------ */

static void test_step(void)
{
    static const struct {
        uint32_t instruction;
        PpcStep step;
        /** Where it goes on; LR and CTR after. */
        uint64_t next, lr, ctr;
    } cases[] = {
        {0x60000000, PPC_STEP_RUN, 0x1004, 0x2000, 5},  /* nop */
        {0x06000000, PPC_STEP_RUN, 0x1008, 0x2000, 5},  /* a prefix */
        {0x48000010, PPC_STEP_DONE, 0x1010, 0x2000, 5}, /* b .+16 */
        {0x4bfffff1, PPC_STEP_DONE, 0xff0, 0x1004, 5},  /* bl .-16 */
        {0x48000102, PPC_STEP_DONE, 0x100, 0x2000, 5},  /* ba 0x100 */
        {0x4e800020, PPC_STEP_DONE, 0x2000, 0x2000, 5}, /* blr */
        {0x4e800421, PPC_STEP_DONE, 0x4, 0x1004, 5},    /* bctrl */
        {0x4200fffc, PPC_STEP_DONE, 0xffc, 0x2000, 4},  /* bdnz .-4 */
        {0x4240fffc, PPC_STEP_DONE, 0x1004, 0x2000, 4}, /* bdz .-4 */
        {0x41820008, PPC_STEP_DONE, 0x1008, 0x2000, 5}, /* beq .+8, EQ is set */
        {0x40820008, PPC_STEP_DONE, 0x1004, 0x2000, 5}, /* bne .+8 */
        {0x41810008, PPC_STEP_DONE, 0x1004, 0x2000, 5}, /* bgt .+8 */
        {0x4c000024, PPC_STEP_RUN, 0x3000, 0x2000, 5},  /* rfid */
        {0x44000022, PPC_STEP_RUN, 0x1004, 0x2000, 5},  /* sc 1 */
        {0x4c00012c, PPC_STEP_RUN, 0x1004, 0x2000, 5},  /* isync */
        {0x4c000460, PPC_STEP_UNKNOWN, 0, 0x2000, 5},   /* bctar */
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        HvRegs regs = {.pc = 0x1000, .msr = MSR_SF, .lr = 0x2000, .ctr = 5, .srr0 = 0x3002};
        uint64_t next = 0;

        regs.cr = 0x20000000;
        g_assert_cmpint(ppc_step(&regs, cases[i].instruction, &next), ==, cases[i].step);
        if (cases[i].step == PPC_STEP_DONE)
            next = regs.pc;
        else
            g_assert_cmphex(regs.pc, ==, 0x1000);
        g_assert_cmphex(next, ==, cases[i].next);
        g_assert_cmphex(regs.lr, ==, cases[i].lr);
        g_assert_cmphex(regs.ctr, ==, cases[i].ctr);
    }
    /* In 32-bit mode addresses wrap. */
    HvRegs narrow = {.pc = 0xfffffffc, .ctr = UINT64_C(0x100000001)};
    uint64_t next;
    g_assert_cmpint(ppc_step(&narrow, 0x60000000, &next), ==, PPC_STEP_RUN);
    g_assert_cmphex(next, ==, 0);
    g_assert_cmpint(ppc_step(&narrow, 0x4200fffc, &next), ==, PPC_STEP_DONE);
    g_assert_cmphex(narrow.pc, ==, 0);
}

/* --- the protocol ------------------------------------------------------------------------------
 */

typedef struct {
    FakeVm *fake;
    GdbStub *stub;
    GString *sent;
} Talk;

static void on_send(void *opaque, const char *bytes, size_t length)
{
    g_string_append_len(((Talk *)opaque)->sent, bytes, (gssize)length);
}

static void set_regs(Talk *talk, unsigned cpu, HvRegs regs)
{
    const Vm *vm = &talk->fake->vm;

    g_assert_cmpint(vm->ops->vcpu_set_regs(vm->vcpus[cpu]->hv, &regs), ==, 0);
}

static HvRegs get_regs(Talk *talk, unsigned cpu)
{
    const Vm *vm = &talk->fake->vm;
    HvRegs regs;

    g_assert_cmpint(vm->ops->vcpu_get_regs(vm->vcpus[cpu]->hv, &regs), ==, 0);
    return regs;
}

/** Sends @payload; the payload of the answer, or NULL if there is none. */
static char *ask(Talk *talk, const char *payload)
{
    g_autoptr(GString) text = g_string_new(payload);
    g_autofree char *packet = gdb_packet_wrap(text);

    g_string_truncate(talk->sent, 0);
    gdb_stub_receive(talk->stub, packet, strlen(packet));
    if (!talk->sent->len)
        return NULL;
    g_assert_cmpint(talk->sent->str[0], ==, '$');
    g_assert_cmpint(talk->sent->str[talk->sent->len - 3], ==, '#');
    return g_strndup(talk->sent->str + 1, talk->sent->len - 4);
}

static void expect(Talk *talk, const char *payload, const char *wanted)
{
    g_autofree char *answer = ask(talk, payload);

    g_assert_cmpstr(answer, ==, wanted);
}

static void talk_init(Talk *talk)
{
    g_autoptr(GError) error = NULL;

    *talk = (Talk){.sent = g_string_new(NULL)};
    talk->fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 16 * MIB);
    fake_vm_add_devices(talk->fake);
    for (unsigned i = 0; i < 2; i++) {
        talk->fake->vm.vcpus[i]->parked = TRUE;
        set_regs(talk, i, (HvRegs){.pc = 0x1000, .msr = MSR_SF | MSR_LE});
    }
    talk->stub = gdb_stub_new(&talk->fake->vm, on_send, talk);
    g_assert_true(gdb_stub_attach(talk->stub, &error));
    static const char no_ack[] = "$QStartNoAckMode#b0";
    gdb_stub_receive(talk->stub, no_ack, strlen(no_ack));
    g_assert_cmpstr(talk->sent->str, ==, "+$OK#9a");
}

static void talk_clear(Talk *talk)
{
    gdb_stub_free(talk->stub);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmphex(talk->fake->vm.vcpus[i]->park, ==, 0);
    g_assert_null(talk->fake->vm.debug);
    fake_vm_free(talk->fake);
    g_string_free(talk->sent, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

static void test_queries(void)
{
    g_auto(Talk) talk;

    talk_init(&talk);
    g_assert_cmphex(talk.fake->vm.vcpus[1]->park, ==, VCPU_PARK_DEBUG);
    g_autofree char *supported = ask(&talk, "qSupported:multiprocess+;swbreak+");
    g_assert_nonnull(strstr(supported, "PacketSize=4000;qXfer:features:read+"));
    expect(&talk, "?", "T05thread:1;");
    expect(&talk, "qfThreadInfo", "m1,2");
    expect(&talk, "qsThreadInfo", "l");
    expect(&talk, "qC", "QC1");
    expect(&talk, "qAttached", "1");
    expect(&talk, "Hg2", "OK");
    expect(&talk, "qC", "QC2");
    expect(&talk, "Hg3", "E03");
    expect(&talk, "Hgx", "E03");
    expect(&talk, "Hc-1", "OK");
    expect(&talk, "T2", "OK");
    expect(&talk, "T9", "E03");
    expect(&talk, "qThreadExtraInfo,2", "43505520312c2073746f70706564");
    expect(&talk, "vCont?", "vCont;c;C;s;S");
    expect(&talk, "vMustReplyEmpty", "");
    expect(&talk, "qXfer:features:read:other.xml:0,10", "E00");
    expect(&talk, "qXfer:features:read:target.xml:0,5", "m<?xml");
    expect(&talk, "qXfer:features:read:target.xml:fffff,5", "l");
    expect(&talk, "Z1,0,4", "");
    expect(&talk, "", "");
    /* What was not received well is sent again, but not without acknowledgements. */
    g_string_truncate(talk.sent, 0);
    gdb_stub_receive(talk.stub, "-", 1);
    g_assert_cmpstr(talk.sent->str, ==, "");
    expect(&talk, "k", NULL);
    g_assert_cmpint(talk.fake->request, ==, VM_REQUEST_QUIT);
}

/** Each register that the description has is there, in both byte orders, and can be set. */
static void test_registers(void)
{
    HvVectors vectors = {.fpscr = 7, .vscr = 0x10000, .vrsave = 0x12345678};
    g_autofree char *xml = gdb_regs_describe();
    g_auto(Talk) talk;

    talk_init(&talk);
    const Vm *vm = &talk.fake->vm;
    for (unsigned i = 0; i < 64; i++) {
        vectors.vsr[i][0] = 0x1100 + i;
        vectors.vsr[i][1] = 0x2200 + i;
    }
    g_assert_cmpint(vm->ops->vcpu_set_vectors(vm->vcpus[0]->hv, &vectors), ==, 0);
    size_t size = 0;
    for (unsigned i = 0; i < GDB_REG_COUNT; i++) {
        g_autofree char *number = g_strdup_printf("regnum=\"%u\"", i);
        g_assert_nonnull(strstr(xml, number));
        size += gdb_reg_size(i);
    }
    g_autofree char *all = ask(&talk, "g");
    g_assert_cmpuint(strlen(all), ==, 2 * size);

    expect(&talk, "p40", "0010000000000000");
    expect(&talk, "P40=0020000000000000", "OK");
    g_assert_cmphex(get_regs(&talk, 0).pc, ==, 0x2000);
    expect(&talk, "p20", "0011000000000000");
    expect(&talk, "p47",
           "2022000000000000"
           "2011000000000000");
    expect(&talk, "p67", "00000100");
    expect(&talk, "p69", "0022000000000000");
    expect(&talk, "p89", "E16");
    expect(&talk, "P3=00", "E16");
    /* Big-endian, from here on. */
    expect(&talk, "P41=0000000000000080", "OK");
    g_assert_cmphex(get_regs(&talk, 0).msr, ==, MSR_SF);
    expect(&talk, "p40", "0000000000002000");
    expect(&talk, "p47",
           "0000000000001120"
           "0000000000002220");
    g_autofree char *big = ask(&talk, "g");
    g_autofree char *set = g_strconcat("G", big, NULL);
    set[1 + 15] = '9';
    expect(&talk, set, "OK");
    g_assert_cmphex(get_regs(&talk, 0).gpr[0], ==, 9);
    HvVectors after;
    g_assert_cmpint(vm->ops->vcpu_get_vectors(vm->vcpus[0]->hv, &after), ==, 0);
    g_assert_cmpint(memcmp(&after, &vectors, sizeof(after)), ==, 0);
    expect(&talk, "G00", "E16");
    hv_fake_fail(talk.fake->host, FAKE_VCPU_GET_REGS, 1, EIO);
    expect(&talk, "g", "E05");
    hv_fake_fail(talk.fake->host, FAKE_VCPU_SET_VECTORS, 1, EIO);
    expect(&talk, "P3=0000000000000000", "E05");
}

static void test_memory(void)
{
    g_auto(Talk) talk;

    talk_init(&talk);
    GuestMem *mem = talk.fake->vm.mem;
    guest_mem_write(mem, 0x2ffe, "abcd", 4);
    expect(&talk, "m2ffe,4", "61626364");
    expect(&talk, "mc000000000002ffe,4", "61626364");
    /* As far as there is memory. */
    expect(&talk, "mfffffe,10", "0000");
    expect(&talk, "m1000000,1", "E0e");
    expect(&talk, "m0,0", "");
    g_autofree char *much = ask(&talk, "m0,ffffffff");
    g_assert_cmpuint(strlen(much), <, GDB_PACKET_MAX);
    expect(&talk, "mffffffffffffffff,2", "E0e");
    expect(&talk, "M2ffe,2:7879", "OK");
    expect(&talk, "X3000,1:z", "OK");
    expect(&talk, "m2ffe,4", "78797a64");
    expect(&talk, "M2ffe,2:78", "E16");
    expect(&talk, "M2ffe,2:78zz", "E16");
    expect(&talk, "M2ffe,ffffffffffffffff:7879", "E16");
    expect(&talk, "X2ffe,2:x", "E16");
    expect(&talk, "M1000000,1:00", "E0e");
    expect(&talk, "m2ffe", "E16");
    expect(&talk, "m,1", "E16");
    expect(&talk, "m11111111111111111,1", "E16");
}

/** @cpu comes out at its pc, as KVM would report it. */
static void hit(Talk *talk, unsigned cpu)
{
    g_string_truncate(talk->sent, 0);
    debug_on_exit(talk->fake->vm.vcpus[cpu]);
    settle();
}

static uint32_t word(Talk *talk, uint64_t addr)
{
    uint32_t value;

    g_assert_true(guest_mem_read(talk->fake->vm.mem, addr, &value, sizeof(value)));
    return value;
}

static void test_breakpoints(void)
{
    static const uint32_t debug_inst = FAKE_HV_DEBUG_INST;
    g_auto(Talk) talk;

    talk_init(&talk);
    GuestMem *mem = talk.fake->vm.mem;
    const Vcpu *other = talk.fake->vm.vcpus[1];
    guest_mem_write(mem, 0x2000, "\x01\x02\x03\x04", 4);
    g_autofree char *supported = ask(&talk, "qSupported:swbreak+");
    expect(&talk, "Z0,2000,4", "OK");
    expect(&talk, "Z0,2000,4", "OK");
    /* The same place by another address. */
    expect(&talk, "Z0,c000000000002000,4", "OK");
    g_assert_cmphex(word(&talk, 0x2000), ==, GUINT32_TO_LE(debug_inst));
    expect(&talk, "m1fff,6", "000102030400");
    expect(&talk, "Z0,2001,4", "E1c");
    expect(&talk, "Z0,1000000,4", "E1c");

    expect(&talk, "vCont;c", NULL);
    g_assert_cmphex(other->park, ==, 0);
    g_assert_true(strstr(talk.fake->event, "RESUME") != NULL);
    /* While it runs nothing is answered. */
    expect(&talk, "g", NULL);
    set_regs(&talk, 1, (HvRegs){.pc = 0x2000, .msr = MSR_SF | MSR_LE});
    hit(&talk, 1);
    g_assert_true(g_str_has_prefix(talk.sent->str, "$T05thread:2;swbreak:;#"));
    g_assert_cmphex(other->park, ==, VCPU_PARK_DEBUG);
    g_assert_true(strstr(talk.fake->event, "STOP") != NULL);
    expect(&talk, "p40", "0020000000000000");

    expect(&talk, "z0,2000,4", "OK");
    g_assert_cmphex(word(&talk, 0x2000), ==, GUINT32_TO_LE(debug_inst));
    expect(&talk, "z0,c000000000002000,4", "OK");
    g_assert_cmphex(word(&talk, 0x2000), ==, GUINT32_FROM_LE(0x04030201));

    /* A stop by the user; a hit that is told of meanwhile is none. */
    expect(&talk, "c", NULL);
    g_string_truncate(talk.sent, 0);
    gdb_stub_receive(talk.stub, "\x03", 1);
    g_assert_true(g_str_has_prefix(talk.sent->str, "$T02thread:2;#"));
    hit(&talk, 0);
    g_assert_cmpstr(talk.sent->str, ==, "");

    /* Left in place when it goes: taken away. */
    expect(&talk, "Z0,2000,4", "OK");
    expect(&talk, "D", "OK");
    g_assert_false(gdb_stub_is_attached(talk.stub));
    g_assert_cmphex(word(&talk, 0x2000), ==, GUINT32_FROM_LE(0x04030201));
    g_assert_cmphex(other->park, ==, 0);
}

/** Memory that is written where a breakpoint is keeps it, and has the new bytes when it goes. */
static void test_written(void)
{
    g_auto(Talk) talk;

    talk_init(&talk);
    guest_mem_write(talk.fake->vm.mem, 0x2000, "\x01\x02\x03\x04", 4);
    expect(&talk, "Z0,2000,4", "OK");
    expect(&talk, "Z0,c000000000002000,4", "OK");
    uint32_t trap = word(&talk, 0x2000);
    expect(&talk, "M1ffe,4:aabbccdd", "OK");
    g_assert_cmphex(word(&talk, 0x2000), ==, trap);
    expect(&talk, "m1ffe,6", "aabbccdd0304");
    expect(&talk, "mc000000000001ffe,6", "aabbccdd0304");
    expect(&talk, "z0,2000,4", "OK");
    expect(&talk, "z0,c000000000002000,4", "OK");
    g_assert_cmphex(word(&talk, 0x2000), ==, GUINT32_FROM_BE(0xccdd0304));
}

/** An instruction of the guest's own that looks like a breakpoint is an illegal one to it. */
static void test_illegal(void)
{
    static const uint32_t image = GUINT32_TO_LE(FAKE_HV_DEBUG_INST);
    g_auto(Talk) talk;

    talk_init(&talk);
    Vm *vm = &talk.fake->vm;
    guest_mem_write(vm->mem, 0x2000, &image, sizeof(image));
    vm->lpcr_value = HV_LPCR_ILE;
    expect(&talk, "c", NULL);
    set_regs(&talk, 0, (HvRegs){.pc = 0x2000, .msr = MSR_SF | MSR_LE | MSR_ME | 0x4000});
    hit(&talk, 0);
    g_assert_cmpstr(talk.sent->str, ==, "");
    g_assert_cmphex(vm->vcpus[0]->park, ==, 0);
    HvRegs regs = get_regs(&talk, 0);
    g_assert_cmphex(regs.pc, ==, 0x700);
    g_assert_cmphex(regs.msr, ==, MSR_SF | MSR_LE | MSR_ME);
    g_assert_cmphex(regs.srr0, ==, 0x2000);
    g_assert_cmphex(regs.srr1, ==, MSR_SF | MSR_LE | MSR_ME | 0x4000 | 0x80000);

    /* With relocation on, where vectors are then. */
    vm->lpcr_value = HV_LPCR_ILE | HV_LPCR_AIL;
    g_assert_cmpint(mmu_register_process_table(vm->mmu, 0x1d, 0x100000, 0, 4), ==, 0);
    set_regs(&talk, 0, (HvRegs){.pc = 0x2000, .msr = MSR_SF | MSR_LE | MSR_IR});
    hit(&talk, 0);
    g_assert_cmphex(get_regs(&talk, 0).pc, ==, 0x700);
    /* It has gone meanwhile: executed again. */
    guest_mem_fill(vm->mem, 0x2000, 0, 4);
    set_regs(&talk, 0, (HvRegs){.pc = 0x2000, .msr = MSR_SF | MSR_LE});
    hit(&talk, 0);
    g_assert_cmphex(get_regs(&talk, 0).pc, ==, 0x2000);
    g_assert_cmphex(vm->vcpus[0]->park, ==, 0);
}

static void test_steps(void)
{
    static const uint32_t code[] = {GUINT32_TO_LE(0x60000000), GUINT32_TO_LE(0x48000100),
                                    GUINT32_TO_LE(0x4c000460)};
    g_auto(Talk) talk;

    talk_init(&talk);
    Vm *vm = &talk.fake->vm;
    guest_mem_write(vm->mem, 0x1000, code, sizeof(code));
    /* A breakpoint where it stands is not what is stepped over. */
    expect(&talk, "Z0,1000,4", "OK");
    expect(&talk, "vCont;s:1;c", NULL);
    g_assert_cmphex(vm->vcpus[0]->park, ==, 0);
    g_assert_cmphex(vm->vcpus[1]->park, ==, VCPU_PARK_DEBUG);
    g_assert_cmphex(word(&talk, 0x1004), ==, GUINT32_TO_LE(FAKE_HV_DEBUG_INST));
    set_regs(&talk, 0, (HvRegs){.pc = 0x1004, .msr = MSR_SF | MSR_LE});
    hit(&talk, 0);
    g_assert_true(g_str_has_prefix(talk.sent->str, "$T05thread:1;#"));
    g_assert_cmphex(word(&talk, 0x1004), ==, code[1]);
    g_assert_cmphex(vm->vcpus[0]->park, ==, VCPU_PARK_DEBUG);
    /* A branch is made at once. */
    expect(&talk, "vCont;s:1", "T05thread:1;");
    g_assert_cmphex(get_regs(&talk, 0).pc, ==, 0x1104);
    set_regs(&talk, 0, (HvRegs){.pc = 0x1008, .msr = MSR_SF | MSR_LE});
    expect(&talk, "s", "E0b");
    set_regs(&talk, 0, (HvRegs){.pc = 0x7fffffff000, .msr = MSR_SF | MSR_LE});
    expect(&talk, "s", "E0b");
    expect(&talk, "vCont;s:7", "E03");
    expect(&talk, "vCont;", "E16");
    expect(&talk, "vCont;t", "E16");

    /* One that does not arrive: after a while the others go on, too. */
    set_regs(&talk, 0, (HvRegs){.pc = 0x1000, .msr = MSR_SF | MSR_LE});
    expect(&talk, "s", NULL);
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    while (vm->vcpus[1]->park && g_get_monotonic_time() < end)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmphex(vm->vcpus[1]->park, ==, 0);
    /* A new machine has no breakpoints. */
    debug_on_reset(vm->debug);
    g_string_truncate(talk.sent, 0);
    gdb_stub_receive(talk.stub, "\x03", 1);
    g_assert_true(g_str_has_prefix(talk.sent->str, "$T02"));
    expect(&talk, "vCont;c", NULL);
    g_string_truncate(talk.sent, 0);
    gdb_stub_free(g_steal_pointer(&talk.stub));
    g_assert_cmpstr(talk.sent->str, ==, "$W00#b7");
}

static void test_refused(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Talk) talk;

    talk_init(&talk);
    expect(&talk, "D", "OK");
    hv_fake_fail(talk.fake->host, FAKE_VCPU_SET_DEBUG, 2, EINVAL);
    g_assert_false(gdb_stub_attach(talk.stub, &error));
    g_assert_nonnull(strstr(error->message, "does not let vCPU 1 be debugged"));
    g_assert_cmphex(talk.fake->vm.vcpus[0]->park, ==, 0);
    g_clear_error(&error);
    hv_fake_fail(talk.fake->host, FAKE_VCPU_GET_REG, 1, EINVAL);
    g_assert_false(gdb_stub_attach(talk.stub, &error));
    g_assert_cmphex(talk.fake->vm.vcpus[0]->park, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gdb/packets", test_packets);
    g_test_add_func("/gdb/packet-bounds", test_packet_bounds);
    g_test_add_func("/gdb/addresses", test_addresses);
    g_test_add_func("/gdb/step", test_step);
    g_test_add_func("/gdb/queries", test_queries);
    g_test_add_func("/gdb/registers", test_registers);
    g_test_add_func("/gdb/memory", test_memory);
    g_test_add_func("/gdb/breakpoints", test_breakpoints);
    g_test_add_func("/gdb/written", test_written);
    g_test_add_func("/gdb/illegal", test_illegal);
    g_test_add_func("/gdb/steps", test_steps);
    g_test_add_func("/gdb/refused", test_refused);
    return g_test_run();
}
