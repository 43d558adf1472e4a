/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile driver of the TPM behind its queue, and an emulator that answers whatever the input
 * says: hypercalls with windows, queues and messages, and the TPM's thread's own code without
 * the thread. Each call returns a code of PAPR's, and nothing waits.
 *
 * Input: records of a byte that says what is done, and what belongs to it.
 */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hcall/hcall.h"
#include "hw/spapr/pci/tce_table.h"
#include "hw/spapr/vio/vtpm.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/tpm/tpm.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/fake_vm.h"

enum {
    MEMORY = 1 << 20,
    MAX_STEPS = 400,
    QUEUE = 0x4000,
    BUFFER = 0x6000,
    LIST = 0x8000,
    PAGES = 16,
    LIMIT_MS = 1,
};

typedef struct {
    FakeVm *fake;
    VioDevice *dev;
    /** The emulator's ends. */
    int control, data;
} Play;

/** What a step does. */
enum {
    STEP_MAP,
    STEP_CALL,
    STEP_MESSAGE,
    STEP_COMMAND,
    STEP_POKE,
    STEP_SERVE,
    STEP_ANSWER,
    STEP_TAKE,
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
        0xfff,
        0x1000,
        0x2000,
        QUEUE,
        LIST,
        BUFFER,
        QUEUE + 16,
        0xf000,
        MEMORY,
        512,
        513,
        VIO_UNIT_BASE,
        16 << 20,
        (16 << 20) - 4096,
        VIO_UNIT_BASE + 1,
        UINT32_MAX,
        UINT64_MAX,
        UINT64_MAX - 4095,
        UINT64_C(0xc001) << 48,
        UINT64_C(0xc002) << 48,
        UINT64_C(0xff01) << 48,
    };

    return fuzz_take_value(in, values, G_N_ELEMENTS(values));
}

static HcallRet call(const Play *play, uint64_t number, const uint64_t args[4])
{
    uint64_t regs[HV_MAX_HCALL_ARGS] = {args[0], args[1], args[2], args[3]};
    HcallRet ret = hcall_dispatch(play->fake->vm.vcpus[0], number, regs);

    check(ret == H_SUCCESS || ret == H_PARAMETER || ret == H_RESOURCE || ret == H_CLOSED ||
              ret == H_DROPPED,
          "a code that no such call has");
    return ret;
}

static void do_call(const Play *play, FuzzInput *in)
{
    static const uint32_t numbers[] = {H_REG_CRQ,   H_FREE_CRQ,   H_ENABLE_CRQ,
                                       H_SEND_CRQ,  H_VIO_SIGNAL, H_PUT_TCE,
                                       H_STUFF_TCE, H_GET_TCE,    H_PUT_TCE_INDIRECT};
    uint8_t choice = fuzz_take_byte(in);
    uint64_t args[4] = {VIO_UNIT_BASE};

    if (choice & 0x80)
        args[0] = take_argument(in);
    for (unsigned i = 1; i < 4; i++)
        args[i] = take_argument(in);
    call(play, numbers[(choice & 0x7f) % G_N_ELEMENTS(numbers)], args);
}

static void map(const Play *play, uint8_t rights)
{
    for (uint64_t page = 0; page < PAGES; page++) {
        const uint64_t args[4] = {VIO_UNIT_BASE, page << 12, page << 12 | (rights & 3)};

        call(play, H_PUT_TCE, args);
    }
}

static void send_message(const Play *play, uint64_t high)
{
    const uint64_t args[4] = {VIO_UNIT_BASE, high};

    call(play, H_SEND_CRQ, args);
}

static void serve(const Play *play)
{
    char said[4096];

    vtpm_serve(play->dev);
    while (recv(play->data, said, sizeof(said), MSG_DONTWAIT) > 0)
        continue;
    while (recv(play->control, said, sizeof(said), MSG_DONTWAIT) > 0)
        continue;
}

/** Something that the emulator says: a header that may be true, and what follows. */
static void answer(const Play *play, FuzzInput *in)
{
    uint8_t kind = fuzz_take_byte(in), said[64] = {0x80, 1, 0, 0, 0, 10};
    size_t length = kind & 0x3f;

    for (size_t i = kind & 0x40 ? 0 : 6; i < length; i++)
        said[i] = fuzz_take_byte(in);
    if (kind & 0x80)
        memset(said, 0, length);
    if (write(kind & 0x80 ? play->control : play->data, said, length) < 0)
        return;
}

/** The driver takes messages: their headers become free. */
static void take_messages(const Play *play, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        guest_mem_fill(play->fake->vm.mem, QUEUE + 16 * i, 0, 1);
}

