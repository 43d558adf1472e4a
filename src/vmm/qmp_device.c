/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_device.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/option_label.h"
#include "src/vmm/option_net.h"
#include "src/vmm/plug_cards.h"
#include "src/vmm/qmp_fd.h"

static const char PERIPHERAL[] = "/machine/peripheral";

gboolean qmp_call_only_takes(const QmpCall *call, const char *const *taken, GError **error)
{
    struct json_object_iter at;

    if (!call->arguments)
        return TRUE;
    json_object_object_foreachC(call->arguments, at)
    {
        g_autofree char *shown = option_value_label(at.key);

        if (!g_strv_contains(taken, at.key))
            return error_set(error, PAPRIKA_ERROR_USAGE, "Property '%s' not found", shown);
    }
    return TRUE;
}

/* --- device_add --------------------------------------------------------------------------- */

gboolean qmp_device_is_card(const char *driver)
{
    for (unsigned i = 0; i <= PCI_DEVICE_RNG; i++) {
        if (!strcmp(driver, plug_card_driver((PciDeviceKind)i)))
            return TRUE;
    }
    return FALSE;
}

/** "pci.N" and a slot's number, which may end in ".0", its only function. */
static gboolean take_place(const QmpCall *call, PlugCardSpec *spec, GError **error)
{
    const char *bus = qmp_call_string(call, "bus");
    uint64_t slot, number;

    if (bus &&
        (!g_str_has_prefix(bus, "pci.") ||
         !g_ascii_string_to_unsigned(bus + strlen("pci."), 10, 0, UINT_MAX - 1, &number, NULL)))
        return error_set(error, PAPRIKA_ERROR_USAGE, "bus: there are pci.0 and so on");
    spec->bridge = bus ? (unsigned)number : UINT_MAX;
    spec->slot = PCI_SLOTS;
    if (!qmp_call_uint(call, "addr", &slot))
        return TRUE;
    if (slot >= PCI_SLOTS)
        return error_set(error, PAPRIKA_ERROR_USAGE, "addr: slots are 0 to %d", PCI_SLOTS - 1);
    spec->slot = (unsigned)slot;
    if (!bus)
        spec->bridge = 0;
    return TRUE;
}

/** A switch of QEMU's: "on" or "off", or as JSON has it. */
static gboolean take_switch(const QmpCall *call, const char *name, gboolean *on, GError **error)
{
    const JsonValue *value = json_member(call->arguments, name);
    const char *text = json_string(value);

    if (!value)
        return TRUE;
    *on = json_is_true(value) || !g_strcmp0(text, "on");
    return *on || json_is_bool(value) || !g_strcmp0(text, "off") ||
           error_set(error, PAPRIKA_ERROR_USAGE, "%s must be on or off", name);
}

static gboolean take_number(const QmpCall *call, const char *name, unsigned min, unsigned max,
                            unsigned *number, GError **error)
{
    uint64_t value;

    if (!json_has_member(call->arguments, name))
        return TRUE;
    if (!qmp_call_uint(call, name, &value) || value < min || value > max)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s must be from %u to %u", name, min, max);
    *number = (unsigned)value;
    return TRUE;
}

