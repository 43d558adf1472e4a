// SPDX-License-Identifier: GPL-2.0-or-later
//
// maketap NAME QUEUES [PROGRAM ARGUMENT...]: makes a tap interface, with several queues if QUEUES
// is more than 1, that stays. With PROGRAM, runs that with a descriptor for each queue, from 3 on.

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int queues = argc > 2 ? atoi(argv[2]) : 0;
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};

    if (queues < 1)
        return 2;
    if (queues > 1)
        request.ifr_flags |= IFF_MULTI_QUEUE;
    strncpy(request.ifr_name, argv[1], IFNAMSIZ - 1);
    for (int i = 0; i < queues; i++) {
        int fd = open("/dev/net/tun", O_RDWR);

        if (fd < 0 || ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETPERSIST, 1)) {
            perror("maketap");
            return 1;
        }
        if (fd != 3 + i) {
            dup2(fd, 3 + i);
            close(fd);
        }
    }
    if (argc > 3) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        return 1;
    }
    return 0;
}
