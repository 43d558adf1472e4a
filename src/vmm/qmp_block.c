/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_block.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/plug_cards.h"
#include "src/vmm/qmp_device.h"
#include "src/vmm/qmp_fd.h"

/** A switch whose one value is what is done anyway. */
static gboolean takes_only(const QmpCall *call, const char *name, const char *value, GError **error)
{
    const char *given = qmp_call_string(call, name);

    return !given || !strcmp(given, value) ||
           error_set(error, PAPRIKA_ERROR_USAGE, "%s must be %s", name, value);
}

/** By its path: in the sandbox by somebody else, who may not be there. */
static Disk *open_path(const QmpCall *call, const char *path, gboolean readonly, gboolean direct,
                       GError **error)
{
    const QmpExtension *extension = qmp_call_extension(call);

    if (call->vm->config->sandbox == SANDBOX_OFF)
        return disk_open(path, readonly, direct, error);
    if (extension && extension->open_file)
        return disk_open_by(extension->open_file, extension->opaque, path, readonly, direct, error);
    error_set(error, PAPRIKA_ERROR_USAGE,
              "the sandbox lets no file be opened: pass it with getfd, and name it with fd");
    return NULL;
}

/** The same, and where it cannot be written, "auto-read-only" lets it be read. */
static Disk *open_either(const QmpCall *call, const char *path, gboolean direct, GError **error)
{
    g_autoptr(GError) why = NULL;
    gboolean readonly = qmp_call_is_true(call, "read-only");
    Disk *disk = open_path(call, path, readonly, direct, &why);

    if (!disk && !readonly && qmp_call_is_true(call, "auto-read-only"))
        disk = open_path(call, path, TRUE, direct, NULL);
    if (!disk)
        g_propagate_error(error, g_steal_pointer(&why));
    return disk;
}

/**
 * The file of a node: in the sandbox nothing can be opened, so it comes as a descriptor (getfd),
 * and filename is only its name.
 */
static Disk *open_file(QmpCall *call, GError **error)
{
    const char *file = qmp_call_string(call, "filename"), *name = qmp_call_string(call, "fd");
    const JsonValue *cache = json_member(call->arguments, "cache");

    if (json_is_true(json_member(cache, "no-flush"))) {
        error_set(error, PAPRIKA_ERROR_USAGE, "flushes are never left out");
        return NULL;
    }
    if (name) {
        int fd = qmp_fd_take(call, name, error);

        return fd < 0
                   ? NULL
                   : disk_adopt(fd, file ? file : name, qmp_call_is_true(call, "read-only"), error);
    }
    if (!file) {
        error_set(error, PAPRIKA_ERROR_USAGE, "Parameter 'filename' is missing");
        return NULL;
    }
    return open_either(call, file, json_is_true(json_member(cache, "direct")), error);
}

/** Disks that the machine started with have names of nodes, too. */
static gboolean check_free(const QmpCall *call, const char *node, GError **error)
{
    PlugNode other;

    for (unsigned i = 0; plug_node_at(call->vm->plug, i, &other); i++) {
        if (!strcmp(other.name, node))
            return error_set(error, PAPRIKA_ERROR_USAGE, "Duplicate nodes with node-name='%s'",
                             other.name);
    }
    return TRUE;
}

static gboolean add_file(QmpCall *call, const char *node, GError **error)
{
    static const char *const taken[] = {"driver", "node-name",      "filename", "fd",  "read-only",
                                        "cache",  "auto-read-only", "discard",  "aio", NULL};
    const char *file = qmp_call_string(call, "filename");

    if (!qmp_call_only_takes(call, taken, error) || !check_free(call, node, error) ||
        !takes_only(call, "discard", "unmap", error))
        return FALSE;
    Disk *disk = open_file(call, error);
    if (!disk)
        return FALSE;
    return backends_add_disk(plug_parts(call->vm->plug), node,
                             file ? file : qmp_call_string(call, "fd"), disk, error);
}

static gboolean add_raw(QmpCall *call, const char *node, GError **error)
{
    static const char *const taken[] = {"driver", "node-name", "file",           "read-only",
                                        "cache",  "discard",   "auto-read-only", NULL};
    const char *below = qmp_call_string(call, "file");

    if (!qmp_call_only_takes(call, taken, error) || !check_free(call, node, error) ||
        !takes_only(call, "discard", "unmap", error))
        return FALSE;
    if (!below)
        return error_set(error, PAPRIKA_ERROR_USAGE, "file must be the name of a node");
    BlockNode *file = backends_find_block(plug_parts(call->vm->plug), below, error);
    if (!file)
        return FALSE;
    /* To be written is asked for: not to be is what may come of auto-read-only. */
    if (file->readonly && json_is_bool(json_member(call->arguments, "read-only")) &&
        !qmp_call_is_true(call, "read-only"))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "Block node is read-only: '%s' cannot be opened for writing, or another "
                         "guest reads it",
                         file->file);
    return backends_add_layer(plug_parts(call->vm->plug), node, below,
                              qmp_call_is_true(call, "read-only"), error);
}

