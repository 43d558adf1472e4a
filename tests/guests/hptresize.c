// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hash page table's resize. First the return codes of both calls; then
 * rounds of random entries of all page and segment sizes, each followed by a
 * change of the order; last a pair of entries that a kernel's own rehash cannot
 * cope with, which has to be refused.
 *
 * The entries map addresses that nobody uses to where no memory is: KVM keeps
 * them as it keeps any other. This program runs in real mode, so through the
 * table's own entries for that; that it goes on shows that they were moved.
 */
#include "guest.h"

enum {
    H_ENTER = 0x08,
    H_READ = 0x0c,
    H_CLEAR_HPT = 0x358,
    H_RESIZE_HPT_PREPARE = 0x36c,
    H_RESIZE_HPT_COMMIT = 0x370,
    H_CLOSED = 2,
    H_NOT_AVAILABLE = 3,
    H_LONG_BUSY_FIRST = 9900,
    H_LONG_BUSY_LAST = 9905,
    H_PTEG_FULL = -6,
    H_RESOURCE = -16,
    ENTRY_BOLTED = 0x10,
    ENTRY_LARGE = 0x04,
    ENTRY_SECONDARY = 0x02,
    ENTRY_VALID = 0x01,
    /* Referenced, changed, coherent, read and write. */
    ENTRY_RIGHTS = 0x192,
    SLOTS = 8,
};

/** The entry goes into the slot that is named. */
#define EXACT (1UL << 39)

/** Page sizes: log2 of base and actual, and the bits of LP. */
static const struct kind {
    unsigned base, actual;
    u64 lp;
} kinds[] = {
    {12, 12, 0}, {12, 16, 7}, {12, 24, 0x38}, {16, 16, 1}, {16, 24, 8}, {24, 24, 0}, {34, 34, 3},
};

static u64 entered, full;

static long enter(u64 flags, u64 index, u64 v, u64 r) { return hcall(H_ENTER, flags, index, v, r); }

/** The words of an entry for @offset in segment @vsid, and its hash. */
static u64 entry_of(const struct kind *kind, bool large_segment, u64 vsid, u64 offset, u64 *v,
                    u64 *r)
{
    u64 mix = large_segment ? vsid ^ vsid << 25 : vsid;
    u64 avpn;

    offset &= ~((1UL << kind->base) - 1);
    avpn = (large_segment ? vsid << 17 : vsid << 5) | offset >> 23;
    *v = (u64)large_segment << 62 | avpn << 7 | ENTRY_VALID;
    if (kind->actual > 12)
        *v |= ENTRY_LARGE;
    *r = (1UL << 44 | random_below(1 << 10) << 34) | kind->lp << 12 | ENTRY_RIGHTS;
    return mix ^ offset >> kind->base;
}

static void enter_random(unsigned order)
{
    u64 mask = (1UL << (order - 7)) - 1;
    bool large_segment = random_below(2);
    const struct kind *kind = &kinds[random_below(large_segment ? 7 : 6)];
    u64 vsid =
        random_below(4) ? random_below(1UL << 20) : random_below(1UL << (large_segment ? 24 : 36));
    u64 offset = random_next() & ((1UL << (large_segment ? 40 : 28)) - 1);
    u64 v, r, hash = entry_of(kind, large_segment, vsid, offset, &v, &r);
    long ret;

    if (random_below(4) == 0) {
        v |= ENTRY_SECONDARY;
        hash = ~hash;
    }
    if (random_below(12) == 0)
        v |= ENTRY_BOLTED;
    /* Slot 7 is where KVM has the entries that this program runs by. */
    ret = enter(EXACT, (hash & mask) * SLOTS + random_below(SLOTS - 1), v, r);
    if (ret == H_SUCCESS)
        entered++;
    else if (ret == H_PTEG_FULL)
        full++;
    else
        guest_fail("H_ENTER of page size %u: %ld", kind->actual, ret);
}

static long prepare(u64 order)
{
    long ret = hcall(H_RESIZE_HPT_PREPARE, 0, order, 0, 0);
    u64 end = timebase() + milliseconds(20000);

    while (ret >= H_LONG_BUSY_FIRST && ret <= H_LONG_BUSY_LAST && timebase() < end)
        ret = hcall(H_RESIZE_HPT_PREPARE, 0, order, 0, 0);
    return ret;
}

static long commit(u64 order) { return hcall(H_RESIZE_HPT_COMMIT, 0, order, 0, 0); }

static void expect(const char *what, long ret, long wanted)
{
    if (ret != wanted)
        guest_fail("%s: %ld, not %ld", what, ret, wanted);
}

static bool is_long_busy(long ret) { return ret >= H_LONG_BUSY_FIRST && ret <= H_LONG_BUSY_LAST; }

