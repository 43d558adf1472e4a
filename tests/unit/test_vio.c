/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual I/O: windows and queues by hypercall, and the TPM that is behind one. */
#include "hw/spapr/vio/vio.h"

#include <signal.h>
#include <string.h>

#include "hcall/hcall.h"
#include "hw/spapr/pci/tce_table.h"
#include "hw/spapr/vio/vtpm.h"
#include "src/base/endian.h"
#include "src/base/log.h"
#include "src/tpm/tpm.h"
#include "tests/unit/fake_swtpm.h"
#include "tests/unit/fake_vm.h"

enum {
    UNIT = VIO_UNIT_BASE,
    MEMORY = 16 << 20,
    /** I/O addresses are these real ones, less BASE. */
    BASE = 0x100000,
    QUEUE = 0x4000,
    BUFFER = 0x6800,
    SLOTS = 4096 / 16,
    FULL = TCE_READ | TCE_WRITE,
};

typedef struct {
    FakeVm *fake;
    FakeSwtpm *swtpm;
    VioDevice *dev;
    unsigned at;
} Machine;

static HcallRet call(Machine *m, uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    uint64_t args[HV_MAX_HCALL_ARGS] = {a, b, c, d};

    return hcall_dispatch(m->fake->vm.vcpus[0], number, args);
}

static HcallRet put(Machine *m, uint64_t ioba, uint64_t tce)
{
    return call(m, H_PUT_TCE, UNIT, ioba, tce, 0);
}

/** With 16 pages from I/O address 0 on mapped, and nothing else. */
static void map(Machine *m)
{
    for (uint64_t page = 0; page < 16; page++)
        g_assert_cmpint(put(m, page << 12, (BASE + (page << 12)) | FULL), ==, H_SUCCESS);
}

static void start(Machine *m, gboolean thread)
{
    GError *error = NULL;

    m->fake = fake_vm_new(FAKE_HV_POWER8, 1, 1, 1, MEMORY);
    fake_vm_add_devices(m->fake);
    m->swtpm = fake_swtpm_new();
    Tpm *tpm = tpm_open(m->swtpm->path, &error);
    g_assert_no_error(error);
    m->dev = vtpm_new(&m->fake->vm, tpm, &error);
    g_assert_no_error(error);
    m->fake->vm.vio = vio_bus_new();
    vio_bus_add(m->fake->vm.vio, m->dev);
    if (thread)
        g_assert_true(vio_bus_begin(m->fake->vm.vio, &error));
    map(m);
}

static void end(Machine *m)
{
    fake_vm_free(m->fake);
    fake_swtpm_free(m->swtpm);
}

static HcallRet reg(Machine *m)
{
    m->at = 0;
    return call(m, H_REG_CRQ, UNIT, QUEUE, 4096, 0);
}

static HcallRet send(Machine *m, uint64_t high) { return call(m, H_SEND_CRQ, UNIT, high, 0, 0); }

static HcallRet send_type(Machine *m, unsigned type, unsigned length, uint32_t data)
{
    return send(m, UINT64_C(0x80) << 56 | (uint64_t)type << 48 | (uint64_t)length << 32 | data);
}

/** The first half of the next message, which is taken out of the queue; 0 if there is none. */
static uint64_t take(Machine *m)
{
    uint64_t high, where = BASE + QUEUE + m->at * 16;

    g_assert_true(guest_mem_load_be64(m->fake->vm.mem, where, &high));
    if (!(high >> 56))
        return 0;
    guest_mem_fill(m->fake->vm.mem, where, 0, 1);
    m->at = (m->at + 1) % SLOTS;
    return high;
}

static uint64_t await(Machine *m)
{
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t high = take(m);

        if (high)
            return high;
        g_usleep(500);
    }
    g_assert_not_reached();
}

