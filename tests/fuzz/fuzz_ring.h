/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What targets share whose input writes virtqueues into guest memory, and their seeds. */
#pragma once

#include "src/base/endian.h"
#include "src/base/guest_mem.h"
#include "tests/fuzz/fuzz_input.h"

/** The next @length bytes of the input, or what is left, go to @at. */
static inline void fuzz_poke(FuzzInput *in, GuestMem *mem, GuestAddr at, unsigned length)
{
    for (; length && in->left; length--) {
        uint8_t byte = fuzz_take_byte(in);
        guest_mem_write(mem, at++, &byte, 1);
    }
}

/** For seeds: @value in @bytes bytes at *@to, which moves on. */
static inline void fuzz_put(uint8_t **to, uint64_t value, unsigned bytes, gboolean little)
{
    endian_store(*to, bytes, value, little);
    *to += bytes;
}

/** One descriptor: of a split ring flags and next, of a packed one id and flags come last. */
static inline void fuzz_put_desc(uint8_t **to, uint64_t addr, uint32_t length, uint16_t a,
                                 uint16_t b)
{
    fuzz_put(to, addr, 8, TRUE);
    fuzz_put(to, length, 4, TRUE);
    fuzz_put(to, a, 2, TRUE);
    fuzz_put(to, b, 2, TRUE);
}
