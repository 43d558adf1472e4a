/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that libvirt plugs: Paprika's own commands do it. What QEMU has of switches beyond, and
 * has one meaning here, is taken out of their arguments before, as on the command line.
 */
#include <string.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/compat/compat_parse.h"
#include "src/compat/compat_qmp.h"
#include "src/vmm/plug.h"
#include "src/vmm/qmp_device.h"
#include "src/vmm/qmp_fd.h"
#include "src/vmm/qmp_hotplug.h"

enum {
    /** Objects that are entropy. */
    RNGS_MAX = 64,
};

static void take_disk(CompatParse *parse, QemuOption *option)
{
    compat_take_facts(parse, option, compat_disk_facts);
}

static void take_net(CompatParse *parse, QemuOption *option)
{
    /* There are as many queues as the back end has. */
    compat_take_switch(parse, option, "mq", FALSE);
    compat_take_facts(parse, option, compat_net_facts);
}

static void take_rng(CompatParse *parse, QemuOption *option)
{
    const char *source = compat_take_needed(parse, option, "rng");

    if (*source && !compat_has_rng(parse->compat, source))
        compat_refuse(parse, option, "rng=%s: there is no such object", source);
}

static const struct {
    const char *driver;
    void (*take)(CompatParse *parse, QemuOption *option);
} cards[] = {
    {"virtio-blk-pci", take_disk},
    {"virtio-net-pci", take_net},
    {"virtio-rng-pci", take_rng},
};

/** One of a card, whose other name is its only one with us. */
static void adapt_device(CompatParse *parse, QmpCall *call, QemuOption *option, JsonValue *rest)
{
    static const char other[] = "-non-transitional";
    const char *driver = qemu_option_peek(option, "driver");

    for (unsigned i = 0; driver && i < G_N_ELEMENTS(cards); i++) {
        const char *end = driver + strlen(cards[i].driver);

        if (!g_str_has_prefix(driver, cards[i].driver) || (*end && strcmp(end, other) != 0))
            continue;
        cards[i].take(parse, option);
        compat_take_facts(parse, option, compat_pci_facts);
        compat_take_facts(parse, option, compat_virtio_facts);
        qemu_option_take(option, "driver");
        json_object_object_add(rest, "driver", json_object_new_string(cards[i].driver));
        return;
    }
}

static void adapt_node(CompatParse *parse, QmpCall *call, QemuOption *option, JsonValue *rest)
{
    compat_take_facts(parse, option, compat_node_facts);
}

static void adapt_netdev(CompatParse *parse, QmpCall *call, QemuOption *option, JsonValue *rest)
{
    compat_take_facts(parse, option, compat_netdev_facts);
}

/** libvirt 9.0.0 has an object's properties within "props", as QEMU once had them. */
static void adapt_object(CompatParse *parse, QmpCall *call, QemuOption *option, JsonValue *rest)
{
    const JsonValue *props = json_member(call->arguments, "props");
    struct json_object_iter at;

    if (!json_is_object(props))
        return;
    json_object_object_foreachC(props, at)
    {
        g_autofree char *key = g_strdup_printf("props.%s", at.key);

        qemu_option_take(option, key);
        if (json_has_member(call->arguments, at.key))
            compat_refuse(parse, option, "%s is given twice", at.key);
        json_object_object_add(rest, at.key, json_object_get(at.val));
    }
}

static const struct {
    const char *command;
    void (*adapt)(CompatParse *parse, QmpCall *call, QemuOption *option, JsonValue *rest);
} rows[] = {
    {"device_add", adapt_device},
    {"blockdev-add", adapt_node},
    {"netdev_add", adapt_netdev},
    {"object-add", adapt_object},
};

/** What of @from, within the member @outer if that is not NULL, nobody has taken goes to @to. */
static void copy_rest(const QemuOption *option, const char *outer, const JsonValue *from,
                      JsonValue *to)
{
    struct json_object_iter at;

    json_object_object_foreachC(from, at)
    {
        g_autofree char *key = outer ? g_strdup_printf("%s.%s", outer, at.key) : g_strdup(at.key);

        if (!outer && json_is_object(at.val)) {
            JsonValue *inner = json_object_new_object();

            copy_rest(option, at.key, at.val, inner);
            if (json_object_object_length(inner))
                json_object_object_add(to, at.key, inner);
            else
                json_object_put(inner);
        } else if (!qemu_option_is_taken(option, key)) {
            json_object_object_add(to, at.key, json_object_get(at.val));
        }
    }
}

static JsonValue *adapt(QmpCall *call, unsigned row, GError **error)
{
    CompatConfig *config = qmp_call_extension(call)->opaque;
    CompatParse parse = {.compat = config, .vm = config->vm};
    g_autofree char *text = json_text(call->arguments);
    g_autoptr(QemuOption) option = qemu_option_parse(rows[row].command, text, NULL, error);

    if (!option)
        return NULL;
    g_autoptr(GPtrArray) messages = parse.messages = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(JsonValue) rest = json_object_new_object();
    rows[row].adapt(&parse, call, option, rest);
    if (messages->len) {
        error_set(error, PAPRIKA_ERROR_USAGE, "%s", (const char *)g_ptr_array_index(messages, 0));
        return NULL;
    }
    copy_rest(option, NULL, call->arguments, rest);
    return g_steal_pointer(&rest);
}

JsonValue *compat_qmp_adapt(QmpCall *call, const char *command, GError **error)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!strcmp(rows[i].command, command))
            return adapt(call, i, error);
    }
    return json_object_get((JsonValue *)call->arguments);
}

/* --- objects ------------------------------------------------------------------------------ */

/** Entropy for a later device_add. */
static gboolean add_rng(QmpCall *call, GError **error)
{
    static const char *const taken[] = {"qom-type", "id", "filename", NULL};
    CompatConfig *config = qmp_call_opaque(call);
    const char *id = qmp_call_string(call, "id"), *file = qmp_call_string(call, "filename");

    if (!qmp_call_only_takes(call, taken, error))
        return FALSE;
    if (file && strcmp(file, "/dev/urandom") != 0 && strcmp(file, "/dev/random") != 0)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "filename: entropy is the host kernel's: /dev/urandom");
    if (!plug_id_ok(id) || compat_has_rng(config, id) || plug_backend_size(call->vm->plug, id))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "attempt to add duplicate property, or one with a name that cannot be");
    if (config->rngs->len >= RNGS_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there are %d of them already", RNGS_MAX);
    compat_add_rng(config, id);
    return TRUE;
}

gboolean compat_run_object_add(QmpCall *call, GError **error)
{
    static const char *const taken[] = {"qom-type", "id", "size", NULL};
    const char *type = qmp_call_string(call, "qom-type");

    if (!strcmp(type, "rng-random") || !strcmp(type, "rng-builtin"))
        return add_rng(call, error);
    return qmp_call_only_takes(call, taken, error) && qmp_run_object_add(call, error);
}

gboolean compat_run_object_del(QmpCall *call, GError **error)
{
    const CompatConfig *config = qmp_call_opaque(call);
    guint index;

    if (!g_ptr_array_find_with_equal_func(config->rngs, qmp_call_string(call, "id"), g_str_equal,
                                          &index))
        return qmp_run_object_del(call, error);
    g_ptr_array_remove_index(config->rngs, index);
    return TRUE;
}