static void put_command(Machine *m, unsigned length, uint8_t fill)
{
    uint8_t command[TPM_BUFFER_SIZE];

    memset(command, fill, length);
    endian_store(command, 2, 0x8001, FALSE);
    endian_store(command + 2, 4, length, FALSE);
    endian_store(command + 6, 4, 0x17b, FALSE);
    g_assert_true(guest_mem_write(m->fake->vm.mem, BASE + BUFFER, command, length));
}

static uint32_t response_code(Machine *m)
{
    uint8_t response[TPM_HEADER_SIZE];

    g_assert_true(guest_mem_read(m->fake->vm.mem, BASE + BUFFER, response, sizeof(response)));
    return (uint32_t)endian_load(response + 6, 4, FALSE);
}

static unsigned pulses(Machine *m) { return hv_fake_count(m->fake->host, FAKE_IRQ_LINE); }

static void test_window(void)
{
    Machine m;
    uint64_t args[HV_MAX_HCALL_ARGS] = {UNIT, 0x1fff};

    start(&m, FALSE);
    g_assert_cmpint(hcall_dispatch(m.fake->vm.vcpus[0], H_GET_TCE, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, (BASE + 0x1000) | FULL);
    g_assert_cmpint(put(&m, VIO_WINDOW_SMALL, FULL), ==, H_PARAMETER);
    g_assert_cmpint(put(&m, 0, 4), ==, H_PARAMETER);
    g_assert_cmpint(call(&m, H_PUT_TCE, UNIT + 1, 0, FULL, 0), ==, H_PARAMETER);
    g_assert_cmpint(call(&m, H_STUFF_TCE, UNIT, 0, 0, 512), ==, H_SUCCESS);
    g_assert_cmpint(call(&m, H_STUFF_TCE, UNIT, VIO_WINDOW_SMALL - 4096, 0, 2), ==, H_PARAMETER);
    guest_mem_store_be64(m.fake->vm.mem, 0x2000, 0x7000 | FULL);
    guest_mem_store_be64(m.fake->vm.mem, 0x2008, 0x9000 | FULL);
    g_assert_cmpint(call(&m, H_PUT_TCE_INDIRECT, UNIT, 0x3000, 0x2000, 2), ==, H_SUCCESS);
    args[0] = UNIT, args[1] = 0x4000;
    g_assert_cmpint(hcall_dispatch(m.fake->vm.vcpus[0], H_GET_TCE, args), ==, H_SUCCESS);
    g_assert_cmphex(args[0], ==, 0x9000 | FULL);
    end(&m);
}

static void test_units(void)
{
    static const uint32_t numbers[] = {H_REG_CRQ, H_FREE_CRQ, H_ENABLE_CRQ, H_SEND_CRQ,
                                       H_VIO_SIGNAL};
    static const uint64_t units[] = {
        0, UNIT - 1, UNIT + 1, UNIT + VIO_SLOTS, UINT64_MAX, UINT64_C(1) << 32 | UNIT};
    Machine m;

    start(&m, FALSE);
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        for (unsigned j = 0; j < G_N_ELEMENTS(units); j++)
            g_assert_cmpint(call(&m, numbers[i], units[j], QUEUE, 4096, 0), ==, H_PARAMETER);
    }
    end(&m);
}

