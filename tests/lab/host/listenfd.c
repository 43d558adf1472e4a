// SPDX-License-Identifier: GPL-2.0-or-later
//
// listenfd FD PATH PROGRAM ARGUMENT...: runs PROGRAM with a descriptor FD that listens on a UNIX
// socket at PATH, as who manages guests hands one on.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int sock = socket(AF_UNIX, SOCK_STREAM, 0), fd = argc > 3 ? atoi(argv[1]) : 0;

    if (fd < 3 || strlen(argv[2]) >= sizeof(address.sun_path))
        return 2;
    strcpy(address.sun_path, argv[2]);
    unlink(argv[2]);
    if (bind(sock, (struct sockaddr *)&address, sizeof(address)) || listen(sock, 1)) {
        perror(argv[2]);
        return 1;
    }
    if (sock != fd) {
        dup2(sock, fd);
        close(sock);
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 1;
}
