/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's interrupt controller: XICS (in the kernel or here) or XIVE (in
 * the kernel), behind one interface.
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
} IrqKind;

/**
 * The machine's interrupt sources. XICS numbers below 0x10 are reserved (2 is
 * the IPI); XIVE's IPIs are 0 .. servers - 1.
 */
enum {
    IRQ_SOURCE_BASE = 0x1000,
    IRQ_SOURCE_EPOW = 0x1000,
    IRQ_SOURCE_HOTPLUG = 0x1001,
    IRQ_SOURCE_VTY = 0x1002,
    IRQ_SOURCE_COUNT = 0x10,
};

/** Where XIVE's pages lie in guest real memory: above all RAM. */
#define IRQ_XIVE_TIMA_BASE UINT64_C(0x0006030203180000)
#define IRQ_XIVE_ESB_BASE UINT64_C(0x0006010000000000)

/** log2 of the one size of a XIVE event queue that KVM takes. */
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
 * The kind that irq_new() would try first for @choice on a host with @caps; with
 * processors that @limit keeps to POWER8's level that is never XIVE by itself.
 */
IrqKind irq_kind_choose(IrqChoice choice, CpuCompat limit, const HvCaps *caps);

/** Whether the host, asked for XIVE when the machine was made, refused it. Any thread. */
gboolean irq_xive_refused(const Irq *irq);

/**
 * Become XIVE, or XICS in the kernel or in user space, as after power-on; where
 * the controller is that already nothing changes. On failure it is the former
 * one again, reset, or, if the host refuses that too, XICS in user space. A
 * vCPU's thread, all others stopped, or the main thread, all vCPUs parked.
 */
gboolean irq_switch(Irq *irq, gboolean xive, GError **error);

/** Connect @cpu; its HvVcpu exists and has not run. Main thread. */
gboolean irq_attach_vcpu(Irq *irq, Vcpu *cpu, GError **error);

/** As after power-on: sources masked, queues gone, nothing pending. vCPUs parked. */
gboolean irq_reset(Irq *irq, GError **error);

/** Raise edge-triggered @source once. Any thread. */
void irq_pulse(Irq *irq, uint32_t source);

/** Number of interrupt servers: highest vCPU id plus one. */
uint32_t irq_servers(const Irq *irq);