static void step(const Play *play, FuzzInput *in)
{
    uint8_t what = fuzz_take_byte(in), value;

    switch (what % STEPS) {
    case STEP_MAP:
        map(play, fuzz_take_byte(in));
        break;
    case STEP_CALL:
        do_call(play, in);
        break;
    case STEP_MESSAGE:
        value = fuzz_take_byte(in);
        send_message(play, UINT64_C(0x80) << 56 | (uint64_t)value << 48 | fuzz_take_bytes(in, 6));
        break;
    case STEP_COMMAND:
        value = fuzz_take_byte(in);
        guest_mem_store_be32(play->fake->vm.mem, BUFFER, UINT32_C(0x80010000));
        guest_mem_store_be32(play->fake->vm.mem, BUFFER + 4, (uint32_t)value << 16);
        send_message(play, UINT64_C(0x8002) << 48 | (uint64_t)value << 32 | BUFFER);
        break;
    case STEP_POKE:
        value = fuzz_take_byte(in);
        guest_mem_fill(play->fake->vm.mem, QUEUE + fuzz_take_bytes(in, 2), value, 1);
        break;
    case STEP_SERVE:
        serve(play);
        break;
    case STEP_ANSWER:
        answer(play, in);
        break;
    case STEP_TAKE:
        take_messages(play, fuzz_take_byte(in));
        break;
    case STEP_RESET:
        vio_bus_reset(play->fake->vm.vio);
        break;
    }
}

static void start(Play *play)
{
    int control[2], data[2];
    GError *error = NULL;

    play->fake = fake_vm_new(FAKE_HV_POWER8, 1, 1, 1, MEMORY);
    fake_vm_add_devices(play->fake);
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, control) == 0 &&
              socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, data) == 0,
          "no sockets");
    play->control = control[1];
    play->data = data[1];
    Tpm *tpm = tpm_new(control[0], data[0], &error);
    check(tpm != NULL, "no TPM");
    tpm_set_limit(tpm, LIMIT_MS);
    play->dev = vtpm_new(&play->fake->vm, tpm, &error);
    check(play->dev != NULL, "no device");
    play->fake->vm.vio = vio_bus_new();
    vio_bus_add(play->fake->vm.vio, play->dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzInput in = {data, size};
    Play play;

    signal(SIGPIPE, SIG_IGN);
    log_open("/dev/null", LOG_ERROR, NULL);
    start(&play);
    for (unsigned steps = 0; in.left && steps < MAX_STEPS; steps++)
        step(&play, &in);
    serve(&play);
    check(!vtpm_serve(play.dev), "work without end");
    close(play.control);
    close(play.data);
    fake_vm_free(play.fake);
    return 0;
}

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    /* Map all, register the queue, questions, a command and its answer; then as the seed says. */
    static const uint8_t head[] = {
        STEP_MAP,
        3,
        STEP_CALL,
        0,
        7,
        5,
        0,
        STEP_CALL,
        4,
        1,
        0,
        0,
        STEP_MESSAGE,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        STEP_MESSAGE,
        3,
        0,
        0,
        0,
        0,
        0,
        0,
        STEP_COMMAND,
        10,
        STEP_ANSWER,
        10,
        0,
        0,
        0,
        0,
        STEP_SERVE,
        STEP_TAKE,
        3,
    };
    static const uint8_t tails[][12] = {
        {STEP_COMMAND, 10, STEP_SERVE},
        {STEP_COMMAND, 10, STEP_ANSWER, 0x4a, 0x80, 1, 0, 0, 0x20, 0, STEP_SERVE},
        {STEP_COMMAND, 9, STEP_SERVE, STEP_MESSAGE, 0x55},
        {STEP_RESET, STEP_MAP, 3, STEP_ANSWER, 0x88, STEP_ANSWER, 10, 0, 0, 0, 0, STEP_SERVE},
        {STEP_COMMAND, 10, STEP_CALL, 1, 0, 0, 0, STEP_SERVE},
        {STEP_MESSAGE, 4, 0, 0, 0, 0, 0, 0, STEP_COMMAND, 10, STEP_SERVE},
        {STEP_COMMAND, 10, STEP_MAP, 1, STEP_ANSWER, 10, 0, 0, 0, 0, STEP_SERVE},
        {STEP_POKE, 1, 0, 0, STEP_COMMAND, 10},
    };

    if (index >= G_N_ELEMENTS(tails) || room < sizeof(head) + sizeof(tails[0]))
        return 0;
    memcpy(buffer, head, sizeof(head));
    memcpy(buffer + sizeof(head), tails[index], sizeof(tails[0]));
    return sizeof(head) + sizeof(tails[0]);
}
