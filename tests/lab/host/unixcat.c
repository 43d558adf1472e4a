// SPDX-License-Identifier: GPL-2.0-or-later
//
// unixcat PATH [end|FD]: joins standard input and output to a UNIX socket, until the
// socket's other side closes. With "end", that side is told when the input has ended. Descriptor
// FD goes with what is read first of the input that has "getfd" in it, and is closed here.
// (The lab's busybox has no such client.)

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int write_with(int to, char *data, size_t size, int fd)
{
    struct iovec part = {.iov_base = data, .iov_len = size};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control = {{0}};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fd));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    return sendmsg(to, &message, 0) == (ssize_t)size;
}

static int pass_on(int from, int to, int *fd)
{
    char buffer[4097];
    ssize_t size = read(from, buffer, sizeof(buffer) - 1);

    if (size <= 0)
        return 0;
    buffer[size] = 0;
    if (*fd < 0 || !strstr(buffer, "getfd"))
        return write(to, buffer, (size_t)size) == size;
    if (!write_with(to, buffer, (size_t)size, *fd))
        return 0;
    close(*fd);
    *fd = -1;
    return 1;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int sock = socket(AF_UNIX, SOCK_STREAM, 0), none = -1, fd = -1;
    int end = argc == 3 && !strcmp(argv[2], "end");

    if (argc < 2 || argc > 3 || strlen(argv[1]) >= sizeof(address.sun_path))
        return 2;
    if (argc == 3 && !end)
        fd = atoi(argv[2]);
    strcpy(address.sun_path, argv[1]);
    if (connect(sock, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror(argv[1]);
        return 1;
    }
    struct pollfd inputs[2] = {{.fd = sock, .events = POLLIN},
                               {.fd = STDIN_FILENO, .events = POLLIN}};
    for (;;) {
        if (poll(inputs, 2, -1) < 0)
            return 1;
        if (inputs[0].revents && !pass_on(sock, STDOUT_FILENO, &none))
            return 0;
        if (inputs[1].revents && !pass_on(STDIN_FILENO, sock, &fd)) {
            inputs[1].fd = -1;
            if (end)
                shutdown(sock, SHUT_WR);
        }
    }
}
