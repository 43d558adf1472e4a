/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the monitor, in one table. */
#include "src/base/error.h"
#include "src/vmm/qmp.h"
#include "src/vmm/qmp_balloon.h"
#include "src/vmm/qmp_block.h"
#include "src/vmm/qmp_device.h"
#include "src/vmm/qmp_dump.h"
#include "src/vmm/qmp_fd.h"
#include "src/vmm/qmp_hotplug.h"
#include "src/vmm/qmp_inspect.h"
#include "src/vmm/qmp_nmi.h"
#include "src/vmm/qmp_query.h"
#include "src/vmm/vm.h"

/** No capability is offered, so none may be enabled. */
static gboolean run_capabilities(QmpCall *call, GError **error)
{
    const JsonValue *enable = json_member(call->arguments, "enable");

    if (json_length(enable))
        return error_set(error, PAPRIKA_ERROR_USAGE, "no such capability is offered");
    qmp_call_negotiated(call);
    return TRUE;
}

static gboolean run_stop(QmpCall *call, GError **error)
{
    if (vm_stop(call->vm))
        qmp_call_event(call, "STOP");
    return TRUE;
}

static gboolean run_cont(QmpCall *call, GError **error)
{
    if (call->vm->ended)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Resetting the Virtual Machine is required");
    if (vm_cont(call->vm))
        qmp_call_event(call, "RESUME");
    return TRUE;
}

static gboolean run_quit(QmpCall *call, GError **error)
{
    call->vm->control->request(call->vm, VM_REQUEST_QUIT, "ended by the monitor");
    return TRUE;
}

static gboolean run_system_reset(QmpCall *call, GError **error)
{
    call->vm->control->request(call->vm, VM_REQUEST_RESET, "reset by the monitor");
    return TRUE;
}

