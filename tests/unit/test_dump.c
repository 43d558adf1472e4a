/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Core files and saved memory: their contents, to files and to readers that take their time. */
#include "src/vmm/dump.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "include/paprika/config.h"
#include "src/base/guest_mem.h"
#include "src/vmm/qmp.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/settle.h"

static const char core_path[] = "core";

typedef struct {
    FakeVm *fake;
    QmpSession *session;
    GString *sent;
} Talk;

static void on_send(void *opaque, const char *text)
{
    g_string_append(((Talk *)opaque)->sent, text);
}

static int given_fd = -1;

static int on_take_fd(void *opaque)
{
    int fd = given_fd;

    given_fd = -1;
    return fd;
}

static void on_broadcast(void *opaque, const char *text) {}
static void on_ready(void *opaque) {}

static const QmpOwner owner = {
    .send = on_send, .take_fd = on_take_fd, .broadcast = on_broadcast, .ready = on_ready};

static void say(Talk *talk, const char *message)
{
    g_string_truncate(talk->sent, 0);
    qmp_session_handle(talk->session, message, strlen(message));
}

/** Says @message; the answer has @words. */
static void expect(Talk *talk, const char *message, const char *words)
{
    say(talk, message);
    while (qmp_session_is_busy(talk->session))
        g_main_context_iteration(NULL, TRUE);
    if (!strstr(talk->sent->str, words))
        g_error("%s: %s", message, talk->sent->str);
}

static void talk_init(Talk *talk, gboolean little)
{
    HvVectors vectors = {.fpscr = 0x99, .vscr = 0x77, .vrsave = 0x88};
    HvRegs regs = {.pc = 0x1234, .msr = 0x8000000000000001, .lr = 0x5678, .cr = 0x42};

    *talk = (Talk){.sent = g_string_new(NULL)};
    talk->fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 4 * MIB);
    fake_vm_add_devices(talk->fake);
    Vm *vm = &talk->fake->vm;
    vm->lpcr_value = little ? HV_LPCR_ILE : 0;
    for (unsigned i = 0; i < 2; i++) {
        vm->vcpus[i]->parked = TRUE;
        regs.gpr[31] = 0x1000 + i;
        vectors.vsr[3][1] = 0x2000 + i;
        vectors.vsr[33][0] = 0x3000 + i;
        vm->ops->vcpu_set_regs(vm->vcpus[i]->hv, &regs);
        vm->ops->vcpu_set_vectors(vm->vcpus[i]->hv, &vectors);
    }
    guest_mem_write(vm->mem, 0x123456, "needle", 6);
    talk->session = qmp_session_new(vm, NULL, &owner, talk);
    expect(talk, "{\"execute\": \"qmp_capabilities\"}", "{}");
}

