/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Size of the hash page table: orders are log2 of its bytes. A PTE group has 8
 * entries of 16 bytes (Power ISA, Book III, "Hashed Page Table").
 */
#pragma once

#include <stdint.h>

enum {
    HPT_ORDER_MIN = 18,
    HPT_ORDER_MAX = 46,
    /** log2 of a PTE group's bytes. */
    HPT_GROUP_SHIFT = 7,
    /** log2 of an entry's bytes. */
    HPT_ENTRY_SHIFT = 4,
};

/** The order for @memory bytes of guest memory: 1/128 of it, rounded up, within the bounds. */
uint32_t hpt_order_for_memory(uint64_t memory);

/**
 * Bytes that the kernel's virtual real mode area covers with a table of @order
 * and memory backed by pages of @backing_page bytes: KVM maps it with one entry
 * per group, of the largest page size (4K, 64K, 16M) that the backing allows,
 * and no more than 2^40 bytes.
 */
uint64_t hpt_vrma_limit(uint32_t order, uint64_t backing_page);

/**
 * The order to ask for: that of hpt_order_for_memory(), or more if the virtual
 * real mode area would otherwise cover less than HPT_VRMA_WANTED bytes of
 * @memory, which happens with pages of 4K.
 */
uint32_t hpt_order_for_guest(uint64_t memory, uint64_t backing_page);

/** Room in which every guest kernel can start. */
#define HPT_VRMA_WANTED (UINT64_C(256) << 20)
