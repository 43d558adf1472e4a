/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine's parts by the names that libvirt gave them. */
#include <string.h>

#include "src/base/error.h"
#include "src/compat/compat_qmp.h"
#include "src/compat/compat_types.h"
#include "src/vmm/balloon.h"
#include "src/vmm/option_label.h"
#include "src/vmm/plug.h"

static const char PERIPHERAL[] = "/machine/peripheral";

static void write_chardev(JsonOut *out, const char *label, const char *filename)
{
    json_out_begin_object(out, NULL);
    json_out_string(out, "label", label);
    json_out_string(out, "filename", filename);
    json_out_bool(out, "frontend-open", TRUE);
    json_out_end(out);
}

gboolean compat_run_chardev(QmpCall *call, GError **error)
{
    static const char *const kinds[] = {
        [CONSOLE_STDIO] = "stdio", [CONSOLE_PTY] = "pty",   [CONSOLE_FILE] = "file",
        [CONSOLE_UNIX] = "unix",   [CONSOLE_NONE] = "null",
    };
    const CompatConfig *compat = qmp_call_opaque(call);
    const VmConfig *config = call->vm->config;
    const char *place = call->vm->console_place;
    const char *kind = kinds[config->console];

    json_out_begin_array(&call->out, "return");
    if (*compat->console_id) {
        g_autofree char *name = place ? g_strdup_printf("%s:%s", kind, place) : g_strdup(kind);
        write_chardev(&call->out, compat->console_id, name);
    }
    if (*compat->monitor_id)
        write_chardev(&call->out, compat->monitor_id, "unix");
    json_out_end(&call->out);
    return TRUE;
}

/* --- block -------------------------------------------------------------------------------- */

static const CompatNode *file_of(const CompatConfig *compat, const CompatNode *node)
{
    return node->below ? compat_find_node(compat, node->below) : node;
}

/** The members of a node's description, as QEMU has them where they mean something here. */
static void write_node(JsonOut *out, const CompatConfig *compat, const CompatNode *node)
{
    static const char *const limits[] = {"iops", "iops_rd", "iops_wr", "bps", "bps_rd", "bps_wr"};
    const CompatNode *file = file_of(compat, node);

    json_out_string(out, "node-name", node->name);
    json_out_string(out, "drv", node->driver);
    json_out_string(out, "file", file->path);
    json_out_bool(out, "ro", node->read_only);
    json_out_bool(out, "encrypted", FALSE);
    json_out_uint(out, "backing_file_depth", 0);
    json_out_string(out, "detect_zeroes", "off");
    json_out_uint(out, "write_threshold", 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(limits); i++)
        json_out_uint(out, limits[i], 0);
    json_out_begin_object(out, "cache");
    json_out_bool(out, "writeback", TRUE);
    json_out_bool(out, "direct", node->direct);
    json_out_bool(out, "no-flush", FALSE);
    json_out_end(out);
    json_out_begin_object(out, "image");
    json_out_string(out, "filename", file->path);
    json_out_string(out, "format", node->driver);
    json_out_uint(out, "virtual-size", file->size);
    json_out_uint(out, "actual-size", file->allocated);
    json_out_end(out);
}

