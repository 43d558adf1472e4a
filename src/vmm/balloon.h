/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's memory balloon as the monitor sees it. Clients are told of a change by the
 * event BALLOON_CHANGE, once a second at most. Main thread, all of it.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/virtio/virtio_balloon.h"
#include "include/paprika/vm.h"

typedef struct Balloon Balloon;

/** Make vm->balloon: its device is the bus's, and goes before balloon_free(). */
VirtioDevice *balloon_new_device(Vm *vm, GError **error);
/** NULL is fine. */
void balloon_free(Balloon *balloon);

/** The machine is about to be reset: it begins with all its memory. NULL is fine. */
void balloon_reset(Balloon *balloon);

/** Ask the guest to have @bytes of memory; of more than it has, all. */
void balloon_ask(Balloon *balloon, uint64_t bytes);

/** Bytes of memory that the guest has, by what it says. */
uint64_t balloon_actual(const Balloon *balloon);

/** As virtio_balloon_stats(). */
void balloon_stats(Balloon *balloon, VirtioBalloonStats *stats);
