// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes kb=N (64) KiB of numbered lines as fast as the console takes them,
 * then echoes its input in brackets until a 'q' (echo=0: not at all).
 */
#include "guest.h"

static u64 busy;

/* One 16-byte piece: "vty 0000000000\r\n". */
static void put_line(u64 number)
{
    char line[17] = "vty 0000000000\r\n";
    u64 words[2];

    for (int i = 13; number; i--, number /= 10)
        line[i] = '0' + number % 10;
    memcpy(words, line, sizeof(words));
    for (;;) {
        long ret = hcall(H_PUT_TERM_CHAR, 0, 16, words[0], words[1]);

        if (ret == H_SUCCESS)
            return;
        if (ret != H_BUSY)
            guest_fail("H_PUT_TERM_CHAR returned %ld", ret);
        busy++;
    }
}

static void echo(void)
{
    print("vty: ready\n");
    for (;;) {
        u64 args[HCALL_ARGS] = {0};
        char text[17] = "";
        long ret = hcall_raw(H_GET_TERM_CHAR, args);

        if (ret != H_SUCCESS || args[0] > 16)
            guest_fail("H_GET_TERM_CHAR returned %ld, length %lu", ret, args[0]);
        if (!args[0]) {
            set_decrementer(milliseconds(10));
            hcall(H_CEDE, 0, 0, 0, 0);
            continue;
        }
        memcpy(text, &args[1], args[0]);
        print("[%s]", text);
        for (u64 i = 0; i < args[0]; i++) {
            if (text[i] == 'q')
                return;
        }
    }
}

void guest_main(void)
{
    u64 lines = option("kb", 64) * 64, start = timebase();

    for (u64 i = 0; i < lines; i++)
        put_line(i);
    print("vty: %lu lines %lu ticks %lu busy\n", lines, timebase() - start, busy);
    if (option("echo", 1))
        echo();
    print("\nvty: done\n");
}
