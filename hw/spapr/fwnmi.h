/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware-assisted non-maskable interrupts (LoPAR 7.3.14): system resets and
 * machine checks go to handlers that the guest registered, with r3 pointing to
 * a save area in the memory that RTAS has. Its first doubleword is the r3 that
 * was interrupted; behind it, for machine checks, lies an error log.
 *
 * There is one area for machine checks. The vCPU that takes one owns it until
 * its guest calls ibm,nmi-interlock; others wait for their turn meanwhile. A
 * further machine check of the owner is one that the guest can't survive.
 *
 * Deviation: r3 is saved for a system reset too, in a place of each vCPU's
 * own. Linux expects so, as other hypervisors do it.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"
#include "include/paprika/papr.h"
#include "include/paprika/vm.h"
#include "src/base/guest_mem.h"

struct Platform;

/** Places within RTAS's memory. */
enum {
    FWNMI_MACHINE_CHECK_OFFSET = 0x1000,
    /** One for each vCPU, by index. */
    FWNMI_RESET_OFFSET = 0x2000,
    FWNMI_RESET_SIZE = 16,
    /** Bytes of RTAS's memory that are needed. */
    FWNMI_END = FWNMI_RESET_OFFSET + CONFIG_MAX_VCPUS * FWNMI_RESET_SIZE,
};

typedef enum {
    /** The vCPU's registers are those of its handler's entry. */
    FWNMI_DELIVERED,
    /** Another vCPU has the area: try again after VCPU_EVENT_FWNMI. */
    FWNMI_BUSY,
    /** The machine cannot go on. */
    FWNMI_FATAL,
} FwnmiResult;

/** RTAS, and with it the save areas, is at @rtas. vCPUs parked. */
void fwnmi_set_area(struct Platform *platform, GuestAddr rtas);

/** As after power-on: nothing registered, nobody's turn. vCPUs parked. */
void fwnmi_reset(struct Platform *platform);

/** ibm,nmi-register on @cpu's thread: the handlers' real addresses. */
RtasStatus fwnmi_register(Vcpu *cpu, GuestAddr reset, GuestAddr machine_check);

/** ibm,nmi-interlock on @cpu's thread: it gives the area back. */
RtasStatus fwnmi_interlock(Vcpu *cpu);

/** Enter @cpu's system reset handler, the registered one or 0x100. Its thread. */
void fwnmi_system_reset(Vcpu *cpu);

typedef enum {
    FWNMI_INJECTED,
    /** The guest has no handler. */
    FWNMI_NO_HANDLER,
    /** It has stopped the vCPU, or could not go on from one now (MSR[RI] is off): try again. */
    FWNMI_NOT_NOW,
    FWNMI_FAILED,
} FwnmiInjection;

/**
 * Have @cpu find a machine check as if the host's kernel had handed it one: two entries of the
 * TLB for the instruction's address, which the host has put right. @cpu is parked; main thread.
 */
FwnmiInjection fwnmi_inject(Vcpu *cpu);

/**
 * Deliver the machine check for which @cpu came out with HV_EXIT_NMI and
 * @flags. If nothing is registered (KVM's switch for this survives a reboot),
 * to 0x200. With FWNMI_FATAL *@why says what happened; static. Its thread.
 */
FwnmiResult fwnmi_machine_check(Vcpu *cpu, uint32_t flags, const char **why);
