/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's protocol and its commands, message by message, on a fake machine. */
#include "src/vmm/qmp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hw/spapr/fwnmi.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "include/paprika/config.h"
#include "mmu/hpt_ops.h"
#include "mmu/hpt_walk.h"
#include "mmu/mmu.h"
#include "src/base/endian.h"
#include "src/base/guest_mem.h"
#include "src/base/mmio_bus.h"
#include "src/base/trace.h"
#include "src/vmm/balloon.h"
#include "src/vmm/qmp_frame.h"
#include "src/vmm/vm.h"
#include "src/vmm/vm_devices.h"
#include "tests/unit/fake_vm.h"

#define EA_KERNEL UINT64_C(0xc000000000000000)
#define MSR_DR UINT64_C(0x10)

typedef struct {
    FakeVm *fake;
    QmpSession *session;
    /** All that was sent, and what went to all clients. */
    GString *sent, *events;
    unsigned readies;
} Talk;

static void talk_send(void *opaque, const char *text)
{
    g_string_append(((Talk *)opaque)->sent, text);
}

static void talk_broadcast(void *opaque, const char *text)
{
    g_string_append(((Talk *)opaque)->events, text);
}

static void talk_ready(void *opaque) { ((Talk *)opaque)->readies++; }

/** The next descriptor that "came" with a message. */
static int talk_fd = -1;

static int talk_take_fd(void *opaque)
{
    int fd = talk_fd;

    talk_fd = -1;
    return fd;
}

static const QmpOwner owner = {
    .send = talk_send,
    .take_fd = talk_take_fd,
    .broadcast = talk_broadcast,
    .ready = talk_ready,
};

static void talk_init(Talk *talk, FakeHvProfile profile)
{
    *talk = (Talk){.sent = g_string_new(NULL), .events = g_string_new(NULL)};
    talk->fake = fake_vm_new(profile, 2, 1, 1, 64 * MIB);
    fake_vm_add_devices(talk->fake);
    /* There are no threads: both are parked for good. */
    for (unsigned i = 0; i < 2; i++)
        talk->fake->vm.vcpus[i]->parked = TRUE;
    talk->session = qmp_session_new(&talk->fake->vm, NULL, &owner, talk);
}

