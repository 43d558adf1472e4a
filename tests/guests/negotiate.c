// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ibm,client-architecture-support as a client program calls it, straight and
 * with everything that can be wrong with it, and then, if asked to, as a boot
 * loader does: Linux negotiates anew in the state that this program leaves.
 */
#include "negotiate.h"

#include "of_call.h"

enum {
    VEC5_LENGTH = 26,
    VEC5_IRQ = 23,
    VEC5_MMU = 24,
    VEC5_RADIX = 26,
    MODE_MASK = 0xc0,
    LEGACY = 0x00,
    MODERN = 0x40,
    EITHER = 0x80,
    /* option("first") */
    FIRST_LEGACY = 1,
    FIRST_MODERN = 2,
};

static u8 vectors[1024] __attribute__((aligned(16)));
static u64 calls_good, calls_bad;

/** What the tree says: bytes of vector 5, and what is offered of them. */
static u8 now_irq, now_mmu, offer_irq, offer_mmu;

static void read_modes(void)
{
    tree_node chosen = tree_find("/chosen");
    u8 vec5[64] = {0}, offer[8] = {0};

    if (tree_get(chosen, "ibm,architecture-vec-5", vec5, sizeof(vec5)) <= VEC5_RADIX)
        guest_fail("the answer is short");
    if (tree_get(chosen, "ibm,arch-vec-5-platform-support", offer, sizeof(offer)) != 8 ||
        offer[0] != VEC5_IRQ || offer[2] != VEC5_MMU)
        guest_fail("nothing is offered");
    now_irq = vec5[VEC5_IRQ] & MODE_MASK;
    now_mmu = vec5[VEC5_MMU] & MODE_MASK;
    offer_irq = offer[1] & MODE_MASK;
    offer_mmu = offer[3] & MODE_MASK;
}

static bool is_offered(u8 offer, u8 mode) { return offer == EITHER || offer == mode; }

static u8 *put_be32(u8 *at, u32 value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (u8)(value >> shift);
    return at;
}

/** Good vectors that ask for these modes; returns their length. */
static size_t make_vectors(u8 irq, u8 mmu)
{
    static const u32 levels[] = {0x0f000006, 0x0f000005, 0x0f000004};
    u8 *at = vectors;

    for (unsigned i = 0; i < 3; i++)
        at = put_be32(put_be32(at, 0xffffffff), levels[i]);
    at = put_be32(put_be32(at, 0xfffffffe), 0x0f000001);
    *at++ = 5 - 1;
    for (unsigned i = 1; i <= 4; i++) {
        *at++ = 0;
        *at++ = 0;
    }
    *at++ = VEC5_LENGTH - 1;
    memset(at, 0, VEC5_LENGTH);
    at[2 - 1] = 0xb0;
    at[5 - 1] = 0x80;
    at[9 - 1 + 2] = 8;
    at[17 - 1] = 0x80;
    at[22 - 1] = 0x80;
    at[VEC5_IRQ - 1] = irq;
    at[VEC5_MMU - 1] = mmu;
    at[VEC5_RADIX - 1] = 0x40;
    return (size_t)(at + VEC5_LENGTH - vectors);
}

/** Whether a call with vectors at @place fails. */
static bool call(u64 place)
{
    static u32 root;
    u32 args[3], rets[2];

    if (!root) {
        const u32 path = (u32)(u64) "/";

        if (of_client("open", 1, &path, 1, &root) || !root)
            guest_fail("the root cannot be opened");
    }
    args[0] = (u32)(u64) "ibm,client-architecture-support";
    args[1] = root;
    args[2] = (u32)place;
    if (of_client("call-method", 3, args, 2, rets))
        guest_fail("call-method is not served");
    if (rets[0])
        guest_fail("the method throws %d", (int)rets[0]);
    /* As Forth has it. */
    if (rets[1] && rets[1] != (u32)-1)
        guest_fail("err? is %x", rets[1]);
    if (rets[1])
        calls_bad++;
    else
        calls_good++;
    return rets[1] != 0;
}

/** Ask, and look whether the answer is what it must be. */
static void ask(u8 irq, u8 mmu)
{
    make_vectors(irq, mmu);
    bool served = is_offered(offer_irq, irq) && is_offered(offer_mmu, mmu);
    u8 old_irq = now_irq, old_mmu = now_mmu;

    if (call((u64)vectors) == served)
        guest_fail("asked for %x and %x, which is%s offered", irq, mmu, served ? "" : " not");
    read_modes();
    if (served && (now_irq != irq || now_mmu != mmu))
        guest_fail("asked for %x and %x, got %x and %x", irq, mmu, now_irq, now_mmu);
    if (!served && (now_irq != old_irq || now_mmu != old_mmu))
        guest_fail("an error changed %x and %x to %x and %x", old_irq, old_mmu, now_irq, now_mmu);
}

/** From each pair of modes to each other. */
static void ask_all(void)
{
    static const u8 modes[] = {LEGACY, MODERN};

    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 4; to++) {
            ask(modes[from & 1], modes[from >> 1]);
            ask(modes[to & 1], modes[to >> 1]);
        }
    }
}

/** Bytes changed, cut off by the end of memory, somewhere else, or nowhere. */
static void call_badly(void)
{
    static const u8 modes[] = {LEGACY, MODERN, EITHER, MODE_MASK};
    static const u64 places[] = {0, 1, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    size_t length = make_vectors(modes[random_next() % 4], modes[random_next() % 4]);
    u64 place = (u64)vectors;

    for (u64 changes = random_next() % 4; changes; changes--) {
        u8 bit = (u8)(1 << random_next() % 8);

        vectors[random_next() % length] = random_next() & 1 ? (u8)random_next() : bit;
    }
    switch (random_next() % 8) {
    case 0:
        place = machine.ram_end - random_next() % (length + 1);
        for (u64 i = 0; place + i < machine.ram_end; i++)
            *(volatile u8 *)(place + i) = vectors[i];
        break;
    case 1:
        place = places[random_next() % 6];
        break;
    case 2:
        place = random_next() % 0x100000000ull;
        break;
    }
    call(place);
    read_modes();
    if (!is_offered(offer_irq, now_irq) || !is_offered(offer_mmu, now_mmu))
        guest_fail("modes %x and %x, which are not offered", now_irq, now_mmu);
}

void guest_main(void)
{
    u64 first = option("first", 0), images = option("images", 0);

    if (!of_entry)
        guest_fail("this needs --boot of");
    read_modes();
    print("negotiate: starts with irq %x mmu %x of %x %x\n", now_irq, now_mmu, offer_irq,
          offer_mmu);
    if (!images) {
        random_seed(option("seed", 1));
        ask_all();
        for (u64 calls = option("calls", 300); calls; calls--)
            call_badly();
        ask_all();
        print("negotiate: %lu served, %lu refused\n", calls_good, calls_bad);
        return;
    }
    if (first)
        ask(first == FIRST_MODERN ? MODERN : LEGACY, first == FIRST_MODERN ? MODERN : LEGACY);
    print("negotiate: loads with irq %x mmu %x\n", now_irq, now_mmu);
    load_kernel(of_initrd, of_initrd + images, option("size", 0));
}
