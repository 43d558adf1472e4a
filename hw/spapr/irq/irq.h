/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's interrupt controller: XICS or XIVE, in the kernel or here, behind
 * one interface.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"
#include "include/paprika/vm.h"

typedef enum {
    IRQ_KIND_XICS_KERNEL,
    IRQ_KIND_XICS_USER,
    IRQ_KIND_XIVE_KERNEL,
    IRQ_KIND_XIVE_USER,
} IrqKind;

static inline gboolean irq_kind_is_xive(IrqKind kind)
{
    return kind == IRQ_KIND_XIVE_KERNEL || kind == IRQ_KIND_XIVE_USER;
}

/**
 * The machine's interrupt sources. XICS numbers below 0x10 are reserved (2 is
 * the IPI); XIVE's IPIs are 0 .. servers - 1. What kind a source is follows from
 * its number: those of PCI's legacy interrupts are level-triggered (LSI), all
 * others edge-triggered.
 */
enum {
    IRQ_SOURCE_BASE = 0x1000,
    IRQ_SOURCE_EPOW = 0x1000,
    IRQ_SOURCE_HOTPLUG = 0x1001,
    IRQ_SOURCE_VTY = 0x1002,
    /** Virtual I/O devices, one each by slot. */
    IRQ_SOURCE_VIO = 0x1010,
    IRQ_SOURCE_VIO_END = 0x1100,
    /** INTA to INTD of each host bridge. */
    IRQ_SOURCE_LSI = 0x1100,
    IRQ_LSIS_PER_BRIDGE = 4,
    IRQ_MAX_BRIDGES = 8,
    IRQ_SOURCE_LSI_END = IRQ_SOURCE_LSI + IRQ_LSIS_PER_BRIDGE * IRQ_MAX_BRIDGES,
    /** Message-signalled interrupts, irq_msi_count() of them. */
    IRQ_SOURCE_MSI = 0x1200,
    IRQ_MSIS = 512,
    IRQ_SOURCE_END = IRQ_SOURCE_MSI + IRQ_MSIS,
    /** Sources are made in blocks of so many; the first one is always there. */
    IRQ_BLOCK = 16,
    IRQ_BLOCKS = (IRQ_SOURCE_END - IRQ_SOURCE_BASE) / IRQ_BLOCK,
};

/** Where XIVE's pages lie in guest real memory: above all RAM. */
#define IRQ_XIVE_TIMA_BASE UINT64_C(0x0006030203180000)
#define IRQ_XIVE_ESB_BASE UINT64_C(0x0006010000000000)

/** log2 of the one size of a XIVE event queue that guests are told of: KVM takes no other. */
enum { IRQ_XIVE_QUEUE_SHIFT = 16 };

typedef struct Irq Irq;

/**
 * Choose (as vm->config->irq and vm->caps say, falling back and logging it)
 * and create the controller with its sources. vm->hv exists, no vCPU does.
 * With an explicit choice that the host lacks: a GError that says what it has.
 */
Irq *irq_new(Vm *vm, GError **error);
void irq_free(Irq *irq);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Irq, irq_free)

IrqKind irq_kind(const Irq *irq);
/** For logs and `paprika info`: "XIVE (kernel)" and so on. */
const char *irq_kind_name(IrqKind kind);
/**
 * The kind that irq_new() would try first for @config (irq, irq_place and
 * max_cpu_compat) on a host with @caps, if irq_check_choice() accepts it. By
 * itself that is never XIVE for processors that are kept to POWER8's level.
 */
IrqKind irq_kind_choose(const VmConfig *config, const HvCaps *caps);
/** Whether the host can have what @config asks for; the message says what it has. */
gboolean irq_check_choice(const VmConfig *config, const HvCaps *caps, GError **error);
/**
 * The kind that a guest of @config which asks for XIVE, or for XICS, gets; false
 * if none. Whether its processors know of XIVE is for the caller to see.
 */
gboolean irq_kind_find(const VmConfig *config, const HvCaps *caps, gboolean xive, IrqKind *kind);

/** Whether the host, asked for XIVE when the machine was made, refused it. Any thread. */
gboolean irq_xive_refused(const Irq *irq);

/**
 * Become XIVE or XICS, in the kernel or in user space as the configuration has
 * it, as after power-on; where the controller is that already nothing changes. On failure it is the
 * former one again, reset, or, if the host refuses that too, XICS in user space. A vCPU's thread,
 * all others stopped, or the main thread, all vCPUs parked.
 */
gboolean irq_switch(Irq *irq, gboolean xive, GError **error);

/** Connect @cpu; its HvVcpu exists and has not run. Main thread. */
gboolean irq_attach_vcpu(Irq *irq, Vcpu *cpu, GError **error);

/**
 * @cpu's load or store of @length bytes at guest real address @addr, where there
 * is no memory: false if that is no page of the controller's, with @data as it
 * was. @data has the bytes in the order of their addresses. @cpu's own thread.
 */
gboolean irq_access(Irq *irq, Vcpu *cpu, uint64_t addr, uint8_t *data, unsigned length,
                    gboolean write);

/** As after power-on: sources masked, queues gone, nothing pending. vCPUs parked. */
gboolean irq_reset(Irq *irq, GError **error);

/**
 * Let sources @first to @first + @count - 1 exist, masked, for as long as the
 * machine does; those that do already stay as they are. 0; -EINVAL where the
 * machine has no such numbers; or what the host refuses, then some of them may
 * exist. A source costs the host some memory and the caller some calls of KVM:
 * claim what is used, when it is. Any thread.
 */
int irq_claim(Irq *irq, uint32_t first, uint32_t count);

/** How many sources there can be from IRQ_SOURCE_MSI on. */
uint32_t irq_msi_count(const Irq *irq);

/** Whether @source is level-triggered, by its number. */
static inline gboolean irq_source_is_lsi(uint32_t source)
{
    return source >= IRQ_SOURCE_LSI && source < IRQ_SOURCE_LSI_END;
}

/** Raise edge-triggered @source once; nothing if it does not exist. Any thread. */
void irq_pulse(Irq *irq, uint32_t source);

/**
 * Set the input of level-triggered @source; nothing if it does not exist. It is
 * held over a change of the controller, and low after irq_reset(). Any thread,
 * but calls for one source must come in order: the caller's lock sees to that.
 */
void irq_set_level(Irq *irq, uint32_t source, gboolean level);

/**
 * Have each event that is written to @eventfd raise edge-triggered @source,
 * which exists, without a system call of ours: 0; -ENOTSUP where the controller
 * is in user space, then the caller calls irq_pulse() instead; -EINVAL, -EEXIST
 * (the source has one), or what KVM says. It lasts until irq_unbind_fd(), also
 * over resets, and where the controller changes for one in user space: then
 * the main loop reads @eventfd, which must not block. The descriptor stays the
 * caller's, and open until it is unbound. Any thread.
 */
int irq_bind_fd(Irq *irq, uint32_t source, int eventfd);
/** Nothing if @source has none. Any thread. */
void irq_unbind_fd(Irq *irq, uint32_t source);

/** Number of interrupt servers: highest vCPU id plus one. */
uint32_t irq_servers(const Irq *irq);
