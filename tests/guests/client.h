/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of client.elf; client.c says what it does. */
#pragma once

#include "of_call.h"

/** A service with one result, which is what comes back; ends the guest if the entry refuses it. */
u32 client_one(const char *service, unsigned nargs, ...);

/* client_hostile.c */

/** @count calls with cells of all kinds. */
void client_attack(u64 count);
