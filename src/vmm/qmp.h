/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP, QEMU's monitor protocol (QEMU's docs/interop/qmp-spec): what is answered
 * to one client's messages. docs/monitor.md has the commands. Main thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"
#include "src/base/json_in.h"
#include "src/base/json_out.h"

typedef struct QmpSession QmpSession;
typedef struct QmpCall QmpCall;
typedef struct QmpExtension QmpExtension;

/** What a session needs of its owner. */
typedef struct {
    /** Send @text, which is one line with its end, to this session's client. */
    void (*send)(void *opaque, const char *text);
    /** A descriptor that came with the messages so far, the oldest; the caller's; -1: none. */
    int (*take_fd)(void *opaque);
    /** Send it to the clients of all sessions that can have events. */
    void (*broadcast)(void *opaque, const char *text);
    /** The command that made qmp_session_is_busy() true has been answered. */
    void (*ready)(void *opaque);
} QmpOwner;

/** @vm and @extension, either of which may be NULL, and @owner must outlive the session. */
QmpSession *qmp_session_new(Vm *vm, const QmpExtension *extension, const QmpOwner *owner,
                            void *opaque);
/** Gives up a command that is being worked on. NULL is fine. */
void qmp_session_free(QmpSession *session);

/** Send what a client gets first. */
void qmp_session_greet(QmpSession *session);

/** Answer a message. Not while the session is busy. */
void qmp_session_handle(QmpSession *session, const char *text, size_t length);

/** Whether a command is being worked on, and the client's next message has to wait. */
gboolean qmp_session_is_busy(const QmpSession *session);

/** Whether the client has negotiated, so that it may have events. */
gboolean qmp_session_has_events(const QmpSession *session);

/** @event of now, with @data, the text of a JSON object or NULL, as one line; newly allocated. */
char *qmp_event_line(const char *event, const char *data);

/** An error that stands for itself, as one line; newly allocated. */
char *qmp_error_line(const char *description);

/* --- for commands ---------------------------------------------------------------- */

typedef enum {
    QMP_ARGUMENT_END,
    /** A number without sign. */
    QMP_ARGUMENT_UINT,
    /** The same, or a string of digits, hexadecimal behind "0x". */
    QMP_ARGUMENT_ADDRESS,
    QMP_ARGUMENT_BOOL,
    QMP_ARGUMENT_STRING,
    /** An array of strings. */
    QMP_ARGUMENT_STRINGS,
    /** Anything; the command checks it. */
    QMP_ARGUMENT_ANY,
} QmpArgumentType;

typedef struct {
    const char *name;
    QmpArgumentType type;
    gboolean optional;
} QmpArgument;

enum { QMP_ARGUMENTS_MAX = 9 };

/** What "return" holds, as the schema tells it. */
typedef enum {
    /** An object or another value. */
    QMP_RETURNS_ANY,
    QMP_RETURNS_LIST,
    /** An empty object. */
    QMP_RETURNS_NOTHING,
} QmpReturns;

typedef struct {
    const char *name;
    /** Before capabilities are negotiated, and only then. */
    gboolean negotiates;
    /** Also where there is no machine. */
    gboolean no_machine;
    QmpArgument arguments[QMP_ARGUMENTS_MAX + 1];
    /** Takes further arguments, which the command checks itself. */
    gboolean more_arguments;
    QmpReturns returns;
    /** For docs/monitor.md. */
    const char *doc;
    /**
     * Write the member "return" to call->out, or nothing for an empty object; or
     * fail with @error. One that calls qmp_call_defer() ends by qmp_call_finish().
     */
    gboolean (*run)(QmpCall *call, GError **error);
} QmpCommand;

struct QmpCall {
    QmpSession *session;
    /** NULL where there is none: only for commands that say that they need none. */
    Vm *vm;
    /** Within the reply's object. */
    JsonOut out;
    /** The arguments, checked; NULL if there are none. Only until run() returns. */
    const JsonValue *arguments;

