/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp.h"

#include <stdio.h>
#include <string.h>

#include "paprika_config.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/option_label.h"

struct QmpSession {
    Vm *vm;
    const QmpExtension *extension;
    const QmpOwner *owner;
    void *opaque;
    gboolean negotiated;
    /** Named descriptors (qmp_fd.h); owned. */
    GHashTable *fds;
    /** The deferred call. */
    QmpCall *busy;
};

static const char GENERIC_ERROR[] = "GenericError";
static const char COMMAND_NOT_FOUND[] = "CommandNotFound";

static void close_named(gpointer value)
{
    int fd = GPOINTER_TO_INT(value) - 1;

    fd_close(&fd);
}

QmpSession *qmp_session_new(Vm *vm, const QmpExtension *extension, const QmpOwner *owner,
                            void *opaque)
{
    QmpSession *session = g_new0(QmpSession, 1);

    session->vm = vm;
    session->extension = extension;
    session->owner = owner;
    session->opaque = opaque;
    session->fds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_named);
    return session;
}

static void call_free(QmpCall *call)
{
    if (call->cancel)
        call->cancel(call->data);
    g_free(json_out_finish(&call->out));
    g_free(call->id);
    g_free(call);
}

void qmp_session_free(QmpSession *session)
{
    if (!session)
        return;
    if (session->busy)
        call_free(session->busy);
    g_hash_table_unref(session->fds);
    g_free(session);
}

gboolean qmp_session_is_busy(const QmpSession *session) { return session->busy != NULL; }

gboolean qmp_session_has_events(const QmpSession *session) { return session->negotiated; }

/** What has been written, as a line; QEMU ends its lines so. */
static char *finish_line(JsonOut *out)
{
    g_autofree char *text = json_out_finish(out);

    g_strchomp(text);
    return g_strconcat(text, "\r\n", NULL);
}

static void send_out(QmpSession *session, JsonOut *out)
{
    g_autofree char *line = finish_line(out);

    session->owner->send(session->opaque, line);
}

void qmp_write_version(const QmpSession *session, JsonOut *out, const char *name)
{
    unsigned part[3] = {0};

    if (session->extension && session->extension->write_version) {
        session->extension->write_version(out, name);
        return;
    }
    sscanf(PAPRIKA_VERSION, "%u.%u.%u", &part[0], &part[1], &part[2]);
    json_out_begin_object(out, name);
    json_out_begin_object(out, "qemu");
    json_out_uint(out, "major", part[0]);
    json_out_uint(out, "minor", part[1]);
    json_out_uint(out, "micro", part[2]);
    json_out_end(out);
    json_out_string(out, "package", "paprika-" PAPRIKA_VERSION);
    json_out_end(out);
}

void qmp_session_greet(QmpSession *session)
{
    JsonOut out;

    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    json_out_begin_object(&out, "QMP");
    qmp_write_version(session, &out, "version");
    json_out_begin_array(&out, "capabilities");
    send_out(session, &out);
}

static void write_error(JsonOut *out, const char *class, const char *description)
{
    json_out_begin_object(out, "error");
    json_out_string(out, "class", class);
    json_out_string(out, "desc", description);
    json_out_end(out);
}

static void send_error(QmpSession *session, const char *id, const char *class,
                       const char *description)
{
    JsonOut out;

    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    if (id)
        json_out_raw(&out, "id", id, strlen(id));
    write_error(&out, class, description);
    send_out(session, &out);
}

char *qmp_error_line(const char *description)
{
    JsonOut out;

    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    write_error(&out, GENERIC_ERROR, description);
    return finish_line(&out);
}

/* --- calls ----------------------------------------------------------------------- */

/** Send the answer, and free @call. */
static void call_answer(QmpCall *call, const GError *error)
{
    if (error) {
        send_error(call->session, call->id, call->error_class ? call->error_class : GENERIC_ERROR,
                   error->message);
    } else {
        if (call->out.text->len == strlen("{")) {
            json_out_begin_object(&call->out, "return");
            json_out_end(&call->out);
        }
        if (call->id)
            json_out_raw(&call->out, "id", call->id, strlen(call->id));
        send_out(call->session, &call->out);
        json_out_init_flat(&call->out);
    }
    call_free(call);
}

void qmp_call_defer(QmpCall *call, void *data, GDestroyNotify cancel)
{
    call->deferred = TRUE;
    call->data = data;
    call->cancel = cancel;
    call->session->busy = call;
}

void qmp_call_finish(QmpCall *call, const GError *error)
{
    QmpSession *session = call->session;

    session->busy = NULL;
    call_answer(call, error);
    session->owner->ready(session->opaque);
}

int qmp_call_take_fd(QmpCall *call) { return call->session->owner->take_fd(call->session->opaque); }

GHashTable *qmp_call_fds(QmpCall *call) { return call->session->fds; }

void qmp_call_negotiated(QmpCall *call) { call->session->negotiated = TRUE; }

void qmp_call_class(QmpCall *call, const char *class) { call->error_class = class; }

gboolean qmp_call_refuse(QmpCall *call, const char *class, GError **error, const char *text)
{
    call->error_class = class;
    return error_set(error, PAPRIKA_ERROR_USAGE, "%s", text);
}

