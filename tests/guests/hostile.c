// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that means harm: calls=N (a million) hypercalls, RTAS calls and MMIO
 * accesses with random and boundary arguments, from seed=S. First every
 * hypercall number from 0 to 0x500 and every RTAS token, then what chance says.
 *
 * Calls that end or block a guest when made properly are made so that they
 * don't (hostile_args.c, hostile_rtas.c). The rest may do what it likes to
 * this guest's memory but for the program itself, which compares itself with a copy;
 * mmio=0 and rtas=0 leave those kinds out, trace=1 prints each hypercall.
 * kernel-xics=1 says that KVM's XICS answers its RTAS services itself, xive-pages=1
 * that XIVE's pages are the monitor's and not the host's.
 *
 * It ends with "hostile: done" and a power-off. A hang, another status, or a
 * crash (which is how it reports what it finds wrong) is a failure.
 */
#include "hostile.h"

/* The upper half of the processor version register. */
enum { PVR_POWER9 = 0x4e };
enum { H_CLEAR_HPT = 0x358 };
enum { HCALL_LAST = 0x500, PROGRESS = 20000, CHECK = 1000 };

static u64 made;
static bool tracing;
/* POWER8: KVM drops the two low bits of the number in real mode. */
static bool low_bits_dropped;

/* What the constant part of the program was at first. */
static u8 pristine[0x10000];

/* Address 0 is where we live, which the compiler must not take for a null pointer. */
static const u8 *core(void)
{
    const u8 *start = NULL;

    asm("" : "+r"(start));
    return start;
}

static void remember_self(void)
{
    if ((u64)core_const_end > sizeof(pristine))
        guest_fail("the program has outgrown its copy");
    memcpy(pristine, core(), (u64)core_const_end);
}

static void check_self(void)
{
    const u64 *now = (const u64 *)core(), *then = (const u64 *)pristine;

    for (u64 i = 0; i < (u64)core_const_end / 8; i++) {
        if (now[i] != then[i])
            guest_fail("after %lu calls %lx, which held %lx, holds %lx", made, 8 * i, then[i],
                       now[i]);
    }
}

static u32 processor_version(void)
{
    u32 pvr;

    asm volatile("mfpvr %0" : "=r"(pvr));
    return pvr >> 16;
}

static void hcall_attack(u64 number, u64 *args)
{
    static u64 clears;
    long ret;

    args_make_safe(number, args);
    /* The host enters the whole real mode area anew each time: not thousands of times. */
    if (number == H_CLEAR_HPT && clears++ % 64) {
        made++;
        return;
    }
    if (tracing)
        print("%lx(%lx %lx %lx %lx %lx %lx)", number, args[0], args[1], args[2], args[3], args[4],
              args[5]);
    ret = hcall_raw(number, args);
    if (tracing)
        print(" = %ld\n", ret);
    if ((number & 3) && number <= HCALL_LAST && ret != H_FUNCTION && !low_bits_dropped)
        guest_fail("hypercall %lx, which can't exist, returned %ld", number, ret);
    stats_hcall(number, ret);
    made++;
}

static void hcall_attack_random(u64 number)
{
    u64 args[HCALL_ARGS];

    args_draw(number, args);
    hcall_attack(number, args);
}

/** All numbers with all zeros, all ones, and noise. */
static void sweep(u64 first, u64 last)
{
    for (u64 number = first; number <= last; number++) {
        u64 args[HCALL_ARGS];

        memset(args, 0, sizeof(args));
        hcall_attack(number, args);
        memset(args, 0xff, sizeof(args));
        hcall_attack(number, args);
        hcall_attack_random(number);
    }
}

static u64 number_any(void)
{
    switch (pick(32)) {
    case 0:
        return 0xf000 + pick(17);
    case 1:
        return 0xf800 + 4 * pick(8);
    case 2:
        return 0xef00 + 4 * pick(8);
    case 3:
        return pick(HCALL_LAST + 1);
    case 4:
        return pick(8) ? 4 * pick(0x4000) : random_next();
    default:
        return 4 * pick(HCALL_LAST / 4 + 1);
    }
}

static void one_call(bool rtas, bool mmio)
{
    u64 kind = pick(16);

    if (kind == 0 && mmio) {
        mmio_attack();
        made++;
    } else if (kind < 4 && rtas) {
        rtas_attack();
        made++;
    } else {
        hcall_attack_random(number_any());
    }
}

void guest_main(void)
{
    u64 calls = option("calls", 1000000), next = PROGRESS, next_check = CHECK;
    bool rtas = option("rtas", 1), mmio = option("mmio", 1);

    random_seed(option("seed", 1) * 0x9e3779b97f4a7c15);
    tracing = option("trace", 0);
    low_bits_dropped = processor_version() < PVR_POWER9;
    remember_self();
    if (!machine.ram_end || !machine.n_cpus)
        guest_fail("the tree lacks memory or CPUs");
    places_find();
    if (rtas)
        rtas_attack_init();
    mmio_attack_init();
    print("hostile: %lu calls, core %lx, scratch %lx, tree %lx + %lx\n", calls, (u64)core_end,
          places.scratch, places.tree, places.tree_size);
    sweep(0, HCALL_LAST);
    sweep(0xf000, 0xf010);
    for (u32 token = rtas_attack_first(); rtas && token <= rtas_attack_last(); token++) {
        for (int i = 0; i < 8; i++, made++)
            rtas_attack_token(token);
    }
    while (made < calls) {
        one_call(rtas, mmio);
        if (made >= next_check) {
            check_self();
            next_check += CHECK;
        }
        if (made >= next) {
            print("\nhostile: %lu calls, %lu faults skipped\n", made, trap_skipped);
            next += PROGRESS;
        }
    }
    check_self();
    hcall(H_SET_MODE, 0, 4, 0, 0);
    print("\n");
    stats_print();
    for (unsigned i = 0; i < 256; i++) {
        if (trap_counts[i])
            print("vector %x: %lu times\n", 32 * i, trap_counts[i]);
    }
    print("hostile: done %lu calls\n", made);
}
