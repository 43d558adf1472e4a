/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's input, hostile: every message gets one answer, one line that is
 * JSON, and the machine is neither left parked nor harmed.
 */
#include <string.h>

#include "include/paprika/config.h"
#include "mmu/mmu.h"
#include "src/base/json_in.h"
#include "src/compat/compat_qmp.h"
#include "src/vmm/qmp.h"
#include "src/vmm/qmp_frame.h"
#include "src/vmm/vm_devices.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/fake_vm.h"

#define CAPS "{\"execute\": \"qmp_capabilities\"}"

static const char *const seeds[] = {
    CAPS
    "{\"execute\": \"query-commands\", \"id\": [1, {\"a\": \"\\u0041\"}]}\n"
    "{\"execute\": \"query-status\"}{\"execute\":\"query-name\"}{\"execute\":\"query-version\"}",
    CAPS
    "{\"execute\": \"translate\", \"arguments\": {\"address\": \"0xc000000000012345\", \"cpu\": 1}}"
    "{\"execute\": \"translate\", \"arguments\": {\"address\": 65536, \"pid\": 1}}",
    CAPS "{\"execute\": \"query-hpt\"}\n{\"execute\": \"query-mmu\"}\n{\"execute\": \"stop\"}\n"
         "{\"execute\": \"query-status\"}\n{\"execute\": \"cont\"}\n{\"execute\": \"quit\"}\n",
    CAPS "{\"execute\": \"query-qmp-schema\"}{\"execute\": \"query-cpus-fast\"}"
         "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"a\"}}"
         "{\"execute\": \"trace-event-get-state\", \"arguments\": {\"name\": \"hcall,irq\"}}"
         "{\"execute\": \"system_reset\"}{\"execute\": \"balloon\", \"arguments\": {\"value\": 5}}",
    CAPS
    "{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"host-spapr-cpu-core\", "
    "\"core-id\": 1}}\n{\"execute\": \"query-hotpluggable-cpus\"}\n"
    "{\"execute\": \"object-add\", \"arguments\": {\"qom-type\": \"memory-backend-ram\", \"id\": "
    "\"m0\", \"size\": 16777216}}\n{\"execute\": \"device_add\", \"arguments\": {\"driver\": "
    "\"pc-dimm\", \"memdev\": \"m0\"}}\n{\"execute\": \"query-memory-devices\"}\n"
    "{\"execute\": \"device_del\", \"arguments\": {\"id\": \"core0\"}}\n"
    "{\"execute\": \"object-del\", \"arguments\": {\"id\": \"m0\"}}\n"
    "{\"execute\": \"system_powerdown\"}",
    CAPS
    "{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"virtio-rng-pci\", \"id\": \"r\", "
    "\"bus\": \"pci.0\", \"addr\": \"0x3\"}}\n{\"execute\": \"device_del\", \"arguments\": "
    "{\"id\": \"r\"}}\n{\"execute\": \"blockdev-add\", \"arguments\": {\"driver\": \"file\", "
    "\"node-name\": \"n\", \"fd\": \"f\", \"filename\": \"/x\", \"cache\": {\"direct\": true}}}\n"
    "{\"execute\": \"blockdev-add\", \"arguments\": {\"driver\": \"raw\", \"node-name\": \"m\", "
    "\"file\": \"n\"}}\n{\"execute\": \"device_add\", \"arguments\": {\"driver\": "
    "\"virtio-blk-pci\", \"drive\": \"m\", \"num-queues\": 2, \"serial\": \"s\"}}\n"
    "{\"execute\": \"blockdev-del\", \"arguments\": {\"node-name\": \"n\"}}",
    CAPS
    "{\"execute\": \"netdev_add\", \"arguments\": {\"type\": \"tap\", \"id\": \"n\", \"fds\": "
    "\"a:b\"}}\n{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"virtio-net-pci\", "
    "\"netdev\": \"n\", \"mac\": \"02:00:00:00:00:01\", \"host_mtu\": 1400, \"iommu_platform\": "
    "\"on\"}}\n{\"execute\": \"netdev_del\", \"arguments\": {\"id\": \"n\"}}\n"
    "{\"execute\": \"block_resize\", \"arguments\": {\"node-name\": \"n\", \"size\": 512}}\n"
    "{\"execute\": \"query-block\"}{\"execute\": \"query-blockstats\"}\n"
    "{\"execute\": \"qom-list\", \"arguments\": {\"path\": \"/machine/peripheral\"}}",
    CAPS
    "{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"virtio-blk-pci\", \"bus\": "
    "\"pci.0\", \"addr\": \"0x7\", \"drive\": \"n\", \"write-cache\": \"on\", \"packed\": false}}\n"
    "{\"execute\": \"blockdev-add\", \"arguments\": {\"driver\": \"file\", \"filename\": \"/x\", "
    "\"node-name\": \"n\", \"cache\": {\"direct\": true, \"no-flush\": false}, \"aio\": "
    "\"native\"}}\n"
    "{\"execute\": \"netdev_add\", \"arguments\": {\"type\": \"tap\", \"fd\": \"a\", \"vhost\": "
    "true, "
    "\"vhostfds\": \"b:c\", \"id\": \"h\"}}\n{\"execute\": \"object-add\", \"arguments\": "
    "{\"qom-type\": \"rng-random\", \"id\": \"o\", \"filename\": \"/dev/urandom\"}}\n"
    "{\"execute\": \"device_add\", \"arguments\": {\"driver\": \"virtio-rng-pci\", \"rng\": \"o\", "
    "\"id\": \"r\"}}{\"execute\": \"set_link\", \"arguments\": {\"name\": \"r\", \"up\": true}}\n"
    "{\"execute\": \"object-del\", \"arguments\": {\"id\": \"o\"}}{\"execute\": "
    "\"query-named-block-nodes\"}{\"execute\": \"qom-list\", \"arguments\": {\"path\": "
    "\"/machine/peripheral/r\"}}",
    "{\"execute\": \"stop\", }\n[[[[[[\n}\n\"execute\nnull\n{\"a\": 1, \"a\": 2}\n{\"id\": "
    "-1.5e+7}",
};

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    return fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, buffer, room);
}