static void talk_clear(Talk *talk)
{
    qmp_session_free(talk->session);
    g_clear_pointer(&talk->fake->vm.dump, dump_free);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmphex(talk->fake->vm.vcpus[i]->park, ==, 0);
    fake_vm_free(talk->fake);
    g_string_free(talk->sent, TRUE);
    g_unlink(core_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

static uint64_t get(const uint8_t *at, unsigned size, gboolean little)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value |= (uint64_t)at[little ? i : size - 1 - i] << (8 * i);
    return value;
}

/** What a core file of talk_init()'s machine has to have. */
static void check_core(const uint8_t *core, size_t size, gboolean little)
{
    static const struct {
        unsigned type, size;
    } notes[] = {{NT_PRSTATUS, 504}, {NT_PRFPREG, 264}, {NT_PPC_VMX, 544}, {NT_PPC_VSX, 256}};

    g_assert_cmpuint(size, >, 4 * MIB);
    g_assert_cmpint(memcmp(core, ELFMAG, SELFMAG), ==, 0);
    g_assert_cmpuint(core[EI_CLASS], ==, ELFCLASS64);
    g_assert_cmpuint(core[EI_DATA], ==, little ? ELFDATA2LSB : ELFDATA2MSB);
    g_assert_cmpuint(get(core + 16, 2, little), ==, ET_CORE);
    g_assert_cmpuint(get(core + 18, 2, little), ==, EM_PPC64);
    g_assert_cmpuint(get(core + 56, 2, little), ==, 2);
    const uint8_t *note_header = core + get(core + 32, 8, little), *load = note_header + 56;
    g_assert_cmpuint(get(note_header, 4, little), ==, PT_NOTE);
    g_assert_cmpuint(get(load, 4, little), ==, PT_LOAD);
    g_assert_cmphex(get(load + 16, 8, little), ==, UINT64_C(0xc000000000000000));
    g_assert_cmphex(get(load + 24, 8, little), ==, 0);
    g_assert_cmpuint(get(load + 32, 8, little), ==, 4 * MIB);
    uint64_t memory = get(load + 8, 8, little);
    g_assert_cmpuint(memory + 4 * MIB, ==, size);
    g_assert_cmpint(memcmp(core + memory + 0x123456, "needle", 6), ==, 0);

    const uint8_t *note = core + get(note_header + 8, 8, little);
    for (unsigned i = 0; i < 8; i++) {
        unsigned cpu = i / 4, kind = i % 4;
        const uint8_t *data = note + 20;

        g_assert_cmpuint(get(note, 4, little), ==, kind < 2 ? 5 : 6);
        g_assert_cmpuint(get(note + 4, 4, little), ==, notes[kind].size);
        g_assert_cmpuint(get(note + 8, 4, little), ==, notes[kind].type);
        g_assert_cmpstr((const char *)note + 12, ==, kind < 2 ? "CORE" : "LINUX");
        if (kind == 0) {
            g_assert_cmpuint(get(data + 32, 4, little), ==, cpu + 1);
            g_assert_cmphex(get(data + 112 + 8 * 31, 8, little), ==, 0x1000 + cpu);
            g_assert_cmphex(get(data + 112 + 8 * 32, 8, little), ==, 0x1234);
            g_assert_cmphex(get(data + 112 + 8 * 36, 8, little), ==, 0x5678);
            g_assert_cmphex(get(data + 112 + 8 * 38, 8, little), ==, 0x42);
        } else if (kind == 1) {
            g_assert_cmphex(get(data + 8 * 32, 8, little), ==, 0x99);
        } else if (kind == 2) {
            g_assert_cmphex(get(data + 16 + (little ? 8 : 0), 8, little), ==, 0x3000 + cpu);
            g_assert_cmphex(get(data + 16 * 32 + (little ? 0 : 12), 4, little), ==, 0x77);
            g_assert_cmphex(get(data + 16 * 33, 4, little), ==, 0x88);
        } else {
            g_assert_cmphex(get(data + 8 * 3, 8, little), ==, 0x2000 + cpu);
        }
        note = data + notes[kind].size;
    }
}

static void test_file(void)
{
    for (unsigned little = 0; little < 2; little++) {
        g_autofree char *core = NULL;
        gsize size;
        struct stat st;
        g_auto(Talk) talk;

        talk_init(&talk, (gboolean)little);
        expect(&talk, "{\"execute\": \"query-dump\"}",
               "{\"status\": \"none\", \"completed\": 0, \"total\": 0}");
        expect(&talk,
               "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
               "\"protocol\": \"file:core\"}}",
               "{\"return\": {}}");
        g_assert_true(strstr(talk.fake->event, "RESUME") != NULL);
        g_assert_cmpuint(talk.fake->events, ==, 3);
        expect(&talk, "{\"execute\": \"query-dump\"}", "\"status\": \"completed\"");
        g_assert_true(g_file_get_contents(core_path, &core, &size, NULL));
        check_core((const uint8_t *)core, size, (gboolean)little);
        /* Nearly all is a hole. */
        g_assert_cmpint(stat(core_path, &st), ==, 0);
        g_assert_cmpuint((uint64_t)st.st_blocks * 512, <, MIB);
    }
}

/** A machine that is stopped already stays so, and nobody is told otherwise. */
static void test_stopped(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, TRUE);
    talk.fake->vm.stopped = TRUE;
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"file:core\"}}",
           "{\"return\": {}}");
    g_assert_true(g_str_has_prefix(talk.fake->event, "DUMP_COMPLETED"));
    g_assert_cmpuint(talk.fake->events, ==, 1);
}

