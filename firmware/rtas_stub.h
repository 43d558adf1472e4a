/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few guest-side instructions that are RTAS. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/guest_mem.h"

enum {
    /** Bytes that RTAS tells the guest to keep for it: one page of the largest size. */
    RTAS_STUB_SIZE = 64 * 1024,
};

/**
 * Write RTAS's entry to @base: called with r3 = call buffer (LoPAR 7.2.7),
 * translation off, it makes the private hypercall H_RTAS and returns.
 */
gboolean rtas_stub_write(GuestMem *mem, GuestAddr base, GError **error);
