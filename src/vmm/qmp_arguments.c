/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command of the monitor takes, checked against its row of the table. */
#include <inttypes.h>
#include <string.h>

#include "include/paprika/config.h"
#include "src/base/error.h"
#include "src/vmm/option_label.h"
#include "src/vmm/plug.h"
#include "src/vmm/qmp.h"

/** Digits, all of @value: decimal, or hexadecimal behind "0x". */
static gboolean parse_address(const JsonValue *value, uint64_t *number)
{
    const char *text = json_string(value);

    if (!text)
        return json_uint(value, number);
    gboolean hex = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    return g_ascii_string_to_unsigned(hex ? text + 2 : text, hex ? 16 : 10, 0, UINT64_MAX, number,
                                      NULL);
}

static gboolean all_strings(const JsonValue *value)
{
    if (!json_is_array(value))
        return FALSE;
    for (size_t i = 0; i < json_length(value); i++) {
        if (!json_string(json_item(value, i)))
            return FALSE;
    }
    return TRUE;
}

static gboolean argument_fits(const QmpArgument *argument, const JsonValue *value)
{
    uint64_t number;

    switch (argument->type) {
    case QMP_ARGUMENT_UINT:
        return json_uint(value, &number);
    case QMP_ARGUMENT_ADDRESS:
        return parse_address(value, &number);
    case QMP_ARGUMENT_BOOL:
        return json_is_bool(value);
    case QMP_ARGUMENT_STRING:
        return json_string(value) != NULL;
    case QMP_ARGUMENT_STRINGS:
        return all_strings(value);
    case QMP_ARGUMENT_ANY:
        return TRUE;
    case QMP_ARGUMENT_END:
        break;
    }
    return FALSE;
}

static const QmpArgument *find_argument(const QmpCommand *command, const char *name)
{
    for (const QmpArgument *argument = command->arguments; argument->name; argument++) {
        if (!strcmp(argument->name, name))
            return argument;
    }
    return NULL;
}

gboolean qmp_arguments_check(const QmpCommand *command, const JsonValue *arguments, GError **error)
{
    static const char *const expected[] = {
        [QMP_ARGUMENT_UINT] = "a number without sign",
        [QMP_ARGUMENT_ADDRESS] = "an address, a number or a string of digits",
        [QMP_ARGUMENT_BOOL] = "true or false",
        [QMP_ARGUMENT_STRING] = "a string",
        [QMP_ARGUMENT_STRINGS] = "an array of strings",
        [QMP_ARGUMENT_ANY] = "a value",
    };

    struct json_object_iter at;

    if (arguments && !json_is_object(arguments))
        return error_set(error, PAPRIKA_ERROR_USAGE, "'arguments' must be an object");
    if (arguments && !command->more_arguments) {
        json_object_object_foreachC(arguments, at)
        {
            if (!find_argument(command, at.key)) {
                g_autofree char *shown = option_value_label(at.key);
                return error_set(error, PAPRIKA_ERROR_USAGE, "Parameter '%s' is unexpected", shown);
            }
        }
    }
    for (const QmpArgument *argument = command->arguments; argument->name; argument++) {
        const JsonValue *value = json_member(arguments, argument->name);

        if (!value && !argument->optional)
            return error_set(error, PAPRIKA_ERROR_USAGE, "Parameter '%s' is missing",
                             argument->name);
        if (value && !argument_fits(argument, value))
            return error_set(error, PAPRIKA_ERROR_USAGE, "Parameter '%s' must be %s",
                             argument->name, expected[argument->type]);
    }
    return TRUE;
}

gboolean qmp_call_uint(const QmpCall *call, const char *name, uint64_t *value)
{
    const JsonValue *given = json_member(call->arguments, name);

    return given && parse_address(given, value);
}

Vcpu *qmp_call_cpu(const QmpCall *call, const char *name, GError **error)
{
    uint64_t index = 0;

    qmp_call_uint(call, name, &index);
    Vcpu *cpu = plug_vcpu(call->vm->plug, index);
    if (!cpu)
        error_set(error, PAPRIKA_ERROR_USAGE,
                  "there is no CPU %" PRIu64 ": the guest can have %u, from 0 on", index,
                  config_max_cpus(call->vm->config));
    return cpu;
}

const char *qmp_call_string(const QmpCall *call, const char *name)
{
    return json_string(json_member(call->arguments, name));
}

gboolean qmp_call_is_true(const QmpCall *call, const char *name)
{
    return json_is_true(json_member(call->arguments, name));
}