gboolean qmp_run_blockdev_add(QmpCall *call, GError **error)
{
    const char *driver = qmp_call_string(call, "driver");
    const char *node = qmp_call_string(call, "node-name");

    if (!call->vm->config->hotplug)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the guest was started without --hotplug");
    if (!strcmp(driver, "file") || !strcmp(driver, "host_device"))
        return add_file(call, node, error);
    if (!strcmp(driver, "raw"))
        return add_raw(call, node, error);
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "driver: there are file, host_device and raw, no other format");
}

gboolean qmp_run_blockdev_del(QmpCall *call, GError **error)
{
    return backends_remove_block(plug_parts(call->vm->plug), qmp_call_string(call, "node-name"),
                                 error);
}

/* --- what there is -------------------------------------------------------------------- */

/** No request has a limit. */
static void write_limits(JsonOut *out)
{
    static const char *const limits[] = {"bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"};

    for (unsigned i = 0; i < G_N_ELEMENTS(limits); i++)
        json_out_uint(out, limits[i], 0);
}

static void write_image(JsonOut *out, const PlugNode *node)
{
    uint64_t size = __atomic_load_n(&node->disk->size, __ATOMIC_RELAXED);
    struct stat info;

    json_out_begin_object(out, "image");
    json_out_string(out, "filename", node->file);
    json_out_string(out, "format", node->driver);
    json_out_uint(out, "virtual-size", size);
    if (!fstat(node->disk->fd, &info))
        json_out_uint(out, "actual-size",
                      S_ISREG(info.st_mode) ? (uint64_t)info.st_blocks * 512 : size);
    json_out_bool(out, "dirty-flag", FALSE);
    json_out_end(out);
}

static void write_node(JsonOut *out, const PlugNode *node)
{
    json_out_string(out, "node-name", node->name);
    json_out_string(out, "file", node->file);
    json_out_string(out, "drv", node->driver);
    json_out_bool(out, "ro", node->readonly);
    json_out_bool(out, "encrypted", FALSE);
    json_out_uint(out, "backing_file_depth", 0);
    json_out_string(out, "detect_zeroes", "off");
    json_out_uint(out, "write_threshold", 0);
    json_out_bool(out, "active", TRUE);
    write_limits(out);
    json_out_begin_object(out, "cache");
    json_out_bool(out, "writeback", TRUE);
    json_out_bool(out, "direct", node->disk->direct);
    json_out_bool(out, "no-flush", FALSE);
    json_out_end(out);
    write_image(out, node);
}

static void write_stats(JsonOut *out, const PlugNode *node)
{
    VirtioBlkStats stats = {0};

    if (node->virtio)
        virtio_blk_stats(node->virtio, &stats);
    json_out_string(out, "node-name", node->name);
    json_out_begin_object(out, "stats");
    json_out_uint(out, "rd_operations", stats.reads);
    json_out_uint(out, "rd_bytes", stats.read_bytes);
    json_out_uint(out, "wr_operations", stats.writes);
    json_out_uint(out, "wr_bytes", stats.written_bytes);
    json_out_uint(out, "flush_operations", stats.flushes);
    json_out_end(out);
}

static void write_disk(JsonOut *out, const PlugNode *node)
{
    int failure = virtio_blk_failure(node->virtio);

    json_out_string(out, "type", "unknown");
    json_out_bool(out, "removable", FALSE);
    json_out_bool(out, "locked", FALSE);
    json_out_string(out, "io-status", failure == ENOSPC ? "nospace" : failure ? "failed" : "ok");
    json_out_begin_object(out, "inserted");
    write_node(out, node);
    json_out_end(out);
}

static void each_disk(QmpCall *call, void (*write)(JsonOut *out, const PlugNode *node))
{
    PlugCardInfo info;

    json_out_begin_array(&call->out, "return");
    for (unsigned i = 0; plug_card_at(call->vm->plug, i, &info); i++) {
        if (info.kind != PCI_DEVICE_DISK)
            continue;
        g_autofree char *path = g_strdup_printf("/machine/peripheral/%s/virtio-backend", info.id);
        json_out_begin_object(&call->out, NULL);
        json_out_string(&call->out, "device", "");
        json_out_string(&call->out, "qdev", path);
        write(&call->out, &info.node);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
}

static void each_node(QmpCall *call, void (*write)(JsonOut *out, const PlugNode *node))
{
    PlugNode node;

    json_out_begin_array(&call->out, "return");
    for (unsigned i = 0; plug_node_at(call->vm->plug, i, &node); i++) {
        json_out_begin_object(&call->out, NULL);
        write(&call->out, &node);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
}

gboolean qmp_run_block_query(QmpCall *call, GError **error)
{
    each_disk(call, write_disk);
    return TRUE;
}

gboolean qmp_run_block_nodes(QmpCall *call, GError **error)
{
    each_node(call, write_node);
    return TRUE;
}

gboolean qmp_run_block_stats(QmpCall *call, GError **error)
{
    if (qmp_call_is_true(call, "query-nodes"))
        each_node(call, write_stats);
    else
        each_disk(call, write_stats);
    return TRUE;
}

gboolean qmp_run_block_resize(QmpCall *call, GError **error)
{
    const char *device = qmp_call_string(call, "device"),
               *node = qmp_call_string(call, "node-name");
    uint64_t size = 0;

    if (!device == !node)
        return error_set(error, PAPRIKA_ERROR_USAGE, "either device or node-name must be given");
    qmp_call_uint(call, "size", &size);
    return plug_grow_disk(call->vm->plug, device, node, size, error);
}
