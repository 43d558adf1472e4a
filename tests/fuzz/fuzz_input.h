/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzz input as a stream of choices: after its end come zeros. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *data;
    size_t left;
} FuzzInput;

static inline uint8_t fuzz_take_byte(FuzzInput *in)
{
    if (!in->left)
        return 0;
    in->left--;
    return *in->data++;
}

/** @bytes bytes, the first one uppermost. */
static inline uint64_t fuzz_take_bytes(FuzzInput *in, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | fuzz_take_byte(in);
    return value;
}

enum { FUZZ_RAW_VALUE = 0xe0 };

/** One of the @count @values by its number, or, from FUZZ_RAW_VALUE on, the eight bytes that
 * follow. */
static inline uint64_t fuzz_take_value(FuzzInput *in, const uint64_t *values, size_t count)
{
    uint8_t choice = fuzz_take_byte(in);

    return choice < FUZZ_RAW_VALUE ? values[choice % count] : fuzz_take_bytes(in, 8);
}
