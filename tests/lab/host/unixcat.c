// SPDX-License-Identifier: GPL-2.0-or-later
//
// unixcat PATH [end]: joins standard input and output to a UNIX socket, until the
// socket's other side closes. With "end", that side is told when the input has ended.
// (The lab's busybox has no such client.)

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int pass_on(int from, int to)
{
    char buffer[4096];
    ssize_t size = read(from, buffer, sizeof(buffer));

    if (size <= 0 || write(to, buffer, (size_t)size) != size)
        return 0;
    return 1;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);

    if (argc < 2 || argc > 3 || strlen(argv[1]) >= sizeof(address.sun_path))
        return 2;
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
        if (inputs[0].revents && !pass_on(sock, STDOUT_FILENO))
            return 0;
        if (inputs[1].revents && !pass_on(STDIN_FILENO, sock)) {
            inputs[1].fd = -1;
            if (argc == 3)
                shutdown(sock, SHUT_WR);
        }
    }
}
