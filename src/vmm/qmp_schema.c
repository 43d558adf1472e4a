/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * query-qmp-schema: what the table of commands says, in the form of QEMU's
 * introspection (QEMU's docs/devel/qapi-code-gen, "Client JSON Protocol introspection").
 * Types have numbers for names, but for those that the protocol has built in.
 */
#include "src/vmm/qmp_query.h"

/** Types that are given names here; arguments and data follow. */
#define TYPE_NOTHING "0"
#define TYPE_ADDRESS "1"

static const char *type_name(QmpArgumentType type)
{
    switch (type) {
    case QMP_ARGUMENT_UINT:
        return "int";
    case QMP_ARGUMENT_ADDRESS:
        return TYPE_ADDRESS;
    case QMP_ARGUMENT_BOOL:
        return "bool";
    case QMP_ARGUMENT_STRING:
        return "str";
    case QMP_ARGUMENT_STRINGS:
        return "[str]";
    case QMP_ARGUMENT_ANY:
    case QMP_ARGUMENT_END:
        break;
    }
    return "any";
}

static void begin(JsonOut *out, const char *name, const char *meta)
{
    json_out_begin_object(out, NULL);
    json_out_string(out, "name", name);
    json_out_string(out, "meta-type", meta);
}

static void write_builtin(JsonOut *out, const char *name, const char *json)
{
    begin(out, name, "builtin");
    json_out_string(out, "json-type", json);
    json_out_end(out);
}

static void write_array(JsonOut *out, const char *name, const char *element)
{
    begin(out, name, "array");
    json_out_string(out, "element-type", element);
    json_out_end(out);
}

static void write_object(JsonOut *out, const char *name, const QmpArgument *members)
{
    begin(out, name, "object");
    json_out_begin_array(out, "members");
    for (; members->name; members++) {
        json_out_begin_object(out, NULL);
        json_out_string(out, "name", members->name);
        json_out_string(out, "type", type_name(members->type));
        if (members->optional)
            json_out_null(out, "default");
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

static void write_types(JsonOut *out)
{
    static const QmpArgument none[] = {{0}};
    static const char *const either[] = {"int", "str"};

    write_builtin(out, "int", "int");
    write_builtin(out, "bool", "boolean");
    write_builtin(out, "str", "string");
    write_builtin(out, "any", "value");
    write_array(out, "[str]", "str");
    write_array(out, "[any]", "any");
    write_object(out, TYPE_NOTHING, none);
    begin(out, TYPE_ADDRESS, "alternate");
    json_out_begin_array(out, "members");
    for (unsigned i = 0; i < G_N_ELEMENTS(either); i++) {
        json_out_begin_object(out, NULL);
        json_out_string(out, "type", either[i]);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

/** The type of @members, written out if it is a new one; its name in @name. */
static void write_members(JsonOut *out, const QmpArgument *members, unsigned *types, char name[16])
{
    g_snprintf(name, 16, "%u", members->name ? ++*types : 0);
    if (members->name)
        write_object(out, name, members);
}

gboolean qmp_run_schema(QmpCall *call, GError **error)
{
    static const char *const returns[] = {
        [QMP_RETURNS_ANY] = "any",
        [QMP_RETURNS_LIST] = "[any]",
        [QMP_RETURNS_NOTHING] = TYPE_NOTHING,
    };
    JsonOut *out = &call->out;
    const QmpCommand *command;
    unsigned types = 1;
    char name[16];

    json_out_begin_array(out, "return");
    write_types(out);
    for (size_t i = 0; (command = qmp_session_command(call->session, i)); i++) {
        write_members(out, command->arguments, &types, name);
        begin(out, command->name, "command");
        json_out_string(out, "arg-type", name);
        json_out_string(out, "ret-type", returns[command->returns]);
        json_out_bool(out, "allow-oob", FALSE);
        json_out_end(out);
    }
    for (size_t i = 0; i < qmp_event_count; i++) {
        write_members(out, qmp_events[i].data, &types, name);
        begin(out, qmp_events[i].name, "event");
        json_out_string(out, "arg-type", name);
        json_out_end(out);
    }
    json_out_end(out);
    return TRUE;
}