static void talk_clear(Talk *talk)
{
    qmp_session_free(talk->session);
    fake_vm_free(talk->fake);
    g_string_free(talk->sent, TRUE);
    g_string_free(talk->events, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Talk, talk_clear)

/** The answer to @message, without its end. */
static char *ask(Talk *talk, const char *message)
{
    g_string_truncate(talk->sent, 0);
    qmp_session_handle(talk->session, message, strlen(message));
    while (qmp_session_is_busy(talk->session))
        g_main_context_iteration(NULL, TRUE);
    g_assert_true(g_str_has_suffix(talk->sent->str, "\r\n"));
    g_string_truncate(talk->sent, talk->sent->len - 2);
    g_assert_null(strpbrk(talk->sent->str, "\r\n"));
    return g_strdup(talk->sent->str);
}

/** What "return" holds. */
static JsonValue *ask_return(Talk *talk, const char *message)
{
    g_autofree char *answer = ask(talk, message);

    if (!g_str_has_prefix(answer, "{\"return\": "))
        g_error("%s: %s", message, answer);
    /* The value refers to talk->sent, until the next question. */
    return json_parse(talk->sent->str + 11, talk->sent->len - 12, NULL);
}

static void expect(Talk *talk, const char *message, const char *wanted)
{
    g_autofree char *answer = ask(talk, message);

    g_assert_cmpstr(answer, ==, wanted);
}

/** An error of @class, with @words in its description. */
static void expect_error(Talk *talk, const char *message, const char *class, const char *words)
{
    g_autofree char *answer = ask(talk, message);
    g_autoptr(JsonValue) value = json_parse(answer, strlen(answer), NULL);
    const JsonValue *error = json_member(value, "error");

    if (!error || !strstr(json_string(json_member(error, "desc")), words))
        g_error("%s: %s", message, answer);
    g_assert_cmpstr(json_string(json_member(error, "class")), ==, class);
}

static void negotiate(Talk *talk)
{
    expect(talk, "{\"execute\": \"qmp_capabilities\"}", "{\"return\": {}}");
}

static uint64_t number(const JsonValue *object, const char *name)
{
    uint64_t value = 0;

    if (!json_uint(json_member(object, name), &value))
        g_error("no number '%s' in %s", name, json_object_to_json_string((JsonValue *)object));
    return value;
}

/* --- framing ---------------------------------------------------------------------- */

static void test_frame(void)
{
    static const char stream[] =
        "{\"a\": 1}{\"b\": \"}{\\\"\"}\r\n\n  [[1],\n2]\n}{}x\n\"{\n{\"c\":\n1";
    static const char *const messages[] = {
        "{\"a\": 1}", "{\"b\": \"}{\\\"\"}", "[[1],", "2]", "}{}", "x", "\"{", "{\"c\":",
    };

    for (size_t step = 1; step <= sizeof(stream); step++) {
        g_autoptr(GString) message = g_string_new(NULL);
        unsigned seen = 0;
        QmpFrame frame;

        qmp_frame_init(&frame);
        for (size_t at = 0; at < strlen(stream); at += step) {
            qmp_frame_push(&frame, stream + at, MIN(step, strlen(stream) - at));
            while (qmp_frame_next(&frame, message) == QMP_FRAME_MESSAGE) {
                g_assert_cmpuint(seen, <, G_N_ELEMENTS(messages));
                g_assert_cmpstr(message->str, ==, messages[seen++]);
            }
        }
        g_assert_cmpuint(seen, ==, G_N_ELEMENTS(messages));
        qmp_frame_finish(&frame);
    }
}

static void test_frame_too_long(void)
{
    g_autoptr(GString) message = g_string_new(NULL);
    g_autofree char *bytes = g_strnfill(QMP_MESSAGE_MAX - 1, 'a');
    QmpFrame frame;

    qmp_frame_init(&frame);
    qmp_frame_push(&frame, bytes, QMP_MESSAGE_MAX - 1);
    g_assert_cmpint(qmp_frame_next(&frame, message), ==, QMP_FRAME_MORE);
    qmp_frame_push(&frame, "\n", 1);
    g_assert_cmpint(qmp_frame_next(&frame, message), ==, QMP_FRAME_MESSAGE);
    g_assert_cmpuint(message->len, ==, QMP_MESSAGE_MAX - 1);
    qmp_frame_push(&frame, bytes, QMP_MESSAGE_MAX - 1);
    qmp_frame_push(&frame, "aa\n", 3);
    g_assert_cmpint(qmp_frame_next(&frame, message), ==, QMP_FRAME_TOO_LONG);
    qmp_frame_finish(&frame);
}

/* --- the protocol ------------------------------------------------------------------ */

static void test_negotiation(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    qmp_session_greet(talk.session);
    g_assert_true(
        g_str_has_prefix(talk.sent->str, "{\"QMP\": {\"version\": {\"qemu\": {\"major\": "));
    g_assert_true(g_str_has_suffix(talk.sent->str, "}, \"capabilities\": []}}\r\n"));

    expect_error(&talk, "{\"execute\": \"query-status\"}", "CommandNotFound", "qmp_capabilities");
    expect_error(&talk, "{\"execute\": \"x\"}", "CommandNotFound", "qmp_capabilities");
    g_assert_false(qmp_session_has_events(talk.session));
    expect_error(&talk,
                 "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": [\"oob\"]}}",
                 "GenericError", "no such capability");
    g_assert_false(qmp_session_has_events(talk.session));
    expect(&talk, "{\"execute\": \"qmp_capabilities\", \"arguments\": {\"enable\": []}, \"id\": 7}",
           "{\"return\": {}, \"id\": 7}");
    g_assert_true(qmp_session_has_events(talk.session));
    expect_error(&talk, "{\"execute\": \"qmp_capabilities\"}", "CommandNotFound", "already");
    expect_error(&talk, "{\"execute\": \"no-such\"}", "CommandNotFound",
                 "The command no-such has not been found");
}

static void test_messages(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    expect_error(&talk, "{", "GenericError", "JSON: ");
    expect_error(&talk, "[]", "GenericError", "must be a JSON object");
    expect_error(&talk, "1", "GenericError", "JSON: ");
    expect_error(&talk, "{}", "GenericError", "lacks member 'execute'");
    expect_error(&talk, "{\"execute\": 1}", "GenericError", "must be a string");
    expect_error(&talk, "{\"execute\": \"stop\", \"x\\n\": 1}", "GenericError",
                 "'x?' is unexpected");
    expect_error(&talk, "{\"exec-oob\": \"stop\"}", "GenericError", "'exec-oob' is unexpected");
    expect_error(&talk, "{\"execute\": \"stop\", \"arguments\": []}", "GenericError", "an object");
    expect_error(&talk, "{\"execute\": \"stop\", \"arguments\": {\"a\": 1}}", "GenericError",
                 "Parameter 'a' is unexpected");
    expect_error(&talk, "{\"execute\": \"translate\"}", "GenericError",
                 "Parameter 'address' is missing");
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0x\"}}",
                 "GenericError", "Parameter 'address' must be");
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": \"1 2\"}}",
                 "GenericError", "Parameter 'address' must be");
    expect_error(&talk,
                 "{\"execute\": \"translate\", \"arguments\": {\"address\": 0, \"cpu\": \"0\"}}",
                 "GenericError", "Parameter 'cpu' must be");

    /* An id of any kind comes back as it was, with errors too. */
    expect(&talk, "{\"id\": {\"a\": [1.50, \"\\u0041\"]}, \"execute\": \"query-name\"}",
           "{\"return\": {}, \"id\": {\"a\":[1.50,\"A\"]}}");
    expect(&talk, "{\"execute\": \"x\", \"id\": \"y\"}",
           "{\"id\": \"y\", \"error\": {\"class\": \"CommandNotFound\", \"desc\": "
           "\"The command x has not been found\"}}");
}

static void test_simple(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    g_autoptr(JsonValue) commands = ask_return(&talk, "{\"execute\": \"query-commands\"}");
    g_assert_cmpuint(json_length(commands), ==, qmp_command_count);
    for (size_t i = 0; i < qmp_command_count; i++)
        g_assert_cmpstr(json_string(json_member(json_item(commands, i), "name")), ==,
                        qmp_commands[i].name);
    g_autoptr(JsonValue) version = ask_return(&talk, "{\"execute\": \"query-version\"}");
    g_assert_nonnull(json_member(json_member(version, "qemu"), "micro"));
    g_assert_true(g_str_has_prefix(json_string(json_member(version, "package")), "paprika-"));
    talk.fake->config.name = (char *)"guest-1";
    expect(&talk, "{\"execute\": \"query-name\"}", "{\"return\": {\"name\": \"guest-1\"}}");
    talk.fake->config.name = NULL;

    expect(&talk, "{\"execute\": \"quit\"}", "{\"return\": {}}");
    g_assert_cmpint(talk.fake->request, ==, VM_REQUEST_QUIT);
}

