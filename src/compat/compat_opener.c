/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/compat/compat_opener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <glib.h>

#include "src/base/fd.h"
#include "src/base/fd_pass.h"
#include "src/base/log.h"

enum {
    WAIT_S = 10,
    /** All that a disk is opened with: nothing is made or cut off. */
    FLAGS_ALLOWED = O_ACCMODE | O_CLOEXEC | O_NONBLOCK | O_DIRECT,
};

/** What is asked for: the path follows, without its end. */
typedef struct {
    int32_t flags;
    char path[PATH_MAX];
} Request;

/* --- the other process ------------------------------------------------------------------- */

/** As open(2), of what can be a disk; files of the kernel's own have no size. */
static int open_disk(const char *path, int flags)
{
    struct stat info;

    if (flags & ~FLAGS_ALLOWED)
        return -EINVAL;
    auto_fd fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &info))
        return -errno;
    if (!S_ISBLK(info.st_mode) && !(S_ISREG(info.st_mode) && info.st_size > 0))
        return -ENOTBLK;
    return fd_steal(&fd);
}

/** Answer until the guest's process is gone. */
static void serve(int sock)
{
    Request request;
    ssize_t size;

    while ((size = recv(sock, &request, sizeof(request), 0)) > (ssize_t)offsetof(Request, path)) {
        size_t length = (size_t)size - offsetof(Request, path);
        int32_t answer;

        if (length >= sizeof(request.path) || memchr(request.path, 0, length))
            return;
        request.path[length] = 0;
        auto_fd fd = open_disk(request.path, request.flags);
        answer = fd < 0 ? fd : 0;
        if (fd < 0 ? send(sock, &answer, sizeof(answer), MSG_NOSIGNAL) < 0
                   : fd_pass(sock, fd, &answer, sizeof(answer)) < 0)
            return;
    }
}

/** Nothing of what the guest's process was given stays here: a tap would stay attached by it. */
static gboolean keep_only(int sock)
{
#ifdef SYS_close_range
    return sock >= 3 && (sock == 3 || !syscall(SYS_close_range, 3U, (unsigned)sock - 1, 0U)) &&
           !syscall(SYS_close_range, (unsigned)sock + 1, UINT_MAX, 0U);
#else
    return FALSE;
#endif
}

static void run(int sock)
{
    auto_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_NAME, "paprika-opener");
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (keep_only(sock))
        serve(sock);
    _exit(0);
}

/* --- the guest's ------------------------------------------------------------------------- */

int compat_opener_start(void)
{
    const struct timeval wait = {.tv_sec = WAIT_S};
    int socks[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks)) {
        log_warn("no disk can be attached: %s", g_strerror(errno));
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        run(socks[1]);
    fd_close(&socks[1]);
    if (pid < 0 || setsockopt(socks[0], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait))) {
        log_warn("no disk can be attached: %s", g_strerror(errno));
        fd_close(&socks[0]);
    }
    return socks[0];
}

static int receive(int *sock)
{
    int32_t answer = 0;
    int fd;
    ssize_t size = fd_take(*sock, &fd, &answer, sizeof(answer));

    if (size == sizeof(answer) && fd < 0 && answer < 0)
        return answer;
    if (size == sizeof(answer) && fd >= 0 && !answer)
        return fd;
    /* What comes later would be taken for the answer to something else. */
    fd_close(sock);
    fd_close(&fd);
    return size == -EAGAIN ? -ETIMEDOUT : -EIO;
}

int compat_opener_open(int *sock, const char *path, int flags)
{
    Request request = {.flags = flags};
    size_t length = strlen(path);

    if (*sock < 0)
        return -EIO;
    if (!length || length >= sizeof(request.path))
        return -ENAMETOOLONG;
    memcpy(request.path, path, length);
    if (send(*sock, &request, offsetof(Request, path) + length, MSG_NOSIGNAL) < 0) {
        fd_close(sock);
        return -EIO;
    }
    return receive(sock);
}
