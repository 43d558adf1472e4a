/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is, machine or not: the commands by which libvirt learns of an emulator. */
#include <string.h>

#include "include/paprika/hv.h"
#include "src/base/error.h"
#include "src/compat/compat_qmp.h"
#include "src/compat/compat_types.h"
#include "src/vmm/option_label.h"

/** Whether a guest could be started here. */
static gboolean kvm_works(void)
{
    const HvOps *ops = NULL;
    HvHost *host = hv_kvm_open(&ops, NULL);

    if (host)
        ops->host_free(host);
    return host != NULL;
}

gboolean compat_run_kvm(QmpCall *call, GError **error)
{
    gboolean works = call->vm || kvm_works();

    json_out_begin_object(&call->out, "return");
    json_out_bool(&call->out, "enabled", works);
    json_out_bool(&call->out, "present", works);
    json_out_end(&call->out);
    return TRUE;
}

/** All of them, or those below "implements" as far as the list of types says so. */
gboolean compat_run_types(QmpCall *call, GError **error)
{
    const char *parent = qmp_call_string(call, "implements");

    json_out_begin_array(&call->out, "return");
    for (size_t i = 0; i < compat_type_count; i++) {
        const CompatType *type = &compat_types[i];

        if (parent && strcmp(parent, type->parent) && strcmp(parent, type->name))
            continue;
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "name", type->name);
        json_out_string(&call->out, "parent", type->parent);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

void compat_write_properties(JsonOut *out, const char *name, const CompatProperty *property)
{
    json_out_begin_array(out, name);
    for (; property && property->name; property++) {
        json_out_begin_object(out, NULL);
        json_out_string(out, "name", property->name);
        json_out_string(out, "type", property->type);
        json_out_end(out);
    }
    json_out_end(out);
}

static gboolean run_properties(QmpCall *call, const char *what, const char *class, GError **error)
{
    const char *name = qmp_call_string(call, "typename");
    const CompatType *type = compat_find_type(name);
    g_autofree char *shown = option_value_label(name);
    g_autofree char *text = g_strdup_printf("%s '%s' not found", what, shown);

    if (!type)
        return qmp_call_refuse(call, class, error, text);
    compat_write_properties(&call->out, "return", type->properties);
    return TRUE;
}

gboolean compat_run_device_properties(QmpCall *call, GError **error)
{
    return run_properties(call, "Device", "DeviceNotFound", error);
}

gboolean compat_run_type_properties(QmpCall *call, GError **error)
{
    return run_properties(call, "Class", "DeviceNotFound", error);
}

gboolean compat_run_machines(QmpCall *call, GError **error)
{
    JsonOut *out = &call->out;

    json_out_begin_array(out, "return");
    json_out_begin_object(out, NULL);
    json_out_string(out, "name", COMPAT_MACHINE);
    json_out_string(out, "alias", COMPAT_MACHINE_ALIAS);
    json_out_bool(out, "is-default", TRUE);
    json_out_uint(out, "cpu-max", CONFIG_MAX_VCPUS);
    json_out_bool(out, "hotpluggable-cpus", TRUE);
    json_out_bool(out, "numa-mem-supported", FALSE);
    json_out_bool(out, "deprecated", FALSE);
    json_out_bool(out, "acpi", FALSE);
    json_out_string(out, "default-cpu-type", "host-powerpc64-cpu");
    json_out_string(out, "default-ram-id", COMPAT_RAM_ID);
    json_out_end(out);
    json_out_begin_object(out, NULL);
    json_out_string(out, "name", "none");
    json_out_uint(out, "cpu-max", 1);
    json_out_bool(out, "hotpluggable-cpus", FALSE);
    json_out_bool(out, "numa-mem-supported", FALSE);
    json_out_bool(out, "deprecated", FALSE);
    json_out_bool(out, "acpi", FALSE);
    json_out_end(out);
    json_out_end(out);
    return TRUE;
}

/** The host's, and those that it can be limited to (max-cpu-compat). */
gboolean compat_run_cpu_definitions(QmpCall *call, GError **error)
{
    static const char *const names[] = {"host", "power10", "power9", "power8"};

    json_out_begin_array(&call->out, "return");
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *type = g_strdup_printf("%s-powerpc64-cpu", names[i]);

        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "name", names[i]);
        json_out_string(&call->out, "typename", type);
        json_out_bool(&call->out, "static", FALSE);
        json_out_bool(&call->out, "deprecated", FALSE);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean compat_run_options(QmpCall *call, GError **error)
{
    const char *wanted = qmp_call_string(call, "option");

    json_out_begin_array(&call->out, "return");
    for (size_t i = 0; i < compat_option_group_count; i++) {
        const CompatOptionGroup *group = &compat_option_groups[i];

        if (wanted && strcmp(wanted, group->name))
            continue;
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "option", group->name);
        compat_write_properties(&call->out, "parameters", group->properties);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}
