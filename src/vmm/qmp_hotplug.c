/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_hotplug.h"

#include <inttypes.h>
#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_label.h"
#include "src/vmm/plug.h"
#include "src/vmm/qmp_device.h"

/** QEMU's name of a core as the host has it; what goes before "-spapr-cpu-core" makes no
 * difference. */
static const char CORE_DRIVER[] = "host-spapr-cpu-core";
static const char CORE_DRIVER_END[] = "-spapr-cpu-core";
static const char DIMM_DRIVER[] = "pc-dimm";
static const char BACKEND_TYPE[] = "memory-backend-ram";

/** Number @name, which has one value only. */
static gboolean takes_zero(const QmpCall *call, const char *name, GError **error)
{
    uint64_t value = 0;

    qmp_call_uint(call, name, &value);
    return !value || error_set(error, PAPRIKA_ERROR_USAGE, "there is no %s but 0", name);
}

static gboolean add_core(QmpCall *call, GError **error)
{
    static const char *const taken[] = {"driver", "id", "core-id", "node-id", NULL};
    unsigned threads = call->vm->config->threads;
    uint64_t core;

    if (!qmp_call_only_takes(call, taken, error) || !takes_zero(call, "node-id", error))
        return FALSE;
    if (!qmp_call_uint(call, "core-id", &core))
        return error_set(error, PAPRIKA_ERROR_USAGE, "core-id is missing");
    if (core % threads || core / threads > CONFIG_MAX_VCPUS)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "invalid core id %" PRIu64 ": they are multiples of %u", core, threads);
    return plug_core(call->vm->plug, (unsigned)(core / threads), qmp_call_string(call, "id"),
                     error);
}

/** Memory of an object's, or, which QEMU does not have, of a size that is given here. */
static gboolean add_dimm(QmpCall *call, GError **error)
{
    static const char *const taken[] = {"driver", "id",   "memdev", "size",
                                        "addr",   "slot", "node",   NULL};
    PlugMemory memory = {
        .id = qmp_call_string(call, "id"),
        .backend = qmp_call_string(call, "memdev"),
        .addr = UINT64_MAX,
        .slot = UINT64_MAX,
    };
    gboolean sized = qmp_call_uint(call, "size", &memory.size);

    if (!qmp_call_only_takes(call, taken, error) || !takes_zero(call, "node", error))
        return FALSE;
    if (!memory.backend == !sized)
        return error_set(error, PAPRIKA_ERROR_USAGE, "memdev is missing, or size is one too much");
    if (!sized) {
        memory.size = plug_backend_size(call->vm->plug, memory.backend);
        if (!memory.size)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "memdev: there is no such object, or it is in use");
    }
    qmp_call_uint(call, "addr", &memory.addr);
    qmp_call_uint(call, "slot", &memory.slot);
    return plug_memory(call->vm->plug, &memory, error);
}

gboolean qmp_run_device_add(QmpCall *call, GError **error)
{
    const char *driver = qmp_call_string(call, "driver");
    g_autofree char *shown = option_value_label(driver);

    if (g_str_has_suffix(driver, CORE_DRIVER_END))
        return add_core(call, error);
    if (!strcmp(driver, DIMM_DRIVER))
        return add_dimm(call, error);
    if (qmp_device_is_card(driver))
        return qmp_device_add_card(call, error);
    return error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is not a valid device model name", shown);
}

gboolean qmp_run_device_del(QmpCall *call, GError **error)
{
    gboolean ok = plug_unplug(call->vm->plug, qmp_call_string(call, "id"), error);

    /* What clients ask that want to know whether it is gone. */
    if (!ok && !plug_has(call->vm->plug, qmp_call_string(call, "id")))
        qmp_call_class(call, "DeviceNotFound");
    return ok;
}

gboolean qmp_run_object_add(QmpCall *call, GError **error)
{
    uint64_t size = 0;

    if (strcmp(qmp_call_string(call, "qom-type"), BACKEND_TYPE) != 0)
        return error_set(error, PAPRIKA_ERROR_USAGE, "qom-type: there is %s only", BACKEND_TYPE);
    qmp_call_uint(call, "size", &size);
    return plug_add_backend(call->vm->plug, qmp_call_string(call, "id"), size, error);
}

gboolean qmp_run_object_del(QmpCall *call, GError **error)
{
    return plug_remove_backend(call->vm->plug, qmp_call_string(call, "id"), error);
}

gboolean qmp_run_hotpluggable_cpus(QmpCall *call, GError **error)
{
    const VmConfig *config = call->vm->config;
    const Plug *plug = call->vm->plug;

    json_out_begin_array(&call->out, "return");
    for (unsigned core = 0; core < config_max_cpus(config) / config->threads; core++) {
        g_autofree char *path = plug_core_path(plug, core);

        json_out_begin_object(&call->out, NULL);
        json_out_begin_object(&call->out, "props");
        json_out_uint(&call->out, "core-id", (uint64_t)core * config->threads);
        json_out_end(&call->out);
        json_out_uint(&call->out, "vcpus-count", config->threads);
        if (path)
            json_out_string(&call->out, "qom-path", path);
        json_out_string(&call->out, "type", CORE_DRIVER);
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_memory_devices(QmpCall *call, GError **error)
{
    PlugDimm dimm;

    json_out_begin_array(&call->out, "return");
    for (unsigned i = 0; plug_dimm(call->vm->plug, i, &dimm); i++) {
        json_out_begin_object(&call->out, NULL);
        json_out_begin_object(&call->out, "data");
        json_out_string(&call->out, "id", dimm.id);
        json_out_uint(&call->out, "addr", dimm.addr);
        json_out_uint(&call->out, "slot", dimm.slot);
        json_out_uint(&call->out, "node", 0);
        if (dimm.backend) {
            g_autofree char *path = g_strdup_printf("/objects/%s", dimm.backend);
            json_out_string(&call->out, "memdev", path);
        }
        json_out_uint(&call->out, "size", dimm.size);
        json_out_bool(&call->out, "hotplugged", TRUE);
        json_out_bool(&call->out, "hotpluggable", TRUE);
        json_out_end(&call->out);
        json_out_string(&call->out, "type", "dimm");
        json_out_end(&call->out);
    }
    json_out_end(&call->out);
    return TRUE;
}

gboolean qmp_run_powerdown(QmpCall *call, GError **error)
{
    plug_powerdown(call->vm);
    return TRUE;
}
