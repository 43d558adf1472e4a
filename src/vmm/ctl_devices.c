/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks and network cards that `paprika ctl` plugs. The guest's process may open nothing any more:
 * the file or tap is opened here, where who asks has the right to, and handed over.
 */
#include <string.h>

#include "src/base/error.h"
#include "src/block/disk.h"
#include "src/net/tap.h"
#include "src/vmm/ctl_plug.h"
#include "src/vmm/option_devices.h"
#include "src/vmm/option_label.h"
#include "src/vmm/option_net.h"
#include "src/vmm/option_values.h"
#include "src/vmm/vm_devices.h"

#define FD_NAME "ctl"
#define VHOST_FD_NAME "ctl-vhost"

/** Take the part "id=..." out of @parts, if there is one; newly allocated. */
static char *take_id(char **parts)
{
    for (char **part = parts + (*parts != NULL); *part; part++) {
        const char *id = option_value_of(*part, "id");
        if (!id)
            continue;
        char *found = g_strdup(id);
        g_free(*part);
        for (; *part; part++)
            *part = part[1];
        return found;
    }
    return NULL;
}

/** The first of "disk0", "disk1" ... that no device is called; NULL with @error. */
static char *choose_id(CtlClient *client, const char *kind, GError **error)
{
    JsonOut out;

    ctl_begin_message(&out, "qom-list");
    json_out_string(&out, "path", "/machine/peripheral");
    g_autoptr(JsonValue) answer = ctl_finish_message(client, &out, error);
    if (!answer)
        return NULL;
    const JsonValue *list = json_member(answer, "return");
    for (unsigned number = 0;; number++) {
        g_autofree char *id = g_strdup_printf("%s%u", kind, number);
        gboolean taken = FALSE;

        for (size_t i = 0; i < json_length(list) && !taken; i++)
            taken = !g_strcmp0(json_string(json_member(json_item(list, i), "name")), id);
        if (!taken)
            return g_steal_pointer(&id);
    }
}

/** Begin device_add of @driver, called @id, whose back end has the same name. */
static void begin_device(JsonOut *out, const char *driver, const char *id, const char *role,
                         gboolean iommu)
{
    ctl_begin_message(out, "device_add");
    json_out_string(out, "driver", driver);
    json_out_string(out, "id", id);
    json_out_string(out, role, id);
    if (iommu)
        json_out_bool(out, "iommu_platform", TRUE);
}

/** @command of what is called @id. Where there is no such thing, nothing is wrong. */
static void forget(CtlClient *client, const char *command, const char *name, const char *id)
{
    JsonOut out;

    ctl_begin_message(&out, command);
    json_out_string(&out, name, id);
    ctl_give(client, &out, NULL);
}

/* --- disks ------------------------------------------------------------------------------ */

static gboolean add_disk(CtlClient *client, const char *path, const DiskConfig *disk,
                         const char *id, GError **error)
{
    const char *on_error = disk->stop_on_error ? "stop" : "report";
    JsonOut out;

    ctl_begin_message(&out, "blockdev-add");
    json_out_string(&out, "driver", "file");
    json_out_string(&out, "node-name", id);
    json_out_string(&out, "filename", path);
    json_out_string(&out, "fd", FD_NAME);
    json_out_bool(&out, "read-only", disk->readonly);
    if (!ctl_give(client, &out, error))
        return FALSE;
    begin_device(&out, "virtio-blk-pci", id, "drive", disk->iommu);
    json_out_uint(&out, "num-queues", disk->queues);
    if (*disk->serial)
        json_out_string(&out, "serial", disk->serial);
    json_out_string(&out, "werror", on_error);
    json_out_string(&out, "rerror", on_error);
    if (ctl_give(client, &out, error))
        return TRUE;
    forget(client, "blockdev-del", "node-name", id);
    return FALSE;
}

gboolean ctl_plug_disk(CtlClient *client, const char *what, GError **error)
{
    g_auto(GStrv) parts = option_split_parts(what);
    g_autofree char *given = take_id(parts);
    DiskConfig config;

    if (!option_parse_disk(parts, &config, error))
        return FALSE;
    g_autofree char *id = given ? g_strdup(given) : choose_id(client, "disk", error);
    /* What is wrong with the file is told here, and it is locked already. */
    g_autoptr(Disk) disk = id ? disk_open(parts[0], config.readonly, config.direct, error) : NULL;
    g_autofree char *path = g_canonicalize_filename(parts[0], NULL);
    return disk && ctl_client_pass(client, FD_NAME, disk->fd, error) &&
           add_disk(client, path, &config, id, error);
}

gboolean ctl_unplug_disk(CtlClient *client, const char *id, GError **error)
{
    if (!ctl_unplug_device(client, id, error))
        return FALSE;
    forget(client, "blockdev-del", "node-name", id);
    return TRUE;
}

/* --- network cards ---------------------------------------------------------------------- */

/** Pass @count descriptors; their names, that begin with @prefix, with colons between. */
static gboolean pass_fds(CtlClient *client, const char *prefix, const int *fds, unsigned count,
                         GString *names, GError **error)
{
    for (unsigned i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("%s%u", prefix, i);

        if (!ctl_client_pass(client, name, fds[i], error))
            return FALSE;
        g_string_append_printf(names, "%s%s", i ? ":" : "", name);
    }
    return TRUE;
}

static gboolean add_net(CtlClient *client, const char *fds, const char *vhost_fds,
                        const NetConfig *net, const char *id, GError **error)
{
    JsonOut out;

    ctl_begin_message(&out, "netdev_add");
    json_out_string(&out, "type", "tap");
    json_out_string(&out, "id", id);
    json_out_string(&out, "fds", fds);
    if (*vhost_fds) {
        json_out_bool(&out, "vhost", TRUE);
        json_out_string(&out, "vhostfds", vhost_fds);
    }
    if (!ctl_give(client, &out, error))
        return FALSE;
    begin_device(&out, "virtio-net-pci", id, "netdev", net->iommu);
    if (net->mtu)
        json_out_uint(&out, "host_mtu", net->mtu);
    if (net->has_mac) {
        const uint8_t *mac = net->mac;
        g_autofree char *text = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
                                                mac[2], mac[3], mac[4], mac[5]);
        json_out_string(&out, "mac", text);
    }
    if (ctl_give(client, &out, error))
        return TRUE;
    forget(client, "netdev_del", "id", id);
    return FALSE;
}

gboolean ctl_plug_net(CtlClient *client, const char *what, GError **error)
{
    g_auto(GStrv) parts = option_split_parts(what);
    g_autofree char *given = take_id(parts);
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GString) vhost_names = g_string_new(NULL);
    NetConfig config;

    if (!option_parse_net(parts, &config, error))
        return FALSE;
    if (config.llan)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a card of model l-lan can't be plugged: virtio can");
    g_autofree char *id = given ? g_strdup(given) : choose_id(client, "net", error);
    if (!id)
        return FALSE;
    g_autoptr(Tap) tap = vm_devices_open_tap(&config, error);
    return tap && pass_fds(client, FD_NAME, tap->fds, tap->queues, names, error) &&
           pass_fds(client, VHOST_FD_NAME, tap->vhost_fds, tap->n_vhost, vhost_names, error) &&
           add_net(client, names->str, vhost_names->str, &config, id, error);
}

gboolean ctl_unplug_net(CtlClient *client, const char *id, GError **error)
{
    if (!ctl_unplug_device(client, id, error))
        return FALSE;
    forget(client, "netdev_del", "id", id);
    return TRUE;
}