char *qmp_event_line(const char *event, const char *data)
{
    gint64 now = g_get_real_time();
    JsonOut out;

    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    json_out_begin_object(&out, "timestamp");
    json_out_uint(&out, "seconds", (uint64_t)(now / G_USEC_PER_SEC));
    json_out_uint(&out, "microseconds", (uint64_t)(now % G_USEC_PER_SEC));
    json_out_end(&out);
    json_out_string(&out, "event", event);
    if (data)
        json_out_raw(&out, "data", data, strlen(data));
    return finish_line(&out);
}

void qmp_call_event(QmpCall *call, const char *event)
{
    g_autofree char *line = qmp_event_line(event, NULL);

    call->session->owner->broadcast(call->session->opaque, line);
}

/* --- messages -------------------------------------------------------------------- */

static const QmpCommand *find_in(const QmpCommand *commands, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

static const QmpCommand *find_added(const QmpSession *session, const char *name)
{
    const QmpExtension *extension = session->extension;

    return extension ? find_in(extension->commands, extension->count, name) : NULL;
}

static const QmpCommand *find_command(const QmpSession *session, const char *name)
{
    const QmpCommand *added = find_added(session, name);

    return added ? added : find_in(qmp_commands, qmp_command_count, name);
}

const QmpCommand *qmp_session_command(const QmpSession *session, size_t index)
{
    size_t added = session->extension ? session->extension->count : 0;

    for (size_t i = 0; i < qmp_command_count; i++) {
        if (!find_added(session, qmp_commands[i].name) && !index--)
            return &qmp_commands[i];
    }
    return index < added ? &session->extension->commands[index] : NULL;
}

void *qmp_call_opaque(const QmpCall *call) { return call->session->extension->opaque; }

const QmpExtension *qmp_call_extension(const QmpCall *call) { return call->session->extension; }

/** Check the arguments, and run the command. */
static gboolean run_call(QmpCall *call, const QmpCommand *command, GError **error)
{
    const QmpExtension *extension = call->session->extension;
    g_autoptr(JsonValue) adapted = NULL;

    if (extension && extension->adapt && json_is_object(call->arguments)) {
        adapted = extension->adapt(call, command->name, error);
        call->arguments = adapted;
        if (!adapted)
            return FALSE;
    }
    gboolean ok = qmp_arguments_check(command, call->arguments, error) && command->run(call, error);
    call->arguments = NULL;
    return ok;
}

static void run_command(QmpSession *session, const QmpCommand *command, const char *id,
                        const JsonValue *arguments)
{
    g_autoptr(GError) error = NULL;

    if (!session->vm && !command->no_machine) {
        send_error(session, id, GENERIC_ERROR, "there is no machine");
        return;
    }

    QmpCall *call = g_new0(QmpCall, 1);
    call->session = session;
    call->vm = session->vm;
    call->arguments = arguments;
    call->id = g_strdup(id);
    json_out_init_flat(&call->out);
    json_out_begin_object(&call->out, NULL);
    gboolean ok = run_call(call, command, &error);
    if (!call->deferred)
        call_answer(call, ok ? NULL : error);
}

/** Whether @message has the members that it may have; answers if not. */
static gboolean check_members(QmpSession *session, const JsonValue *message, const char *id)
{
    static const char *const known[] = {"execute", "arguments", "id", NULL};

    struct json_object_iter at;

    json_object_object_foreachC(message, at)
    {
        if (!g_strv_contains(known, at.key)) {
            g_autofree char *shown = option_value_label(at.key);
            g_autofree char *text = g_strdup_printf("QMP input member '%s' is unexpected", shown);
            send_error(session, id, GENERIC_ERROR, text);
            return FALSE;
        }
    }
    if (json_string(json_member(message, "execute")))
        return TRUE;
    send_error(session, id, GENERIC_ERROR,
               json_has_member(message, "execute") ? "QMP input member 'execute' must be a string"
                                                   : "QMP input lacks member 'execute'");
    return FALSE;
}

void qmp_session_handle(QmpSession *session, const char *text, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonValue) message = json_parse(text, length, &error);

    if (!json_is_object(message)) {
        send_error(session, NULL, GENERIC_ERROR,
                   message ? "QMP input must be a JSON object" : error->message);
        return;
    }

    g_autofree char *id =
        json_has_member(message, "id") ? json_text(json_member(message, "id")) : NULL;
    if (!check_members(session, message, id))
        return;

    const char *name = json_string(json_member(message, "execute"));
    const QmpCommand *command = find_command(session, name);
    g_autofree char *shown = option_value_label(name);
    g_autofree char *why = NULL;
    if (!session->negotiated && !(command && command->negotiates))
        why = g_strdup("Expecting capabilities negotiation with 'qmp_capabilities'");
    else if (session->negotiated && command && command->negotiates)
        why = g_strdup("Capabilities are negotiated already; the command is ignored");
    else if (!command)
        why = g_strdup_printf("The command %s has not been found", shown);
    if (why)
        send_error(session, id, COMMAND_NOT_FOUND, why);
    else
        run_command(session, command, id, json_member(message, "arguments"));
}
