/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/tpm/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/base/event_fd.h"
#include "src/base/fd.h"
#include "src/tpm/tpm_private.h"

enum {
    /** Milliseconds: keys may be made, which Linux waits five minutes for, too. */
    COMMAND_LIMIT = 300000,

    TPM_ST_NO_SESSIONS = 0x8001,
    TPM_CC_STARTUP = 0x144,
    TPM_SU_CLEAR = 0,
    TPM_RC_SUCCESS = 0,
    /** Startup comes a second time. */
    TPM_RC_INITIALIZE = 0x100,
};

/** A TPM's header; TPM_HEADER_SIZE bytes without padding. */
typedef struct {
    be16 tag;
    uint8_t length[4];
    uint8_t code[4];
} TpmHeader;
G_STATIC_ASSERT(sizeof(TpmHeader) == TPM_HEADER_SIZE);

gint64 tpm_deadline(const Tpm *tpm, unsigned usual)
{
    return g_get_monotonic_time() + (gint64)(tpm->limit ? tpm->limit : usual) * 1000;
}

/** 0 once @fd is ready for @events or has an error to tell. */
static int wait_for(const Tpm *tpm, int fd, short events, gint64 end)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = tpm->stop, .events = POLLIN}};

    for (;;) {
        gint64 left = (end - g_get_monotonic_time() + 999) / 1000;

        if (left <= 0)
            return -ETIMEDOUT;
        int ready = poll(fds, G_N_ELEMENTS(fds), (int)MIN(left, G_MAXINT));
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (ready > 0 && fds[1].revents)
            return -ECANCELED;
        if (ready > 0)
            return 0;
    }
}

/** Some of the @length bytes: how many, or a negative errno. */
static ssize_t move_some(int fd, void *data, size_t length, gboolean out)
{
    ssize_t moved = out ? write(fd, data, length) : read(fd, data, length);

    if (moved > 0)
        return moved;
    if (moved == 0 || errno == ECONNRESET)
        return -EPIPE;
    return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}

static int move(const Tpm *tpm, int fd, uint8_t *data, size_t length, gboolean out, gint64 end)
{
    while (length) {
        int ret = wait_for(tpm, fd, out ? POLLOUT : POLLIN, end);
        ssize_t moved = ret ? ret : move_some(fd, data, length, out);

        if (moved < 0)
            return (int)moved;
        data += moved;
        length -= (size_t)moved;
    }
    return 0;
}

int tpm_write(const Tpm *tpm, int fd, const void *data, size_t length, gint64 end)
{
    return move(tpm, fd, (uint8_t *)data, length, TRUE, end);
}

int tpm_read(const Tpm *tpm, int fd, void *data, size_t length, gint64 end)
{
    return move(tpm, fd, data, length, FALSE, end);
}

uint32_t tpm_length(const uint8_t *message)
{
    return (uint32_t)endian_load(message + offsetof(TpmHeader, length), 4, FALSE);
}

static uint32_t code_of(const uint8_t *message)
{
    return (uint32_t)endian_load(message + offsetof(TpmHeader, code), 4, FALSE);
}

static gboolean has_plain_tag(const uint8_t *message)
{
    return endian_load(message, 2, FALSE) == TPM_ST_NO_SESSIONS;
}

static void fill_header(uint8_t *message, uint32_t length, uint32_t code)
{
    endian_store(message, 2, TPM_ST_NO_SESSIONS, FALSE);
    endian_store(message + offsetof(TpmHeader, length), 4, length, FALSE);
    endian_store(message + offsetof(TpmHeader, code), 4, code, FALSE);
}

void tpm_fill_response(uint8_t *response, uint32_t code)
{
    fill_header(response, TPM_HEADER_SIZE, code);
}

/** The response, whose length is in its header. 0 or a negative errno. */
static int receive(const Tpm *tpm, uint8_t *response, gint64 end)
{
    int ret = tpm_read(tpm, tpm->data, response, TPM_HEADER_SIZE, end);
    uint32_t length = ret ? 0 : tpm_length(response);

    if (ret)
        return ret;
    if (length < TPM_HEADER_SIZE || length > TPM_BUFFER_SIZE)
        return -EBADMSG;
    return tpm_read(tpm, tpm->data, response + TPM_HEADER_SIZE, length - TPM_HEADER_SIZE, end);
}

