/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGPWR, by which who watches over the host's power has its guests shut down in
 * an orderly way.
 */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

typedef struct PowerSignal PowerSignal;

/**
 * From now on this and later threads leave the signal to power_signal_listen().
 * Before any other thread is made.
 */
void power_signal_block(void);

/** Have the guest of @vm shut down when the signal comes. NULL if the host has no room. Main
 * thread. */
PowerSignal *power_signal_listen(Vm *vm);
/** NULL is fine. Main thread. */
void power_signal_free(PowerSignal *signal);
