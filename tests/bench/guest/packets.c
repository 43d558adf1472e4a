// SPDX-License-Identifier: GPL-2.0-or-later
//
// packets send A.B.C.D PORT COUNT SIZE WINDOW: COUNT UDP packets of SIZE bytes, of which WINDOW are
// on the way at most: as many have been sent, an answer is waited for. packets sink PORT COUNT
// WINDOW: takes COUNT packets, and answers each one in WINDOW.
//
// So nothing is dropped, however slow one side is, and each run is like the other.

#include "tests/lab/guest/plain.h"

#include <linux/in.h>
#include <linux/socket.h>

enum { AF_INET = 2, SOCK_DGRAM = 2, SIZE_MAX_SENT = 1472 };

static char packet[SIZE_MAX_SENT + 64];

static uint32_t address(const char *text)
{
    uint32_t value = 0;

    for (int part = 0; part < 4; part++) {
        value = value << 8 | (uint32_t)(parse_number(text) & 255);
        while (*text && *text != '.')
            text++;
        text += *text == '.';
    }
    return value;
}

static struct sockaddr_in place(uint32_t host, uint64_t port)
{
    struct sockaddr_in there;

    memset(&there, 0, sizeof(there));
    there.sin_family = AF_INET;
    there.sin_port = __builtin_bswap16((uint16_t)port);
    there.sin_addr.s_addr = __builtin_bswap32(host);
    return there;
}

static int send_packets(char **argv)
{
    struct sockaddr_in to = place(address(argv[2]), parse_number(argv[3]));
    uint64_t count = parse_number(argv[4]), size = parse_number(argv[5]),
             window = parse_number(argv[6]);
    long fd = must(call(__NR_socket, AF_INET, SOCK_DGRAM, 0), "socket");

    if (size > SIZE_MAX_SENT || !window)
        return 2;
    must(call(__NR_connect, fd, (long)&to, sizeof(to)), "connect");
    for (uint64_t sent = 1; sent <= count; sent++) {
        must(call(__NR_write, fd, (long)packet, (long)size), "send");
        if (sent % window == 0)
            must(call(__NR_read, fd, (long)packet, sizeof(packet)), "answer");
    }
    say_value("packets: sent", count);
    return 0;
}

static int take_packets(char **argv)
{
    struct sockaddr_in here = place(0, parse_number(argv[2])), from;
    uint64_t count = parse_number(argv[3]), window = parse_number(argv[4]), taken = 0;
    long fd = must(call(__NR_socket, AF_INET, SOCK_DGRAM, 0), "socket");

    if (!window)
        return 2;
    must(call(__NR_bind, fd, (long)&here, sizeof(here)), "bind");
    say("packets: ready\n");
    while (taken < count) {
        int size = sizeof(from);

        must(call6(__NR_recvfrom, fd, (long)packet, sizeof(packet), 0, (long)&from, (long)&size),
             "receive");
        if (++taken % window == 0)
            must(call6(__NR_sendto, fd, (long)packet, 1, 0, (long)&from, size), "answer");
    }
    say_value("packets: taken", taken);
    return 0;
}

static int plain_main(int argc, char **argv)
{
    if (argc == 7 && same(argv[1], "send"))
        return send_packets(argv);
    if (argc == 5 && same(argv[1], "sink"))
        return take_packets(argv);
    return 2;
}
