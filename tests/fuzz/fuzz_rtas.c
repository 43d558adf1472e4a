/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RTAS calls of a hostile guest: any buffer at any address. The answer is
 * H_SUCCESS with a status that RTAS knows, or H_PARAMETER; of the buffer only the
 * results change, unless the guest itself named it as a place for data.
 *
 * Input: one byte for the machine, then records of a vCPU, where the buffer lies,
 * its token and counts, and the arguments.
 */
#include <errno.h>
#include <string.h>

#include "hw/spapr/events.h"
#include "hw/spapr/fadump.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/vmm/vm_devices.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_vm.h"

enum {
    MEMORY = 16 << 20,
    BUFFER = 0x40000,
    MAX_CALLS = 256,
    CPUS = 2,
    HEAD = 3,
    WORDS = HEAD + RTAS_MAX_CELLS,
    LMBS = 8,
};

static uint64_t take_argument(FuzzInput *in)
{
    static const uint64_t values[] = {
        0,          1,          2,          3,           5,          6,
        12,         17,         20,         31,          42,         48,
        55,         59,         99,         0x100,       0x200,      0x1000,
        0x1002,     2006,       2024,       9999,        0xffff,     0x10000,
        0x8000,     MEMORY,     MEMORY - 1, MEMORY - 2,  MEMORY - 4, 0x2000000,
        0x7fffffff, BUFFER,     BUFFER + 4, BUFFER + 12, 0x80000000, UINT32_MAX - 1,
        UINT32_MAX, 9,          9001,       9002,        9003,       0x10000000,
        0x10000001, 0x500,      0x10000002, 0x40000000,  0x80000001, 0x80000002,
        0x40000008, 0x40000010,
    };

    return fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static uint64_t take_place(FuzzInput *in)
{
    static const uint64_t values[] = {
        BUFFER,      BUFFER,      BUFFER,      BUFFER,          BUFFER + 1,  0,
        MEMORY - 76, MEMORY - 64, MEMORY - 16, MEMORY - 12,     MEMORY - 11, MEMORY - 1,
        MEMORY,      1ull << 32,  1ull << 63,  UINT64_MAX - 11, UINT64_MAX,  UINT64_MAX - 75,
    };

    return fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static gboolean is_status(RtasStatus status)
{
    return status == RTAS_SUCCESS || status == RTAS_NO_ERRORS_FOUND || status == RTAS_BUSY ||
           status == RTAS_HW_ERROR || status == RTAS_PARAM_ERROR || status == RTAS_NOT_AUTHORIZED ||
           status == RTAS_SYSPARM_PARAM_ERROR || status == RTAS_DUMP_REGISTERED ||
           status == RTAS_DUMP_ACTIVE || status == RTAS_OUTSTANDING || status == -9003 ||
           (status >= 2 && status <= 5);
}

/** Services that write where the guest says, which may be the call buffer. */
static gboolean writes_memory(const char *name)
{
    static const char *const names[] = {
        "nvram-fetch",           "ibm,get-system-parameter", "ibm,get-vpd",     "ibm,update-nodes",
        "ibm,update-properties", "ibm,configure-connector",  "check-exception", "ibm,get-indices"};

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (!strcmp(name, names[i]))
            return TRUE;
    }
    return FALSE;
}

/** Something at the connectors, and asked back, and something to be told of. */
static void plug(FakeVm *fake, uint8_t choice)
{
    Hotplug *hotplug = fake->vm.platform->hotplug;
    DrcFamily *slots = fake->vm.pci->hosts[0].slots;
    const Event event = {.kind = choice & 1 ? EVENT_POWERDOWN : EVENT_HOTPLUG,
                         .resource = EVENT_RESOURCE_MEMORY,
                         .action = EVENT_ADD,
                         .index = 0x80000001,
                         .count = choice & 2};

    switch (choice % 8) {
    case 0:
        drc_attach(hotplug->lmbs, 1, LMBS - 1, DRC_HOT);
        break;
    case 1:
        drc_request_unplug(hotplug->lmbs, 2, 4);
        break;
    case 2:
        drc_request_unplug(hotplug->cores, 1, 1);
        break;
    case 3:
        drc_detach(hotplug->cores, 1, 1);
        drc_attach(hotplug->cores, 1, 1, DRC_HOT);
        break;
    case 4:
        drc_withdraw_unplug(hotplug->lmbs, 0, LMBS);
        break;
    case 5:
        drc_request_unplug(slots, 1, 2);
        break;
    case 6:
        drc_detach(slots, 1, 1);
        break;
    case 7:
        /* The second one has nothing to be told of. */
        drc_attach(slots, 1, 2, DRC_HOT);
        break;
    }
    events_post(fake->vm.platform->events, &event);
}

static void do_call(FakeVm *fake, Vcpu *cpu, FuzzInput *in)
{
    uint32_t words[WORDS], after;
    uint64_t place = take_place(in);
    uint8_t choice = fuzz_take_byte(in), counts = fuzz_take_byte(in);
    unsigned services = 0;

    while (rtas_service(services))
        services++;
    const RtasDef *def = rtas_service(choice % (services + 1));
    words[0] = RTAS_TOKEN_BASE + choice % (services + 1);
    /* Mostly the counts that the service has. */
    words[1] = def && counts < 0xc0 ? (def->nargs == RTAS_ANY ? 6 : def->nargs)
                                    : (uint32_t)take_argument(in);
    words[2] = def && counts < 0xc0 ? def->nret : (uint32_t)take_argument(in);
    unsigned given = MIN(words[1], 8);
    for (unsigned i = HEAD; i < WORDS; i++)
        words[i] = i - HEAD < given ? (uint32_t)take_argument(in) : 0xa5a5a5a5;

    unsigned put = 0;
    while (put < WORDS && place <= UINT64_MAX - 4 * WORDS &&
           guest_mem_store_be32(fake->vm.mem, place + 4 * put, words[put]))
        put++;

    HcallRet ret = rtas_dispatch(cpu, place);
    check(ret == H_SUCCESS || ret == H_PARAMETER, "a return code that H_RTAS does not have");
    if (ret == H_PARAMETER) {
        check(put < HEAD || words[1] > RTAS_MAX_CELLS || words[2] > RTAS_MAX_CELLS ||
                  words[1] + words[2] > RTAS_MAX_CELLS || !words[2] ||
                  put < HEAD + words[1] + words[2],
              "a good buffer is refused");
        return;
    }
    check(put >= HEAD + words[1] + words[2], "a buffer beyond memory is taken");
    if (def && writes_memory(def->name))
        return;
    for (unsigned i = 0; i < put; i++) {
        check(guest_mem_load_be32(fake->vm.mem, place + 4 * i, &after), "memory has gone");
        if (i == HEAD + words[1])
            check(is_status((RtasStatus)after), "a status that RTAS does not know");
        else if (i < HEAD + words[1] || i >= HEAD + words[1] + words[2])
            check(after == words[i], "the buffer changed beside its results");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    uint8_t machine = fuzz_take_byte(&in);

    log_open(NULL, LOG_ERROR, NULL);
    g_autoptr(FakeVm) fake =
        fake_vm_new(machine & 1 ? FAKE_HV_NESTED : FAKE_HV_POWER9, CPUS, 1, 1, MEMORY);
    fake->config.rtc_offset = machine & 2 ? INT64_C(250000000000) : 0;
    fake->config.rng = fake->config.hotplug = TRUE;
    fake_vm_add_devices(fake);
    check(vm_devices_add(&fake->vm, NULL), "no devices");
    drc_resize(fake->vm.platform->hotplug->lmbs, LMBS);
    drc_attach(fake->vm.platform->hotplug->lmbs, 0, 1, DRC_FIXED);
    for (unsigned calls = 0; in.left && calls < MAX_CALLS; calls++) {
        uint8_t what = fuzz_take_byte(&in);

        if (what & 0x80)
            hv_fake_fail_any(fake->host, 1, EIO);
        if (what & 0x40)
            fake_chardev_set_room(fake->console, what & 0x20 ? SIZE_MAX : what & 3);
        if (what & 0x10)
            plug(fake, fuzz_take_byte(&in));
        do_call(fake, fake->vm.vcpus[what % CPUS], &in);
        if (what & 0x08)
            g_main_context_iteration(NULL, FALSE);
        /* What is registered is taken, as at the guest's crash. */
        if (fake->request == VM_REQUEST_DUMP && fadump_begin(fake->vm.platform->fadump)) {
            while (!fadump_step(fake->vm.platform->fadump))
                continue;
            fadump_reset(fake->vm.platform->fadump);
        }
    }
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    size_t length = 0;

    if (index >= 6)
        return 0;
    /* Every service, and one that there is not, with other arguments in each seed. */
    buffer[length++] = (uint8_t)(index % 4);
    for (unsigned service = 0; length + 16 < room; service++) {
        buffer[length++] = (uint8_t)(service % CPUS | (service % 3 ? 0 : 8));
        buffer[length++] = (uint8_t)(index < 3 ? 0 : index + service);
        buffer[length++] = (uint8_t)service;
        buffer[length++] = 0;

        const RtasDef *def = rtas_service(service);
        if (!def)
            break;
        for (unsigned i = 0; i < MIN(def->nargs, 8) && def->nargs != RTAS_ANY; i++)
            buffer[length++] = (uint8_t)(index * 5 + i);
        for (unsigned i = 0; i < 6 && def->nargs == RTAS_ANY; i++)
            buffer[length++] = (uint8_t)i;
    }
    return length;
}
