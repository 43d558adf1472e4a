// SPDX-License-Identifier: GPL-2.0-or-later
//
// papr: ask Linux's /dev/papr-sysparm and /dev/papr-vpd, which ask RTAS. Prints
// a line for each system parameter: its length and bytes, or the error; then the
// vital product data's length and text.

#include "tests/lab/guest/plain.h"

#include <linux/fcntl.h>

// _IOWR(0xb2, 1, 4008 bytes), _IOW(0xb2, 2, ...), _IOW(0xb2, 0, 80 bytes).
#define SYSPARM_GET 0xcfa8b201
#define SYSPARM_SET 0x8fa8b202
#define VPD_CREATE_HANDLE 0x8050b200

static struct {
    uint32_t parameter;
    uint16_t length;
    uint8_t data[4000];
} block;
_Static_assert(sizeof(block) == 4008, "as Linux has it");

static char location[80];

// A length, or an error, which is negative.
static void say_result(long result)
{
    if (result < 0)
        say("-");
    say_number(result < 0 ? -(uint64_t)result : (uint64_t)result);
}

// Printable characters as they are, others as two digits in brackets.
static void say_bytes(const uint8_t *bytes, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    char out[] = "<00>", one[] = " ";

    for (size_t i = 0; i < size; i++) {
        one[0] = (char)bytes[i];
        out[1] = hex[bytes[i] >> 4];
        out[2] = hex[bytes[i] & 15];
        say(bytes[i] > ' ' && bytes[i] < 127 ? one : out);
    }
    say("\n");
}

static void get_parameter(long device, uint32_t parameter)
{
    block.parameter = parameter;
    block.length = 0;
    long ret = call(__NR_ioctl, device, SYSPARM_GET, (long)&block);

    say("papr: sysparm ");
    say_number(parameter);
    say(ret ? " error " : " length ");
    say_result(ret ? ret : block.length);
    say(" ");
    say_bytes(block.data, ret ? 0 : block.length);
    block.length = 1;
    say("papr: sysparm ");
    say_number(parameter);
    say(" set ");
    say_result(call(__NR_ioctl, device, SYSPARM_SET, (long)&block));
    say("\n");
}

static void get_vpd(const char *what)
{
    long device = call(__NR_open, (long)"/dev/papr-vpd", O_RDWR, 0);
    long handle = device < 0 ? device : call(__NR_ioctl, device, VPD_CREATE_HANDLE, (long)location);
    long length = handle < 0 ? handle : call(__NR_read, handle, (long)&block, sizeof(block));

    say("papr: vpd ");
    say(what);
    say(length < 0 ? " error " : " length ");
    say_result(length);
    say(" ");
    say_bytes((const uint8_t *)&block, length < 0 ? 0 : (size_t)length);
}

static int plain_main(int argc, char **argv)
{
    static const uint32_t parameters[] = {20, 42, 43, 44, 48, 50, 55};
    long device = call(__NR_open, (long)"/dev/papr-sysparm", O_RDWR, 0);

    for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++)
        get_parameter(device, parameters[i]);
    get_vpd("all");
    location[0] = 'U';
    get_vpd("nowhere");
    say("papr: end\n");
    return 0;
}
