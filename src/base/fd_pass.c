/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/fd_pass.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/** A message with room for one descriptor. */
typedef struct {
    struct msghdr message;
    struct iovec part;
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
} Parcel;

static void parcel_init(Parcel *parcel, void *data, size_t length)
{
    *parcel = (Parcel){.part = {.iov_base = data, .iov_len = length}};
    parcel->message = (struct msghdr){
        .msg_iov = &parcel->part,
        .msg_iovlen = 1,
        .msg_control = parcel->control.bytes,
        .msg_controllen = sizeof(parcel->control.bytes),
    };
}

int fd_pass(int sock, int fd, const void *data, size_t length)
{
    Parcel parcel;
    ssize_t n;

    parcel_init(&parcel, (void *)data, length);
    struct cmsghdr *header = CMSG_FIRSTHDR(&parcel.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    do
        n = sendmsg(sock, &parcel.message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    return (size_t)n == length ? 0 : -EAGAIN;
}

ssize_t fd_take(int sock, int *fd, void *data, size_t length)
{
    Parcel parcel;
    ssize_t n;

    *fd = -1;
    parcel_init(&parcel, data, length);
    do
        n = recvmsg(sock, &parcel.message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&parcel.message);
    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof(*fd)))
        memcpy(fd, CMSG_DATA(header), sizeof(*fd));
    return n;
}
