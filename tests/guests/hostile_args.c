// SPDX-License-Identifier: GPL-2.0-or-later
/* Values to attack with, and what has to be kept from harming the attacker itself. */
#include "hostile.h"

enum { MIB = 1 << 20, SCRATCH_SIZE = MIB, ALL_ARGS = (1 << HCALL_ARGS) - 1 };

struct places places;

u64 pick(u64 n) { return (random_next() >> 16) % n; }

/** Scratch memory: the first MiB from 16 MiB on that the tree is not in. */
void places_find(void)
{
    static const char *const controllers[] = {"/interrupt-controller", "/interrupt-controller@0"};
    u64 reg[4] = {0};

    tree_place(&places.tree, &places.tree_size);
    places.scratch = 16 * MIB;
    places.scratch_size = SCRATCH_SIZE;
    if (places.tree < places.scratch + 4 * SCRATCH_SIZE &&
        places.tree + places.tree_size > places.scratch)
        places.scratch = (places.tree + places.tree_size + 2 * MIB) & -(u64)MIB;
    /* What lies at the end of scratch memory may be long. */
    places.buffers = places.scratch + 2 * SCRATCH_SIZE;
    places.buffers_size = SCRATCH_SIZE;
    places.rtas = tree_cell(tree_find("/rtas"), "linux,rtas-base", 0);
    for (int i = 0; i < 2; i++) {
        if (tree_get(tree_find(controllers[i]), "reg", reg, sizeof(reg)) == sizeof(reg)) {
            places.mmio[0] = reg[0];
            places.mmio[1] = reg[2];
        }
    }
    places.mmio[2] = 0x0006010000000000; /* where pseries machines have XIVE's pages */
    places.mmio[3] = 0x0006030203180000;
}

static u64 arg_boundary(void)
{
    u64 near = pick(130) - 65;

    switch (pick(6)) {
    case 0:
        return near;
    case 1:
        return machine.ram_end + near;
    case 2:
        return machine.rma + near;
    case 3:
        return (1UL << pick(64)) + near;
    case 4:
        return (machine.ram_end & -65536UL) - (pick(4) << 12);
    default:
        return -(pick(4) << pick(64));
    }
}

static u64 arg_address(void)
{
    u64 any = random_next();

    if (!pick(4)) /* aligned, for what wants pages */
        return any % machine.ram_end & -65536UL;
    switch (pick(10)) {
    case 0:
        return any % machine.ram_end;
    case 1:
        return any % machine.ram_end & -(1UL << pick(25));
    case 2:
        return places.tree + pick(places.tree_size + 64);
    case 3:
        return places.rtas + pick(4096);
    case 4:
        return places.mmio[pick(4)] + pick(1UL << pick(32));
    case 5:
        return 1UL << 63 | any % machine.ram_end;
    case 6:
        return 0xc000000000000000 | any % machine.ram_end;
    case 7:
        return pick((u64)core_end);
    case 8:
        return machine.ram_end + pick(1UL << pick(50));
    default:
        return places.scratch + pick(places.scratch_size);
    }
}

u64 arg_any(void)
{
    switch (pick(10)) {
    case 0:
        return 0;
    case 1:
        return -1UL;
    case 2:
        return pick(64);
    case 3:
        return random_next();
    case 4:
        return (u32)random_next();
    case 5:
        return machine.n_cpus ? machine.cpu_ids[pick(machine.n_cpus)] : 0;
    case 6:
        return 1UL << pick(64) | 1UL << pick(64);
    case 7:
        return arg_boundary();
    default:
        return arg_address();
    }
}

/*
 * Away from this program, and from where RTAS calls are made: what a call registers
 * (VPA, dispatch log, queue) is written to at any later time.
 *
 * The effective address's top bits don't count in real mode, so they don't
 * here. A range that begins just below the end of the address space and wraps
 * would reach the program too: the hypervisor must refuse it, and the check
 * of itself finds out if it does not.
 */
u64 arg_outside_core(u64 value)
{
    u64 real = value & 0x0fffffffffffffff;

    if (real < (u64)core_end || real - places.buffers < places.buffers_size)
        return value - real + places.scratch + (real & 0xffff);
    return value;
}

/*
 * What makes a call go on beyond its first check. Flags and selectors that chance
 * would hardly find.
 */
