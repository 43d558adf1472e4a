/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The argument of ibm,client-architecture-support, put together byte by byte. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t bytes[70000];
    size_t length;
} VecMaker;

void vec_byte(VecMaker *maker, uint8_t byte);
/** One entry of the list of processors. */
void vec_pvr(VecMaker *maker, uint32_t mask, uint32_t value);
/** The list that Linux passes: POWER8 to POWER10 and their levels, and the terminator. */
void vec_linux_pvrs(VecMaker *maker);
/** How many vectors follow: 1 to 256. */
void vec_count(VecMaker *maker, unsigned count);
/** A vector of @length bytes, 1 to 256, that begins with @bytes and goes on with zeros. */
void vec_vector(VecMaker *maker, const uint8_t *bytes, size_t given, size_t length);

/**
 * All that a Linux of today passes, with vector 5's bytes for controller,
 * translation and radix' extensions. A vector 5 of @length bytes is cut there.
 */
void vec_linux(VecMaker *maker, uint8_t irq, uint8_t mmu, uint8_t radix, size_t length);
