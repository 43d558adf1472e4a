/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/gdb_server.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/base/send_buffer.h"
#include "src/base/unix_listen.h"
#include "src/vmm/gdb_address.h"
#include "src/vmm/gdb_stub.h"

enum { GDB_BACKLOG = 1, GDB_RETRY_MS = 1000, GDB_READ_SIZE = 4096 };

struct GdbServer {
    GdbStub *stub;
    /** Of TCP, or of the UNIX socket beside it. */
    int listener;
    UnixListener unix_listener;
    guint accept_watch;
    /** The debugger; -1: none. */
    int fd;
    guint input_watch, room_watch;
    SendBuffer out;
    /** It has to be let go, from where that may be done. */
    gboolean broken;
};

static gboolean on_input(gint fd, GIOCondition condition, gpointer opaque);
static gboolean on_room(gint fd, GIOCondition condition, gpointer opaque);

static void flush(GdbServer *server)
{
    if (!server->broken && send_buffer_flush(&server->out, server->fd))
        server->broken = TRUE;
    if (send_buffer_unsent(&server->out) > GDB_OUTPUT_MAX) {
        log_warn("gdb: a debugger that reads nothing is let go");
        server->broken = TRUE;
    }
}

static void on_send(void *opaque, const char *bytes, size_t length)
{
    GdbServer *server = opaque;

    if (server->fd < 0 || server->broken)
        return;
    send_buffer_append(&server->out, bytes, length);
    flush(server);
    if (!server->broken && send_buffer_unsent(&server->out) && !server->room_watch)
        server->room_watch =
            g_unix_fd_add(server->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_room, server);
}

static void let_go(GdbServer *server)
{
    g_clear_handle_id(&server->input_watch, g_source_remove);
    g_clear_handle_id(&server->room_watch, g_source_remove);
    gdb_stub_detach(server->stub);
    fd_close(&server->fd);
    send_buffer_clear(&server->out);
    log_info("gdb: the debugger is gone");
}

/** Wait for what comes next; what it sends waits until it has taken the answers. */
static void update(GdbServer *server)
{
    if (server->broken ||
        (!gdb_stub_is_attached(server->stub) && !send_buffer_unsent(&server->out))) {
        let_go(server);
        return;
    }
    if (send_buffer_unsent(&server->out))
        g_clear_handle_id(&server->input_watch, g_source_remove);
    else if (!server->input_watch)
        server->input_watch =
            g_unix_fd_add(server->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, server);
}

static gboolean on_room(gint fd, GIOCondition condition, gpointer opaque)
{
    GdbServer *server = opaque;

    flush(server);
    gboolean more = !server->broken && send_buffer_unsent(&server->out);
    if (!more)
        server->room_watch = 0;
    update(server);
    return more ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer opaque)
{
    GdbServer *server = opaque;
    uint8_t bytes[GDB_READ_SIZE];
    ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

    server->input_watch = 0;
    if (n > 0)
        gdb_stub_receive(server->stub, bytes, (size_t)n);
    else if (n == 0 || (errno != EINTR && errno != EAGAIN))
        server->broken = TRUE;
    update(server);
    return G_SOURCE_REMOVE;
}

/* --- the socket ------------------------------------------------------------------------- */

static gboolean on_accept(gint listener, GIOCondition condition, gpointer opaque);

static gboolean on_retry(gpointer opaque)
{
    GdbServer *server = opaque;

    server->accept_watch = g_unix_fd_add(server->listener, G_IO_IN, on_accept, server);
    return G_SOURCE_REMOVE;
}

static void take(GdbServer *server, int fd)
{
    g_autoptr(GError) error = NULL;

    if (!gdb_stub_attach(server->stub, &error)) {
        log_warn("gdb: %s", error->message);
        fd_close(&fd);
        return;
    }
    server->fd = fd;
    server->broken = FALSE;
    log_info("gdb: a debugger holds the guest");
    update(server);
}

static gboolean on_accept(gint listener, GIOCondition condition, gpointer opaque)
{
    GdbServer *server = opaque;
    auto_fd fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0 && unix_accept_may_retry(errno)) {
        log_warn("gdb: cannot accept a debugger: %s", g_strerror(errno));
        server->accept_watch = g_timeout_add(GDB_RETRY_MS, on_retry, server);
        return G_SOURCE_REMOVE;
    }
    if (fd >= 0 && server->fd >= 0)
        log_warn("gdb: a second debugger is refused");
    else if (fd >= 0)
        take(server, fd_steal(&fd));
    return G_SOURCE_CONTINUE;
}

static gboolean listen_tcp(GdbServer *server, const GdbAddress *address, const char *text,
                           GError **error)
{
    auto_fd fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make a socket for gdb");
    /* Answers are short, and each is waited for: connections inherit that they are sent at once. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
        bind(fd, (const struct sockaddr *)&address->address, address->length) ||
        listen(fd, GDB_BACKLOG))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot listen at %s for gdb",
                               text);
    server->listener = fd_steal(&fd);
    return TRUE;
}

GdbServer *gdb_server_new(Vm *vm, const char *text, GError **error)
{
    g_auto(GdbAddress) address = {0};
    g_autoptr(GdbServer) server = g_new0(GdbServer, 1);

    server->fd = server->listener = server->unix_listener.fd = -1;
    send_buffer_init(&server->out);
    if (!gdb_address_parse(text, &address, error))
        return NULL;
    if (address.path) {
        if (!unix_listener_open(&server->unix_listener, address.path, "gdb", GDB_BACKLOG, error))
            return NULL;
        server->listener = server->unix_listener.fd;
    } else if (!listen_tcp(server, &address, text, error)) {
        return NULL;
    }
    server->stub = gdb_stub_new(vm, on_send, server);
    on_retry(server);
    log_info("gdb may connect to %s", text);
    return g_steal_pointer(&server);
}

void gdb_server_free(GdbServer *server)
{
    if (!server)
        return;
    g_clear_handle_id(&server->accept_watch, g_source_remove);
    g_clear_handle_id(&server->input_watch, g_source_remove);
    gdb_stub_free(server->stub);
    g_clear_handle_id(&server->room_watch, g_source_remove);
    fd_close(&server->fd);
    if (server->unix_listener.fd >= 0)
        unix_listener_close(&server->unix_listener);
    else
        fd_close(&server->listener);
    send_buffer_finish(&server->out);
    g_free(server);
}
