// SPDX-License-Identifier: GPL-2.0-or-later
/* A boot loader in a few lines: ELF64 of either byte order, segments in one piece. */
#include "negotiate.h"
#include "of_call.h"

enum {
    ELF_DATA_BYTE = 5,
    ELF_LITTLE = 1,
    ELF_ENTRY = 24,
    ELF_PHOFF = 32,
    ELF_PHENTSIZE = 54,
    ELF_PHNUM = 56,
    PH_TYPE = 0,
    PH_OFFSET = 8,
    PH_VADDR = 16,
    PH_FILESZ = 32,
    PH_MEMSZ = 40,
    PT_LOAD = 1,
    CACHE_LINE = 128,
};

#define KERNEL_PLACE 0x10000000ull
#define KERNEL_ROOM 0x08000000ull
#define INITRD_PLACE (KERNEL_PLACE + KERNEL_ROOM)

/** @bytes bytes at @at in the file's byte order. */
static u64 field(const u8 *file, u64 at, unsigned bytes)
{
    bool little = file[ELF_DATA_BYTE] == ELF_LITTLE;
    u64 value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | file[at + (little ? bytes - 1 - i : i)];
    return value;
}

static void copy(u64 to, u64 from, u64 length)
{
    volatile u64 *t = (volatile u64 *)to;
    const u64 *f = (const u64 *)from;

    for (u64 i = 0; i < (length + 7) / 8; i++)
        t[i] = f[i];
}

static void claim(u64 place, u64 size)
{
    const u32 args[3] = {(u32)place, (u32)size, 0};
    u32 got;

    if (of_client("claim", 3, args, 1, &got) || got != (u32)place)
        guest_fail("cannot claim %lx bytes at %lx", size, place);
}

static void make_executable(u64 start, u64 length)
{
    for (u64 at = start; at < start + length; at += CACHE_LINE)
        asm volatile("dcbst 0, %0; sync; icbi 0, %0" : : "r"(at) : "memory");
    asm volatile("sync; isync" : : : "memory");
}

static void enter(u64 entry, u64 initrd, u64 initrd_size) __attribute__((noreturn));
static void enter(u64 entry, u64 initrd, u64 initrd_size)
{
    register u64 r3 asm("r3") = initrd;
    register u64 r4 asm("r4") = initrd_size;
    register u64 r5 asm("r5") = of_entry;

    asm volatile("mtctr %0; bctr" : : "r"(entry), "r"(r3), "r"(r4), "r"(r5) : "ctr", "memory");
    __builtin_unreachable();
}

void load_kernel(u64 kernel, u64 initrd, u64 initrd_size)
{
    const u8 *file = (const u8 *)kernel;
    u64 table = field(file, ELF_PHOFF, 8), first = 0, end = 0;
    bool found = false;

    if (memcmp(file, "\177ELF", 4))
        guest_fail("no ELF file at %lx", kernel);
    claim(KERNEL_PLACE, KERNEL_ROOM);
    claim(INITRD_PLACE, (initrd_size + 0xffff) & ~0xffffull);
    copy(INITRD_PLACE, initrd, initrd_size);
    for (u64 i = 0; i < field(file, ELF_PHNUM, 2); i++) {
        u64 header = table + i * field(file, ELF_PHENTSIZE, 2);
        u64 vaddr = field(file, header + PH_VADDR, 8);

        if (field(file, header + PH_TYPE, 4) != PT_LOAD)
            continue;
        if (!found)
            first = vaddr;
        found = true;
        end = vaddr - first + field(file, header + PH_MEMSZ, 8);
        if (end > KERNEL_ROOM)
            guest_fail("the kernel needs %lx bytes, more than %llx", end, KERNEL_ROOM);
        copy(KERNEL_PLACE + vaddr - first, kernel + field(file, header + PH_OFFSET, 8),
             field(file, header + PH_FILESZ, 8));
    }
    make_executable(KERNEL_PLACE, end);
    u64 entry = field(file, ELF_ENTRY, 8);
    /* A kernel's entry is a real address, or one of its own. */
    enter(KERNEL_PLACE + (entry >= first ? entry - first : entry), INITRD_PLACE, initrd_size);
}