struct hint {
    u16 number;
    u8 arg;
    u64 values[8];
};

static const struct hint hints[] = {
    {0x04, 0, {0, 1, 1UL << 63, 1UL << 62}},                     /* H_REMOVE: flags */
    {0x08, 0, {0, 1UL << 39, 1UL << 15, 1UL << 14}},             /* H_ENTER: exact, zero, copy */
    {0x08, 2, {1, 3, 0x11, 5, 0x4000000000000001}},              /* first word of an entry */
    {0x0c, 0, {0, 1UL << 58}},                                   /* H_READ: four entries */
    {0x18, 0, {0, 1UL << 2, 3, 1UL << 63}},                      /* H_PROTECT */
    {0x2c, 0, {0, 1 << 15, 1 << 14, 1 << 23, 1 << 22, 3 << 22}}, /* H_PAGE_INIT */
    {0x3c, 0, {1, 2, 4, 8}},                                     /* H_LOGICAL: bytes */
    {0x40, 0, {1, 2, 4, 8}},
    {0x44, 0, {1, 2, 4, 8}},
    {0x48, 0, {1, 2, 4, 8}},
    {0x54, 0, {0}}, /* terminal */
    {0x58, 1, {1, 16, 17, 0}},
    {0xdc, 0, {1UL << 45, 2UL << 45, 3UL << 45, 5UL << 45, 6UL << 45, 7UL << 45}},
    {0x124, 0, {1UL << 62, 2UL << 62, 3UL << 62, 1UL << 62 | 1UL << 58}}, /* H_BULK_REMOVE */
    {0x134, 1, {1, 2, 3, 8, 15}},
    {0x31c, 0, {0, 1, 2, 3}}, /* H_SET_MODE */
    {0x31c, 1, {1, 2, 3, 4, 5}},
    {0x31c, 2, {0}},
    {0x31c, 3, {0}},
    {0x36c, 0, {0}}, /* H_RESIZE_HPT: flags, order */
    {0x36c, 1, {0, 18, 19, 20, 22, 24, 30, 46}},
    {0x370, 0, {0}},
    {0x370, 1, {18, 19, 20, 22, 24, 30, 46}},
    {0x37c, 0, {0x1c, 0x1d, 0x18, 0x1a, 0x10, 0x14, 0}}, /* H_REGISTER_PROC_TBL */
    {0x37c, 2, {0}},
    {0x37c, 3, {0, 4, 24}},
    {0x3a8, 0, {0}}, /* XIVE: flags, source, server */
    {0x3ac, 0, {0, 1, 2, 3}},
    {0x3ac, 1, {0x1000, 0x1001, 0, 1}},
    {0x3ac, 2, {0}},
    {0x3ac, 3, {0, 5, 6, 0xff}},
    {0x3b0, 0, {0}},
    {0x3b4, 0, {0}},
    {0x3b8, 0, {1, 0}},
    {0x3b8, 1, {0}},
    {0x3b8, 2, {5, 6, 0}},
    {0x3b8, 4, {16, 12, 0}},
    {0x3bc, 0, {0, 1}},
    {0x3c0, 0, {0}},
    {0x3c8, 0, {0, 1}},
    {0x3c8, 1, {0x1000, 0, 1}},
    {0x3c8, 2, {0, 0x400, 0x800, 0xc00, 0xd00, 0xf00, 0xff8}},
    {0x3cc, 0, {0}},
    {0x3cc, 1, {0x1000, 0}},
    {0x3d0, 0, {0}},
    {0x448, 1, {1, 2, 4, 0x8000, 0xffff}}, /* H_RPT_INVALIDATE */
    {0x448, 2, {1, 2, 4, 7}},
    {0x448, 3, {1, 2, 4, 8, 0xf}},
    {0x45c, 0, {0x101, 0x102, 0x103, 0x10101, 0x200, 0x300, 0x400, 0x104}}, /* H_WATCHDOG */
    {0x45c, 1, {1, 2, 4, 5, -1UL}},
    {0x45c, 2, {99, 100, 1UL << 40, 1UL << 63, -1UL}},
};