/** The driver of the machine's only device has @pages in its balloon. */
static void set_balloon(FakeVm *fake, uint32_t pages)
{
    uint64_t base = fake->vm.pci->hosts[0].functions[1]->bar_base[2];
    uint8_t data[4];

    le_store(data, 4, pages);
    g_assert_true(mmio_bus_access(fake->vm.mmio, base + 0x2004, data, 4, TRUE));
}

/** Bytes that it is asked to have there. */
static uint64_t asked_for(FakeVm *fake)
{
    uint64_t base = fake->vm.pci->hosts[0].functions[1]->bar_base[2];
    uint8_t data[4];

    g_assert_true(mmio_bus_access(fake->vm.mmio, base + 0x2000, data, 4, FALSE));
    return le_load(data, 4) * 4096;
}

static void test_balloon(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    talk.fake->config.balloon = TRUE;
    g_assert_true(vm_devices_add(&talk.fake->vm, NULL));

    expect(&talk, "{\"execute\": \"query-balloon\"}", "{\"return\": {\"actual\": 67108864}}");
    expect_error(&talk, "{\"execute\": \"balloon\", \"arguments\": {\"value\": 0}}", "GenericError",
                 "expects a size");
    expect(&talk, "{\"execute\": \"balloon\", \"arguments\": {\"value\": 16777216}}",
           "{\"return\": {}}");
    g_assert_cmpuint(asked_for(talk.fake), ==, 48 * MIB);

    set_balloon(talk.fake, 1024);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpstr(talk.fake->event, ==, "BALLOON_CHANGE {\"actual\": 62914560}");
    expect(&talk, "{\"execute\": \"query-balloon\"}", "{\"return\": {\"actual\": 62914560}}");
    /* However often it changes its mind, and whatever it says: once a second. */
    unsigned events = talk.fake->events;
    for (unsigned i = 0; i < 100; i++) {
        set_balloon(talk.fake, i);
        while (g_main_context_iteration(NULL, FALSE))
            continue;
    }
    g_assert_cmpuint(talk.fake->events, ==, events);
    set_balloon(talk.fake, UINT32_MAX);
    expect(&talk, "{\"execute\": \"query-balloon\"}", "{\"return\": {\"actual\": 0}}");
    while (talk.fake->events == events)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(talk.fake->event, ==, "BALLOON_CHANGE {\"actual\": 0}");

    /* More than there is is all. */
    expect(&talk, "{\"execute\": \"balloon\", \"arguments\": {\"value\": 999999999999}}",
           "{\"return\": {}}");
    g_assert_cmpuint(asked_for(talk.fake), ==, 0);
    /* A machine that begins anew has all its memory, and is asked for none. */
    expect(&talk, "{\"execute\": \"balloon\", \"arguments\": {\"value\": 16777216}}",
           "{\"return\": {}}");
    balloon_reset(talk.fake->vm.balloon);
    pci_hosts_reset(talk.fake->vm.pci);
    g_assert_cmpuint(asked_for(talk.fake), ==, 0);
    expect(&talk, "{\"execute\": \"query-balloon\"}", "{\"return\": {\"actual\": 67108864}}");
}

/** What QEMU's clients ask at the start, in the form that they know. */
static void test_queries(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    talk.fake->vm.vcpus[1]->tid = 77;
    expect(&talk, "{\"execute\": \"query-kvm\"}",
           "{\"return\": {\"enabled\": true, \"present\": true}}");
    expect(&talk, "{\"execute\": \"query-target\"}", "{\"return\": {\"arch\": \"ppc64\"}}");
    expect(&talk, "{\"execute\": \"query-uuid\"}",
           "{\"return\": {\"UUID\": \"00000000-0000-0000-0000-000000000000\"}}");
    expect(&talk, "{\"execute\": \"query-block\"}", "{\"return\": []}");
    expect(&talk, "{\"execute\": \"query-memory-size-summary\"}",
           "{\"return\": {\"base-memory\": 67108864, \"plugged-memory\": 0}}");
    expect_error(&talk, "{\"execute\": \"query-balloon\"}", "DeviceNotActive", "No balloon");
    expect_error(&talk, "{\"execute\": \"balloon\", \"arguments\": {\"value\": 1}}",
                 "DeviceNotActive", "No balloon");
    g_autoptr(JsonValue) cpus = ask_return(&talk, "{\"execute\": \"query-cpus-fast\"}");
    g_assert_cmpuint(json_length(cpus), ==, 2);
    g_assert_cmpuint(number(json_item(cpus, 1), "cpu-index"), ==, 1);
    g_assert_cmpuint(number(json_item(cpus, 1), "thread-id"), ==, 77);
    g_assert_cmpuint(number(json_member(json_item(cpus, 1), "props"), "core-id"), ==, 1);
    g_assert_cmpstr(json_string(json_member(json_item(cpus, 1), "qom-path")), ==,
                    "/machine/unattached/core1/thread[0]");
    talk.fake->config.console = CONSOLE_PTY;
    talk.fake->vm.console_place = "/dev/pts/3";
    g_autoptr(JsonValue) consoles = ask_return(&talk, "{\"execute\": \"query-chardev\"}");
    g_assert_cmpstr(json_string(json_member(json_item(consoles, 0), "filename")), ==,
                    "pty:/dev/pts/3");

    expect(&talk, "{\"execute\": \"system_reset\"}", "{\"return\": {}}");
    g_assert_cmpint(talk.fake->request, ==, VM_REQUEST_RESET);
}