static gboolean take_disk(const QmpCall *call, PlugCardSpec *spec, GError **error)
{
    static const char *const taken[] = {"driver",         "id",     "bus",        "addr",
                                        "drive",          "serial", "num-queues", "write-cache",
                                        "iommu_platform", "werror", "rerror",     NULL};
    const char *serial = qmp_call_string(call, "serial"), *werror = qmp_call_string(call, "werror");
    gboolean cached = TRUE;

    spec->backend = qmp_call_string(call, "drive");
    spec->disk.queues = 1;
    if (!qmp_call_only_takes(call, taken, error) ||
        !take_number(call, "num-queues", 1, CONFIG_MAX_DISK_QUEUES, &spec->disk.queues, error) ||
        !take_switch(call, "write-cache", &cached, error) ||
        !take_switch(call, "iommu_platform", &spec->disk.iommu, error))
        return FALSE;
    if (!cached)
        return error_set(error, PAPRIKA_ERROR_USAGE, "write-cache cannot be off");
    if (!spec->backend)
        return error_set(error, PAPRIKA_ERROR_USAGE, "drive is missing");
    if (serial && strlen(serial) >= sizeof(spec->disk.serial))
        return error_set(error, PAPRIKA_ERROR_USAGE, "serial has up to %zu bytes",
                         sizeof(spec->disk.serial) - 1);
    g_strlcpy(spec->disk.serial, serial ? serial : "", sizeof(spec->disk.serial));
    spec->disk.stop_on_error = !g_strcmp0(werror, "stop");
    if (g_strcmp0(werror, qmp_call_string(call, "rerror")) != 0 ||
        (werror && strcmp(werror, "stop") != 0 && strcmp(werror, "report") != 0))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "werror and rerror must both be stop, or report");
    return TRUE;
}

static gboolean take_net(const QmpCall *call, PlugCardSpec *spec, GError **error)
{
    static const char *const taken[] = {
        "driver", "id", "bus", "addr", "netdev", "mac", "host_mtu", "iommu_platform", NULL};
    const char *mac = qmp_call_string(call, "mac");

    spec->backend = qmp_call_string(call, "netdev");
    if (!qmp_call_only_takes(call, taken, error) ||
        !take_number(call, "host_mtu", 68, 65535, &spec->net.mtu, error) ||
        !take_switch(call, "iommu_platform", &spec->net.iommu, error))
        return FALSE;
    if (!spec->backend)
        return error_set(error, PAPRIKA_ERROR_USAGE, "netdev is missing");
    return !mac || option_parse_mac(mac, &spec->net, error);
}

static gboolean take_rng(const QmpCall *call, PlugCardSpec *spec, GError **error)
{
    static const char *const taken[] = {"driver", "id", "bus", "addr", NULL};

    return qmp_call_only_takes(call, taken, error);
}

gboolean qmp_device_add_card(QmpCall *call, GError **error)
{
    static gboolean (*const take[])(const QmpCall *, PlugCardSpec *, GError **) = {
        [PCI_DEVICE_DISK] = take_disk, [PCI_DEVICE_NET] = take_net, [PCI_DEVICE_RNG] = take_rng};
    const char *driver = qmp_call_string(call, "driver");
    PlugCardSpec spec = {.id = qmp_call_string(call, "id")};

    while (strcmp(driver, plug_card_driver(spec.kind)) != 0)
        spec.kind++;
    return take_place(call, &spec, error) && take[spec.kind](call, &spec, error) &&
           plug_add_card(call->vm->plug, &spec, error);
}

/* --- network back ends ------------------------------------------------------------------ */

/** Take the descriptors called @names, with colons between, which the caller closes. */
static gboolean take_fds(QmpCall *call, const char *names, int *fds, unsigned *count,
                         GError **error)
{
    g_auto(GStrv) list = g_strsplit(names, ":", CONFIG_MAX_NET_QUEUES + 1);

    if (!list[0] || g_strv_length(list) > CONFIG_MAX_NET_QUEUES)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there are 1 to %d descriptors",
                         CONFIG_MAX_NET_QUEUES);
    for (; list[*count]; ++*count) {
        fds[*count] = qmp_fd_take(call, list[*count], error);
        if (fds[*count] < 0)
            return FALSE;
    }
    return TRUE;
}

/** The kernel's own workers for @tap's queues, if they are asked for. */
static gboolean take_vhost(QmpCall *call, Tap *tap, GError **error)
{
    const char *fd = qmp_call_string(call, "vhostfd"), *names = qmp_call_string(call, "vhostfds");
    int fds[CONFIG_MAX_NET_QUEUES];
    unsigned count = 0;
    gboolean vhost = fd || names;

    if (!take_switch(call, "vhost", &vhost, error))
        return FALSE;
    if (!vhost && !fd && !names)
        return TRUE;
    if (!vhost || !fd == !names)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "vhost needs descriptors of /dev/vhost-net that have come by getfd: "
                         "vhostfd or vhostfds");
    gboolean ok = take_fds(call, fd ? fd : names, fds, &count, error);
    if (ok && count != tap->queues)
        ok = error_set(error, PAPRIKA_ERROR_USAGE, "%u queues need as many vhostfds, not %u",
                       tap->queues, count);
    ok = ok && tap_add_vhost(tap, fds, error);
    for (unsigned i = 0; i < count; i++)
        fd_close(&fds[i]);
    return ok;
}

