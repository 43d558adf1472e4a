/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_query.h"

#include <string.h>

#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/trace.h"
#include "src/chardev/chardev.h"
#include "src/vmm/debug.h"
#include "src/vmm/dump.h"
#include "src/vmm/plug.h"
#include "src/vmm/ports.h"

gboolean qmp_run_commands(QmpCall *call, GError **error)
{
    const QmpCommand *command;

    json_out_begin_array(&call->out, "return");
    for (size_t i = 0; (command = qmp_session_command(call->session, i)); i++) {
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "name", command->name);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_version(QmpCall *call, GError **error)
{
    qmp_write_version(call->session, &call->out, "return");
    return TRUE;
}

gboolean qmp_run_name(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    if (call->vm->config->name)
        json_out_string(&call->out, "name", call->vm->config->name);
    json_out_end(&call->out);
    return TRUE;
}

/** All zeros where none was chosen; QEMU says so in this way. */
gboolean qmp_run_uuid(QmpCall *call, GError **error)
{
    const char *uuid = call->vm->config->uuid;

    json_out_begin_object(&call->out, "return");
    json_out_string(&call->out, "UUID", uuid ? uuid : "00000000-0000-0000-0000-000000000000");
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_target(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    json_out_string(&call->out, "arch", "ppc64");
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_kvm(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    json_out_bool(&call->out, "enabled", TRUE);
    json_out_bool(&call->out, "present", TRUE);
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_status(QmpCall *call, GError **error)
{
    const Vm *vm = call->vm;
    const char *status = "running";

    if (vm->dump && dump_is_active(vm->dump))
        status = "save-vm";
    else if (debug_is_held(vm->debug))
        status = "debug";
    else if (vm->ended)
        status = vm->ended;
    else if (vm->stopped)
        status = "paused";
    json_out_begin_object(&call->out, "return");
    json_out_bool(&call->out, "running", !strcmp(status, "running"));
    json_out_string(&call->out, "status", status);
    json_out_end(&call->out);
    return TRUE;
}

/** Each with the names by which QEMU's pseries machine tells its place. */
gboolean qmp_run_cpus(QmpCall *call, GError **error)
{
    const Vm *vm = call->vm;
    unsigned threads = vm->config->threads;

    json_out_begin_array(&call->out, "return");
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        const Vcpu *cpu = vm->vcpus[i];
        unsigned core = cpu->index / threads;
        g_autofree char *core_path = plug_core_path(vm->plug, core);

        /* What was unplugged is still in the list. */
        if (!core_path)
            continue;
        g_autofree char *path = g_strdup_printf("%s/thread[%u]", core_path, cpu->index % threads);
        json_out_begin_object(&call->out, NULL);
        json_out_uint(&call->out, "cpu-index", cpu->index);
        json_out_string(&call->out, "qom-path", path);
        json_out_uint(&call->out, "thread-id",
                      (uint64_t)__atomic_load_n(&cpu->tid, __ATOMIC_SEQ_CST));
        json_out_string(&call->out, "target", "ppc64");
        json_out_begin_object(&call->out, "props");
        json_out_uint(&call->out, "core-id", (uint64_t)core * threads);
        json_out_end(&call->out);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_memory_size(QmpCall *call, GError **error)
{
    uint64_t all = guest_mem_size(call->vm->mem), base = MIN(call->vm->config->memory, all);

    json_out_begin_object(&call->out, "return");
    json_out_uint(&call->out, "base-memory", base);
    json_out_uint(&call->out, "plugged-memory", all - base);
    json_out_end(&call->out);
    return TRUE;
}

void qmp_write_chardev(JsonOut *out, const char *label, ConsoleKind kind, const char *location,
                       gboolean open)
{
    g_autofree char *filename = chardev_describe(kind, location);

    json_out_begin_object(out, NULL);
    json_out_string(out, "label", label);
    json_out_string(out, "filename", filename);
    json_out_bool(out, "frontend-open", open);
    json_out_end(out);
}

gboolean qmp_run_chardev(QmpCall *call, GError **error)
{
    const Vm *vm = call->vm;

    json_out_begin_array(&call->out, "return");
    qmp_write_chardev(&call->out, "console", vm->config->console, vm->console_place, TRUE);
    ports_write_chardevs(vm->ports, &call->out);
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_none(QmpCall *call, GError **error)
{
    json_out_begin_array(&call->out, "return");
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_trace_state(QmpCall *call, GError **error)
{
    const char *wanted = qmp_call_string(call, "name"), *name;
    TraceGroup group;
    uint32_t mask;

    if (!trace_parse(strcmp(wanted, "*") ? wanted : "all", &mask, error))
        return FALSE;
    json_out_begin_array(&call->out, "return");
    for (unsigned i = 0; (name = trace_group_at(i, &group)); i++) {
        if (!(mask & group))
            continue;
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "name", name);
        json_out_string(&call->out, "state", trace_on(group) ? "enabled" : "disabled");
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_trace_set(QmpCall *call, GError **error)
{
    const char *name = qmp_call_string(call, "name");

    if (!strcmp(name, "*"))
        name = "all";
    return qmp_call_is_true(call, "enable") ? trace_enable(name, error)
                                            : trace_disable(name, error);
}