size_t tpm_transmit(Tpm *tpm, const uint8_t *command, size_t length, uint8_t *response,
                    GError **error)
{
    gint64 end = tpm_deadline(tpm, COMMAND_LIMIT);
    int ret = tpm->failed ? -EPIPE : tpm_write(tpm, tpm->data, command, length, end);

    if (!ret)
        ret = receive(tpm, response, end);
    if (!ret)
        return tpm_length(response);
    /* What comes later would be taken for the answer to something else. */
    tpm->failed = TRUE;
    error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "the TPM's emulator answers no command");
    return 0;
}

/** TPM2_Startup(CLEAR), which is the firmware's to send. */
static gboolean start_up(Tpm *tpm, GError **error)
{
    uint8_t command[TPM_HEADER_SIZE + 2], response[TPM_BUFFER_SIZE];

    fill_header(command, sizeof(command), TPM_CC_STARTUP);
    endian_store(command + TPM_HEADER_SIZE, 2, TPM_SU_CLEAR, FALSE);
    if (!tpm_transmit(tpm, command, sizeof(command), response, error))
        return FALSE;
    if (!has_plain_tag(response))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "what the emulator plays is no TPM 2.0 (swtpm needs --tpm2)");
    if (code_of(response) != TPM_RC_SUCCESS && code_of(response) != TPM_RC_INITIALIZE)
        return error_set(error, PAPRIKA_ERROR_HOST, "the TPM does not start up: error %#x",
                         code_of(response));
    return TRUE;
}

gboolean tpm_start(Tpm *tpm, GError **error)
{
    if (tpm->failed)
        return error_set(error, PAPRIKA_ERROR_HOST, "the TPM has failed before");
    tpm->failed =
        !tpm_control_stop(tpm, error) || !tpm_control_init(tpm, error) || !start_up(tpm, error);
    return !tpm->failed;
}

Tpm *tpm_new(int control, int data, GError **error)
{
    g_autoptr(Tpm) tpm = g_new0(Tpm, 1);

    tpm->control = control;
    tpm->data = data;
    tpm->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (tpm->stop < 0) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make an eventfd");
        return NULL;
    }
    return g_steal_pointer(&tpm);
}

static gboolean not_there(const char *path, int err, GError **error)
{
    return error_set_errno(error, PAPRIKA_ERROR_USAGE, err,
                           "--tpm: no emulator to connect to ('swtpm socket --tpm2 --ctrl "
                           "type=unixio,path=%s --tpmstate dir=...' is one)",
                           path);
}

gboolean tpm_check(const char *path, GError **error)
{
    struct stat st;

    if (stat(path, &st))
        return not_there(path, errno, error);
    return S_ISSOCK(st.st_mode) || not_there(path, ENOTSOCK, error);
}

static int connect_to(const char *path, GError **error)
{
    auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    /* Paths of the configuration are not longer than that. */
    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    if (fd < 0 || connect(fd, (const struct sockaddr *)&addr, sizeof(addr))) {
        not_there(path, errno, error);
        return -1;
    }
    return fd_steal(&fd);
}

Tpm *tpm_open(const char *path, GError **error)
{
    int pair[2], control = connect_to(path, error);

    if (control < 0)
        return NULL;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make a pair of sockets");
        close(control);
        return NULL;
    }
    auto_fd theirs = pair[1];
    g_autoptr(Tpm) tpm = tpm_new(control, pair[0], error);
    if (!tpm || fcntl(pair[0], F_SETFL, O_NONBLOCK) || !tpm_control_set_data(tpm, theirs, error) ||
        !tpm_start(tpm, error))
        return NULL;
    tpm->ours = TRUE;
    return g_steal_pointer(&tpm);
}

void tpm_free(Tpm *tpm)
{
    if (!tpm)
        return;
    /* Whoever was interrupted is no more; the emulator has still to be told. */
    if (tpm->stop >= 0)
        event_fd_take(tpm->stop);
    if (tpm->ours)
        tpm_control_shutdown(tpm);
    fd_close(&tpm->control);
    fd_close(&tpm->data);
    fd_close(&tpm->stop);
    g_free(tpm);
}

void tpm_set_limit(Tpm *tpm, unsigned ms) { tpm->limit = ms; }

void tpm_interrupt(Tpm *tpm) { event_fd_signal(tpm->stop); }
