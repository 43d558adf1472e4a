/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/ctl_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/fd_pass.h"

enum { CTL_TIMEOUT_S = 60, CTL_LINE_MAX = 1 << 20 };

struct CtlClient {
    int fd;
    /** What has come, from the line that is read next on. */
    GString *in;
};

static int ctl_connect(const char *path, unsigned seconds, GError **error)
{
    struct timeval timeout = {.tv_sec = seconds};
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make a socket");
        return -1;
    }
    if (strlen(path) >= sizeof(addr.sun_path)) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, ENAMETOOLONG, "socket '%s'", path);
        return -1;
    }
    memcpy(addr.sun_path, path, strlen(path) + 1);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr))) {
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "cannot connect to socket '%s'%s", path,
                        errno == ECONNREFUSED ? " (its guest has ended)" : "");
        return -1;
    }
    return fd_steal(&fd);
}

/** The next line, without its end. */
static char *read_line(CtlClient *client, GError **error)
{
    char bytes[4096];
    char *end;

    while (!(end = memchr(client->in->str, '\n', client->in->len))) {
        ssize_t n = recv(client->fd, bytes, sizeof(bytes), 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "no answer from the guest's monitor");
            return NULL;
        }
        if (n == 0 || client->in->len + (size_t)n > CTL_LINE_MAX) {
            error_set(error, PAPRIKA_ERROR_HOST, "%s",
                      n ? "the monitor's answer is too long" : "the monitor has gone away");
            return NULL;
        }
        g_string_append_len(client->in, bytes, n);
    }
    gssize length = end - client->in->str;
    char *line = g_strndup(client->in->str, (gsize)length);
    g_string_erase(client->in, 0, length + 1);
    return g_strchomp(line);
}

static gboolean send_all(CtlClient *client, const char *text, size_t length, GError **error)
{
    while (length) {
        ssize_t n = send(client->fd, text, length, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                                   "cannot send to the guest's monitor");
        text += n;
        length -= (size_t)n;
    }
    return TRUE;
}

char *ctl_client_ask(CtlClient *client, const char *message, GError **error)
{
    /* At once: the monitor may answer, and quit, before the end of the line. */
    g_autofree char *line_out = g_strconcat(message, "\n", NULL);

    if (!send_all(client, line_out, strlen(line_out), error))
        return NULL;
    for (;;) {
        g_autofree char *line = read_line(client, error);
        if (!line)
            return NULL;
        g_autoptr(JsonValue) value = json_parse(line, strlen(line), error);
        if (!value) {
            g_prefix_error(error, "the monitor's answer: ");
            return NULL;
        }
        if (json_member(value, "return") || json_member(value, "error"))
            return g_steal_pointer(&line);
        if (!json_member(value, "event")) {
            error_set(error, PAPRIKA_ERROR_HOST, "the monitor's answer is none");
            return NULL;
        }
    }
}

JsonValue *ctl_client_call(CtlClient *client, const char *message, GError **error)
{
    g_autofree char *line = ctl_client_ask(client, message, error);
    g_autoptr(JsonValue) answer = line ? json_parse(line, strlen(line), error) : NULL;

    if (!answer)
        return NULL;
    if (json_has_member(answer, "return"))
        return g_steal_pointer(&answer);
    const char *why = json_string(json_member(json_member(answer, "error"), "desc"));
    error_set(error, PAPRIKA_ERROR_HOST, "%s", why ? why : "the guest's monitor refused");
    return NULL;
}

char *ctl_client_event(CtlClient *client, GError **error)
{
    for (;;) {
        g_autofree char *line = read_line(client, error);
        if (!line)
            return NULL;
        g_autoptr(JsonValue) value = json_parse(line, strlen(line), NULL);
        if (json_member(value, "event"))
            return g_steal_pointer(&line);
    }
}

gboolean ctl_client_pass(CtlClient *client, const char *name, int fd, GError **error)
{
    /* It goes ahead of its command, beside a space, which means nothing to the monitor. */
    int ret = fd_pass(client->fd, fd, " ", 1);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot send to the guest's monitor");
    g_autofree char *command =
        g_strdup_printf("{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"%s\"}}", name);
    g_autoptr(JsonValue) answer = ctl_client_call(client, command, error);
    return answer != NULL;
}

static gboolean negotiate(CtlClient *client, GError **error)
{
    g_autofree char *greeting = read_line(client, error);
    if (!greeting)
        return FALSE;
    g_autoptr(JsonValue) value = json_parse(greeting, strlen(greeting), NULL);
    const char *refused = json_string(json_member(json_member(value, "error"), "desc"));
    if (refused)
        return error_set(error, PAPRIKA_ERROR_HOST, "the monitor refuses: %s", refused);
    if (!json_member(value, "QMP"))
        return error_set(error, PAPRIKA_ERROR_USAGE, "this is no monitor's socket");
    g_autofree char *answer = ctl_client_ask(client, "{\"execute\": \"qmp_capabilities\"}", error);
    return answer != NULL;
}

CtlClient *ctl_client_new(const char *path, GError **error)
{
    return ctl_client_new_within(path, CTL_TIMEOUT_S, error);
}

int ctl_client_pid(const CtlClient *client)
{
    struct ucred peer = {0};
    socklen_t length = sizeof(peer);

    return getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) ? 0 : peer.pid;
}

CtlClient *ctl_client_new_within(const char *path, unsigned seconds, GError **error)
{
    auto_fd fd = ctl_connect(path, seconds, error);
    if (fd < 0)
        return NULL;

    CtlClient *client = g_new0(CtlClient, 1);
    client->fd = fd_steal(&fd);
    client->in = g_string_new(NULL);
    if (!negotiate(client, error)) {
        ctl_client_free(client);
        return NULL;
    }
    return client;
}

void ctl_client_free(CtlClient *client)
{
    if (!client)
        return;
    fd_close(&client->fd);
    g_string_free(client->in, TRUE);
    g_free(client);
}