static void test_register(void)
{
    static const struct {
        uint64_t ioba, length;
    } bad[] = {{QUEUE + 16, 4096},
               {QUEUE, 0},
               {QUEUE, 4095},
               {QUEUE, 13 * 4096},
               {16 << 12, 4096},
               {UINT64_MAX - 4095, 4096},
               {QUEUE, UINT64_MAX - 4095},
               {VIO_WINDOW_SMALL, 4096}};
    Machine m;

    start(&m, FALSE);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(call(&m, H_REG_CRQ, UNIT, bad[i].ioba, bad[i].length, 0), ==, H_PARAMETER);
    put(&m, QUEUE, (BASE + QUEUE) | TCE_READ);
    g_assert_cmpint(reg(&m), ==, H_PARAMETER);
    put(&m, QUEUE, (BASE + QUEUE) | TCE_WRITE);
    g_assert_cmpint(reg(&m), ==, H_PARAMETER);
    put(&m, QUEUE, MEMORY | FULL);
    g_assert_cmpint(reg(&m), ==, H_PARAMETER);
    map(&m);
    g_assert_cmpint(send(&m, UINT64_C(0xc001) << 48), ==, H_CLOSED);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmpint(reg(&m), ==, H_RESOURCE);
    g_assert_cmpint(call(&m, H_FREE_CRQ, UNIT, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(call(&m, H_FREE_CRQ, UNIT, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(send(&m, UINT64_C(0xc001) << 48), ==, H_CLOSED);
    g_assert_cmpint(call(&m, H_REG_CRQ, UNIT, QUEUE, 12 * 4096, 0), ==, H_SUCCESS);
    end(&m);
}

static void test_headers(void)
{
    static const uint8_t bad[] = {0, 1, 0x7f, 0x81, 0xbf, 0xc1, 0xfe, 0xff};
    Machine m;

    start(&m, FALSE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_cmpint(send(&m, (uint64_t)bad[i] << 56 | UINT64_C(1) << 48), ==, H_PARAMETER);
    g_assert_cmphex(take(&m), ==, 0);
    g_assert_cmpint(send(&m, UINT64_C(0xc001) << 48), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0xc002) << 48);
    g_assert_cmpint(send(&m, UINT64_C(0xc002) << 48), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, 0);
    end(&m);
}

/** What the device tells of itself; and interrupts, which are off at first. */
static void test_questions(void)
{
    Machine m;

    start(&m, FALSE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    hv_fake_forget(m.fake->host);
    g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x8081000000000002));
    g_assert_cmpuint(pulses(&m), ==, 0);
    g_assert_cmpint(call(&m, H_VIO_SIGNAL, UNIT, 1, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_GET_BUFFER_SIZE, 7, 7), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x8083100000000000));
    g_assert_cmpuint(pulses(&m), ==, 1);
    /* Bits that mean no interrupt of this device are ignored. */
    g_assert_cmpint(call(&m, H_VIO_SIGNAL, UNIT, ~UINT64_C(1), 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_COUNT_COMPONENTS, 0, 0), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x8085000000000000));
    g_assert_cmpint(send_type(&m, VTPM_LIST_COMPONENTS, 256, BUFFER), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x8086000000000000) | BUFFER);
    g_assert_cmpint(send_type(&m, VTPM_GET_DUMP_SIZE, 0, 0), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x8089000000000000));
    g_assert_cmpint(send_type(&m, 0x55, 0, 0), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x80ff000000000000) | VTPM_ERROR_TYPE);
    g_assert_cmpuint(pulses(&m), ==, 1);
    end(&m);
}

/** A queue that nobody empties, and then around its end. */
static void test_full(void)
{
    Machine m;

    start(&m, FALSE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    for (unsigned i = 0; i < SLOTS; i++)
        g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_DROPPED);
    g_assert_cmpint(send(&m, UINT64_C(0xc001) << 48), ==, H_DROPPED);
    put_command(&m, 12, 0);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_DROPPED);
    for (unsigned i = 0; i < SLOTS + 8; i++) {
        g_assert_cmphex(take(&m), ==, UINT64_C(0x8081000000000002));
        g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_SUCCESS);
    }
    /* What is not mapped any more has no room, either. */
    put(&m, QUEUE, 0);
    g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_DROPPED);
    end(&m);
}

static void test_suspend(void)
{
    Machine m;

    start(&m, FALSE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_PREPARE_TO_SUSPEND, 0, 0), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x8084000000000000));
    g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_CLOSED);
    g_assert_cmpint(call(&m, H_ENABLE_CRQ, UNIT, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_SUCCESS);
    end(&m);
}

