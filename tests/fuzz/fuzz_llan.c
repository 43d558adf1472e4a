/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A logical LAN with a hostile driver: hypercalls with windows, queues, buffers and packets, and
 * the thread's own code without the thread. Each call returns a code of PAPR's, and what arrives
 * goes nowhere but to the guest's memory.
 *
 * Input: records of a byte that says what is done, and what belongs to it.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hcall/hcall.h"
#include "hw/spapr/pci/tce_table.h"
#include "hw/spapr/vio/llan.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_vm.h"

enum {
    UNIT = VIO_UNIT_BASE + VIO_SLOT_LAN,
    MEMORY = 1 << 20,
    MAX_STEPS = 400,
    LIST = 0x1000,
    FILTERS = 0x2000,
    QUEUE = 0x3000,
    BUFFER = 0x8000,
    PAGES = 32,
};

#define VALID (UINT64_C(1) << 63)

typedef struct {
    FakeVm *fake;
    VioDevice *dev;
    int wire;
} Play;

/** What a step does. */
enum {
    STEP_MAP,
    STEP_CALL,
    STEP_REGISTER,
    STEP_ADD,
    STEP_SEND,
    STEP_ARRIVE,
    STEP_ENTRY,
    STEP_RESET,
    STEPS,
};

static uint64_t take_argument(FuzzInput *in)
{
    static const uint64_t values[] = {
        0,
        1,
        2,
        3,
        LIST,
        FILTERS,
        QUEUE,
        BUFFER,
        64,
        2048,
        VALID | UINT64_C(64) << 32 | QUEUE,
        VALID | UINT64_C(16) << 32 | QUEUE,
        VALID | UINT64_C(2048) << 32 | BUFFER,
        VALID | UINT64_C(0xffffff) << 32,
        VALID | UINT64_C(100) << 32 | ((PAGES << 12) - 50),
        VALID | UINT64_C(100) << 32 | 0xffffffff,
        0xa0000,
        0x50000,
        0x01005e000001,
        LLAN_WINDOW,
        UINT32_MAX,
        UINT64_MAX,
    };

    return fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static void call(const Play *play, uint64_t number, const uint64_t args[8])
{
    uint64_t regs[HV_MAX_HCALL_ARGS];

    memcpy(regs, args, 8 * sizeof(*regs));
    regs[8] = 0;
    HcallRet ret = hcall_dispatch(play->fake->vm.vcpus[0], number, regs);
    check(ret == H_SUCCESS || ret == H_PARAMETER || ret == H_RESOURCE || ret == H_DROPPED ||
              ret == H_NOT_FOUND || ret == H_CONSTRAINED,
          "a code that no such call has");
}

static void do_call(const Play *play, FuzzInput *in)
{
    static const uint32_t numbers[] = {
        H_REGISTER_LOGICAL_LAN,
        H_FREE_LOGICAL_LAN,
        H_ADD_LOGICAL_LAN_BUFFER,
        H_FREE_LOGICAL_LAN_BUFFER,
        H_SEND_LOGICAL_LAN,
        H_MULTICAST_CTRL,
        H_CHANGE_LOGICAL_LAN_MAC,
        H_ILLAN_ATTRIBUTES,
        H_VIO_SIGNAL,
        H_PUT_TCE,
        H_STUFF_TCE,
    };
    uint8_t choice = fuzz_take_byte(in);
    uint64_t args[8] = {UNIT};

    if (choice & 0x80)
        args[0] = take_argument(in);
    for (unsigned i = 1; i < 6; i++)
        args[i] = take_argument(in);
    call(play, numbers[(choice & 0x7f) % G_N_ELEMENTS(numbers)], args);
}

static void arrive(const Play *play, unsigned length, uint8_t first)
{
    uint8_t packet[TAP_HEADER + 4096];

    memset(packet, 0xff, sizeof(packet));
    packet[TAP_HEADER] = first;
    if (send(play->wire, packet, MIN(length, sizeof(packet)), 0) >= 0)
        llan_receive(play->dev);
}

static void step(const Play *play, FuzzInput *in)
{
    uint64_t args[8] = {UNIT};
    uint8_t what = fuzz_take_byte(in), value;
    char packet[256];

    switch (what % STEPS) {
    case STEP_MAP:
        value = fuzz_take_byte(in);
        for (uint64_t page = 0; page < PAGES; page++) {
            args[1] = page << 12;
            args[2] = page << 12 | (value & 3);
            call(play, H_PUT_TCE, args);
        }
        break;
    case STEP_CALL:
        do_call(play, in);
        break;
    case STEP_REGISTER:
        args[1] = LIST;
        args[2] = VALID | (uint64_t)fuzz_take_byte(in) << 36 | QUEUE;
        args[3] = FILTERS;
        args[4] = UINT64_C(0xffffffffff);
        call(play, H_REGISTER_LOGICAL_LAN, args);
        break;
    case STEP_ADD:
        value = fuzz_take_byte(in);
        args[1] = VALID | (uint64_t)value << 36 | (BUFFER + value * UINT64_C(0x100));
        call(play, H_ADD_LOGICAL_LAN_BUFFER, args);
        break;
    case STEP_SEND:
        args[1] = VALID | fuzz_take_bytes(in, 2) << 32 | BUFFER;
        call(play, H_SEND_LOGICAL_LAN, args);
        while (recv(play->wire, packet, sizeof(packet), MSG_DONTWAIT) > 0)
            continue;
        break;
    case STEP_ARRIVE:
        value = fuzz_take_byte(in);
        arrive(play, (unsigned)fuzz_take_bytes(in, 2), value);
        break;
    case STEP_ENTRY:
        guest_mem_fill(play->fake->vm.mem, fuzz_take_bytes(in, 2), fuzz_take_byte(in), 16);
        break;
    case STEP_RESET:
        vio_bus_reset(play->fake->vm.vio);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    Tap *tap = g_new0(Tap, 1);
    Play play;
    int wire[2];

    log_open("/dev/null", LOG_ERROR, NULL);
    play.fake = fake_vm_new(FAKE_HV_POWER8, 1, 1, 1, MEMORY);
    fake_vm_add_devices(play.fake);
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, wire) == 0,
          "no sockets");
    play.wire = wire[0];
    tap->fds[0] = wire[1];
    tap->queues = 1;
    play.dev = llan_new(&play.fake->vm, tap, "net0", 0, NULL);
    check(play.dev != NULL, "no card");
    play.fake->vm.vio = vio_bus_new();
    vio_bus_add(play.fake->vm.vio, play.dev);
    for (unsigned steps = 0; in.left && steps < MAX_STEPS; steps++)
        step(&play, &in);
    close(play.wire);
    fake_vm_free(play.fake);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    /* Map all, register, add buffers of some sizes, packets both ways; then as the seed says. */
    static const uint8_t head[] = {
        STEP_MAP,    3,           STEP_REGISTER, 4,    STEP_ADD, 8,         STEP_ADD, 16,
        STEP_ADD,    128,         STEP_CALL,     8,    1,        0,         0,        0,
        0,           STEP_ARRIVE, 0xff,          0,    80,       STEP_SEND, 0,        60,
        STEP_ARRIVE, 0xff,        0x07,          0xff,
    };
    static const uint8_t tails[][12] = {
        {STEP_ADD, 8, STEP_ARRIVE, 0, 0, 80, STEP_ARRIVE, 1, 0, 80},
        {STEP_CALL, 5, 16, 0, 0, 0, 0, STEP_ARRIVE, 1, 0, 90},
        {STEP_MAP, 1, STEP_ADD, 16, STEP_ARRIVE, 0xff, 0, 80},
        {STEP_CALL, 3, 9, 0, 0, 0, 0, STEP_CALL, 1, 0, 0, 0},
        {STEP_RESET, STEP_MAP, 3, STEP_REGISTER, 1, STEP_ADD, 8, STEP_ARRIVE, 0xff, 0, 60},
        {STEP_SEND, 0xff, 0xff, STEP_SEND, 0, 13, STEP_SEND, 0, 14},
    };

    if (index >= G_N_ELEMENTS(tails) || room < sizeof(head) + sizeof(tails[0]))
        return 0;
    memcpy(buffer, head, sizeof(head));
    memcpy(buffer + sizeof(head), tails[index], sizeof(tails[0]));
    return sizeof(head) + sizeof(tails[0]);
}
