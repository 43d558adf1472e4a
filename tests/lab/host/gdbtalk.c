// SPDX-License-Identifier: GPL-2.0-or-later
//
// gdbtalk PATH: speaks GDB's remote protocol at a UNIX socket. Each line of standard input is a
// packet, and what is answered to it goes to standard output, a line each. The line
// "^C" sends that byte, "wait" waits for a packet unasked for (a stop), "sleep N" sleeps N
// seconds, "go PACKET" sends one that is not answered now. "@" stands for the thread that stopped
// last. Fails if something takes too long.

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { TIMEOUT_MS = 60000, PACKET_MAX = 1 << 16 };

static int sock;
static char thread = '1';

static int read_byte(void)
{
    struct pollfd input = {.fd = sock, .events = POLLIN};
    unsigned char byte;

    if (poll(&input, 1, TIMEOUT_MS) != 1 || read(sock, &byte, 1) != 1) {
        printf("gdbtalk: no answer\n");
        exit(1);
    }
    return byte;
}

static void send_packet(const char *text)
{
    unsigned char sum = 0;

    dprintf(sock, "$");
    for (const char *c = text; *c; c++) {
        char out = *c == '@' ? thread : *c;

        sum = (unsigned char)(sum + (unsigned char)out);
        dprintf(sock, "%c", out);
    }
    dprintf(sock, "#%02x", sum);
}

static void print_packet(void)
{
    static char packet[PACKET_MAX];
    unsigned char sum = 0;
    char given[3] = {0};
    size_t length = 0;
    int byte;

    while (read_byte() != '$')
        continue;
    while ((byte = read_byte()) != '#' && length < sizeof(packet) - 1) {
        packet[length++] = (char)byte;
        sum = (unsigned char)(sum + byte);
    }
    packet[length] = 0;
    given[0] = (char)read_byte();
    given[1] = (char)read_byte();
    if (strtoul(given, NULL, 16) != sum) {
        printf("gdbtalk: wrong sum\n");
        exit(1);
    }
    /* It may have hung up, as after "D". */
    send(sock, "+", 1, MSG_NOSIGNAL);
    if (strncmp(packet + 3, "thread:", 7) == 0)
        thread = packet[10];
    printf("%s\n", packet);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    static char line[PACKET_MAX];

    if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
        return 2;
    strcpy(address.sun_path, argv[1]);
    sock = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(sock, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror(argv[1]);
        return 1;
    }
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (strcmp(line, "^C") == 0) {
            if (write(sock, "\003", 1) != 1)
                return 1;
            print_packet();
        } else if (strcmp(line, "wait") == 0) {
            print_packet();
        } else if (strncmp(line, "sleep ", 6) == 0) {
            sleep((unsigned)atoi(line + 6));
        } else if (strncmp(line, "go ", 3) == 0) {
            send_packet(line + 3);
        } else {
            send_packet(line);
            print_packet();
        }
    }
    return 0;
}
