// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A firmware-assisted dump, as a kernel has it: registers one, crashes with it, finds
 * in the next boot what was promised, invalidates it, and finds a clean machine in the
 * one after that. NVRAM, which outlives a reboot, counts the boots.
 */
#include "guest.h"

enum {
    MIB = 1 << 20,
    /** What is copied, and where to; the registers; what is left alone. */
    BOOT_MEMORY = 64 * MIB,
    COPY = 128 * MIB,
    REGISTERS = 120 * MIB,
    BEYOND = 200 * MIB,
    MARKED = 32 * MIB,
    MAGIC = 0x64756d70,
    COMMAND_REGISTER = 1,
    COMMAND_UNREGISTER = 2,
    COMMAND_INVALIDATE = 3,
    SECTIONS = 3,
};
#define MARKER 0x6d61726b65727221UL

struct section {
    u32 request;
    u16 type, errors;
    u64 source, length, dumped, destination;
};

struct dump {
    u32 version;
    u16 count, status;
    u32 first, disk_block_size;
    u64 disk[2];
    u32 disk_path, max_seconds;
    struct section sections[SECTIONS];
};

static struct dump dump __attribute__((aligned(64)));
static volatile u32 secondaries;

static int configure(u32 command, u64 size)
{
    return rtas_call("ibm,configure-kernel-dump", 3, 1, NULL, command, (u32)(u64)&dump, (u32)size);
}

static void expect(const char *what, s64 is, s64 wanted)
{
    if (is != wanted)
        guest_fail("%s is %lx, not %lx", what, is, wanted);
}

static u64 *word(u64 address) { return (u64 *)address; }

void secondary_main(u64 index)
{
    __atomic_fetch_add(&secondaries, 1, __ATOMIC_SEQ_CST);
    asm volatile("mr 29,%0\n1: b 1b" : : "r"(MARKER + index) : "r29");
}

static void fill(u64 registers_size)
{
    memset(&dump, 0, sizeof(dump));
    dump.version = 1;
    dump.count = SECTIONS;
    dump.first = (u32)((u64)dump.sections - (u64)&dump);
    dump.sections[0] = (struct section){1, 1, 0, 0, registers_size, 0, REGISTERS};
    dump.sections[1] = (struct section){1, 2, 0, 0, 0, 0, REGISTERS + registers_size};
    dump.sections[2] = (struct section){1, 0x11, 0, 0, BOOT_MEMORY, 0, COPY};
}

static void crash(void)
{
    static const char why[] = "test guest with a dump";
    u32 sizes[6] = {0};

    tree_get(tree_find("/rtas"), "ibm,configure-kernel-dump-sizes", sizes, sizeof(sizes));
    expect("first type", sizes[0], 1);
    fill(sizes[2]);
    expect("invalidate without a dump", configure(COMMAND_INVALIDATE, sizeof(dump)), -3);
    expect("register too little", configure(COMMAND_REGISTER, sizeof(dump) - 1), -3);
    dump.sections[2].destination = BOOT_MEMORY - 8;
    expect("register what overlaps", configure(COMMAND_REGISTER, sizeof(dump)), -3);
    dump.sections[2].destination = machine.ram_end - 8;
    expect("register beyond memory", configure(COMMAND_REGISTER, sizeof(dump)), -3);
    dump.sections[2].destination = COPY;
    expect("register", configure(COMMAND_REGISTER, sizeof(dump)), 0);
    expect("register again", configure(COMMAND_REGISTER, sizeof(dump)), -9);
    expect("unregister", configure(COMMAND_UNREGISTER, sizeof(dump)), 0);
    expect("register anew", configure(COMMAND_REGISTER, sizeof(dump)), 0);

    for (unsigned i = 1; i < machine.n_cpus; i++)
        rtas_call("start-cpu", 3, 1, NULL, machine.cpu_ids[i], (u32)(u64)secondary_entry, i);
    while (secondaries < machine.n_cpus - 1)
        barrier();
    for (unsigned i = 0; i < 1000; i++) {
        *word(MARKED + i * 4096) = MARKER ^ i;
        *word(BEYOND + i * 4096) = ~MARKER ^ i;
    }
    print("dump: crashing\n");
    rtas_call("ibm,os-term", 1, 1, NULL, (u32)(u64)why);
    guest_fail("ibm,os-term came back");
}

static void check_registers(void)
{
    u64 at = REGISTERS + 20, found = 0;

    if (memcmp(word(REGISTERS), "REGSAVE", 8))
        guest_fail("no registers");
    expect("CPUs in the dump", *(u32 *)(REGISTERS + 16), machine.n_cpus);
    for (unsigned cpu = 0; cpu < machine.n_cpus; cpu++) {
        u64 entry[2];

        do {
            memcpy(entry, word(at), sizeof(entry));
            at += sizeof(entry);
            if (!memcmp(entry, "GPR29\0\0", 8) && entry[1] - MARKER < machine.n_cpus)
                found++;
        } while (memcmp(entry, "CPUEND\0", 8) && at < REGISTERS + 4 * MIB);
    }
    expect("registers of other CPUs", found, machine.n_cpus - 1);
}

static void check_dump(void)
{
    u64 tree, size;

    long length = tree_get(tree_find("/rtas"), "ibm,kernel-dump", &dump, sizeof(dump));
    expect("size of the dump's property", length, sizeof(dump));
    expect("its status", dump.status, 0xc000);
    for (unsigned i = 0; i < SECTIONS; i++) {
        expect("errors of a section", dump.sections[i].errors, 0);
        expect("bytes dumped", dump.sections[i].dumped, dump.sections[i].length);
    }
    tree_place(&tree, &size);
    if (tree + size > BOOT_MEMORY)
        guest_fail("the tree is at %lx, in what has not been copied", tree);
    for (unsigned i = 0; i < 1000; i++) {
        expect("copied word", *word(COPY + MARKED + i * 4096), MARKER ^ i);
        expect("word beyond", *word(BEYOND + i * 4096), ~MARKER ^ i);
        expect("word that was copied", *word(MARKED + i * 4096), 0);
    }
    check_registers();
    print("dump: found, tree at %lx\n", tree);
    fill(4 * MIB);
    expect("register while it is active", configure(COMMAND_REGISTER, sizeof(dump)), -10);
    expect("invalidate", configure(COMMAND_INVALIDATE, sizeof(dump)), 0);
    expect("invalidate again", configure(COMMAND_INVALIDATE, sizeof(dump)), -3);
    expect("register the next one", configure(COMMAND_REGISTER, sizeof(dump)), 0);
    rtas_call("system-reboot", 0, 1, NULL);
    guest_fail("system-reboot came back");
}

void guest_main(void)
{
    switch (count_boot(MAGIC)) {
    case 0:
        crash();
        break;
    case 1:
        check_dump();
        break;
    default:
        /* An ordinary reboot takes no dump, and leaves nothing. */
        expect("a dump after an ordinary reboot",
               tree_get(tree_find("/rtas"), "ibm,kernel-dump", NULL, 0), -1);
        expect("memory after it", *word(BEYOND) | *word(COPY + MARKED), 0);
        expect("unregister", configure(COMMAND_UNREGISTER, sizeof(dump)), -3);
        print("dump: done\n");
        break;
    }
}
