/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual terminal (LoPAR 17.5): two rings between the vCPUs and the main
 * loop, so that no vCPU ever waits for a reader.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

struct Chardev;

enum {
    /** Characters that one hypercall carries. */
    VTY_MAX_CHARS = 16,
    /** Unit address in the vdevice bus, and so the terminal number. */
    VTY_UNIT_ADDRESS = 0x71000000,
};

typedef struct Vty Vty;

/** Takes @chardev over. Main thread. */
Vty *vty_new(Vm *vm, struct Chardev *chardev);
void vty_free(Vty *vty);

/** Whether @termno names the console: its unit address, or 0, the first one. */
gboolean vty_is_console(uint64_t termno);

/** Take up to @room characters of input; returns how many. Any thread. */
unsigned vty_get(Vty *vty, uint8_t *text, unsigned room);

/** Queue @length characters, all or none; FALSE if there is no room. Any thread. */
gboolean vty_put(Vty *vty, const uint8_t *text, unsigned length);

/** Forget input that no guest has read. Main thread, vCPUs parked. */
void vty_reset(Vty *vty);

/** Write out what is queued, for at most @timeout_ms. Main thread. */
void vty_drain(Vty *vty, unsigned timeout_ms);