static void test_trace(void)
{
    static const char set[] = "{\"execute\": \"trace-event-set-state\", \"arguments\": "
                              "{\"name\": \"%s\", \"enable\": %s}}";
    static const char get[] = "{\"execute\": \"trace-event-get-state\", \"arguments\": "
                              "{\"name\": \"rtas\"}}";
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    for (unsigned round = 0; round < 4; round++) {
        g_autofree char *message =
            g_strdup_printf(set, round < 2 ? "rtas" : "*", round % 2 ? "false" : "true");
        g_autofree char *state =
            g_strdup_printf("{\"return\": [{\"name\": \"rtas\", \"state\": \"%s\"}]}",
                            round % 2 ? "disabled" : "enabled");

        expect(&talk, message, "{\"return\": {}}");
        expect(&talk, get, state);
    }
    g_assert_cmphex(trace_mask, ==, 0);
    expect_error(&talk,
                 "{\"execute\": \"trace-event-set-state\", \"arguments\": {\"name\": \"x\", "
                 "\"enable\": true}}",
                 "GenericError", "unknown trace group");
    expect_error(&talk,
                 "{\"execute\": \"trace-event-set-state\", \"arguments\": {\"name\": \"irq\", "
                 "\"enable\": 1}}",
                 "GenericError", "must be true or false");
}

static void test_fds(void)
{
    static const char get[] = "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"a%u\"}}";
    static const char close_a0[] =
        "{\"execute\": \"closefd\", \"arguments\": {\"fdname\": \"a0\"}}";
    g_auto(Talk) talk;
    int first = -1;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    for (unsigned i = 0; i < 18; i++) {
        g_autofree char *message = g_strdup_printf(get, i);

        if (i == 0)
            expect_error(&talk, message, "GenericError", "No file descriptor supplied");
        talk_fd = open("/dev/null", O_RDONLY);
        first = i ? first : talk_fd;
        if (i < 16)
            expect(&talk, message, "{\"return\": {}}");
        else
            expect_error(&talk, message, "GenericError", "16 descriptors already");
    }
    talk_fd = open("/dev/null", O_RDONLY);
    expect_error(&talk, "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"1a\"}}",
                 "GenericError", "does not begin with a digit");
    /* Again under the same name: the former is closed. */
    g_autofree char *again = g_strdup_printf(get, 0);
    talk_fd = open("/dev/null", O_RDONLY);
    int second = talk_fd;
    expect(&talk, again, "{\"return\": {}}");
    g_assert_cmpint(fcntl(first, F_GETFD), ==, -1);
    expect(&talk, close_a0, "{\"return\": {}}");
    g_assert_cmpint(fcntl(second, F_GETFD), ==, -1);
    expect_error(&talk, close_a0, "GenericError", "'a0' not found");
}

/** Every name that the schema mentions is defined in it, and it has every command and event. */
static void test_schema(void)
{
    static const char *const references[] = {"arg-type", "ret-type", "element-type"};
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    unsigned commands = 0, events = 0;
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    g_autoptr(JsonValue) schema = ask_return(&talk, "{\"execute\": \"query-qmp-schema\"}");
    for (size_t i = 0; i < json_length(schema); i++) {
        const JsonValue *entry = json_item(schema, i);
        const char *meta = json_string(json_member(entry, "meta-type"));

        commands += !strcmp(meta, "command");
        events += !strcmp(meta, "event");
        g_assert_true(g_hash_table_add(names, (char *)json_string(json_member(entry, "name"))));
    }
    g_assert_cmpuint(commands, ==, qmp_command_count);
    g_assert_cmpuint(events, ==, qmp_event_count);
    for (size_t i = 0; i < json_length(schema); i++) {
        const JsonValue *entry = json_item(schema, i), *members = json_member(entry, "members");

        for (unsigned j = 0; j < G_N_ELEMENTS(references); j++) {
            const char *name = json_string(json_member(entry, references[j]));
            g_assert_true(!name || g_hash_table_contains(names, name));
        }
        for (size_t j = 0; j < json_length(members); j++)
            g_assert_true(g_hash_table_contains(
                names, json_string(json_member(json_item(members, j), "type"))));
    }
    /* What returns nothing says so, and the other way round; each command has room for its
     * arguments.
     */
    for (size_t i = 0; i < qmp_command_count; i++) {
        const QmpCommand *command = &qmp_commands[i];

        g_assert_nonnull(command->doc);
        g_assert_null(command->arguments[QMP_ARGUMENTS_MAX].name);
        if (command->negotiates || command->arguments[0].name || command->more_arguments)
            continue;
        g_autofree char *message = g_strdup_printf("{\"execute\": \"%s\"}", command->name);
        g_autofree char *answer = ask(&talk, message);
        if (!g_str_has_prefix(answer, "{\"return\": "))
            continue;
        g_assert_cmpint(!strcmp(answer, "{\"return\": {}}") && strcmp(command->name, "query-name"),
                        ==, command->returns == QMP_RETURNS_NOTHING);
        g_assert_cmpint(g_str_has_prefix(answer, "{\"return\": ["), ==,
                        command->returns == QMP_RETURNS_LIST);
    }
}