/** Memory that was plugged is part of it, and what was not is no hole. */
static void test_plugged(void)
{
    g_autofree char *core = NULL;
    gsize size;
    g_auto(Talk) talk;

    talk_init(&talk, FALSE);
    GuestMem *mem = talk.fake->vm.mem;
    g_assert_true(guest_mem_reserve(mem, 8 * MIB, 8 * MIB, MIB, NULL));
    g_assert_nonnull(guest_mem_plug(mem, 9 * MIB, 2 * MIB, NULL));
    g_assert_true(guest_mem_write(mem, 10 * MIB + 5, "plugged", 7));
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"file:core\"}}",
           "{\"return\": {}}");
    g_assert_true(g_file_get_contents(core_path, &core, &size, NULL));

    const uint8_t *bytes = (const uint8_t *)core;
    g_assert_cmpuint(get(bytes + 56, 2, FALSE), ==, 3);
    const uint8_t *load = bytes + get(bytes + 32, 8, FALSE) + 2 * 56;
    g_assert_cmphex(get(load + 24, 8, FALSE), ==, 9 * MIB);
    g_assert_cmpuint(get(load + 32, 8, FALSE), ==, 2 * MIB);
    uint64_t offset = get(load + 8, 8, FALSE);
    g_assert_cmpuint(offset + 2 * MIB, ==, size);
    g_assert_cmpint(memcmp(bytes + offset + MIB + 5, "plugged", 7), ==, 0);
}

/** To a pipe: the monitor is answered meanwhile, and the guest is held. */
static void test_pipe(void)
{
    g_autoptr(GByteArray) core = g_byte_array_new();
    uint8_t bytes[65536];
    int ends[2];
    ssize_t n;
    g_auto(Talk) talk;

    talk_init(&talk, TRUE);
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    given_fd = ends[1];
    expect(&talk, "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"dump\"}}", "{}");
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"fd:dump\", \"detach\": true}}",
           "{\"return\": {}}");
    settle();
    expect(&talk, "{\"execute\": \"query-dump\"}", "\"status\": \"active\"");
    expect(&talk, "{\"execute\": \"query-status\"}", "\"status\": \"save-vm\"");
    g_assert_cmphex(talk.fake->vm.vcpus[0]->park, ==, VCPU_PARK_DUMP);
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"file:other\"}}",
           "in progress already");
    /* The writer's end is closed at the end. */
    while ((n = read(ends[0], bytes, sizeof(bytes))) > 0) {
        g_byte_array_append(core, bytes, (guint)n);
        settle();
    }
    check_core(core->data, core->len, TRUE);
    close(ends[0]);
    settle();
    g_assert_cmphex(talk.fake->vm.vcpus[0]->park, ==, 0);

    /* The reader goes away. */
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    given_fd = ends[1];
    expect(&talk, "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"dump\"}}", "{}");
    say(&talk, "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
               "\"protocol\": \"fd:dump\"}}");
    settle();
    g_assert_true(qmp_session_is_busy(talk.session));
    close(ends[0]);
    settle();
    g_assert_nonnull(strstr(talk.sent->str, "cannot write: Broken pipe"));
    expect(&talk, "{\"execute\": \"query-dump\"}", "\"status\": \"failed\"");
}