gboolean compat_run_nodes(QmpCall *call, GError **error)
{
    const CompatConfig *compat = qmp_call_opaque(call);

    json_out_begin_array(&call->out, "return");
    for (guint i = 0; i < compat->nodes->len; i++) {
        json_out_begin_object(&call->out, NULL);
        write_node(&call->out, compat, g_ptr_array_index(compat->nodes, i));
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean compat_run_block(QmpCall *call, GError **error)
{
    const CompatConfig *compat = qmp_call_opaque(call);

    json_out_begin_array(&call->out, "return");
    for (guint i = 0; i < compat->devices->len; i++) {
        const CompatDevice *device = g_ptr_array_index(compat->devices, i);
        const CompatNode *node = device->back ? compat_find_node(compat, device->back) : NULL;

        if (!node || !g_str_has_prefix(device->driver, "virtio-blk"))
            continue;
        g_autofree char *path = g_strdup_printf("%s/%s/virtio-backend", PERIPHERAL, device->id);
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "device", "");
        json_out_string(&call->out, "qdev", path);
        json_out_string(&call->out, "type", "unknown");
        json_out_bool(&call->out, "locked", FALSE);
        json_out_bool(&call->out, "removable", FALSE);
        json_out_begin_object(&call->out, "inserted");
        write_node(&call->out, compat, node);
        json_out_end(&call->out);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

/* --- objects ------------------------------------------------------------------------------ */

static void write_child(JsonOut *out, const char *name, const char *driver)
{
    g_autofree char *type = g_strdup_printf("child<%s>", driver);

    json_out_begin_object(out, NULL);
    json_out_string(out, "name", name);
    json_out_string(out, "type", type);
    json_out_end(out);
}

/** Cores that were plugged have their ids there. */
static void write_plugged(JsonOut *out, const Vm *vm)
{
    unsigned cores = config_max_cpus(vm->config) / vm->config->threads;
    PlugDimm dimm;

    for (unsigned i = 0; plug_dimm(vm->plug, i, &dimm); i++)
        write_child(out, dimm.id, "pc-dimm");
    for (unsigned core = 0; core < cores; core++) {
        g_autofree char *path = plug_core_path(vm->plug, core);

        if (path && g_str_has_prefix(path, PERIPHERAL) && path[strlen(PERIPHERAL)] == '/')
            write_child(out, path + strlen(PERIPHERAL) + 1, "host-spapr-cpu-core");
    }
}

static gboolean refuse_path(QmpCall *call, GError **error)
{
    g_autofree char *shown = option_value_label(qmp_call_string(call, "path"));
    g_autofree char *text = g_strdup_printf("Device '%s' not found", shown);

    return qmp_call_refuse(call, "DeviceNotFound", error, text);
}

/** The device of the command line whose path is the call's, or NULL. */
static const CompatDevice *meant_device(const QmpCall *call)
{
    const CompatConfig *compat = qmp_call_opaque(call);
    const char *path = qmp_call_string(call, "path");

    for (guint i = 0; i < compat->devices->len; i++) {
        const CompatDevice *device = g_ptr_array_index(compat->devices, i);
        g_autofree char *its = g_strdup_printf("%s/%s", PERIPHERAL, device->id);

        if (*device->id && !strcmp(its, path))
            return device;
    }
    return NULL;
}

static gboolean list_device(QmpCall *call, GError **error)
{
    const CompatDevice *device = meant_device(call);
    const CompatType *type = device ? compat_find_type(device->driver) : NULL;

    if (!type)
        return refuse_path(call, error);
    compat_write_properties(&call->out, "return", type->properties);
    return TRUE;
}

gboolean compat_run_qom_list(QmpCall *call, GError **error)
{
    const CompatConfig *compat = qmp_call_opaque(call);

    if (strcmp(qmp_call_string(call, "path"), PERIPHERAL))
        return list_device(call, error);
    json_out_begin_array(&call->out, "return");
    json_out_begin_object(&call->out, NULL);
    json_out_string(&call->out, "name", "type");
    json_out_string(&call->out, "type", "string");
    json_out_end(&call->out);
    for (guint i = 0; i < compat->devices->len; i++) {
        const CompatDevice *device = g_ptr_array_index(compat->devices, i);

        if (*device->id)
            write_child(&call->out, device->id, device->driver);
    }
    write_plugged(&call->out, call->vm);
    json_out_end(&call->out);
    return TRUE;
}

/** Whether the call's path is the balloon's, where statistics are. */
static gboolean means_balloon(const QmpCall *call)
{
    const CompatDevice *device = meant_device(call);

    return device && g_str_has_prefix(device->driver, "virtio-balloon");
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
