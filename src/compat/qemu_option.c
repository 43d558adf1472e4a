/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/compat/qemu_option.h"

#include <string.h>

#include "src/base/error.h"
#include "src/base/json_in.h"
#include "src/vmm/option_devices.h"

static void property_free(gpointer opaque)
{
    QemuProperty *property = opaque;

    g_free(property->key);
    g_free(property->value);
    g_free(property);
}

void qemu_option_free(QemuOption *option)
{
    if (!option)
        return;
    g_free(option->label);
    g_ptr_array_unref(option->properties);
    g_free(option);
}

/** Takes over @key and @value. */
static gboolean add(QemuOption *option, char *key, char *value, GError **error)
{
    QemuProperty *property = g_new0(QemuProperty, 1);

    property->key = key;
    property->value = value;
    g_ptr_array_add(option->properties, property);
    if (option->properties->len > QEMU_OPTION_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s: more than %d properties", option->label,
                         QEMU_OPTION_MAX);
    return TRUE;
}

static gboolean add_json(QemuOption *option, const char *key, const JsonValue *value,
                         GError **error);

static gboolean add_members(QemuOption *option, const char *prefix, const JsonValue *object,
                            GError **error)
{
    struct json_object_iter at;

    json_object_object_foreachC(object, at)
    {
        g_autofree char *key = prefix ? g_strdup_printf("%s.%s", prefix, at.key) : g_strdup(at.key);

        if (!add_json(option, key, at.val, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean add_json(QemuOption *option, const char *key, const JsonValue *value,
                         GError **error)
{
    const char *text = json_string(value);

    if (text)
        return add(option, g_strdup(key), g_strdup(text), error);
    if (json_is_object(value))
        return add_members(option, key, value, error);
    if (json_is_bool(value))
        return add(option, g_strdup(key), g_strdup(json_is_true(value) ? "on" : "off"), error);
    /* Arrays are for nobody here: what is left over is complained of. */
    return add(option, g_strdup(key), json_text(value), error);
}

static gboolean parse_json(QemuOption *option, const char *text, GError **error)
{
    g_autoptr(JsonValue) object = json_parse(text, strlen(text), error);

    if (!object) {
        g_prefix_error(error, "%s: ", option->label);
        return FALSE;
    }
    return add_members(option, NULL, object, error);
}

static gboolean parse_keys(QemuOption *option, const char *text, const char *implied,
                           GError **error)
{
    g_auto(GStrv) parts = option_split_parts(text);

    for (char **part = parts; *part; part++) {
        const char *equals = strchr(*part, '=');
        gboolean ok;

        if (equals)
            ok =
                add(option, g_strndup(*part, (gsize)(equals - *part)), g_strdup(equals + 1), error);
        else if (part == parts && implied)
            ok = add(option, g_strdup(implied), g_strdup(*part), error);
        else
            /* QEMU's old short form of a switch. */
            ok = add(option, g_strdup(*part), g_strdup("on"), error);
        if (!ok)
            return FALSE;
    }
    return TRUE;
}

QemuOption *qemu_option_parse(const char *name, const char *text, const char *implied,
                              GError **error)
{
    g_autoptr(QemuOption) option = g_new0(QemuOption, 1);

    option->label = g_strdup(name);
    option->properties = g_ptr_array_new_with_free_func(property_free);
    if (*text == '{' ? !parse_json(option, text, error) : !parse_keys(option, text, implied, error))
        return NULL;
    return g_steal_pointer(&option);
}

void qemu_option_label(QemuOption *option, const char *what)
{
    char *label = g_strdup_printf("%s %s", option->label, what);

    g_free(option->label);
    option->label = label;
}

static QemuProperty *find(const QemuOption *option, const char *key, gboolean taken_too)
{
    for (guint i = 0; i < option->properties->len; i++) {
        QemuProperty *property = g_ptr_array_index(option->properties, i);

        if ((taken_too || !property->taken) && !strcmp(property->key, key))
            return property;
    }
    return NULL;
}

const char *qemu_option_take_next(QemuOption *option, const char *key)
{
    QemuProperty *property = find(option, key, FALSE);

    if (!property)
        return NULL;
    property->taken = TRUE;
    return property->value;
}

const char *qemu_option_take(QemuOption *option, const char *key)
{
    const char *value = NULL, *next;

    while ((next = qemu_option_take_next(option, key)))
        value = next;
    return value;
}

const char *qemu_option_peek(const QemuOption *option, const char *key)
{
    const QemuProperty *property = find(option, key, TRUE);

    return property ? property->value : NULL;
}

gboolean qemu_option_is_taken(const QemuOption *option, const char *key)
{
    return !find(option, key, FALSE);
}

const QemuProperty *qemu_option_left_over(QemuOption *option)
{
    for (guint i = 0; i < option->properties->len; i++) {
        QemuProperty *property = g_ptr_array_index(option->properties, i);

        if (!property->taken) {
            property->taken = TRUE;
            return property;
        }
    }
    return NULL;
}
