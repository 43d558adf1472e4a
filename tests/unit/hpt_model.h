/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the hash page table measure it against: addresses and words
 * taken apart bit by bit, in the numbering of the Power ISA (bit 0 is the
 * highest), slowly and from the text of the ISA rather than from mmu/.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "mmu/hpt_engine.h"
#include "mmu/hpt_hash.h"
#include "mmu/hpt_walk.h"

/** splitmix64: the same numbers everywhere. */
uint64_t model_random(uint64_t *state);
/** 0 to @limit - 1. */
uint64_t model_below(uint64_t *state, uint64_t limit);

/** Bits @first to @last of @word. */
uint64_t model_bits(uint64_t word, unsigned first, unsigned last);
/** @word with these bits replaced. */
uint64_t model_with(uint64_t word, unsigned first, unsigned last, uint64_t value);

/** The hash of 39 bits, by the ISA's formulas over the 78 bits of the address. */
uint64_t model_hash(const HptVa *va, unsigned base_shift);

/** The group of a table of @order, from the remainder of a division. */
uint64_t model_group(const HptVa *va, unsigned base_shift, gboolean secondary, uint32_t order);

/** A random address, page-aligned to 2^@base_shift; with large VSIDs and small ones. */
HptVa model_random_va(uint64_t *state, unsigned base_shift);

/** A random kind of page that fits a segment of either size. */
HptePageKind model_random_kind(uint64_t *state);

/** An entry for @va with random real page, protection, R, C, bolted one time in @bolted_in. */
HptEntry model_entry(uint64_t *state, const HptVa *va, HptePageKind kind, unsigned bolted_in);

/** The segment's words as a vCPU would have them, for effective address @ea in it. */
HptSlbEntry model_slb(const HptVa *va, HptePageKind kind, uint64_t ea);

/** The number of random operations: @normal, or PAPRIKA_TEST_OPS from the environment. */
uint64_t model_operations(uint64_t normal);
