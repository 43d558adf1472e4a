/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/monitor.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/base/main_call.h"
#include "src/base/send_buffer.h"
#include "src/base/unix_listen.h"
#include "src/vmm/qmp.h"
#include "src/vmm/qmp_frame.h"

enum { MONITOR_BACKLOG = 8, MONITOR_RETRY_MS = 1000, MONITOR_READ_SIZE = 4096 };

struct Monitor {
    Vm *vm;
    const QmpExtension *extension;
    UnixListener listener;
    guint accept_watch;
    /** MonitorClient; owned. */
    GPtrArray *clients;
    MainCall *events_call;

    /** Protects the fields below. */
    GMutex lock;
    /** Lines for all clients; owned. */
    GQueue events;
};

typedef struct {
    Monitor *monitor;
    int fd;
    QmpSession *session;
    QmpFrame frame;
    /** The frame may have a whole message. */
    gboolean pending;
    /** Descriptors that came along, the oldest first. */
    int fds[MONITOR_FDS_MAX];
    unsigned n_fds;
    /** The client sends nothing more. */
    gboolean ended;
    /** Nothing more is done for it; it is freed in the next turn of the main loop. */
    gboolean dead;
    SendBuffer out;
    /** One of the first three is waited for, or the session's command; the last one alone. */
    guint input_watch, room_watch, next_message, burial;
} MonitorClient;

static void client_update(MonitorClient *client);

static void client_free(gpointer opaque)
{
    MonitorClient *client = opaque;

    g_clear_handle_id(&client->input_watch, g_source_remove);
    g_clear_handle_id(&client->room_watch, g_source_remove);
    g_clear_handle_id(&client->next_message, g_source_remove);
    g_clear_handle_id(&client->burial, g_source_remove);
    qmp_session_free(client->session);
    qmp_frame_finish(&client->frame);
    for (unsigned i = 0; i < client->n_fds; i++)
        fd_close(&client->fds[i]);
    send_buffer_finish(&client->out);
    fd_close(&client->fd);
    g_free(client);
}

static gboolean on_burial(gpointer opaque)
{
    MonitorClient *client = opaque;

    client->burial = 0;
    g_ptr_array_remove(client->monitor->clients, client);
    return G_SOURCE_REMOVE;
}

/** Nothing more is done for this client, from wherever this is called. */
static void client_kill(MonitorClient *client)
{
    if (client->dead)
        return;
    client->dead = TRUE;
    client->burial = g_idle_add_full(G_PRIORITY_DEFAULT, on_burial, client, NULL);
}

/** Write what goes without waiting. */
static void client_flush(MonitorClient *client)
{
    if (!client->dead && send_buffer_flush(&client->out, client->fd))
        client_kill(client);
    if (send_buffer_unsent(&client->out) > MONITOR_OUTPUT_MAX) {
        log_warn("monitor: a client that reads nothing is let go");
        client_kill(client);
    }
}

/* --- what a session asks for ------------------------------------------------------- */

static void client_send(void *opaque, const char *text)
{
    MonitorClient *client = opaque;

    if (client->dead)
        return;
    send_buffer_append(&client->out, text, strlen(text));
    client_flush(client);
    client_update(client);
}

static void monitor_broadcast(const Monitor *monitor, const char *text)
{
    for (unsigned i = 0; i < monitor->clients->len; i++) {
        MonitorClient *client = g_ptr_array_index(monitor->clients, i);

        if (qmp_session_has_events(client->session))
            client_send(client, text);
    }
}

static void client_broadcast(void *opaque, const char *text)
{
    monitor_broadcast(((MonitorClient *)opaque)->monitor, text);
}

static int client_take_fd(void *opaque)
{
    MonitorClient *client = opaque;

    if (!client->n_fds)
        return -1;
    int fd = client->fds[0];
    memmove(client->fds, client->fds + 1, --client->n_fds * sizeof(int));
    return fd;
}

static void client_ready(void *opaque) { client_update(opaque); }

static const QmpOwner client_owner = {
    .send = client_send,
    .take_fd = client_take_fd,
    .broadcast = client_broadcast,
    .ready = client_ready,
};

/* --- input and output -------------------------------------------------------------- */

/** One message at a time, so that other clients, and the guest, get their turn between. */
static gboolean on_next_message(gpointer opaque)
{
    MonitorClient *client = opaque;
    g_autoptr(GString) message = g_string_new(NULL);
    g_autofree char *line = NULL;

    client->next_message = 0;
    switch (qmp_frame_next(&client->frame, message)) {
    case QMP_FRAME_MESSAGE:
        qmp_session_handle(client->session, message->str, message->len);
        break;
    case QMP_FRAME_MORE:
        client->pending = FALSE;
        break;
    case QMP_FRAME_TOO_LONG:
        line = qmp_error_line("QMP input: the message is too long");
        log_warn("monitor: a client that sends too long a message is let go");
        client_send(client, line);
        client_kill(client);
        break;
    }
    client_update(client);
    return G_SOURCE_REMOVE;
}

/** As recv(), and descriptors that come along are kept. */
static ssize_t client_receive(MonitorClient *client, void *bytes, size_t room)
{
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(MONITOR_FDS_MAX * sizeof(int))];
    } control;
    struct iovec part = {.iov_base = bytes, .iov_len = room};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t n = recvmsg(client->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (n < 0)
        return n;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
            if (client->n_fds < MONITOR_FDS_MAX)
                client->fds[client->n_fds++] = fd;
            else
                fd_close(&fd);
        }
    }
    return n;
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer opaque)
{
    MonitorClient *client = opaque;
    uint8_t bytes[MONITOR_READ_SIZE];
    ssize_t n = client_receive(client, bytes, sizeof(bytes));

    client->input_watch = 0;
    if (n > 0) {
        qmp_frame_push(&client->frame, bytes, (size_t)n);
        client->pending = TRUE;
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
        client->ended = TRUE;
    }
    client_update(client);
    return G_SOURCE_REMOVE;
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer opaque)
{
    MonitorClient *client = opaque;

    client->room_watch = 0;
    client_flush(client);
    client_update(client);
    return G_SOURCE_REMOVE;
}