static void test_stop(void)
{
    static const char running[] = "{\"return\": {\"running\": true, \"status\": \"running\"}}";
    static const char paused[] = "{\"return\": {\"running\": false, \"status\": \"paused\"}}";
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    expect(&talk, "{\"execute\": \"query-status\"}", running);
    for (unsigned i = 0; i < 2; i++) {
        expect(&talk, "{\"execute\": \"stop\"}", "{\"return\": {}}");
        g_assert_cmphex(talk.fake->vm.vcpus[1]->park, ==, VCPU_PARK_USER);
        expect(&talk, "{\"execute\": \"query-status\"}", paused);
    }
    /* A look at a stopped machine leaves it stopped. */
    g_autofree char *answer =
        ask(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0}}");
    g_assert_cmphex(talk.fake->vm.vcpus[1]->park, ==, VCPU_PARK_USER);
    for (unsigned i = 0; i < 2; i++) {
        expect(&talk, "{\"execute\": \"cont\"}", "{\"return\": {}}");
        g_assert_cmphex(talk.fake->vm.vcpus[1]->park, ==, 0);
        expect(&talk, "{\"execute\": \"query-status\"}", running);
    }
    /* What was so already is no event. */
    g_assert_true(g_str_has_prefix(talk.events->str, "{\"timestamp\": {\"seconds\": "));
    const char *stop = strstr(talk.events->str, "}, \"event\": \"STOP\"}\r\n{");
    g_assert_nonnull(stop);
    g_assert_true(g_str_has_suffix(stop, "}, \"event\": \"RESUME\"}\r\n"));
    g_assert_null(strstr(stop + 20, "STOP"));
}

/* --- translate ---------------------------------------------------------------------- */

enum { PROCESS_TABLE = 0x100000, TREE = 0x200000, USER_PID = 5 };

/** A process table, and for @pid a tree that takes @ea to the page of @leaf. */
static void map_radix(Talk *talk, uint32_t pid, uint64_t ea, uint64_t leaf)
{
    static const unsigned bits[] = {13, 9, 9, 5};
    GuestMem *mem = talk->fake->vm.mem;
    uint64_t table = TREE + pid * UINT64_C(0x100000), shift = 52;

    g_assert_true(guest_mem_store_be64(mem, PROCESS_TABLE + 16 * pid,
                                       table | 13 | UINT64_C(2) << 61 | UINT64_C(5) << 5));
    for (unsigned i = 0; i < 4; i++) {
        shift -= bits[i];
        uint64_t at = table + 8 * (ea >> shift & ((UINT64_C(1) << bits[i]) - 1));

        table += 0x10000;
        g_assert_true(
            guest_mem_store_be64(mem, at, i == 3 ? leaf : UINT64_C(1) << 63 | table | bits[i + 1]));
    }
}

static void test_translate_radix(void)
{
    g_auto(Talk) talk;
    HvRegs regs = {.msr = MSR_DR, .pid = USER_PID};

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    const Vm *vm = &talk.fake->vm;
    g_assert_cmpint(mmu_register_process_table(vm->mmu, 0x1d, PROCESS_TABLE, 0, 4), ==, 0);
    map_radix(&talk, 0, EA_KERNEL | 0x345678, UINT64_C(0xc000000000340000) | 0x18d);
    map_radix(&talk, USER_PID, 0x10345678, UINT64_C(0xc000000005550000) | 0x107);
    map_radix(&talk, USER_PID + 1, 0x10345678, UINT64_C(0xc000000045550000) | 0x4);
    g_assert_cmpint(vm->ops->vcpu_set_regs(vm->vcpus[1]->hv, &regs), ==, 0);

    g_autoptr(JsonValue) kernel =
        ask_return(&talk, "{\"execute\": \"translate\", \"arguments\": "
                          "{\"address\": \"0xc000000000345678\", \"cpu\": 1}}");
    g_assert_cmphex(number(kernel, "real"), ==, 0x345678);
    g_assert_cmpuint(number(kernel, "pid"), ==, 0);
    g_assert_cmpuint(number(kernel, "page-size"), ==, 65536);
    g_assert_cmpstr(json_string(json_member(kernel, "kind")), ==, "radix");
    g_assert_cmpstr(json_string(json_member(kernel, "access")), ==, "r-x");
    g_assert_true(json_is_true(json_member(kernel, "privileged")));
    g_assert_true(json_is_true(json_member(kernel, "memory")));
    const JsonValue *path = json_member(kernel, "path");
    g_assert_cmpuint(json_length(path), ==, 4);
    g_assert_cmphex(number(json_item(path, 0), "table"), ==, TREE);
    g_assert_cmphex(number(json_item(path, 3), "value"), ==, UINT64_C(0xc00000000034018d));
    g_assert_cmphex(number(json_item(path, 2), "covers"), ==, 2 * MIB);

    g_autoptr(JsonValue) user = ask_return(
        &talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 271865464, \"cpu\": 1}}");
    g_assert_cmphex(number(user, "real"), ==, 0x5555678 % 0x4000000 + 0x4000000);
    g_assert_false(json_is_true(json_member(user, "memory")));
    g_assert_cmpuint(number(user, "pid"), ==, USER_PID);

    g_autoptr(JsonValue) other = ask_return(&talk, "{\"execute\": \"translate\", \"arguments\": "
                                                   "{\"address\": 271865464, \"pid\": 6}}");
    g_assert_cmphex(number(other, "real"), ==, 0x45555678);

    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0, \"cpu\": 1}}",
                 "GenericError", "not present");
    expect_error(
        &talk,
        "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0x4000000000000000\", "
        "\"cpu\": 1}}",
        "GenericError", "no address of a process");
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0, \"cpu\": 2}}",
                 "GenericError", "there is no CPU 2");
    expect_error(&talk,
                 "{\"execute\": \"translate\", \"arguments\": {\"address\": 0, \"pid\": 999999}}",
                 "GenericError", "the process table ends before");
    expect_error(&talk,
                 "{\"execute\": \"translate\", \"arguments\": {\"address\": 0, \"pid\": "
                 "99999999999}}",
                 "GenericError", "no process id");
    hv_fake_fail(talk.fake->host, FAKE_VCPU_GET_REGS, 1, EIO);
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0}}",
                 "GenericError", "registers of vCPU 0: Input/output error");

    /* Real mode. */
    g_autoptr(JsonValue) real = ask_return(
        &talk,
        "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0xc000000000345678\"}}");
    g_assert_cmpstr(json_string(json_member(real, "kind")), ==, "real-mode");
    g_assert_cmphex(number(real, "real"), ==, 0x345678);
    expect_error(&talk, "{\"execute\": \"query-hpt\"}", "GenericError", "radix guest");

    g_autoptr(JsonValue) mmu = ask_return(&talk, "{\"execute\": \"query-mmu\"}");
    g_assert_cmpstr(json_string(json_member(mmu, "kind")), ==, "radix");
    g_assert_cmphex(number(json_member(mmu, "process-table"), "address"), ==, PROCESS_TABLE);
    g_assert_cmphex(number(json_member(mmu, "process-table"), "size"), ==, 65536);
    g_assert_null(json_member(mmu, "hpt"));
}