static void test_commands(void)
{
    static const unsigned sizes[] = {10, 12, 2000, 4096};
    Machine m;

    start(&m, TRUE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        put_command(&m, sizes[i], (uint8_t)(i + 1));
        g_assert_cmpint(send_type(&m, VTPM_COMMAND, sizes[i], BUFFER), ==, H_SUCCESS);
        g_assert_cmphex(await(&m), ==, UINT64_C(0x8082) << 48 | (uint64_t)sizes[i] << 32 | BUFFER);
        g_assert_cmphex(response_code(&m), ==, 0);
    }
    g_assert_cmpuint(fake_swtpm_count(&m.swtpm->commands), ==, 1 + G_N_ELEMENTS(sizes));
    end(&m);
}

/** What is no command does not get to the emulator. */
static void test_bad_commands(void)
{
    Machine m;

    start(&m, TRUE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 4097, BUFFER), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x80ff000000000000) | VTPM_ERROR_LENGTH);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 64, 0xfff0), ==, H_SUCCESS);
    g_assert_cmphex(take(&m), ==, UINT64_C(0x80ff000000000000) | VTPM_ERROR_COPY_IN);
    put_command(&m, 64, 0);
    for (unsigned i = 0; i < 3; i++) {
        static const unsigned lengths[] = {0, 9, 63};

        g_assert_cmpint(send_type(&m, VTPM_COMMAND, lengths[i], BUFFER), ==, H_SUCCESS);
        g_assert_cmphex(await(&m), ==, UINT64_C(0x8082000a00000000) | BUFFER);
        g_assert_cmphex(response_code(&m), ==, TPM_RC_COMMAND_SIZE);
        put_command(&m, 64, 0);
    }
    g_assert_cmpuint(fake_swtpm_count(&m.swtpm->commands), ==, 1);

    /* The answer has no way back. */
    put(&m, BUFFER & ~4095, (BASE + (BUFFER & ~4095)) | TCE_READ);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 64, BUFFER), ==, H_SUCCESS);
    g_assert_cmphex(await(&m), ==, UINT64_C(0x80ff000000000000) | VTPM_ERROR_COPY_OUT);
    end(&m);
}