const QmpCommand qmp_commands[] = {
    {.name = "qmp_capabilities",
     .no_machine = TRUE,
     .negotiates = TRUE,
     .arguments = {{"enable", QMP_ARGUMENT_STRINGS, TRUE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Begin. Before it no other command is taken, after it no further one of it.",
     .run = run_capabilities},
    {.name = "query-commands",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .doc = "The commands that there are.",
     .run = qmp_run_commands},
    {.name = "query-qmp-schema",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .doc = "Commands, their arguments, and events, in the form of QEMU's introspection; made from "
            "the table that you are reading. What commands return is not told.",
     .run = qmp_run_schema},
    {.name = "query-version",
     .no_machine = TRUE,
     .doc = "Paprika's version, in QEMU's form.",
     .run = qmp_run_version},
    {.name = "query-name", .doc = "The guest's name, if it has one.", .run = qmp_run_name},
    {.name = "query-uuid", .doc = "All zeros, unless one was chosen.", .run = qmp_run_uuid},
    {.name = "query-target", .no_machine = TRUE, .doc = "`ppc64`.", .run = qmp_run_target},
    {.name = "query-kvm", .doc = "That KVM is there and used.", .run = qmp_run_kvm},
    {.name = "query-status", .doc = "Whether the guest runs or is paused.", .run = qmp_run_status},
    {.name = "query-cpus-fast",
     .returns = QMP_RETURNS_LIST,
     .doc = "The processors, with the host's thread of each.",
     .run = qmp_run_cpus},
    {.name = "query-memory-size-summary",
     .doc = "The guest's memory at start and what came since, in bytes.",
     .run = qmp_run_memory_size},
    {.name = "query-chardev",
     .returns = QMP_RETURNS_LIST,
     .doc = "The console and the ports, and where they are; `frontend-open` of a port: the guest "
            "has it open.",
     .run = qmp_run_chardev},
    {.name = "query-iothreads",
     .returns = QMP_RETURNS_LIST,
     .doc = "An empty list: there are none.",
     .run = qmp_run_none},
    {.name = "query-block",
     .returns = QMP_RETURNS_LIST,
     .doc = "The disks. One of the command line has the id `diskN`, and its node the same name.",
     .run = qmp_run_block_query},
    {.name = "query-named-block-nodes",
     .arguments = {{"flat", QMP_ARGUMENT_BOOL, TRUE}},
     .returns = QMP_RETURNS_LIST,
     .doc = "The nodes, used or not.",
     .run = qmp_run_block_nodes},
    {.name = "query-blockstats",
     .arguments = {{"query-nodes", QMP_ARGUMENT_BOOL, TRUE}},
     .returns = QMP_RETURNS_LIST,
     .doc = "How much was read and written of each disk, or of each node.",
     .run = qmp_run_block_stats},
    {.name = "blockdev-add",
     .arguments = {{"driver", QMP_ARGUMENT_STRING, FALSE},
                   {"node-name", QMP_ARGUMENT_STRING, FALSE},
                   {"filename", QMP_ARGUMENT_STRING, TRUE},
                   {"fd", QMP_ARGUMENT_STRING, TRUE},
                   {"file", QMP_ARGUMENT_STRING, TRUE},
                   {"read-only", QMP_ARGUMENT_BOOL, TRUE},
                   {"cache", QMP_ARGUMENT_ANY, TRUE}},
     .more_arguments = TRUE,
     .returns = QMP_RETURNS_NOTHING,
     .doc =
         "A disk for a later device_add: a `file` or `host_device`, or a layer `raw` on such a "
         "node (`file`). In the sandbox the file comes as a descriptor (`getfd`), which `fd`, as "
         "QEMU does not have it, names.",
     .run = qmp_run_blockdev_add},
    {.name = "blockdev-del",
     .arguments = {{"node-name", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Forget a node that nothing uses.",
     .run = qmp_run_blockdev_del},
    {.name = "block_resize",
     .arguments = {{"device", QMP_ARGUMENT_STRING, TRUE},
                   {"node-name", QMP_ARGUMENT_STRING, TRUE},
                   {"size", QMP_ARGUMENT_UINT, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Make a disk, by its device's id or its node, longer, and its file if that is shorter; "
            "the guest is told. None becomes shorter.",
     .run = qmp_run_block_resize},
    {.name = "netdev_add",
     .arguments = {{"type", QMP_ARGUMENT_STRING, FALSE},
                   {"id", QMP_ARGUMENT_STRING, FALSE},
                   {"fd", QMP_ARGUMENT_STRING, TRUE},
                   {"fds", QMP_ARGUMENT_STRING, TRUE},
                   {"vhost", QMP_ARGUMENT_BOOL, TRUE},
                   {"vhostfd", QMP_ARGUMENT_STRING, TRUE},
                   {"vhostfds", QMP_ARGUMENT_STRING, TRUE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "A `tap` for a later device_add: its descriptor, or with colons between one for each "
            "queue, by the names of `getfd`. With `vhost` the kernel's own workers serve it, by as "
            "many descriptors of /dev/vhost-net.",
     .run = qmp_run_netdev_add},
    {.name = "netdev_del",
     .arguments = {{"id", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Forget one that no card uses.",
     .run = qmp_run_netdev_del},
    {.name = "qom-list",
     .arguments = {{"path", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_LIST,
     .doc = "The devices on PCI, and plugged memory and cores, at `/machine/peripheral`.",
     .run = qmp_run_qom_list},
    {.name = "set_link",
     .arguments = {{"name", QMP_ARGUMENT_STRING, FALSE}, {"up", QMP_ARGUMENT_BOOL, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Pull the cable of a network card on PCI, by its id or its back end's, or plug it in "
            "again: the guest is told, and meanwhile packets are dropped both ways.",
     .run = qmp_run_set_link},
    {.name = "query-balloon",
     .doc =
         "The bytes of memory that the guest has by its balloon, and what it told last of its "
         "use of memory (`guest-stats`, of the names that QEMU has); it is asked for newer ones. "
         "Error `DeviceNotActive` without `--balloon`.",
     .run = qmp_run_balloon_query},
    {.name = "balloon",
     .arguments = {{"value", QMP_ARGUMENT_UINT, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc =
         "Ask the guest to do with that many bytes of memory. It may take its time, or not do it. "
         "A reboot gives it all.",
     .run = qmp_run_balloon},
    {.name = "stop",
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Stop the guest: its processors do nothing, its time stands still. Event STOP.",
     .run = run_stop},
    {.name = "cont",
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Let a stopped guest go on. Event RESUME.",
     .run = run_cont},
    {.name = "system_reset",
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Begin anew, as after power-on; with `--no-reboot` end. Event RESET.",
     .run = run_system_reset},
    {.name = "quit",
     .returns = QMP_RETURNS_NOTHING,
     .doc = "End the guest, as a signal would; Paprika ends with status 0. Event SHUTDOWN.",
     .run = run_quit},
    {.name = "getfd",
     .arguments = {{"fdname", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Keep the descriptor that came with this message (SCM_RIGHTS) under a name, for later "
            "commands of this client.",
     .run = qmp_run_getfd},
    {.name = "closefd",
     .arguments = {{"fdname", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Close a descriptor kept so.",
     .run = qmp_run_closefd},
    {.name = "trace-event-get-state",
     .arguments = {{"name", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_LIST,
     .doc = "Which groups of trace points are on; the name is one of `--trace`, or `*`.",
     .run = qmp_run_trace_state},
    {.name = "trace-event-set-state",
     .arguments = {{"name", QMP_ARGUMENT_STRING, FALSE}, {"enable", QMP_ARGUMENT_BOOL, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Trace a group, or no longer.",
     .run = qmp_run_trace_set},
    {.name = "inject-nmi",
     .arguments = {{"cpu", QMP_ARGUMENT_UINT, TRUE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "A system reset interrupt for one processor, or for all that the guest has not "
            "stopped: Linux enters its debugger or writes its crash dump.",
     .run = qmp_run_nmi},
    {.name = "inject-machine-check",
     .arguments = {{"cpu", QMP_ARGUMENT_UINT, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "A machine check that the host has recovered from, to try the guest's handler: TLB "
            "multihit at the instruction that comes next.",
     .run = qmp_run_machine_check},
    {.name = "system_powerdown",
     .doc = "Ask the guest to shut down in an orderly way (EPOW). Event POWERDOWN.",
     .returns = QMP_RETURNS_NOTHING,
     .run = qmp_run_powerdown},
    {.name = "device_add",
     .arguments = {{"driver", QMP_ARGUMENT_STRING, FALSE},
                   {"id", QMP_ARGUMENT_STRING, TRUE},
                   {"core-id", QMP_ARGUMENT_UINT, TRUE},
                   {"node-id", QMP_ARGUMENT_UINT, TRUE},
                   {"memdev", QMP_ARGUMENT_STRING, TRUE},
                   {"size", QMP_ARGUMENT_UINT, TRUE},
                   {"addr", QMP_ARGUMENT_ADDRESS, TRUE},
                   {"slot", QMP_ARGUMENT_UINT, TRUE},
                   {"bus", QMP_ARGUMENT_STRING, TRUE}},
     .more_arguments = TRUE,
     .doc = "Plug a core (driver host-spapr-cpu-core, core-id), memory (driver pc-dimm, memdev "
            "of object-add, or, as QEMU does not have it, size), a disk (virtio-blk-pci: drive of "
            "blockdev-add; serial, num-queues, iommu_platform, werror with rerror), a network card "
            "(virtio-net-pci: netdev of netdev_add; mac, host_mtu, iommu_platform) or an entropy "
            "device (virtio-rng-pci). Those on PCI need `--hotplug`, and may have a place: bus "
            "pci.N, addr.",
     .returns = QMP_RETURNS_NOTHING,
     .run = qmp_run_device_add},
    {.name = "device_del",
     .arguments = {{"id", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "Ask a core, memory or a device back from the guest. Events DEVICE_DELETED, or "
            "MEM_UNPLUG_ERROR and DEVICE_UNPLUG_GUEST_ERROR. A device on PCI that the guest has "
            "not given up after 30 seconds counts as refused.",
     .returns = QMP_RETURNS_NOTHING,
     .run = qmp_run_device_del},
    {.name = "object-add",
     .arguments = {{"qom-type", QMP_ARGUMENT_STRING, FALSE},
                   {"id", QMP_ARGUMENT_STRING, FALSE},
                   {"size", QMP_ARGUMENT_UINT, FALSE}},
     .doc = "Memory for a pc-dimm (qom-type memory-backend-ram).",
     .returns = QMP_RETURNS_NOTHING,
     .run = qmp_run_object_add},
    {.name = "object-del",
     .arguments = {{"id", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "Forget such an object, which is not in use.",
     .returns = QMP_RETURNS_NOTHING,
     .run = qmp_run_object_del},
    {.name = "query-hotpluggable-cpus",
     .doc = "Every core that there can be; those that are there have a qom-path.",
     .returns = QMP_RETURNS_LIST,
     .run = qmp_run_hotpluggable_cpus},
    {.name = "query-memory-devices",
     .doc = "What memory is plugged.",
     .returns = QMP_RETURNS_LIST,
     .run = qmp_run_memory_devices},
    {.name = "dump-guest-memory",
     .arguments = {{"paging", QMP_ARGUMENT_BOOL, FALSE},
                   {"protocol", QMP_ARGUMENT_STRING, FALSE},
                   {"detach", QMP_ARGUMENT_BOOL, TRUE},
                   {"begin", QMP_ARGUMENT_UINT, TRUE},
                   {"length", QMP_ARGUMENT_UINT, TRUE},
                   {"format", QMP_ARGUMENT_STRING, TRUE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Write the guest's memory and registers to a core file, `file:PATH` or `fd:NAME`, with "
            "the guest held meanwhile. Answered at the end, or with `detach` at once.",
     .run = qmp_run_dump},
    {.name = "query-dump", .doc = "How far the last dump has got.", .run = qmp_run_dump_query},
    {.name = "query-dump-guest-memory-capability",
     .doc = "The formats of core files: `elf`.",
     .run = qmp_run_dump_formats},
    {.name = "memsave",
     .arguments = {{"val", QMP_ARGUMENT_UINT, FALSE},
                   {"size", QMP_ARGUMENT_UINT, FALSE},
                   {"filename", QMP_ARGUMENT_STRING, FALSE},
                   {"cpu-index", QMP_ARGUMENT_UINT, TRUE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "Write `size` bytes at effective address `val` of a processor to a file.",
     .run = qmp_run_memsave},
    {.name = "pmemsave",
     .arguments = {{"val", QMP_ARGUMENT_UINT, FALSE},
                   {"size", QMP_ARGUMENT_UINT, FALSE},
                   {"filename", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .doc = "The same, at a real address.",
     .run = qmp_run_pmemsave},
    {.name = "read-memory",
     .arguments = {{"address", QMP_ARGUMENT_ADDRESS, FALSE},
                   {"size", QMP_ARGUMENT_UINT, FALSE},
                   {"cpu", QMP_ARGUMENT_UINT, TRUE},
                   {"real", QMP_ARGUMENT_BOOL, TRUE}},
     .doc =
         "Up to 4096 bytes as hexadecimal digits, at an effective address of a processor, or at a "
         "real one.",
     .run = qmp_run_read_memory},
    {.name = "query-mmu",
     .doc = "Radix or hash, the hash page table's order as wanted, as granted and as it is now, "
            "page sizes, the guest's process table.",
     .run = qmp_run_mmu},
    {.name = "query-hpt",
     .doc = "Figures about the hash page table: order, entries, bolted ones, use of the groups.",
     .run = qmp_run_hpt},
    {.name = "translate",
     .arguments = {{"address", QMP_ARGUMENT_ADDRESS, FALSE},
                   {"cpu", QMP_ARGUMENT_UINT, TRUE},
                   {"pid", QMP_ARGUMENT_UINT, TRUE}},
     .doc = "The real address of an effective one as a processor (by default the first) sees it "
            "now, and how it is found. Under radix, of another process than the present one.",
     .run = qmp_run_translate},
};

const size_t qmp_command_count = G_N_ELEMENTS(qmp_commands);

const QmpEvent qmp_events[] = {
    {.name = "STOP",
     .doc = "The guest is held: by `stop`, a debugger, a dump, or a disk that fails."},
    {.name = "RESUME", .doc = "It goes on."},
    {.name = "RESET",
     .data = {{"guest", QMP_ARGUMENT_BOOL, FALSE}, {"reason", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "It begins anew: `guest-reset`, or `host-qmp-system-reset`."},
    {.name = "SHUTDOWN",
     .data = {{"guest", QMP_ARGUMENT_BOOL, FALSE}, {"reason", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "The end: `guest-shutdown`, `guest-reset` and `host-qmp-system-reset` (with "
            "`--no-reboot`), `guest-panic`, `host-qmp-quit`, `host-signal`, `host-ui` (the "
            "console's leave key), `host-error`."},
    {.name = "DUMP_COMPLETED",
     .data = {{"result", QMP_ARGUMENT_ANY, FALSE}, {"error", QMP_ARGUMENT_STRING, TRUE}},
     .doc = "A dump has ended; `result` is as `query-dump` has it."},
    {.name = "GUEST_PANICKED",
     .data = {{"action", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "It told of a crash, or a processor cannot go on; `action` is what follows, "
            "`poweroff`."},
    {.name = "POWERDOWN", .doc = "The guest was asked to shut down."},
    {.name = "VSERPORT_CHANGE",
     .data = {{"id", QMP_ARGUMENT_STRING, FALSE}, {"open", QMP_ARGUMENT_BOOL, FALSE}},
     .doc = "It has opened a port, or has closed it; once a second at most of each port."},
    {.name = "BALLOON_CHANGE",
     .data = {{"actual", QMP_ARGUMENT_UINT, FALSE}},
     .doc =
         "It has given up memory, or has taken it back: the bytes that it has now; once a second "
         "at most."},
    {.name = "DEVICE_DELETED",
     .data = {{"device", QMP_ARGUMENT_STRING, TRUE}, {"path", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "A core, memory or a device is gone."},
    {.name = "DEVICE_UNPLUG_GUEST_ERROR",
     .data = {{"device", QMP_ARGUMENT_STRING, TRUE}, {"path", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "The guest keeps a core, memory or a device that it was asked for."},
    {.name = "MEM_UNPLUG_ERROR",
     .data = {{"device", QMP_ARGUMENT_STRING, FALSE}, {"msg", QMP_ARGUMENT_STRING, FALSE}},
     .doc = "Likewise, for memory, before the other event."},
};

const size_t qmp_event_count = G_N_ELEMENTS(qmp_events);