typedef struct {
    unsigned answers, events;
} Seen;

/** A line that is one JSON object, with @member or @other in it. */
static void check_line(const char *text, const char *member, const char *other)
{
    const char *end = strstr(text, "\r\n");
    g_autoptr(JsonValue) value = json_parse(text, strlen(text), NULL);

    check(end && !end[2], "an answer that is not one line");
    check(json_member(value, member) || (other && json_member(value, other)),
          "an answer that is none");
}

static void on_send(void *opaque, const char *text)
{
    ((Seen *)opaque)->answers++;
    check_line(text, "return", "error");
}

static void on_broadcast(void *opaque, const char *text)
{
    ((Seen *)opaque)->events++;
    check_line(text, "event", NULL);
}

static void on_ready(void *opaque) {}

static int on_take_fd(void *opaque) { return -1; }

static const QmpOwner owner = {
    .send = on_send, .take_fd = on_take_fd, .broadcast = on_broadcast, .ready = on_ready};

static FakeVm *machine(gboolean hash)
{
    static FakeVm *machines[2];

    if (!machines[hash]) {
        /* Made once: only what a session does is of interest. */
        FakeVm *fake = fake_vm_new(hash ? FAKE_HV_POWER8 : FAKE_HV_POWER9, 2, 1, 1, 16 * MIB);
        HvRegs regs = {.msr = 0x10};

        fake->config.hotplug = TRUE;
        fake_vm_add_devices(fake);
        check(vm_devices_add(&fake->vm, NULL), "no bridge");
        for (unsigned i = 0; i < 2; i++) {
            fake->vm.vcpus[i]->parked = TRUE;
            fake->vm.ops->vcpu_set_regs(fake->vm.vcpus[i]->hv, &regs);
        }
        if (!hash)
            mmu_register_process_table(fake->vm.mmu, 0x1d, 0x100000, 0, 4);
        machines[hash] = fake;
    }
    return machines[hash];
}

/** What paprika-qemu adds. */
static const QmpExtension *libvirts(void)
{
    static const char *const args[] = {"-machine", "pseries", "-kernel", "k"};
    static QmpExtension extension;

    if (!extension.commands) {
        CompatConfig *config = compat_parse(G_N_ELEMENTS(args), (char *const *)args, NULL);

        check(config != NULL, "no configuration");
        compat_qmp_init(&extension, config);
    }
    return &extension;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GString) message = g_string_new(NULL);
    Seen seen = {0};
    FakeVm *fake = machine(size % 2);
    QmpSession *session =
        qmp_session_new(&fake->vm, size / 2 % 2 ? libvirts() : NULL, &owner, &seen);
    unsigned messages = 0;
    QmpFrame frame;

    hv_fake_forget(fake->host);
    qmp_frame_init(&frame);
    qmp_frame_push(&frame, data, size);
    while (qmp_frame_next(&frame, message) == QMP_FRAME_MESSAGE && messages < 64) {
        qmp_session_handle(session, message->str, message->len);
        while (qmp_session_is_busy(session))
            g_main_context_iteration(NULL, TRUE);
        check(seen.answers == ++messages, "a message without an answer, or with two");
        check(!(fake->vm.vcpus[0]->park & VCPU_PARK_LOOK), "a vCPU is left parked");
    }
    qmp_session_free(session);
    qmp_frame_finish(&frame);
    return 0;
}