/** While a command runs nothing else is answered; a queue that goes takes the answer along. */
static void test_busy(void)
{
    Machine m;

    start(&m, FALSE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    put_command(&m, 12, 0);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_DROPPED);
    g_assert_cmpint(send_type(&m, VTPM_GET_VERSION, 0, 0), ==, H_DROPPED);
    g_assert_true(vtpm_serve(m.dev));
    g_assert_false(vtpm_serve(m.dev));
    g_assert_cmphex(take(&m) >> 48, ==, 0x8082);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    g_assert_cmpint(call(&m, H_FREE_CRQ, UNIT, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    g_assert_false(vtpm_serve(m.dev));
    g_assert_cmphex(take(&m), ==, 0);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    g_assert_true(vtpm_serve(m.dev));
    g_assert_cmphex(take(&m) >> 48, ==, 0x8082);
    end(&m);
}

/** A queue goes while the emulator has a command; the next one, of 16 bytes, waits for that. */
static void abandon(Machine *m, FakeSwtpmMode mode)
{
    start(m, TRUE);
    g_assert_cmpint(reg(m), ==, H_SUCCESS);
    fake_swtpm_set_mode(m->swtpm, mode);
    put_command(m, 12, 0);
    g_assert_cmpint(send_type(m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    while (fake_swtpm_count(&m->swtpm->commands) < 2)
        g_usleep(500);
    g_assert_cmpint(call(m, H_FREE_CRQ, UNIT, 0, 0, 0), ==, H_SUCCESS);
    g_assert_cmpint(reg(m), ==, H_SUCCESS);
    put_command(m, 16, 0);
    g_assert_cmpint(send_type(m, VTPM_COMMAND, 16, BUFFER), ==, H_SUCCESS);
    g_usleep(2000);
    g_assert_cmphex(take(m), ==, 0);
    fake_swtpm_set_mode(m->swtpm, FAKE_SWTPM_ANSWER);
}

/** The answer that nobody waits for goes nowhere, the next one's does. */
static void test_abandoned(void)
{
    Machine m;

    abandon(&m, FAKE_SWTPM_LATE);
    g_assert_cmphex(await(&m), ==, UINT64_C(0x8082001000000000) | BUFFER);
    g_assert_cmphex(take(&m), ==, 0);
    g_assert_cmpuint(fake_swtpm_count(&m.swtpm->commands), ==, 3);
    end(&m);
}

/** The end does not wait for an emulator that says nothing. */
static void test_silent(void)
{
    Machine m;

    abandon(&m, FAKE_SWTPM_SILENT);
    end(&m);
}

static void test_reset(void)
{
    Machine m;

    start(&m, TRUE);
    /* Nobody used it: nothing happens. */
    vio_bus_reset(m.fake->vm.vio);
    map(&m);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    put_command(&m, 12, 0);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    await(&m);
    g_assert_cmpuint(fake_swtpm_count(&m.swtpm->controls[FAKE_SWTPM_INIT]), ==, 1);

    /* It was used: off and on, before anything that comes later. */
    vio_bus_reset(m.fake->vm.vio);
    g_assert_cmpint(send(&m, UINT64_C(0xc001) << 48), ==, H_CLOSED);
    g_assert_cmpint(reg(&m), ==, H_PARAMETER);
    map(&m);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    put_command(&m, 12, 0);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    g_assert_cmphex(await(&m) >> 48, ==, 0x8082);
    g_assert_cmpuint(fake_swtpm_count(&m.swtpm->controls[FAKE_SWTPM_INIT]), ==, 2);
    g_assert_cmpuint(fake_swtpm_count(&m.swtpm->controls[FAKE_SWTPM_STOP]), ==, 2);
    end(&m);
}

/** An emulator that goes away leaves a TPM that fails, and a device that lives. */
static void test_gone(void)
{
    Machine m;

    start(&m, TRUE);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    fake_swtpm_set_mode(m.swtpm, FAKE_SWTPM_GONE);
    for (unsigned i = 0; i < 3; i++) {
        put_command(&m, 12, 0);
        g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
        g_assert_cmphex(await(&m), ==, UINT64_C(0x8082000a00000000) | BUFFER);
        g_assert_cmphex(response_code(&m), ==, TPM_RC_FAILURE);
    }
    vio_bus_reset(m.fake->vm.vio);
    map(&m);
    g_assert_cmpint(reg(&m), ==, H_SUCCESS);
    put_command(&m, 12, 0);
    g_assert_cmpint(send_type(&m, VTPM_COMMAND, 12, BUFFER), ==, H_SUCCESS);
    await(&m);
    g_assert_cmphex(response_code(&m), ==, TPM_RC_FAILURE);
    end(&m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* As the program does. */
    signal(SIGPIPE, SIG_IGN);
    log_open("/dev/null", LOG_ERROR, NULL);
    g_test_add_func("/vio/window", test_window);
    g_test_add_func("/vio/units", test_units);
    g_test_add_func("/vio/register", test_register);
    g_test_add_func("/vio/headers", test_headers);
    g_test_add_func("/vio/questions", test_questions);
    g_test_add_func("/vio/full", test_full);
    g_test_add_func("/vio/suspend", test_suspend);
    g_test_add_func("/vio/commands", test_commands);
    g_test_add_func("/vio/bad-commands", test_bad_commands);
    g_test_add_func("/vio/busy", test_busy);
    g_test_add_func("/vio/abandoned", test_abandoned);
    g_test_add_func("/vio/silent", test_silent);
    g_test_add_func("/vio/reset", test_reset);
    g_test_add_func("/vio/gone", test_gone);
    return g_test_run();
}
