/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of hostile.elf; hostile.c says what it does. */
#pragma once

#include "guest.h"

/* hostile_args.c: where things are, and values to attack with. */

struct places {
    /** Memory that nothing needs, for calls that write. */
    u64 scratch, scratch_size;
    /** The same, for RTAS calls only, which look for writes that they don't expect. */
    u64 buffers, buffers_size;
    u64 tree, tree_size;
    u64 rtas;
    /** Interrupt controller pages, 0 if none. */
    u64 mmio[4];
};
extern struct places places;

void places_find(void);
/** A number below @n. */
u64 pick(u64 n);
/** An argument: boundaries, addresses of all kinds, flags, noise. */
u64 arg_any(void);
/** Nine arguments for hypercall @number. */
void args_draw(u64 number, u64 *args);
/** @value, moved to scratch memory if it is an address of this program. */
u64 arg_outside_core(u64 value);
/** Change @args so that hypercall @number can't end or corrupt this program. */
void args_make_safe(u64 number, u64 *args);

/* hostile_rtas.c */

void rtas_attack_init(void);
/** Services and tokens around them, to be walked with rtas_attack_token(). */
u32 rtas_attack_first(void);
u32 rtas_attack_last(void);
/** One call with this token, its counts right or wrong, its buffer anywhere. */
void rtas_attack_token(u32 token);
/** One call with any token. */
void rtas_attack(void);

/* hostile_mmio.c */

void mmio_attack_init(void);
/** One load or store at a real address where no memory is. */
void mmio_attack(void);

/* hostile_stats.c */

void stats_hcall(u64 number, long ret);
void stats_rtas(u32 token, int status);
void stats_print(void);