static void follow_hints(u64 number, u64 *args)
{
    for (unsigned i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        const struct hint *hint = &hints[i];
        unsigned n = 8;

        while (n > 1 && !hint->values[n - 1])
            n--;
        if (hint->number == number && pick(8))
            args[hint->arg] = hint->values[pick(n + 1) % 8];
    }
}

/** Nine values, half the time with those that @number takes in the right places. */
void args_draw(u64 number, u64 *args)
{
    for (int i = 0; i < HCALL_ARGS; i++)
        args[i] = arg_any();
    if (pick(2))
        follow_hints(number, args);
}

/*
 * On a hash guest, KVM keeps the real-mode area's translations in the last slot
 * of each hash group; a guest that removes those has taken its own memory away.
 */
static void outside_real_mode_slots(u64 *args)
{
    for (int i = 0; i < HCALL_ARGS; i++) {
        if ((args[i] & 7) == 7)
            args[i] ^= 1 + pick(7);
    }
}

/* Hypercalls that can write to memory at an address of the caller's choice, now or later. */
static const struct {
    u16 number;
    /** Bit N: argument N is such an address. */
    u16 addresses;
} writers[] = {
    {0x28, 1 << 0},  /* H_SET_DABR: a watch point on us would only stop us */
    {0x134, 1 << 0}, /* H_SET_XDABR */
    {0x31c, 1 << 2}, /* H_SET_MODE: break points, watch points */
    {0x2c, 1 << 1},  /* H_PAGE_INIT */
    {0x40, 1 << 1},  /* H_LOGICAL_CI_STORE */
    {0x48, 1 << 1},  /* H_LOGICAL_CACHE_STORE */
    {0xdc, 1 << 2},  /* H_REGISTER_VPA */
    {0x3b8, 1 << 3}, /* H_INT_SET_QUEUE_CONFIG */
    {0x3c0, 1 << 2}, /* H_INT_SET_OS_REPORTING_LINE */
    {0x45c, 0},      /* H_WATCHDOG: no addresses */
    /* Not served today; all that could be an address. VIO, energy, performance: */
    {0x7c, ALL_ARGS},
    {0xfc, ALL_ARGS},
    {0x100, ALL_ARGS},
    {0x104, ALL_ARGS},
    {0x108, ALL_ARGS},
    {0x10c, ALL_ARGS},
    {0x110, ALL_ARGS},
    {0x114, ALL_ARGS},
    {0x118, ALL_ARGS},
    {0x11c, ALL_ARGS},
    {0x120, ALL_ARGS},
    {0x130, ALL_ARGS},
    {0x2a4, ALL_ARGS},
    {0x2b8, ALL_ARGS},
    {0x450, ALL_ARGS},
};

/* Storage class memory, key store, nested guests, private calls. */
static bool is_late_or_private(u64 number)
{
    return (number >= 0x3e4 && number <= 0x400) || (number >= 0x418 && number <= 0x43c) ||
           (number >= 0x44c && number <= 0x494) || number > 0x500;
}

static bool is_watch(u64 number) { return number == 0x28 || number == 0x134 || number == 0x31c; }

static void keep_addresses_outside(u64 number, u64 *args)
{
    u16 addresses = is_late_or_private(number) ? ALL_ARGS : 0;

    for (unsigned i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (writers[i].number == number)
            addresses = writers[i].addresses;
    }
    /* A watch point at 0 is none. */
    for (int i = 0; i < HCALL_ARGS; i++) {
        if ((addresses >> i & 1) && (args[i] || !is_watch(number)))
            args[i] = arg_outside_core(args[i]);
    }
}

void args_make_safe(u64 number, u64 *args)
{
    keep_addresses_outside(number, args);
    switch (number) {
    case 0x04:  /* H_REMOVE */
    case 0x18:  /* H_PROTECT */
    case 0x124: /* H_BULK_REMOVE */
    case 0x328: /* H_BLOCK_REMOVE */
        outside_real_mode_slots(args);
        break;
    case 0x45c: /* H_WATCHDOG: one that runs down would be the end */
        if (args[2] >= 100)
            args[2] |= 1UL << 40;
        break;
    case H_CEDE: /* something has to wake us */
        if (pick(2))
            hcall(H_PROD, machine.cpu_ids[0], 0, 0, 0);
        set_decrementer(1 + pick(2000));
        break;
    }
}