/** Enter a page of 4K for the address of @target; the slot. */
static uint64_t map_hash(HptTable *table, const HptTarget *target, gboolean secondary,
                         uint64_t rest_v, uint64_t r)
{
    HptEntry entry = {.v = target->match_v | rest_v, .r = r};
    uint64_t group = hpt_walk_group(target, &table->geometry, secondary), placed;

    if (secondary)
        entry.v |= HPTE_V_SECONDARY;
    g_assert_cmpint(hpt_enter(table, 0, hpt_index_of(group, 0), entry, &placed), ==, H_SUCCESS);
    return placed;
}

static void test_hash(void)
{
    static const HvSlbEntry slb[] = {
        {0},
        {.esid = EA_KERNEL | 0x08000001, .vsid = UINT64_C(0x4000000123000400)},
        {.esid = 0x10000000 | 0x08000002, .vsid = 0x0000000000456c80},
    };
    const HptSlbEntry *same = (const HptSlbEntry *)slb;
    HvRegs regs = {.msr = MSR_DR};
    g_auto(Talk) talk;
    HptTarget target;

    talk_init(&talk, FAKE_HV_POWER8);
    negotiate(&talk);
    const Vm *vm = &talk.fake->vm;
    uint32_t order = mmu_hpt_order(vm->mmu);
    HptTable *table = hpt_table_new(order, NULL);
    g_assert_cmpint(hpt_walk_segment(same, 3, EA_KERNEL | 0x1234567, &target), ==, HPT_WALK_FOUND);
    uint64_t first = map_hash(table, &target, FALSE, HPTE_V_BOLTED | 1, 0x3456000 | 0x190);
    g_assert_cmpint(hpt_walk_segment(same, 3, 0x10001abc, &target), ==, HPT_WALK_FOUND);
    uint64_t second = map_hash(table, &target, TRUE, 1, 0x123456000 | 0x102);
    hv_fake_set_htab(vm->hv, table);
    hv_fake_set_slb(vm->vcpus[0]->hv, slb, 3);
    g_assert_cmpint(vm->ops->vcpu_set_regs(vm->vcpus[0]->hv, &regs), ==, 0);

    g_autoptr(JsonValue) kernel =
        ask_return(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": "
                          "\"0xc000000001234567\"}}");
    g_assert_cmphex(number(kernel, "real"), ==, 0x3456567);
    g_assert_cmpuint(number(kernel, "hpt-order"), ==, order);
    g_assert_cmpstr(json_string(json_member(kernel, "kernel-access")), ==, "rwx");
    g_assert_cmpstr(json_string(json_member(kernel, "user-access")), ==, "---");
    g_assert_true(json_is_true(json_member(kernel, "memory")));
    const JsonValue *entry = json_member(kernel, "entry");
    g_assert_cmphex(number(entry, "index"), ==, first);
    g_assert_true(json_is_true(json_member(entry, "bolted")));
    g_assert_false(json_is_true(json_member(entry, "secondary")));
    g_assert_cmphex(number(json_member(kernel, "segment"), "slot"), ==, 1);
    g_assert_cmphex(number(json_member(kernel, "segment"), "size"), ==, TIB);

    g_autoptr(JsonValue) user = ask_return(
        &talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0x10001abc\"}}");
    g_assert_cmphex(number(user, "real"), ==, 0x123456abc);
    g_assert_false(json_is_true(json_member(user, "memory")));
    g_assert_cmphex(number(json_member(user, "entry"), "index"), ==, second);
    g_assert_true(json_is_true(json_member(json_member(user, "entry"), "secondary")));

    expect_error(&talk,
                 "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0x10002abc\"}}",
                 "GenericError", "not mapped: segment 0x456, no entry in groups");
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0}}",
                 "GenericError", "no segment");
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0, \"pid\": 1}}",
                 "GenericError", "process id means nothing");
    hv_fake_fail(talk.fake->host, FAKE_VCPU_GET_SLB, 1, EIO);
    expect_error(&talk, "{\"execute\": \"translate\", \"arguments\": {\"address\": 0}}",
                 "GenericError", "segments of vCPU 0");
    for (unsigned opening = 1; opening <= 2; opening++) {
        hv_fake_fail(talk.fake->host, FAKE_VM_GET_HTAB_FD, opening, EMFILE);
        expect_error(&talk,
                     "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0x10001abc\"}}",
                     "GenericError", "KVM does not give out");
        hv_fake_set_stream_limit(talk.fake->host, opening, 12);
        expect_error(&talk,
                     "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0x10001abc\"}}",
                     "GenericError", opening ? "hash page table" : "");
    }

    /* The figures, and that all of the table was read. */
    unsigned before = talk.readies;
    g_autoptr(JsonValue) hpt = ask_return(&talk, "{\"execute\": \"query-hpt\"}");
    g_assert_cmpuint(talk.readies, ==, before + 1);
    g_assert_cmpuint(number(hpt, "order"), ==, order);
    g_assert_cmpuint(number(hpt, "slots"), ==, UINT64_C(1) << (order - 4));
    g_assert_cmpuint(number(hpt, "entries"), ==, 2);
    g_assert_cmpuint(number(hpt, "bolted"), ==, 1);
    g_assert_cmpuint(number(hpt, "secondary"), ==, 1);
    g_assert_cmpuint(number(json_member(hpt, "by-page-size"), "4K"), ==, 2);
    uint64_t groups = 0, count;
    const JsonValue *use = json_member(hpt, "groups-by-entries");
    g_assert_cmpuint(json_length(use), ==, 9);
    for (unsigned i = 0; i < 9; i++) {
        g_assert_true(json_uint(json_item(use, i), &count));
        groups += count;
    }
    g_assert_cmpuint(groups, ==, UINT64_C(1) << (order - 7));
    g_assert_cmphex(vm->vcpus[0]->park, ==, 0);

    hv_fake_fail(talk.fake->host, FAKE_VM_GET_HTAB_FD, 1, ENOMEM);
    expect_error(&talk, "{\"execute\": \"query-hpt\"}", "GenericError", "Cannot allocate memory");
    hv_fake_set_stream_limit(talk.fake->host, 1, 24);
    expect_error(&talk, "{\"execute\": \"query-hpt\"}", "GenericError", "ends ");

    g_autoptr(JsonValue) mmu = ask_return(&talk, "{\"execute\": \"query-mmu\"}");
    g_assert_cmpuint(number(json_member(mmu, "hpt"), "order"), ==, order);
    g_assert_cmpuint(number(json_member(mmu, "hpt"), "granted-order"), ==, order);
    g_assert_true(json_has_member(mmu, "process-table"));
    g_assert_null(json_member(mmu, "process-table"));

    /* A client that goes away while its question is worked on. */
    qmp_session_handle(talk.session, "{\"execute\": \"query-hpt\"}", 24);
    g_assert_true(qmp_session_is_busy(talk.session));
    qmp_session_free(g_steal_pointer(&talk.session));
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmphex(vm->vcpus[0]->park, ==, 0);
}

