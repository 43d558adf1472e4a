/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The debugger's protocol, hostile: it gets packets with the right sum for answers, and the
 * machine goes on when it is gone, as it was before but for what it may write.
 */
#include <stdio.h>
#include <string.h>

#include "include/paprika/config.h"
#include "mmu/mmu.h"
#include "src/vmm/debug.h"
#include "src/vmm/gdb_stub.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_vm.h"

/* Without sums: they are made here, so that mutations are looked into. */
static const char *const seeds[] = {
    "qSupported:swbreak+\nQStartNoAckMode\nqfThreadInfo\nqsThreadInfo\nqThreadExtraInfo,1\n"
    "qXfer:features:read:target.xml:0,ffb\nHg2\nHc-1\n?\nqC\nqAttached",
    "g\np40\nP41=8000000000000001\nm1000,40\nM1000,4:00000060\nX2000,2:ab\nGff",
    "Z0,1000,4\nZ0,c000000000001000,4\nm0ff0,20\nz0,1000,4\nvCont?\nvCont;s:1;c\n\003\nc\n\003\ns\n"
    "!\nD",
    "T1\nT2\nvCont;C05;S05:2\nk\nvMustReplyEmpty\nP40=0000000000001000\ns\ns\ns",
};

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    return fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, buffer, room);
}

/** Packets and acknowledgements, each whole. */
static void on_send(void *opaque, const char *bytes, size_t length)
{
    uint8_t sum = 0;
    unsigned given = 0;

    if (length == 1) {
        check(*bytes == '+' || *bytes == '-', "a byte that is no acknowledgement");
        return;
    }
    check(length >= 4 && bytes[0] == '$' && bytes[length - 3] == '#',
          "an answer that is no packet");
    check(length < 64 << 10, "an answer that is too long");
    for (size_t i = 1; i < length - 3; i++)
        sum = (uint8_t)(sum + (uint8_t)bytes[i]);
    check(sscanf(bytes + length - 2, "%2x", &given) == 1 && given == sum, "a wrong sum");
}

static FakeVm *machine(void)
{
    static FakeVm *fake;

    if (!fake) {
        fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 16 * MIB);
        fake_vm_add_devices(fake);
        fake->vm.vcpus[0]->parked = fake->vm.vcpus[1]->parked = TRUE;
        mmu_register_process_table(fake->vm.mmu, 0x1d, 0x100000, 0, 4);
    }
    return fake;
}

static void turn_loop(void)
{
    for (unsigned i = 0; i < 8 && g_main_context_iteration(NULL, FALSE); i++)
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FakeVm *fake = machine();
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 64);
    GdbStub *stub = gdb_stub_new(&fake->vm, on_send, NULL);

    hv_fake_forget(fake->host);
    check(gdb_stub_attach(stub, NULL), "it cannot attach");
    for (char **line = lines; *line; line++) {
        g_autoptr(GString) packet = g_string_new("$");
        uint8_t sum = 0;

        for (const char *c = *line; *c; c++)
            sum = (uint8_t)(sum + (uint8_t)*c);
        g_string_append_printf(packet, "%s#%02x", *line, sum);
        gdb_stub_receive(stub, packet->str, packet->len);
        /* A vCPU comes to whatever is where it stands. */
        if (**line == 'c' || **line == 's' || **line == 'v') {
            debug_on_exit(fake->vm.vcpus[size % 2]);
            turn_loop();
        }
        /* And the line as it is. */
        gdb_stub_receive(stub, *line, strlen(*line));
        if (!gdb_stub_is_attached(stub))
            break;
    }
    gdb_stub_free(stub);
    turn_loop();
    for (unsigned i = 0; i < 2; i++) {
        check(!(fake->vm.vcpus[i]->park & VCPU_PARK_DEBUG), "a vCPU is left held");
        fake->vm.vcpus[i]->debug_hit = 0;
    }
    return 0;
}
