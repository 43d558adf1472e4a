/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands typed on the console's terminal: Ctrl-A x leaves, Ctrl-A h asks for
 * help, Ctrl-A Ctrl-A is one Ctrl-A for the guest. Before any other key both
 * are passed on.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct {
    /** A Ctrl-A came last, and waits for its second key. */
    gboolean pending;
} LeaveKey;

enum {
    LEAVE_KEY_LEAVE = 1 << 0,
    LEAVE_KEY_HELP = 1 << 1,
};

/**
 * Filter @length bytes of @in into @out, which has room for @length + 1;
 * *@out_length is what is for the guest. What follows a leave command is
 * dropped. Returns the LEAVE_KEY_* commands seen. Any thread.
 */
unsigned leave_key_filter(LeaveKey *key, const uint8_t *in, size_t length, uint8_t *out,
                          size_t *out_length);
