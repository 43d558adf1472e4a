// SPDX-License-Identifier: GPL-2.0-or-later
/* Start, end, memory functions, pseudo-random numbers, boots counted. */
#include "guest.h"
#include "of_call.h"

/* Where NVRAM has the count of boots. */
enum { BOOTS_OFFSET = 1024 };

struct machine machine;

u8 cpu_stacks[MAX_CPUS][STACK_SIZE] __attribute__((aligned(256)));

static u64 random_state = 0x9e3779b97f4a7c15;

void runtime_start(u64 tree, u64 client_entry);

/* Programs with one CPU need none. */
__attribute__((weak)) void secondary_main(u64 index)
{
    for (;;)
        hcall(H_CEDE, 0, 0, 0, 0);
}

void *memcpy(void *to, const void *from, size_t length)
{
    u8 *t = to;
    const u8 *f = from;

    while (length--) {
        *t++ = *f++;
        asm volatile("" : : : "memory"); /* or the compiler makes it call itself */
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    u8 *t = to;
    const u8 *f = from;

    if (t <= f)
        return memcpy(to, from, length);
    while (length--) {
        t[length] = f[length];
        asm volatile("" : : : "memory");
    }
    return to;
}

void *memset(void *to, int byte, size_t length)
{
    u8 *t = to;

    while (length--) {
        *t++ = byte;
        asm volatile("" : : : "memory");
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t length)
{
    const u8 *x = a, *y = b;

    for (; length; length--, x++, y++) {
        if (*x != *y)
            return *x - *y;
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (u8)*a - (u8)*b;
}

/* Marsaglia's xorshift with the shifts 13, 7, 17. */
u64 random_next(void)
{
    u64 x = random_state;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return random_state = x;
}

void random_seed(u64 seed) { random_state = seed ? seed : 1; }

u64 milliseconds(u64 ms) { return machine.timebase / 1000 * ms; }

long hcall(u64 number, u64 a, u64 b, u64 c, u64 d)
{
    u64 args[HCALL_ARGS] = {a, b, c, d};

    return hcall_raw(number, args);
}

u64 option(const char *name, u64 fallback)
{
    size_t length = strlen(name);

    for (const char *p = machine.bootargs; *p; p++) {
        bool at_start = p == machine.bootargs || p[-1] == ' ';
        u64 value = 0;

        if (!at_start || memcmp(p, name, length) || p[length] != '=')
            continue;
        for (p += length + 1; *p >= '0' && *p <= '9'; p++)
            value = value * 10 + *p - '0';
        return value;
    }
    return fallback;
}

static void nvram_access(const char *service, u32 *record, u32 size)
{
    u32 length = 0;
    int status = rtas_call(service, 3, 2, &length, BOOTS_OFFSET, (u32)(u64)record, size);

    if (status || length != size)
        guest_fail("%s: status %d, %u bytes", service, status, length);
}

u32 count_boot(u32 magic)
{
    u32 record[2];

    nvram_access("nvram-fetch", record, sizeof(record));
    if (record[0] != magic)
        record[1] = 0;
    record[0] = magic;
    u32 before = record[1]++;
    nvram_access("nvram-store", record, sizeof(record));
    return before;
}

static void read_memory_node(tree_node node)
{
    u64 reg[2];
    char type[8];

    if (tree_get(node, "device_type", type, sizeof(type)) != 7 || memcmp(type, "memory", 7))
        return;
    if (tree_get(node, "reg", reg, sizeof(reg)) < (long)sizeof(reg))
        return;
    if (reg[0] == 0)
        machine.rma = reg[1];
    if (reg[0] + reg[1] > machine.ram_end)
        machine.ram_end = reg[0] + reg[1];
}

static void read_cpu_node(tree_node node)
{
    u32 servers[8];
    char type[8];
    long length;

    if (tree_get(node, "device_type", type, sizeof(type)) != 4 || memcmp(type, "cpu", 4))
        return;
    machine.timebase = tree_cell(node, "timebase-frequency", machine.timebase);
    length = tree_get(node, "ibm,ppc-interrupt-server#s", servers, sizeof(servers));
    for (long i = 0; i < length / 4 && i < 8 && machine.n_cpus < MAX_CPUS; i++)
        machine.cpu_ids[machine.n_cpus++] = servers[i];
}

static void read_machine(void)
{
    u8 vec5[64] = {0};

    if (tree_get(tree_find("/chosen"), "ibm,architecture-vec-5", vec5, sizeof(vec5)) > 24)
        machine.radix = (vec5[24] & 0xc0) == 0x40;
    machine.timebase = 512000000;
    tree_get(tree_find("/chosen"), "bootargs", machine.bootargs, sizeof(machine.bootargs) - 1);
    for (tree_node node = tree_child(tree_find("/")); node; node = tree_sibling(node))
        read_memory_node(node);
    for (tree_node node = tree_child(tree_find("/cpus")); node; node = tree_sibling(node))
        read_cpu_node(node);
}

/** Called by start.S on the boot CPU with what the firmware put into r3 and r5. */
void runtime_start(u64 tree, u64 client_entry)
{
    if (client_entry) {
        of_entry = client_entry;
        of_initrd = tree;
        of_open();
    } else {
        fdt_open((const void *)tree);
    }
    read_machine();
    guest_main();
    power_off();
}

static void wait_forever(void)
{
    for (;;)
        hcall(H_CEDE, 0, 0, 0, 0);
}

void power_off(void)
{
    rtas_call("power-off", 2, 1, NULL, -1, -1);
    print("power-off came back\n");
    wait_forever();
    __builtin_unreachable();
}

/** The second half of guest_fail(): the text has been printed. */
void crash(void) __attribute__((noreturn));
void crash(void)
{
    static const char why[] = "test guest failed";

    rtas_call("ibm,os-term", 1, 1, NULL, (u32)(u64)why);
    print("ibm,os-term came back\n");
    power_off();
}
