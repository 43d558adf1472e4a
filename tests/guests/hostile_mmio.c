// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads and stores of every width and kind at real addresses that are no
 * memory. KVM emulates them as MMIO or gives the guest an interrupt; both are
 * fine.
 */
#include "hostile.h"

#define LOAD(text) asm volatile(text " %0,0,%1" : "=r"(value) : "r"(at) : "memory")
#define STORE(text) asm volatile(text " %0,0,%1" : : "r"(value), "r"(at) : "memory")
#define LOAD_D(text) asm volatile(text " %0,0(%1)" : "=r"(value) : "b"(at) : "memory")
#define STORE_D(text) asm volatile(text " %0,0(%1)" : : "r"(value), "b"(at) : "memory")
#define WIDE(text)                                                                                 \
    asm volatile(".machine push; .machine power8; " text "; .machine pop" : : "r"(at) : "memory")

enum { MSR_FP = 0x2000, MSR_VSX = 0x800000, MSR_VEC = 0x2000000, KINDS = 32 };

/* The monitor's own XIVE: its pages are as good a target as any. */
static bool xive_pages;

void mmio_attack_init(void) { xive_pages = option("xive-pages", 0); }

/* Where a XIVE does something: sources' pages, the context, its operations. */
static u64 address_of_xive(void)
{
    static const u64 offsets[] = {0,     0x10,  0x11,  0x12,  0x18, 0x400,
                                  0x800, 0x810, 0x812, 0xc00, 0xd00};
    u64 at = places.mmio[2 + pick(2)];

    if (pick(2))
        at += pick(2) ? pick(8) << 16 : (0x2000 + pick(64)) << 16;
    return at + offsets[pick(sizeof(offsets) / sizeof(offsets[0]))] + (pick(4) ? 0 : pick(16));
}

static u64 address(void)
{
    u64 at;

    if (xive_pages && machine.radix && pick(2))
        return address_of_xive();
    switch (pick(5)) {
    case 0:
        at = places.mmio[pick(4)] + (pick(64) << 16) + pick(4096);
        break;
    case 1:
        at = machine.ram_end + pick(4096);
        break;
    case 2:
        at = machine.ram_end + pick(1UL << pick(44));
        break;
    case 3:
        at = (1UL << 40) + (random_next() & 0x000fffffffffff);
        break;
    default:
        at = places.mmio[0] ? places.mmio[0] + pick(1UL << 24) : 1UL << 41;
    }
    /* Most accesses aligned, or the emulator of the access sees few of them. */
    if (pick(4))
        at &= -8UL;
    /* A hash guest's real-mode segment is 1 TiB, in which addresses wrap. */
    if ((at & ((1UL << 40) - 1)) < machine.ram_end && !machine.radix)
        at |= 1UL << 39;
    return at < machine.ram_end ? machine.ram_end : at;
}

/*
 * XIVE's pages are the host's hardware, mapped into the guest, but with
 * xive-pages=1. What they take for a bad access is a machine check of the host,
 * and the emulated one does not survive many; the monitor never hears of it.
 * H_INT_ESB tries them.
 */
static bool is_hardware(u64 at)
{
    enum { ESB = 2, TIMA = 3 };

    return places.mmio[0] && !xive_pages &&
           (at - places.mmio[ESB] < 1UL << 36 || at - places.mmio[TIMA] < 1UL << 20);
}

static void set_msr(u64 on)
{
    u64 msr;

    asm volatile("mfmsr %0" : "=r"(msr));
    msr = (msr & ~(u64)(MSR_FP | MSR_VSX | MSR_VEC)) | on;
    asm volatile("mtmsrd %0; isync" : : "r"(msr));
}

static void access(unsigned kind, u64 at, u64 value)
{
    switch (kind) {
    case 0:
        LOAD("lbzx");
        break;
    case 1:
        LOAD("lhzx");
        break;
    case 2:
        LOAD("lwzx");
        break;
    case 3:
        LOAD("ldx");
        break;
    case 4:
        LOAD("lhax");
        break;
    case 5:
        LOAD("lwax");
        break;
    case 6:
        LOAD("lhbrx");
        break;
    case 7:
        LOAD("lwbrx");
        break;
    case 8:
        LOAD("ldbrx");
        break;
    case 9:
        STORE("stbx");
        break;
    case 10:
        STORE("sthx");
        break;
    case 11:
        STORE("stwx");
        break;
    case 12:
        STORE("stdx");
        break;
    case 13:
        STORE("sthbrx");
        break;
    case 14:
        STORE("stwbrx");
        break;
    case 15:
        STORE("stdbrx");
        break;
    case 16:
        LOAD_D("lbz");
        break;
    case 17:
        LOAD_D("lwz");
        break;
    case 18:
        LOAD_D("ld");
        break;
    case 19:
        STORE_D("stb");
        break;
    case 20:
        STORE_D("std");
        break;
    case 21:
        LOAD("ldcix");
        break;
    case 22:
        STORE("stdcix");
        break;
    case 23:
        LOAD("lwarx");
        break;
    case 24:
        WIDE("lfdx 0,0,%0");
        break;
    case 25:
        WIDE("stfdx 0,0,%0");
        break;
    case 26:
        WIDE("lfsx 0,0,%0");
        break;
    case 27:
        WIDE("lvx 0,0,%0");
        break;
    case 28:
        WIDE("stvx 0,0,%0");
        break;
    case 29:
        WIDE("lxvd2x 0,0,%0");
        break;
    case 30:
        WIDE("stxvw4x 0,0,%0");
        break;
    case 31:
        WIDE("dcbz 0,%0");
        break;
    }
}

void mmio_attack(void)
{
    u64 on = 0, at = address();

    if (is_hardware(at))
        at = machine.ram_end + at % (1UL << 20);
    if (pick(8))
        on = MSR_FP | MSR_VSX | MSR_VEC;
    set_msr(on);
    trap_expected = true;
    barrier();
    access(pick(KINDS), at, random_next());
    barrier();
    trap_expected = false;
    set_msr(0);
}
