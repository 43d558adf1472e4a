/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libvirt asks of the monitor, with a machine and without one. */
#include "src/compat/compat_qmp.h"

#include <string.h>

#include "src/vmm/balloon.h"
#include "src/vmm/vm_devices.h"
#include "tests/unit/fake_vm.h"

typedef struct {
    CompatConfig *compat;
    QmpExtension extension;
    QmpSession *session;
    GString *sent;
} Talk;

static void talk_send(void *opaque, const char *text)
{
    g_string_append(((Talk *)opaque)->sent, text);
}

static int talk_take_fd(void *opaque) { return -1; }
static void talk_ready(void *opaque) {}

static const QmpOwner owner = {
    .send = talk_send, .take_fd = talk_take_fd, .broadcast = talk_send, .ready = talk_ready};

/** What is answered to @command. */
static const char *ask(Talk *talk, const char *command)
{
    g_string_truncate(talk->sent, 0);
    qmp_session_handle(talk->session, command, strlen(command));
    return talk->sent->str;
}

static void assert_has(Talk *talk, const char *command, const char *part)
{
    const char *answer = ask(talk, command);

    if (!strstr(answer, part))
        g_error("%s: no '%s' in %s", command, part, answer);
}

static void talk_begin(Talk *talk, Vm *vm, int argc, const char *const *argv)
{
    g_autoptr(GError) error = NULL;

    talk->compat = compat_parse(argc, (char *const *)argv, &error);
    g_assert_no_error(error);
    talk->sent = g_string_new(NULL);
    compat_qmp_init(&talk->extension, talk->compat);
    talk->session = qmp_session_new(vm, &talk->extension, &owner, talk);
    qmp_session_greet(talk->session);
    g_assert_nonnull(strstr(talk->sent->str, "\"major\": 10"));
    g_assert_nonnull(strstr(talk->sent->str, "paprika-"));
    ask(talk, "{\"execute\": \"qmp_capabilities\"}");
}

static void talk_end(Talk *talk)
{
    qmp_session_free(talk->session);
    compat_config_free(talk->compat);
    g_string_free(talk->sent, TRUE);
}

static void test_probing(void)
{
    static const char *const args[] = {"-machine", "none,accel=kvm:tcg"};
    Talk talk;

    talk_begin(&talk, NULL, G_N_ELEMENTS(args), args);
    assert_has(&talk, "{\"execute\": \"query-version\"}", "\"major\": 10");
    assert_has(&talk, "{\"execute\": \"query-target\"}", "ppc64");
    assert_has(&talk, "{\"execute\": \"query-kvm\"}", "\"present\": ");
    assert_has(&talk, "{\"execute\": \"query-machines\"}", "\"alias\": \"pseries\"");
    assert_has(&talk, "{\"execute\": \"query-cpu-definitions\"}", "host-powerpc64-cpu");
    assert_has(&talk, "{\"execute\": \"query-tpm-models\"}", "\"return\": []");
    assert_has(&talk, "{\"execute\": \"query-commands\"}", "device-list-properties");
    assert_has(&talk, "{\"execute\": \"qom-list-types\"}", "spapr-pci-host-bridge");
    assert_has(&talk,
               "{\"execute\": \"device-list-properties\", \"arguments\": {\"typename\": "
               "\"virtio-net-pci\"}}",
               "host_mtu");
    assert_has(&talk,
               "{\"execute\": \"device-list-properties\", \"arguments\": {\"typename\": "
               "\"qemu-xhci\"}}",
               "\"class\": \"DeviceNotFound\"");
    assert_has(&talk,
               "{\"execute\": \"query-command-line-options\", \"arguments\": {\"option\": "
               "\"sandbox\"}}",
               "elevateprivileges");
    assert_has(&talk, "{\"execute\": \"query-migrate-capabilities\"}", "events");
    /* Of a machine there is nothing to tell, nor to do. */
    assert_has(&talk, "{\"execute\": \"query-status\"}", "there is no machine");
    assert_has(&talk, "{\"execute\": \"cont\"}", "there is no machine");
    assert_has(&talk, "{\"execute\": \"frob\"}", "CommandNotFound");
    talk_end(&talk);
}

