/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of one hash page table, put where they belong in another of a
 * different order: what H_RESIZE_HPT_COMMIT does (LoPAR 14.5.4.1, and the
 * kernel's Documentation/virt/kvm/api.rst, KVM_PPC_RESIZE_HPT_COMMIT).
 */
#pragma once

#include "include/paprika/papr.h"
#include "mmu/hpt_engine.h"

typedef enum {
    /**
     * Only bolted entries stay. PAPR allows it, for a guest must be ready to
     * enter any other again; it is what Linux's KVM does.
     */
    HPT_REHASH_BOLTED,
    /** All entries stay for which there is room. */
    HPT_REHASH_ALL,
} HptRehashPolicy;

typedef struct {
    /** Entries in the new table. */
    uint64_t kept;
    /** Left out because they are not bolted (HPT_REHASH_BOLTED). */
    uint64_t unbolted;
    /** Not bolted, and another entry has the slot. */
    uint64_t evicted;
    /**
     * Left out because they are in a group where no processor looks for them,
     * so that nothing says where to. Never seen from a well-behaved guest.
     */
    uint64_t misplaced;
} HptRehashReport;

/**
 * Put the entries of @from into @to, which is empty, each into the same slot of
 * its new group. Where two want one slot, which happens only in a smaller
 * table, a bolted one goes before one that is not, and among those not bolted
 * the later. H_PTEG_FULL if two bolted ones want one slot, H_HARDWARE if an
 * entry has a reserved page size: @to is then half filled, @from as it was.
 * @report may be NULL. Mapped stays mapped, absent absent.
 */
HcallRet hpt_rehash(const HptTable *from, HptTable *to, HptRehashPolicy policy,
                    HptRehashReport *report);