/** What is refused, cancelled and begun anew; the table stays at @order. */
static void try_codes(unsigned order)
{
    static const u64 wrong[] = {1, 17, 47, 1UL << 32 | 20, -1UL};
    long ret;

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        expect("prepare of no order", hcall(H_RESIZE_HPT_PREPARE, 0, wrong[i], 0, 0), H_PARAMETER);
        expect("commit of no order", commit(wrong[i]), H_PARAMETER);
    }
    expect("prepare with a flag", hcall(H_RESIZE_HPT_PREPARE, 1, order, 0, 0), H_PARAMETER);
    expect("commit with a flag", hcall(H_RESIZE_HPT_COMMIT, 1UL << 63, order, 0, 0), H_PARAMETER);
    expect("commit without prepare", commit(order), H_CLOSED);
    expect("prepare of too much", hcall(H_RESIZE_HPT_PREPARE, 0, order + 2, 0, 0), H_RESOURCE);
    expect("cancel of nothing", hcall(H_RESIZE_HPT_PREPARE, 0, 0, 0, 0), H_SUCCESS);

    ret = hcall(H_RESIZE_HPT_PREPARE, 0, order + 1, 0, 0);
    if (!is_long_busy(ret))
        guest_fail("the first prepare: %ld", ret);
    expect("cancel", hcall(H_RESIZE_HPT_PREPARE, 0, 0, 0, 0), H_SUCCESS);
    expect("commit of what is cancelled", commit(order + 1), H_CLOSED);
    expect("prepare again", prepare(order + 1), H_SUCCESS);
    ret = hcall(H_RESIZE_HPT_PREPARE, 0, order, 0, 0);
    if (!is_long_busy(ret))
        guest_fail("prepare of another order: %ld", ret);
    expect("commit of the one before", commit(order + 1), H_CLOSED);
    expect("prepare once more", prepare(order + 1), H_SUCCESS);
    expect("commit of another order", commit(order), H_CLOSED);
    print("hptresize: codes ok\n");
}

/** Two bolted entries with one address, where no processor looks for at least one. */
static void try_twins(unsigned order, bool can_grow)
{
    enum { SLOT = 3 };
    u64 v, r, hash = entry_of(&kinds[5], false, 0x777777, 0, &v, &r);
    u64 group = (hash ^ 1) & ((1UL << (order - 7)) - 1);

    v |= ENTRY_BOLTED;
    for (unsigned twins = 0; twins < 2; group ^= 2 << twins) {
        long ret = enter(EXACT, group * SLOTS + SLOT, v, r);

        if (ret == H_SUCCESS)
            twins++;
        else if (ret != H_PTEG_FULL)
            guest_fail("H_ENTER of a twin: %ld", ret);
    }
    if (can_grow) {
        expect("prepare with twins", prepare(order + 1), H_SUCCESS);
        expect("commit with twins", commit(order + 1), H_PTEG_FULL);
    }
    expect("prepare with twins, same order", prepare(order), H_SUCCESS);
    expect("commit with twins, same order", commit(order), H_PTEG_FULL);
    print("hptresize: twins refused\n");
}

/** All entries go, but those that this program runs by. */
static void try_clear(unsigned order)
{
    u64 slots = 1UL << (order - 4), v, r, found = 0;
    u64 args[HCALL_ARGS] = {0};

    entry_of(&kinds[0], false, 0x4711, 0, &v, &r);
    for (u64 index = 0; index < slots; index += slots / 64) {
        long ret = enter(EXACT, index, v | ENTRY_BOLTED, r);

        if (ret != H_SUCCESS && ret != H_PTEG_FULL)
            guest_fail("H_ENTER to be cleared: %ld", ret);
    }
    expect("clear", hcall(H_CLEAR_HPT, 0, 0, 0, 0), H_SUCCESS);
    for (u64 index = 0; index < slots; index++) {
        if (index % SLOTS == SLOTS - 1)
            continue;
        args[0] = 0;
        args[1] = index;
        expect("read", hcall_raw(H_READ, args), H_SUCCESS);
        found += args[0] & ENTRY_VALID;
    }
    if (found)
        guest_fail("%lu entries outlived H_CLEAR_HPT", found);
    print("hptresize: cleared\n");
}

/** Reboot with another table than at first, and one more prepared. */
static void reboot(unsigned first)
{
    expect("prepare before reboot", prepare(first + 1), H_SUCCESS);
    expect("commit before reboot", commit(first + 1), H_SUCCESS);
    expect("prepare of a table for none", prepare(first), H_SUCCESS);
    print("hptresize: rebooting from order %u\n", first + 1);
    rtas_call("system-reboot", 0, 1, NULL);
    guest_fail("system-reboot came back");
}

void guest_main(void)
{
    u32 size[2] = {0, 0};
    tree_node cpu = tree_child(tree_find("/cpus"));
    unsigned rounds = (unsigned)option("rounds", 20), load = (unsigned)option("load", 100);
    unsigned order, first, done = 0, refused = 0;

    random_seed(option("seed", 1));
    if (machine.radix) {
        expect("prepare without a table", hcall(H_RESIZE_HPT_PREPARE, 0, 20, 0, 0),
               H_NOT_AVAILABLE);
        expect("clear without a table", hcall(H_CLEAR_HPT, 0, 0, 0, 0), H_FUNCTION);
        expect("commit without a table", commit(20), H_NOT_AVAILABLE);
        print("hptresize: done\n");
        return;
    }
    tree_get(cpu, "ibm,pft-size", size, sizeof(size));
    order = first = size[1];
    print("hptresize: order %u\n", order);
    if (option("reboot", 0))
        reboot(order);
    try_codes(order);
    for (unsigned round = 0; round < rounds; round++) {
        unsigned wanted = first + 1 - (unsigned)random_below(4);
        long ret;

        for (unsigned i = 0; i < load * (round % 3); i++)
            enter_random(order);
        expect("prepare", prepare(wanted), H_SUCCESS);
        ret = commit(wanted);
        if (ret == H_SUCCESS) {
            order = wanted;
            done++;
        } else if (ret == H_PTEG_FULL && wanted < order) {
            refused++;
        } else {
            guest_fail("commit of %u after %u: %ld", wanted, order, ret);
        }
    }
    print("hptresize: %lu entries, %lu slots were taken\n", entered, full);
    print("hptresize: %u resizes, %u refused\n", done, refused);
    try_twins(order, order <= first);
    try_clear(order);
    print("hptresize: done\n");
}