/** The schema has each command once, also those that take another's place. */
static void test_schema(void)
{
    static const char *const args[] = {"-machine", "none"};
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Talk talk;

    talk_begin(&talk, NULL, G_N_ELEMENTS(args), args);
    const char *text = ask(&talk, "{\"execute\": \"query-qmp-schema\"}");
    g_autoptr(JsonValue) answer = json_parse(text, strlen(text), NULL);
    const JsonValue *list = json_member(answer, "return");
    for (size_t i = 0; i < json_length(list); i++) {
        const JsonValue *item = json_item(list, i);

        if (strcmp(json_string(json_member(item, "meta-type")), "command") == 0)
            g_assert_true(g_hash_table_add(seen, g_strdup(json_string(json_member(item, "name")))));
    }
    g_assert_true(g_hash_table_contains(seen, "query-kvm"));
    g_assert_true(g_hash_table_contains(seen, "device_add"));
    g_assert_true(g_hash_table_contains(seen, "qom-list"));
    talk_end(&talk);
}

static void test_life(void)
{
    static const char *const args[] = {
        "-machine",  "pseries",
        "-accel",    "kvm",
        "-kernel",   "k",
        "-uuid",     "11111111-2222-3333-4444-555555555555",
        "-blockdev", "file,filename=/nowhere/d,node-name=n",
        "-blockdev", "raw,file=n,node-name=f",
        "-device",   "virtio-blk-pci,drive=f,id=virtio-disk0",
        "-chardev",  "pty,id=charserial0",
        "-chardev",  "socket,id=charmonitor,fd=9,server=on,wait=off",
        "-mon",      "chardev=charmonitor,mode=control",
        "-device",   "spapr-vty,chardev=charserial0,id=serial0",
        "-device",   "virtio-balloon-pci,id=balloon0",
    };
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, 2, 1, 1, 16 * MIB);
    Talk talk;

    fake_vm_add_devices(fake);
    talk_begin(&talk, &fake->vm, G_N_ELEMENTS(args), args);
    assert_has(&talk, "{\"execute\": \"query-kvm\"}", "\"enabled\": true");
    assert_has(&talk,
               "{\"execute\": \"migrate-set-capabilities\", \"arguments\": {\"capabilities\": "
               "[{\"capability\": \"events\", \"state\": true}]}}",
               "\"return\": {}");
    assert_has(&talk,
               "{\"execute\": \"migrate-set-capabilities\", \"arguments\": {\"capabilities\": "
               "[{\"capability\": \"xbzrle\", \"state\": true}]}}",
               "cannot be saved or migrated");
    assert_has(&talk,
               "{\"execute\": \"migrate-set-capabilities\", \"arguments\": {\"capabilities\": "
               "[1]}}",
               "has the members");
    assert_has(&talk, "{\"execute\": \"query-chardev\"}", "\"label\": \"charserial0\"");
    assert_has(&talk, "{\"execute\": \"query-chardev\"}", "\"label\": \"charmonitor\"");
    assert_has(&talk, "{\"execute\": \"query-jobs\"}", "\"return\": []");
    assert_has(&talk, "{\"execute\": \"query-migrate\"}", "\"return\": {}");
    assert_has(&talk, "{\"execute\": \"migrate\", \"arguments\": {\"uri\": \"fd:migrate\"}}",
               "cannot be saved");
    assert_has(&talk, "{\"execute\": \"query-stats\", \"arguments\": {\"target\": \"vcpu\"}}",
               "\"return\": []");
    fake->vm.ended = "shutdown";
    assert_has(&talk, "{\"execute\": \"query-status\"}", "\"status\": \"shutdown\"");
    assert_has(&talk, "{\"execute\": \"cont\"}", "Resetting");
    fake->vm.ended = NULL;
    talk_end(&talk);
    fake_vm_free(fake);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compat-qmp/probing", test_probing);
    g_test_add_func("/compat-qmp/schema", test_schema);
    g_test_add_func("/compat-qmp/life", test_life);
    return g_test_run();
}
