/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's requests to change the size of its hash page table while it runs:
 * H_RESIZE_HPT_PREPARE and H_RESIZE_HPT_COMMIT (the kernel's
 * arch/powerpc/include/asm/hvcall.h and Documentation/virt/kvm/api.rst, from
 * KVM_PPC_RESIZE_HPT_PREPARE on; LoPAR does not have them).
 *
 * At most one table is being prepared, or is ready, beside the guest's own. It
 * goes when it is committed, when a commit is refused for good, when another
 * order or none is asked for, and at a reset.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"
#include "include/paprika/vm.h"
#include "mmu/hpt_verify.h"

typedef enum {
    /** No table but the guest's own. */
    HPT_RESIZE_IDLE,
    /** The kernel is making one. */
    HPT_RESIZE_PREPARING,
    /** It is there. */
    HPT_RESIZE_READY,
    /** A vCPU is at the change; nobody else touches the state. */
    HPT_RESIZE_COMMITTING,
} HptResizePhase;

/**
 * How long after one that was given up while it was being made the next table is
 * begun: the kernel goes on making it, and a guest could have any number made at
 * a time.
 */
enum { HPT_RESIZE_PAUSE_MS = 100 };

typedef struct {
    Vm *vm;

    /** Protects the fields below; not held over what is long. */
    GMutex lock;
    HptResizePhase phase;
    /** The order of the table that is being prepared or is ready. */
    uint32_t order;
    /** Atomic too: the order of the guest's own; 0: none, the guest is a radix guest. */
    uint32_t current;
    /** The largest order that is granted; 0: resizing is disabled. */
    uint32_t limit;
    /** No new preparation before this monotonic time, in microseconds. */
    gint64 not_before;

    /** The vCPU that commits. */
    HptVerifyTotals totals;
} HptResize;

void hpt_resize_init(HptResize *resize, Vm *vm);
/** Drops a table in preparation, which the kernel would keep for ever; logs what was verified.
 * vCPUs parked. */
void hpt_resize_finish(HptResize *resize);

/**
 * As after power-on, for a table of order @current (0: radix) that may grow to
 * @limit (0: it may not change); drops a table in preparation. vCPUs parked.
 */
void hpt_resize_reset(HptResize *resize, uint32_t current, uint32_t limit);

/** The order of the guest's table now; 0 for a radix guest. Any thread. */
uint32_t hpt_resize_order(const HptResize *resize);

/**
 * H_RESIZE_HPT_PREPARE: have a table of 2^@order bytes made; 0 drops what there
 * is. H_SUCCESS when it is ready, H_LONG_BUSY_* to be asked again,
 * H_NOT_AVAILABLE for a radix guest, H_AUTHORITY where resizing is disabled,
 * H_PARAMETER for @flags or an @order that is none, H_RESOURCE for one that the
 * guest's memory does not justify, H_NO_MEM or H_HARDWARE from the host. Any
 * vCPU's thread.
 */
HcallRet hpt_resize_prepare(HptResize *resize, uint64_t flags, uint64_t order);

/**
 * H_RESIZE_HPT_COMMIT: move the guest to the table of 2^@order bytes that is
 * ready. @cpu is the calling thread's own; the others are out of the guest
 * meanwhile. H_NOT_AVAILABLE, H_AUTHORITY, H_PARAMETER as above; H_CLOSED if no
 * such table was asked for; H_BUSY if it is not ready yet, or another vCPU is at
 * it, and then nothing has changed; H_PTEG_FULL if bolted entries collide, or
 * one is where no processor looks for it (docs/hpt.md); H_HARDWARE. After all
 * but H_BUSY and the first three there is no such table any more; after all but
 * H_SUCCESS the guest's own is as it was.
 */
HcallRet hpt_resize_commit(HptResize *resize, Vcpu *cpu, uint64_t flags, uint64_t order);