static void test_refused(void)
{
    static const char *const bad[][2] = {
        {"\"paging\": true, \"protocol\": \"file:x\"", "paging is not offered"},
        {"\"paging\": false, \"protocol\": \"x\"", "must be file:PATH"},
        {"\"paging\": false, \"protocol\": \"fd:x\"", "'x' not found"},
        {"\"paging\": false, \"protocol\": \"file:/no/such\"", "cannot write to '/no/such'"},
        {"\"paging\": false, \"protocol\": \"file:x\", \"format\": \"kdump-zlib\"", "only format"},
        {"\"paging\": false, \"protocol\": \"file:x\", \"begin\": 1", "go together"},
        {"\"paging\": false, \"protocol\": \"file:core\", \"begin\": 4194304, \"length\": 9",
         "no memory there"},
    };
    g_auto(Talk) talk;

    talk_init(&talk, TRUE);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *message =
            g_strdup_printf("{\"execute\": \"dump-guest-memory\", \"arguments\": {%s}}", bad[i][0]);
        expect(&talk, message, bad[i][1]);
    }
    hv_fake_fail(talk.fake->host, FAKE_VCPU_GET_VECTORS, 2, EIO);
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"file:core\"}}",
           "registers of vCPU 1");
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"file:/dev/full\"}}",
           "No space left on device");
}

/** What the sandbox would end the program for is not even tried. */
static void test_sandboxed(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, TRUE);
    talk.fake->config.sandbox = SANDBOX_ON;
    unlink(core_path);
    expect(&talk,
           "{\"execute\": \"dump-guest-memory\", \"arguments\": {\"paging\": false, "
           "\"protocol\": \"file:core\"}}",
           "the sandbox opens no files");
    expect(&talk,
           "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 0, \"size\": 5, "
           "\"filename\": \"core\"}}",
           "the sandbox opens no files");
    g_assert_false(g_file_test(core_path, G_FILE_TEST_EXISTS));
}

static void test_memory(void)
{
    g_autofree char *saved = NULL;
    gsize size;
    g_auto(Talk) talk;

    talk_init(&talk, TRUE);
    expect(&talk,
           "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 1193046, \"size\": 200000, "
           "\"filename\": \"core\"}}",
           "{\"return\": {}}");
    g_assert_true(g_file_get_contents(core_path, &saved, &size, NULL));
    g_assert_cmpuint(size, ==, 200000);
    g_assert_cmpint(memcmp(saved, "needle\0", 7), ==, 0);
    expect(&talk,
           "{\"execute\": \"pmemsave\", \"arguments\": {\"val\": 4194300, \"size\": 5, "
           "\"filename\": \"core\"}}",
           "no memory at real address 0x3ffffc");
    expect(&talk,
           "{\"execute\": \"memsave\", \"arguments\": {\"val\": 1193046, \"size\": 6, "
           "\"cpu-index\": 1, \"filename\": \"core\"}}",
           "{\"return\": {}}");
    expect(&talk,
           "{\"execute\": \"memsave\", \"arguments\": {\"val\": 0, \"size\": 6, "
           "\"cpu-index\": 2, \"filename\": \"core\"}}",
           "no CPU 2");
    expect(&talk,
           "{\"execute\": \"read-memory\", \"arguments\": {\"address\": \"0xc000000000123456\", "
           "\"size\": 7}}",
           "\"data\": \"6e6565646c6500\"");
    expect(&talk,
           "{\"execute\": \"read-memory\", \"arguments\": {\"address\": 1193046, \"size\": 1, "
           "\"real\": true}}",
           "\"data\": \"6e\"");
    expect(&talk, "{\"execute\": \"read-memory\", \"arguments\": {\"address\": 0, \"size\": 4097}}",
           "up to 4096");
    expect(&talk,
           "{\"execute\": \"read-memory\", \"arguments\": {\"address\": \"0xffffffffffffffff\", "
           "\"size\": 2, \"real\": true}}",
           "no memory");
}

int main(int argc, char **argv)
{
    /* As the program does. */
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    g_autofree char *folder = g_dir_make_tmp("dump-XXXXXX", NULL);
    g_assert_cmpint(chdir(folder), ==, 0);
    g_test_add_func("/dump/file", test_file);
    g_test_add_func("/dump/stopped", test_stopped);
    g_test_add_func("/dump/plugged", test_plugged);
    g_test_add_func("/dump/pipe", test_pipe);
    g_test_add_func("/dump/refused", test_refused);
    g_test_add_func("/dump/sandboxed", test_sandboxed);
    g_test_add_func("/dump/memory", test_memory);
    int result = g_test_run();
    rmdir(folder);
    return result;
}
