/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/hpt_model.h"

#include <stdlib.h>

enum { VA_BITS = 78, HASH_BITS = 39 };

uint64_t model_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t model_below(uint64_t *state, uint64_t limit) { return model_random(state) % limit; }

uint64_t model_bits(uint64_t word, unsigned first, unsigned last)
{
    uint64_t value = 0;

    for (unsigned bit = first; bit <= last; bit++)
        value = value * 2 + (word >> (63 - bit)) % 2;
    return value;
}

uint64_t model_with(uint64_t word, unsigned first, unsigned last, uint64_t value)
{
    for (unsigned bit = last + 1; bit-- > first; value /= 2) {
        uint64_t one = UINT64_C(1) << (63 - bit);
        word = value % 2 ? word | one : word & ~one;
    }
    return word;
}

/** Bit @n of the 78. */
static unsigned va_bit(const HptVa *va, unsigned n)
{
    unsigned from_end = VA_BITS - 1 - n;

    return (unsigned)(from_end < va->segment_shift
                          ? va->offset >> from_end & 1
                          : va->vsid >> (from_end - va->segment_shift) & 1);
}

/** XOR bits @first to @last of the address, followed by @zeros zeros, into the end of the hash. */
static void hash_add(unsigned hash[HASH_BITS], const HptVa *va, unsigned first, unsigned last,
                     unsigned zeros)
{
    unsigned at = HASH_BITS - zeros;

    for (unsigned n = last + 1; n-- > first;)
        hash[--at] ^= va_bit(va, n);
}

uint64_t model_hash(const HptVa *va, unsigned base_shift)
{
    unsigned hash[HASH_BITS] = {0};
    uint64_t value = 0;

    if (va->segment_shift == 28) {
        hash_add(hash, va, 11, 49, 0);
        if (base_shift < 28)
            hash_add(hash, va, 50, 77 - base_shift, 0);
    } else {
        hash_add(hash, va, 24, 37, 25);
        hash_add(hash, va, 0, 37, 0);
        hash_add(hash, va, 38, 77 - base_shift, 0);
    }
    for (unsigned i = 0; i < HASH_BITS; i++)
        value = value * 2 + hash[i];
    return value;
}

uint64_t model_group(const HptVa *va, unsigned base_shift, gboolean secondary, uint32_t order)
{
    uint64_t hash = model_hash(va, base_shift);
    uint64_t groups = (UINT64_C(1) << order) / 128;

    return (secondary ? (UINT64_C(1) << 39) - 1 - hash : hash) % groups;
}

HptVa model_random_va(uint64_t *state, unsigned base_shift)
{
    HptVa va = {.segment_shift = base_shift > 28 || model_below(state, 2) ? 40 : 28};

    va.vsid = model_random(state) >> (64 - (78 - va.segment_shift));
    /* Mostly few segments and few pages, as there really are. */
    if (model_below(state, 8))
        va.vsid %= 4096;
    va.offset = model_random(state) >> (64 - va.segment_shift);
    if (model_below(state, 2))
        va.offset %= UINT64_C(1) << 24;
    va.offset = va.offset >> base_shift << base_shift;
    return va;
}

HptePageKind model_random_kind(uint64_t *state)
{
    static const HptePageKind kinds[] = {
        HPTE_PAGE_4K,  HPTE_PAGE_4K,      HPTE_PAGE_4K,  HPTE_PAGE_4K_64K, HPTE_PAGE_4K_16M,
        HPTE_PAGE_64K, HPTE_PAGE_64K_16M, HPTE_PAGE_16M, HPTE_PAGE_16G,
    };

    return kinds[model_below(state, G_N_ELEMENTS(kinds))];
}

HptEntry model_entry(uint64_t *state, const HptVa *va, HptePageKind kind, unsigned bolted_in)
{
    /* LP and its width, by kind. */
    static const struct {
        unsigned actual, lp, base;
    } encodings[HPTE_PAGE_KINDS] = {
        [HPTE_PAGE_4K] = {12, 0, 12},      [HPTE_PAGE_4K_64K] = {16, 7, 12},
        [HPTE_PAGE_4K_16M] = {24, 56, 12}, [HPTE_PAGE_64K] = {16, 1, 16},
        [HPTE_PAGE_64K_16M] = {24, 8, 16}, [HPTE_PAGE_16M] = {24, 0, 24},
        [HPTE_PAGE_16G] = {34, 3, 34},
    };
    uint64_t real = model_random(state) >> 4 >> encodings[kind].actual << encodings[kind].actual;
    HptEntry entry = {.r = real | (kind == HPTE_PAGE_4K ? 0 : encodings[kind].lp * 4096)};

    /* B; then the address without its low 23 bits, those of the page's offset zero. */
    entry.v = model_with(entry.v, 0, 1, va->segment_shift == 40);
    for (unsigned n = 0; n < 55; n++) {
        gboolean in_page = n >= 78 - encodings[kind].base;
        entry.v = model_with(entry.v, n + 2, n + 2, in_page ? 0 : va_bit(va, n));
    }
    entry.v = model_with(entry.v, 59, 59, model_below(state, bolted_in) == 0);
    entry.v = model_with(entry.v, 61, 61, kind != HPTE_PAGE_4K);
    entry.v = model_with(entry.v, 63, 63, 1);
    entry.r = model_with(entry.r, 0, 0, model_below(state, 2));
    entry.r = model_with(entry.r, 2, 3, model_random(state));
    entry.r = model_with(entry.r, 52, 63, model_random(state));
    return entry;
}

HptSlbEntry model_slb(const HptVa *va, HptePageKind kind, uint64_t ea)
{
    static const struct {
        unsigned l, lp;
    } encodings[HPTE_PAGE_KINDS] = {
        [HPTE_PAGE_64K] = {1, 1},
        [HPTE_PAGE_64K_16M] = {1, 1},
        [HPTE_PAGE_16M] = {1, 0},
        [HPTE_PAGE_16G] = {1, 2},
    };
    HptSlbEntry slb = {.esid = ea >> va->segment_shift << va->segment_shift};

    slb.esid = model_with(slb.esid, 36, 36, 1);
    slb.vsid = va->vsid << (va->segment_shift == 40 ? 24 : 12);
    slb.vsid = model_with(slb.vsid, 0, 1, va->segment_shift == 40);
    slb.vsid = model_with(slb.vsid, 55, 55, encodings[kind].l);
    slb.vsid = model_with(slb.vsid, 58, 59, encodings[kind].lp);
    return slb;
}

uint64_t model_operations(uint64_t normal)
{
    const char *wanted = g_getenv("PAPRIKA_TEST_OPS");

    return wanted ? g_ascii_strtoull(wanted, NULL, 10) : normal;
}