gboolean qmp_run_netdev_add(QmpCall *call, GError **error)
{
    static const char *const taken[] = {"type",  "id",      "fd",       "fds",
                                        "vhost", "vhostfd", "vhostfds", NULL};
    const char *fd = qmp_call_string(call, "fd"), *names = qmp_call_string(call, "fds");
    int fds[CONFIG_MAX_NET_QUEUES];
    unsigned count = 0;

    if (!call->vm->config->hotplug)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the guest was started without --hotplug");
    if (!qmp_call_only_takes(call, taken, error))
        return FALSE;
    if (strcmp(qmp_call_string(call, "type"), "tap") != 0 || !fd == !names)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a network back end is a tap whose descriptors have come by getfd: type "
                         "tap, and fd or fds");
    gboolean ok = take_fds(call, fd ? fd : names, fds, &count, error);
    Tap *tap = ok ? tap_adopt(fds, count, error) : NULL;
    for (unsigned i = 0; i < count; i++)
        fd_close(&fds[i]);
    if (!tap || !take_vhost(call, tap, error)) {
        tap_close(tap);
        return FALSE;
    }
    return backends_add_net(plug_parts(call->vm->plug), qmp_call_string(call, "id"), tap, error);
}

gboolean qmp_run_netdev_del(QmpCall *call, GError **error)
{
    return backends_remove_net(plug_parts(call->vm->plug), qmp_call_string(call, "id"), error);
}

gboolean qmp_run_set_link(QmpCall *call, GError **error)
{
    gboolean ok = plug_set_link(call->vm->plug, qmp_call_string(call, "name"),
                                qmp_call_is_true(call, "up"), error);

    if (!ok)
        qmp_call_class(call, "DeviceNotFound");
    return ok;
}

/* --- what there is -------------------------------------------------------------------- */

void qmp_write_child(JsonOut *out, const char *name, const char *type)
{
    g_autofree char *child = g_strdup_printf("child<%s>", type);

    json_out_begin_object(out, NULL);
    json_out_string(out, "name", name);
    json_out_string(out, "type", child);
    json_out_end(out);
}

void qmp_write_peripherals(JsonOut *out, const Vm *vm)
{
    unsigned cores = config_max_cpus(vm->config) / vm->config->threads;
    PlugCardInfo info;
    PlugDimm dimm;

    for (unsigned i = 0; plug_card_at(vm->plug, i, &info); i++)
        qmp_write_child(out, info.id, plug_card_driver(info.kind));
    for (unsigned i = 0; plug_dimm(vm->plug, i, &dimm); i++)
        qmp_write_child(out, dimm.id, "pc-dimm");
    for (unsigned core = 0; core < cores; core++) {
        g_autofree char *path = plug_core_path(vm->plug, core);

        /* Those that the machine started with are elsewhere. */
        if (path && g_str_has_prefix(path, PERIPHERAL) && path[strlen(PERIPHERAL)] == '/')
            qmp_write_child(out, path + strlen(PERIPHERAL) + 1, "host-spapr-cpu-core");
    }
}

gboolean qmp_run_qom_list(QmpCall *call, GError **error)
{
    if (strcmp(qmp_call_string(call, "path"), PERIPHERAL) != 0)
        return qmp_call_refuse(call, "DeviceNotFound", error,
                               "of the tree of objects there is /machine/peripheral only");
    json_out_begin_array(&call->out, "return");
    qmp_write_peripherals(&call->out, call->vm);
    json_out_end(&call->out);
    return TRUE;
}