/** What the kernel granted is less than what was wanted, and both are told. */
static void test_granted(void)
{
    g_autoptr(GError) error = NULL;
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER8);
    negotiate(&talk);
    uint32_t order = mmu_hpt_order(talk.fake->vm.mmu);
    talk.fake->config.hpt_order = order + 4;
    hv_fake_set_max_htab_order(talk.fake->host, order + 1);
    g_assert_true(mmu_reset(talk.fake->vm.mmu, &error));
    g_autoptr(JsonValue) mmu = ask_return(&talk, "{\"execute\": \"query-mmu\"}");
    g_assert_cmpuint(number(json_member(mmu, "hpt"), "wanted-order"), ==, order + 4);
    g_assert_cmpuint(number(json_member(mmu, "hpt"), "granted-order"), ==, order + 1);
    g_assert_cmpuint(number(json_member(mmu, "hpt"), "order"), ==, order + 1);
}

/* --- system resets and time -------------------------------------------------------- */

static uint32_t take_events(Talk *talk, unsigned index)
{
    return __atomic_exchange_n(&talk->fake->vm.vcpus[index]->events, 0, __ATOMIC_SEQ_CST);
}

static void test_nmi(void)
{
    g_auto(Talk) talk;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    talk.fake->vm.vcpus[0]->state = VCPU_RUNNING;
    talk.fake->vm.vcpus[1]->state = VCPU_STOPPED;
    expect(&talk, "{\"execute\": \"inject-nmi\", \"arguments\": {\"cpu\": 0}}", "{\"return\": {}}");
    g_assert_cmphex(take_events(&talk, 0), ==, VCPU_EVENT_SYSTEM_RESET);
    g_assert_cmphex(take_events(&talk, 1), ==, 0);
    expect_error(&talk, "{\"execute\": \"inject-nmi\", \"arguments\": {\"cpu\": 1}}",
                 "GenericError", "has stopped CPU 1");
    expect_error(&talk, "{\"execute\": \"inject-nmi\", \"arguments\": {\"cpu\": 2}}",
                 "GenericError", "there is no CPU 2");
    g_assert_cmphex(take_events(&talk, 0) | take_events(&talk, 1), ==, 0);
    talk.fake->vm.vcpus[1]->state = VCPU_RUNNING;
    expect(&talk, "{\"execute\": \"inject-nmi\"}", "{\"return\": {}}");
    g_assert_cmphex(take_events(&talk, 0), ==, VCPU_EVENT_SYSTEM_RESET);
    g_assert_cmphex(take_events(&talk, 1), ==, VCPU_EVENT_SYSTEM_RESET);
}