    /* Private. */
    /** The class of an error; NULL: GenericError. */
    const char *error_class;
    /** The message's id as it was written; owned, NULL if it had none. */
    char *id;
    gboolean deferred;
    /** Frees data, and stops what works on it. */
    GDestroyNotify cancel;
    void *data;
};

extern const QmpCommand qmp_commands[];
extern const size_t qmp_command_count;

/** What a program adds to the monitor that Paprika has. */
struct QmpExtension {
    /** Those of the same name as one of Paprika's own take its place. */
    const QmpCommand *commands;
    size_t count;
    /** As qmp_write_version(); NULL: Paprika's own. */
    void (*write_version)(JsonOut *out, const char *name);
    /**
     * What @command, whose arguments are the call's, has instead of them, before they are
     * checked: the caller's, or NULL with @error. The member may be NULL.
     */
    JsonValue *(*adapt)(QmpCall *call, const char *command, GError **error);
    /**
     * Opens a file of the host's for a disk that comes, which the sandbox does not let this
     * process do; as DiskOpenFn (src/block/disk.h), with opaque below. NULL: nobody does.
     */
    int (*open_file)(void *opaque, const char *path, int flags);
    /** For its commands. */
    void *opaque;
};

/** The command number @index of all that the session has; NULL beyond the last. */
const QmpCommand *qmp_session_command(const QmpSession *session, size_t index);
/** The opaque of the extension that the call's command is from. */
void *qmp_call_opaque(const QmpCall *call);
/** What the program adds, or NULL. */
const QmpExtension *qmp_call_extension(const QmpCall *call);

/** An event that a client may be told of, with its data's members, for the schema. */
typedef struct {
    const char *name;
    QmpArgument data[QMP_ARGUMENTS_MAX + 1];
    /** For docs/monitor.md. */
    const char *doc;
} QmpEvent;

extern const QmpEvent qmp_events[];
extern const size_t qmp_event_count;

/** Whether @arguments, NULL for none, are what @command takes. */
gboolean qmp_arguments_check(const QmpCommand *command, const JsonValue *arguments, GError **error);

/** The argument @name, a number or address, to *@value; false if it was not given. */
gboolean qmp_call_uint(const QmpCall *call, const char *name, uint64_t *value);
/** The processor that the argument @name numbers, by default the first; NULL with @error. */
Vcpu *qmp_call_cpu(const QmpCall *call, const char *name, GError **error);
/** The argument @name, a string, or NULL if it was not given. Only until run() returns. */
const char *qmp_call_string(const QmpCall *call, const char *name);
/** Whether the argument @name was given and is true. */
gboolean qmp_call_is_true(const QmpCall *call, const char *name);

/** The oldest descriptor that came with the client's messages; the caller's; -1: none. */
int qmp_call_take_fd(QmpCall *call);
/** Those that have been given names (qmp_fd.h): the number + 1, which the table closes. */
GHashTable *qmp_call_fds(QmpCall *call);

/** The error that the command ends in is one of @class ("DeviceNotFound"). */
void qmp_call_class(QmpCall *call, const char *class);
/** Fail with @text, as an error of @class ("DeviceNotActive"). Returns false. */
gboolean qmp_call_refuse(QmpCall *call, const char *class, GError **error, const char *text);

/**
 * The answer comes later. @cancel frees @data at the end of the call, whether it
 * is finished or the client goes away before.
 */
void qmp_call_defer(QmpCall *call, void *data, GDestroyNotify cancel);

/** The deferred call is done: with what it wrote, or with @error. @call is gone then. */
void qmp_call_finish(QmpCall *call, const GError *error);

/** Tell all clients of @event, which has no data. */
void qmp_call_event(QmpCall *call, const char *event);

/** qmp_capabilities has been accepted. */
void qmp_call_negotiated(QmpCall *call);

/** Write the object "return" or "version" as query-version gives it. */
void qmp_write_version(const QmpSession *session, JsonOut *out, const char *name);
