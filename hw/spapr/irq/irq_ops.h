/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kinds of interrupt controller have in common, private to
 * hw/spapr/irq and to the hypercall and RTAS families that drive one kind.
 */
#pragma once

#include "hw/spapr/irq/irq.h"

enum { IRQ_BLOCK_WORDS = (IRQ_BLOCKS + 63) / 64 };

typedef struct XicsUser XicsUser;
typedef struct Xive Xive;

/** One kind of controller. The functions are those of irq.h. */
typedef struct {
    gboolean (*attach)(Irq *irq, Vcpu *cpu, GError **error);
    gboolean (*reset)(Irq *irq, GError **error);
    void (*pulse)(Irq *irq, uint32_t source);
    void (*set_level)(Irq *irq, uint32_t source, gboolean level);
    /** Make the sources of @block (irq_block_first()) as after power-on: 0 or a negative errno. */
    int (*make_block)(Irq *irq, uint32_t block);
    /** The kernel's: KVM may be asked to watch descriptors. */
    gboolean in_kernel;
    /** irq_access(); NULL where KVM shows the guest all pages, or there are none. */
    gboolean (*access)(Irq *irq, Vcpu *cpu, uint64_t addr, uint8_t *data, unsigned length,
                       gboolean write);
    /** Before another kind takes its place: withdraw what the VM has of this one; or NULL. */
    void (*leave)(Irq *irq);
    /** Or NULL. */
    void (*free)(Irq *irq);
} IrqOps;

struct Irq {
    Vm *vm;
    /** Highest vCPU id plus one. */
    uint32_t servers;
    /** Atomic, one bit per block: its sources exist. Set under claim_lock, never cleared. */
    uint64_t blocks[IRQ_BLOCK_WORDS];
    /** Atomic, one bit per level-triggered source: its input is up. */
    uint32_t levels;
    /** Held while sources are made. Taken before lock. */
    GMutex claim_lock;
    /** Protects fds (of IrqFd). Taken before lock. */
    GMutex fd_lock;
    GArray *fds;

    /** XIVE was tried when the machine was made, and the host refused it. Constant. */
    gboolean xive_refused;

    /**
     * Written while the kind changes, which is when no vCPU but the one that
     * asks for it runs: vCPUs' own threads need not take it.
     */
    GRWLock lock;
    IrqKind kind;
    const IrqOps *ops;
    /** IRQ_KIND_XICS_USER only. */
    XicsUser *xics;
    /** The two kinds of XIVE only; NULL otherwise. */
    Xive *xive;
};

/*
 * Make @irq the named kind: fills ops and the kind's own state. On failure
 * @irq is as before, and @error says what the host refused. Main thread.
 */
gboolean irq_init_xics_user(Irq *irq, GError **error);
gboolean irq_init_xics_kernel(Irq *irq, GError **error);
gboolean irq_init_xive_kernel(Irq *irq, GError **error);
gboolean irq_init_xive_user(Irq *irq, GError **error);
/** Whether the numbers of XIVE's IPIs, one per server, end below the machine's sources. */
gboolean irq_check_xive_servers(const Irq *irq, GError **error);

/* irq_choose.c */
/** The kind to try when @kind could not be made; false after the last one. */
gboolean irq_kind_next(IrqKind *kind, const VmConfig *config, const HvCaps *caps);
/** For the log: why `auto` did not even try what a newer host would have. */
void irq_log_choice(IrqKind kind, const VmConfig *config, const HvCaps *caps);

/** The first source of @block. */
static inline uint32_t irq_block_first(uint32_t block)
{
    return IRQ_SOURCE_BASE + block * IRQ_BLOCK;
}

static inline gboolean irq_block_exists(const Irq *irq, uint32_t block)
{
    uint64_t bits = __atomic_load_n(&irq->blocks[block / 64], __ATOMIC_ACQUIRE);

    return bits >> (block % 64) & 1;
}

/** Whether @source is one of the machine's own sources, and made. Any thread. */
static inline gboolean irq_source_exists(const Irq *irq, uint64_t source)
{
    return source >= IRQ_SOURCE_BASE && source < IRQ_SOURCE_END &&
           irq_block_exists(irq, (uint32_t)(source - IRQ_SOURCE_BASE) / IRQ_BLOCK);
}

/** What a controller of this kind shows of its sources: make all blocks that exist. */
int irq_make_blocks(Irq *irq);

/* irq_line.c: the inputs, after the kind has changed and after a reset. */
void irq_restore_levels(Irq *irq);
void irq_forget_levels(Irq *irq);

/* irq_fd.c: give up what KVM watches, and watch again. fd_lock held. */
void irq_fds_suspend(Irq *irq);
void irq_fds_resume(Irq *irq);
void irq_fds_free(Irq *irq);

/**
 * For controllers in user space: the external interrupt input of vCPU @server.
 * KVM holds it until it is told otherwise, and wakes a vCPU that has ceded.
 * @opaque is the Irq. Any thread.
 */
void irq_set_input(void *opaque, uint32_t server, gboolean level);