/** Wait for what comes next: room for output, the command that is worked on, a message, input. */
static void client_update(MonitorClient *client)
{
    gboolean room = !client->dead && send_buffer_unsent(&client->out);
    gboolean idle = !client->dead && !room && !qmp_session_is_busy(client->session);

    if (idle && !client->pending && client->ended) {
        client_kill(client);
        idle = FALSE;
    }
    if (!room)
        g_clear_handle_id(&client->room_watch, g_source_remove);
    else if (!client->room_watch)
        client->room_watch =
            g_unix_fd_add(client->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_room, client);
    if (!idle || !client->pending)
        g_clear_handle_id(&client->next_message, g_source_remove);
    else if (!client->next_message)
        client->next_message = g_idle_add_full(G_PRIORITY_DEFAULT, on_next_message, client, NULL);
    if (!idle || client->pending)
        g_clear_handle_id(&client->input_watch, g_source_remove);
    else if (!client->input_watch)
        client->input_watch =
            g_unix_fd_add(client->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, client);
}

/* --- the socket ---------------------------------------------------------------------- */

static void monitor_add_client(Monitor *monitor, int fd)
{
    MonitorClient *client = g_new0(MonitorClient, 1);

    client->monitor = monitor;
    client->fd = fd;
    send_buffer_init(&client->out);
    qmp_frame_init(&client->frame);
    client->session = qmp_session_new(monitor->vm, monitor->extension, &client_owner, client);
    g_ptr_array_add(monitor->clients, client);
    qmp_session_greet(client->session);
}

static gboolean on_accept(gint fd, GIOCondition condition, gpointer opaque);

static void monitor_accept(Monitor *monitor)
{
    monitor->accept_watch = g_unix_fd_add(monitor->listener.fd, G_IO_IN, on_accept, monitor);
}

static gboolean on_retry(gpointer opaque)
{
    monitor_accept(opaque);
    return G_SOURCE_REMOVE;
}

static gboolean on_accept(gint listener, GIOCondition condition, gpointer opaque)
{
    Monitor *monitor = opaque;
    auto_fd fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0 && unix_accept_may_retry(errno)) {
        /* The client would wake us without end: look again later. */
        log_warn("monitor: cannot accept a client: %s", g_strerror(errno));
        monitor->accept_watch = g_timeout_add(MONITOR_RETRY_MS, on_retry, monitor);
        return G_SOURCE_REMOVE;
    }
    if (fd >= 0 && monitor->clients->len >= MONITOR_CLIENTS_MAX) {
        g_autofree char *line = qmp_error_line("too many clients");

        /* Its own buffer is empty: all of it or, if the client is gone, nothing. */
        if (send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            log_debug("monitor: a client too many is gone");
    } else if (fd >= 0) {
        monitor_add_client(monitor, fd_steal(&fd));
    }
    return G_SOURCE_CONTINUE;
}

/* --- events ------------------------------------------------------------------------ */

void monitor_flush_events(Monitor *monitor)
{
    char *line;

    do {
        g_mutex_lock(&monitor->lock);
        line = g_queue_pop_head(&monitor->events);
        g_mutex_unlock(&monitor->lock);
        if (line)
            monitor_broadcast(monitor, line);
        g_free(line);
    } while (line);
}

static void on_events(void *opaque) { monitor_flush_events(opaque); }

void monitor_event(Monitor *monitor, const char *event, const char *data)
{
    char *line = qmp_event_line(event, data);

    g_mutex_lock(&monitor->lock);
    gboolean room = g_queue_get_length(&monitor->events) < MONITOR_EVENTS_MAX;
    if (room)
        g_queue_push_tail(&monitor->events, g_steal_pointer(&line));
    g_mutex_unlock(&monitor->lock);
    if (room)
        main_call_soon(monitor->events_call);
    else
        log_guest("monitor: an event %s is left out: too many at once", event);
    g_free(line);
}

Monitor *monitor_new(Vm *vm, const QmpExtension *extension, const char *path, int fd,
                     GError **error)
{
    static const char what[] = "the monitor";
    UnixListener listener;

    if (fd ? !unix_listener_adopt(&listener, fd, what, error)
           : !unix_listener_open(&listener, path, what, MONITOR_BACKLOG, error))
        return NULL;

    Monitor *monitor = g_new0(Monitor, 1);
    monitor->vm = vm;
    monitor->extension = extension;
    monitor->listener = listener;
    monitor->clients = g_ptr_array_new_with_free_func(client_free);
    g_mutex_init(&monitor->lock);
    g_queue_init(&monitor->events);
    monitor->events_call = main_call_new(on_events, monitor);
    monitor_accept(monitor);
    if (path)
        log_info("monitor on socket %s", path);
    return monitor;
}

void monitor_free(Monitor *monitor)
{
    if (!monitor)
        return;
    g_clear_handle_id(&monitor->accept_watch, g_source_remove);
    main_call_free(monitor->events_call);
    g_ptr_array_unref(monitor->clients);
    g_queue_clear_full(&monitor->events, g_free);
    g_mutex_clear(&monitor->lock);
    unix_listener_close(&monitor->listener);
    g_free(monitor);
}
