/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few guest-side instructions that are the client interface's entry. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/guest_mem.h"

enum {
    /** Bytes of memory that the entry has: a page of the largest size. */
    OF_STUB_SIZE = 64 * 1024,
};

/**
 * Write the entry to @base: called with r3 = argument array (PowerPC binding to
 * IEEE 1275, 8), translation off, big-endian, in 32-bit or 64-bit mode, it makes
 * the private hypercall H_OF_CLIENT, again while that is H_BUSY, and returns what it gave.
 */
gboolean of_stub_write(GuestMem *mem, GuestAddr base, GError **error);
