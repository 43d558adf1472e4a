/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of the monitor, in one table. */
#include <inttypes.h>

#include "src/base/error.h"
#include "src/vmm/qmp.h"
#include "src/vmm/qmp_inspect.h"
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

static gboolean run_commands(QmpCall *call, GError **error)
{
    json_out_begin_array(&call->out, "return");
    for (size_t i = 0; i < qmp_command_count; i++) {
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "name", qmp_commands[i].name);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

static gboolean run_version(QmpCall *call, GError **error)
{
    qmp_write_version(&call->out, "return");
    return TRUE;
}

static gboolean run_name(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    if (call->vm->config->name)
        json_out_string(&call->out, "name", call->vm->config->name);
    json_out_end(&call->out);
    return TRUE;
}

static gboolean run_status(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    json_out_bool(&call->out, "running", !call->vm->stopped);
    json_out_string(&call->out, "status", call->vm->stopped ? "paused" : "running");
    json_out_end(&call->out);
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
    if (vm_cont(call->vm))
        qmp_call_event(call, "RESUME");
    return TRUE;
}

static gboolean run_quit(QmpCall *call, GError **error)
{
    call->vm->control->request(call->vm, VM_REQUEST_QUIT, "ended by the monitor");
    return TRUE;
}

const QmpCommand qmp_commands[] = {
    {.name = "qmp_capabilities",
     .negotiates = TRUE,
     .arguments = {{"enable", QMP_ARGUMENT_ARRAY, TRUE}},
     .doc = "Begin. Before it no other command is taken, after it no further one of it.",
     .run = run_capabilities},
    {.name = "query-commands", .doc = "The commands that there are.", .run = run_commands},
    {.name = "query-version", .doc = "Paprika's version, in QEMU's form.", .run = run_version},
    {.name = "query-name", .doc = "The guest's name, if it has one.", .run = run_name},
    {.name = "query-status", .doc = "Whether the guest runs or is paused.", .run = run_status},
    {.name = "stop",
     .doc = "Stop the guest: its processors do nothing, its clock goes on. Event STOP.",
     .run = run_stop},
    {.name = "cont", .doc = "Let a stopped guest go on. Event RESUME.", .run = run_cont},
    {.name = "quit",
     .doc = "End the guest, as a signal would; Paprika ends with status 0.",
     .run = run_quit},
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
