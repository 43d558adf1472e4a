/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/ctl_plug.h"

#include <inttypes.h>
#include <string.h>

#include "include/paprika/config.h"
#include "src/base/error.h"
#include "src/vmm/option_label.h"
#include "src/vmm/option_values.h"

void ctl_begin_message(JsonOut *out, const char *command)
{
    json_out_init_flat(out);
    json_out_begin_object(out, NULL);
    json_out_string(out, "execute", command);
    json_out_begin_object(out, "arguments");
}

JsonValue *ctl_finish_message(CtlClient *client, JsonOut *out, GError **error)
{
    g_autofree char *message = g_strchomp(json_out_finish(out));
    return ctl_client_call(client, message, error);
}

gboolean ctl_give(CtlClient *client, JsonOut *out, GError **error)
{
    g_autoptr(JsonValue) answer = ctl_finish_message(client, out, error);

    return answer != NULL;
}

/** Wait until the device is gone, or the guest keeps it. */
static gboolean wait_gone(CtlClient *client, const char *id, GError **error)
{
    for (;;) {
        g_autofree char *line = ctl_client_event(client, error);
        g_autoptr(JsonValue) event = line ? json_parse(line, strlen(line), error) : NULL;
        if (!event)
            return FALSE;
        const char *name = json_string(json_member(event, "event"));
        const char *device = json_string(json_member(json_member(event, "data"), "device"));

        if (!name || !device || strcmp(device, id) != 0)
            continue;
        if (!strcmp(name, "DEVICE_DELETED"))
            return TRUE;
        if (!strcmp(name, "DEVICE_UNPLUG_GUEST_ERROR"))
            return error_set(error, PAPRIKA_ERROR_HOST, "the guest keeps %s", id);
    }
}

gboolean ctl_unplug_device(CtlClient *client, const char *id, GError **error)
{
    JsonOut out;

    ctl_begin_message(&out, "device_del");
    json_out_string(&out, "id", id);
    return ctl_give(client, &out, error) && wait_gone(client, id, error);
}

gboolean ctl_plug_cpu(CtlClient *client, const char *core, GError **error)
{
    guint64 number;
    JsonOut out;

    if (!g_ascii_string_to_unsigned(core, 10, 0, UINT32_MAX, &number, NULL)) {
        g_autofree char *shown = option_value_label(core);
        return error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is not the number of a core", shown);
    }
    ctl_begin_message(&out, "device_add");
    json_out_string(&out, "driver", "host-spapr-cpu-core");
    json_out_uint(&out, "core-id", number);
    return ctl_give(client, &out, error);
}

gboolean ctl_unplug_cpu(CtlClient *client, const char *core, GError **error)
{
    g_autofree char *id = g_ascii_isdigit(*core) ? g_strdup_printf("core%s", core) : g_strdup(core);

    return ctl_unplug_device(client, id, error);
}

static gboolean parse_size(const char *text, uint64_t *size, GError **error)
{
    g_autofree char *shown = option_value_label(text);

    if (!option_parse_size(text, 0, size, error)) {
        g_prefix_error(error, "'%s': ", shown);
        return FALSE;
    }
    return *size || error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is no memory at all", shown);
}

gboolean ctl_plug_memory(CtlClient *client, const char *text, GError **error)
{
    uint64_t size;
    JsonOut out;

    if (!parse_size(text, &size, error))
        return FALSE;
    ctl_begin_message(&out, "device_add");
    json_out_string(&out, "driver", "pc-dimm");
    json_out_uint(&out, "size", size);
    return ctl_give(client, &out, error);
}

gboolean ctl_balloon(CtlClient *client, const char *text, GError **error)
{
    uint64_t size;
    JsonOut out;

    if (!parse_size(text, &size, error))
        return FALSE;
    ctl_begin_message(&out, "balloon");
    json_out_uint(&out, "value", size);
    return ctl_give(client, &out, error);
}

/** The pieces of @devices, from the last back, that are @size bytes together; owned names. */
static GPtrArray *choose_dimms(const JsonValue *devices, uint64_t size, GError **error)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    uint64_t all = size;

    for (unsigned i = json_length(devices); i-- > 0 && size;) {
        const JsonValue *data = json_member(json_item(devices, i), "data");
        const char *id = json_string(json_member(data, "id"));
        uint64_t piece = 0;

        if (!id || !json_uint(json_member(data, "size"), &piece) || piece > size)
            continue;
        g_ptr_array_add(ids, g_strdup(id));
        size -= piece;
    }
    if (!size)
        return g_steal_pointer(&ids);
    error_set(error, PAPRIKA_ERROR_USAGE,
              "no pieces of plugged memory are %" PRIu64 " MiB together (see paprika ctl ... "
              "memory-devices)",
              all / MIB);
    return NULL;
}

gboolean ctl_unplug_memory(CtlClient *client, const char *what, GError **error)
{
    gboolean ok = TRUE;
    uint64_t size;
    JsonOut out;

    if (!g_ascii_isdigit(*what))
        return ctl_unplug_device(client, what, error);
    if (!parse_size(what, &size, error))
        return FALSE;
    ctl_begin_message(&out, "query-memory-devices");
    g_autoptr(JsonValue) answer = ctl_finish_message(client, &out, error);
    g_autoptr(GPtrArray) ids =
        answer ? choose_dimms(json_member(answer, "return"), size, error) : NULL;
    if (!ids)
        return FALSE;
    for (unsigned i = 0; i < ids->len && ok; i++)
        ok = ctl_unplug_device(client, g_ptr_array_index(ids, i), error);
    return ok;
}