static void test_machine_check(void)
{
    static const char message[] =
        "{\"execute\": \"inject-machine-check\", \"arguments\": {\"cpu\": 1}}";
    g_auto(Talk) talk;
    HvRegs regs = {.pc = 0x1234, .msr = 0x1000};
    const char *why;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    Vm *vm = &talk.fake->vm;
    Vcpu *cpu = vm->vcpus[1];
    expect_error(&talk, message, "GenericError", "no handler");
    fwnmi_set_area(vm->platform, 0x100000);
    g_assert_cmpint(fwnmi_register(cpu, 0x2000, 0x3000), ==, RTAS_SUCCESS);
    expect_error(&talk, message, "GenericError", "is stopped");
    cpu->state = VCPU_RUNNING;
    vm->ops->vcpu_set_regs(cpu->hv, &regs);
    expect_error(&talk, message, "GenericError", "at this moment");
    regs.msr |= 2;
    vm->ops->vcpu_set_regs(cpu->hv, &regs);
    expect(&talk, message, "{\"return\": {}}");
    expect_error(&talk, message, "GenericError", "at this moment");
    g_assert_true(cpu->nmi_pending);
    g_assert_cmpint(fwnmi_machine_check(cpu, cpu->nmi_flags, &why), ==, FWNMI_DELIVERED);
    vm->ops->vcpu_get_regs(cpu->hv, &regs);
    g_assert_cmphex(regs.pc, ==, 0x3000);
    g_assert_cmphex(regs.srr0, ==, 0x1234);
}

static uint64_t guest_reg(Talk *talk, unsigned index, HvReg reg)
{
    uint64_t value = 0;

    g_assert_cmpint(talk->fake->vm.ops->vcpu_get_reg(talk->fake->vm.vcpus[index]->hv, reg, &value),
                    ==, 0);
    return value;
}

/** The guest's timebase stands still, to within 2^24 ticks, and never goes back. */
static void test_pause(void)
{
    static const uint64_t pauses[] = {0,           1, (1 << 24) - 1, 1 << 24, 3 * (1 << 24) + 5,
                                      512000000000};
    const uint64_t expiry = 123456;
    g_auto(Talk) talk;
    uint64_t host = UINT64_C(5) << 40, guest;

    talk_init(&talk, FAKE_HV_POWER9);
    negotiate(&talk);
    for (unsigned i = 0; i < 2; i++)
        talk.fake->vm.ops->vcpu_set_reg(talk.fake->vm.vcpus[i]->hv, HV_REG_DEC_EXPIRY, expiry);
    for (unsigned i = 0; i < G_N_ELEMENTS(pauses); i++) {
        hv_fake_set_timebase(talk.fake->host, host);
        guest = host + guest_reg(&talk, 0, HV_REG_TB_OFFSET);
        expect(&talk, "{\"execute\": \"stop\"}", "{\"return\": {}}");
        host += pauses[i];
        hv_fake_set_timebase(talk.fake->host, host);
        expect(&talk, "{\"execute\": \"cont\"}", "{\"return\": {}}");

        uint64_t offset = guest_reg(&talk, 0, HV_REG_TB_OFFSET);
        g_assert_cmphex(offset % (1 << 24), ==, 0);
        g_assert_cmpuint(host + offset, >=, guest);
        g_assert_cmpuint(host + offset, <, guest + (1 << 24));
        g_assert_cmphex(guest_reg(&talk, 1, HV_REG_TB_OFFSET), ==, offset);
        g_assert_cmpuint(guest_reg(&talk, 1, HV_REG_DEC_EXPIRY), ==, expiry);
    }
    /* A kernel that refuses: the machine goes on all the same. */
    expect(&talk, "{\"execute\": \"stop\"}", "{\"return\": {}}");
    hv_fake_fail_always(talk.fake->host, FAKE_VCPU_SET_REG, EINVAL);
    expect(&talk, "{\"execute\": \"cont\"}", "{\"return\": {}}");
    g_assert_false(talk.fake->vm.stopped);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/qmp/frame", test_frame);
    g_test_add_func("/qmp/frame-too-long", test_frame_too_long);
    g_test_add_func("/qmp/negotiation", test_negotiation);
    g_test_add_func("/qmp/messages", test_messages);
    g_test_add_func("/qmp/simple", test_simple);
    g_test_add_func("/qmp/queries", test_queries);
    g_test_add_func("/qmp/balloon", test_balloon);
    g_test_add_func("/qmp/trace", test_trace);
    g_test_add_func("/qmp/fds", test_fds);
    g_test_add_func("/qmp/schema", test_schema);
    g_test_add_func("/qmp/stop", test_stop);
    g_test_add_func("/qmp/translate-radix", test_translate_radix);
    g_test_add_func("/qmp/hash", test_hash);
    g_test_add_func("/qmp/granted", test_granted);
    g_test_add_func("/qmp/nmi", test_nmi);
    g_test_add_func("/qmp/machine_check", test_machine_check);
    g_test_add_func("/qmp/pause", test_pause);
    return g_test_run();
}
