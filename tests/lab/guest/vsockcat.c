// SPDX-License-Identifier: GPL-2.0-or-later
//
// vsockcat CID PORT: joins standard input and output to a socket between a guest and its host, both
// ways at the same time, and ends when both have ended. "vsockcat listen PORT" waits for somebody
// who does so; "vsockcat cid" tells one's own address. For guest and host.

#include "tests/lab/guest/plain.h"

#define AF_VSOCK 40
#define SOCK_STREAM 1
#define SHUT_WR 1
#define SIGCHLD 17
#define O_RDONLY 0
#define CID_ANY UINT32_MAX
// _IO(7, 0xb9) as this architecture has it.
#define GET_LOCAL_CID 0x200007b9

static struct {
    uint16_t family, reserved;
    uint32_t port, cid;
    uint8_t zero[4];
} address = {.family = AF_VSOCK};
_Static_assert(sizeof(address) == 16, "as Linux has it");

static char buffer[65536];

static void copy(long from, long to)
{
    for (;;) {
        long size = must(call(__NR_read, from, (long)buffer, sizeof(buffer)), "read");

        if (size == 0)
            return;
        for (long done = 0; done < size;)
            done += must(call(__NR_write, to, (long)buffer + done, size - done), "write");
    }
}

static void tell_cid(void)
{
    long device = must(call(__NR_openat, -100, (long)"/dev/vsock", O_RDONLY), "open");
    uint32_t cid = 0;

    must(call(__NR_ioctl, device, GET_LOCAL_CID, (long)&cid), "ioctl");
    say_number(cid);
    say("\n");
}

static int plain_main(int argc, char **argv)
{
    if (argc == 2 && same(argv[1], "cid")) {
        tell_cid();
        return 0;
    }
    if (argc != 3)
        return 2;

    long sock = must(call(__NR_socket, AF_VSOCK, SOCK_STREAM, 0), "socket");
    address.port = (uint32_t)parse_number(argv[2]);
    if (same(argv[1], "listen")) {
        address.cid = CID_ANY;
        must(call(__NR_bind, sock, (long)&address, sizeof(address)), "bind");
        must(call(__NR_listen, sock, 1, 0), "listen");
        sock = must(call(__NR_accept, sock, 0, 0), "accept");
    } else {
        address.cid = (uint32_t)parse_number(argv[1]);
        if (call(__NR_connect, sock, (long)&address, sizeof(address)) < 0)
            return 1;
    }
    // Who wrote before he reads would wait for the other one for good, who does the same.
    long child = must(call6(__NR_clone, SIGCHLD, 0, 0, 0, 0, 0), "clone");
    if (child == 0) {
        copy(0, sock);
        must(call(__NR_shutdown, sock, SHUT_WR, 0), "shutdown");
        return 0;
    }
    copy(sock, 1);
    int status = 1;
    must(call6(__NR_wait4, child, (long)&status, 0, 0, 0, 0), "wait");
    return status != 0;
}
