// SPDX-License-Identifier: GPL-2.0-or-later
//
// papr: ask Linux's /dev/papr-sysparm and /dev/papr-vpd, which ask RTAS. Prints
// a line for each system parameter: its length and bytes, or the error; then the
// vital product data's length and text.
//
// Without a C library, to keep the guest's initramfs small.

#include <stddef.h>
#include <stdint.h>

#define NR_EXIT 1
#define NR_READ 3
#define NR_WRITE 4
#define NR_OPEN 5
#define NR_IOCTL 54
#define O_RDWR 2

// _IOWR(0xb2, 1, 4008 bytes), _IOW(0xb2, 2, ...), _IOW(0xb2, 0, 80 bytes).
#define SYSPARM_GET 0xcfa8b201
#define SYSPARM_SET 0x8fa8b202
#define VPD_CREATE_HANDLE 0x8050b200

void start_c(uint64_t *stack);

__asm__(".globl _start\n"
        "_start:\n"
        "  addis 2, 12, .TOC.-_start@ha\n"
        "  addi 2, 2, .TOC.-_start@l\n"
        "  mr 3, 1\n"
        "  stdu 1, -64(1)\n"
        "  bl start_c\n"
        "  nop\n");

static struct {
    uint32_t parameter;
    uint16_t length;
    uint8_t data[4000];
} block;
_Static_assert(sizeof(block) == 4008, "as Linux has it");

static char location[80];

static long call(long number, long a, long b, long c)
{
    register long r0 __asm__("r0") = number;
    register long r3 __asm__("r3") = a;
    register long r4 __asm__("r4") = b;
    register long r5 __asm__("r5") = c;

    __asm__ volatile("sc\n bns+ 1f\n neg 3, 3\n1:"
                     : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5)
                     :
                     : "memory", "cr0", "ctr", "r6", "r7", "r8", "r9", "r10", "r11", "r12");
    return r3;
}

static void say(const char *text)
{
    size_t size = 0;

    while (text[size])
        size++;
    call(NR_WRITE, 1, (long)text, (long)size);
}

static void say_number(long number)
{
    char digits[24], *at = digits + 23;
    unsigned long left = number < 0 ? -(unsigned long)number : (unsigned long)number;

    *at = 0;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (number < 0)
        *--at = '-';
    say(at);
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
    long ret = call(NR_IOCTL, device, SYSPARM_GET, (long)&block);

    say("papr: sysparm ");
    say_number(parameter);
    say(ret ? " error " : " length ");
    say_number(ret ? ret : block.length);
    say(" ");
    say_bytes(block.data, ret ? 0 : block.length);
    block.length = 1;
    say("papr: sysparm ");
    say_number(parameter);
    say(" set ");
    say_number(call(NR_IOCTL, device, SYSPARM_SET, (long)&block));
    say("\n");
}

static void get_vpd(const char *what)
{
    long device = call(NR_OPEN, (long)"/dev/papr-vpd", O_RDWR, 0);
    long handle = device < 0 ? device : call(NR_IOCTL, device, VPD_CREATE_HANDLE, (long)location);
    long length = handle < 0 ? handle : call(NR_READ, handle, (long)&block, sizeof(block));

    say("papr: vpd ");
    say(what);
    say(length < 0 ? " error " : " length ");
    say_number(length);
    say(" ");
    say_bytes((const uint8_t *)&block, length < 0 ? 0 : (size_t)length);
}

void start_c(uint64_t *stack)
{
    static const uint32_t parameters[] = {20, 42, 43, 44, 48, 50, 55};
    long device = call(NR_OPEN, (long)"/dev/papr-sysparm", O_RDWR, 0);

    for (size_t i = 0; i < sizeof(parameters) / sizeof(*parameters); i++)
        get_parameter(device, parameters[i]);
    get_vpd("all");
    location[0] = 'U';
    get_vpd("nowhere");
    say("papr: end\n");
    call(NR_EXIT, 0, 0, 0);
    for (;;)
        ;
}
