/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz target offers, to libFuzzer or to driver.c. */
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

/** Use @size hostile bytes. Must not keep state from one call to the next. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/**
 * Optional: the @index-th seed of the target, written to @buffer; its length,
 * at most @room, or 0 if there is none. `replay_NAME --write-corpus DIR` writes
 * them out for libFuzzer.
 */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room) __attribute__((weak));

/** fuzz_seed() for a target whose seeds are the @count @texts. */
static inline size_t fuzz_seed_text(const char *const *texts, size_t count, unsigned index,
                                    uint8_t *buffer, size_t room)
{
    if (index >= count)
        return 0;
    size_t length = strlen(texts[index]) < room ? strlen(texts[index]) : room;
    memcpy(buffer, texts[index], length);
    return length;
}

/** Unless @holds: @what is wrong, said with the program's name, and the input is a find. */
static inline void check(gboolean holds, const char *what)
{
    if (!holds) {
        g_printerr("%s: %s\n", program_invocation_short_name, what);
        abort();
    }
}
