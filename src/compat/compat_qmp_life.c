/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's parts by the names that libvirt gave them. */
#include <string.h>

#include "src/base/error.h"
#include "src/compat/compat_qmp.h"
#include "src/compat/compat_types.h"
#include "src/vmm/balloon.h"
#include "src/vmm/option_label.h"
#include "src/vmm/plug_cards.h"
#include "src/vmm/ports.h"
#include "src/vmm/qmp_device.h"
#include "src/vmm/qmp_query.h"

static const char PERIPHERAL[] = "/machine/peripheral";
static const char CONSOLE_DRIVER[] = "spapr-vty";

gboolean compat_run_chardev(QmpCall *call, GError **error)
{
    const CompatConfig *compat = qmp_call_opaque(call);
    const Vm *vm = call->vm;

    json_out_begin_array(&call->out, "return");
    if (*compat->console_id)
        qmp_write_chardev(&call->out, compat->console_id, vm->config->console, vm->console_place,
                          TRUE);
    if (*compat->monitor_id)
        qmp_write_chardev(&call->out, compat->monitor_id, CONSOLE_UNIX, NULL, TRUE);
    ports_write_chardevs(vm->ports, &call->out);
    json_out_end(&call->out);
    return TRUE;
}

/* --- objects ------------------------------------------------------------------------------ */

static gboolean refuse_path(QmpCall *call, GError **error)
{
    g_autofree char *shown = option_value_label(qmp_call_string(call, "path"));
    g_autofree char *text = g_strdup_printf("Device '%s' not found", shown);

    return qmp_call_refuse(call, "DeviceNotFound", error, text);
}

static const char *port_driver(const PortConfig *port)
{
    return port->console ? "virtconsole" : "virtserialport";
}

/** The type of the device whose path is the call's, or NULL. */
static const char *meant_driver(const QmpCall *call)
{
    const CompatConfig *compat = qmp_call_opaque(call);
    const VmConfig *config = call->vm->config;
    const char *path = qmp_call_string(call, "path");
    PlugCardInfo info;

    if (!g_str_has_prefix(path, PERIPHERAL) || path[strlen(PERIPHERAL)] != '/')
        return NULL;
    const char *id = path + strlen(PERIPHERAL) + 1;
    for (unsigned i = 0; plug_card_at(call->vm->plug, i, &info); i++) {
        if (!strcmp(info.id, id))
            return plug_card_driver(info.kind);
    }
    for (unsigned i = 0; i < config->n_ports; i++) {
        if (!g_strcmp0(config->ports[i].id, id))
            return port_driver(&config->ports[i]);
    }
    return compat->console_device && !strcmp(compat->console_device, id) ? CONSOLE_DRIVER : NULL;
}

static gboolean list_device(QmpCall *call, GError **error)
{
    const char *driver = meant_driver(call);
    const CompatType *type = driver ? compat_find_type(driver) : NULL;

    if (!type)
        return refuse_path(call, error);
    compat_write_properties(&call->out, "return", type->properties);
    return TRUE;
}

gboolean compat_run_qom_list(QmpCall *call, GError **error)
{
    const CompatConfig *compat = qmp_call_opaque(call);
    const VmConfig *config = call->vm->config;

    if (strcmp(qmp_call_string(call, "path"), PERIPHERAL) != 0)
        return list_device(call, error);
    json_out_begin_array(&call->out, "return");
    json_out_begin_object(&call->out, NULL);
    json_out_string(&call->out, "name", "type");
    json_out_string(&call->out, "type", "string");
    json_out_end(&call->out);
    if (compat->console_device)
        qmp_write_child(&call->out, compat->console_device, CONSOLE_DRIVER);
    for (unsigned i = 0; i < config->n_ports; i++) {
        if (config->ports[i].id)
            qmp_write_child(&call->out, config->ports[i].id, port_driver(&config->ports[i]));
    }
    qmp_write_peripherals(&call->out, call->vm);
    json_out_end(&call->out);
    return TRUE;
}

/** Whether the call's path is the balloon's, where statistics are. */
static gboolean means_balloon(const QmpCall *call)
{
    return !g_strcmp0(meant_driver(call), plug_card_driver(PCI_DEVICE_BALLOON));
}

static void write_stats(JsonOut *out, Balloon *balloon)
{
    VirtioBalloonStats stats;

    balloon_stats(balloon, &stats);
    json_out_begin_object(out, "return");
    json_out_uint(out, "last-update", (uint64_t)stats.time);
    json_out_begin_object(out, "stats");
    for (unsigned i = 0; i < VIRTIO_BALLOON_STATS; i++)
        json_out_uint(out, virtio_balloon_stat_names[i],
                      stats.valid >> i & 1 ? stats.values[i] : UINT64_MAX);
    json_out_end(out);
    json_out_end(out);
}

gboolean compat_run_qom_get(QmpCall *call, GError **error)
{
    if (!means_balloon(call) || !call->vm->balloon)
        return refuse_path(call, error);
    if (strcmp(qmp_call_string(call, "property"), "guest-stats"))
        return error_set(error, PAPRIKA_ERROR_USAGE, "a balloon has the property guest-stats");
    write_stats(&call->out, call->vm->balloon);
    return TRUE;
}

/** The guest is asked each time that somebody asks us: no period is needed. */
gboolean compat_run_qom_set(QmpCall *call, GError **error)
{
    uint64_t seconds;

    if (!means_balloon(call))
        return refuse_path(call, error);
    if (strcmp(qmp_call_string(call, "property"), "guest-stats-polling-interval"))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a balloon has the property guest-stats-polling-interval");
    return json_uint(json_member(call->arguments, "value"), &seconds) ||
           error_set(error, PAPRIKA_ERROR_USAGE, "the interval is a number of seconds");
}
