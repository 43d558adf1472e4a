// SPDX-License-Identifier: GPL-2.0-or-later
/* Values to attack with, and what has to be kept from harming the attacker itself. */
#include "hostile.h"

enum { MIB = 1 << 20, SCRATCH_SIZE = MIB };

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
    if (places.tree < places.scratch + 2 * SCRATCH_SIZE &&
        places.tree + places.tree_size > places.scratch)
        places.scratch = (places.tree + places.tree_size + 2 * MIB) & -(u64)MIB;
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
 * The effective address's top bits don't count in real mode, so they don't
 * here. A range that begins just below the end of the address space and wraps
 * would reach the program too: the hypervisor must refuse it, and the check
 * sum finds out if it does not.
 */
u64 arg_outside_core(u64 value)
{
    u64 real = value & 0x0fffffffffffffff;

    if (real < (u64)core_end)
        return value - real + places.scratch + (real & 0xffff);
    return value;
}

static void outside_core(u64 *args)
{
    for (int i = 0; i < HCALL_ARGS; i++)
        args[i] = arg_outside_core(args[i]);
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

/** Hypercalls that can write to memory at an address of the caller's choice, now or later. */
static bool writes_memory(u64 number)
{
    static const u16 writers[] = {
        0x2c,                                     /* H_PAGE_INIT */
        0x40,  0x48,                              /* H_LOGICAL stores */
        0x7c,                                     /* H_PERFMON */
        0xdc,                                     /* H_REGISTER_VPA */
        0xfc,  0x100, 0x104, 0x108, 0x10c, 0x110, /* VIO queues and copies */
        0x114, 0x118, 0x11c, 0x120, 0x124, 0x130, /* logical LAN */
        0x28,  0x134, 0x31c,                      /* watch points, breakpoints */
        0x2a4, 0x2b8,                             /* VASI, energy */
        0x3b8, 0x3c0, 0x3c8,                      /* XIVE queues, reporting lines, ESB */
        0x3e4, 0x3e8, 0x3ec, 0x3f0, 0x3fc, 0x400, /* storage class memory */
        0x418, 0x41c, 0x420, 0x424, 0x428, 0x42c, 0x430, 0x434, 0x438, 0x43c, /* key store */
        0x44c, 0x450, 0x454,                                           /* health, energy, keys */
        0x460, 0x464, 0x470, 0x474, 0x478, 0x47c, 0x480, 0x484, 0x488, /* nested guests */
        0x490, 0x494,
    };

    for (unsigned i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
        if (writers[i] == number)
            return true;
    }
    return number > 0x500; /* private ranges */
}

void args_make_safe(u64 number, u64 *args)
{
    if (writes_memory(number))
        outside_core(args);
    switch (number) {
    case 0x04:  /* H_REMOVE */
    case 0x18:  /* H_PROTECT */
    case 0x124: /* H_BULK_REMOVE */
    case 0x328: /* H_BLOCK_REMOVE */
        outside_real_mode_slots(args);
        break;
    case H_CEDE: /* something has to wake us */
        if (pick(2))
            hcall(H_PROD, machine.cpu_ids[0], 0, 0, 0);
        set_decrementer(1 + pick(2000));
        break;
    }
}
