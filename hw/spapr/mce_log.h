/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error log that tells a guest of a machine check (LoPAR 10.3.2.2): a
 * version 6 log with one platform section, "MC", that says what failed where.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/spapr/rtas_log.h"
#include "src/base/endian.h"

/** What the processor and the host's kernel say of a machine check. */
typedef struct {
    /** The host's processor, whose generation decides what the bits mean. */
    uint32_t pvr;
    /** vCPU's id, as the guest knows it. */
    uint32_t cpu;
    /** Registers at the interrupt; SRR1 and DSISR tell the cause. */
    uint64_t srr0, srr1, dar;
    uint32_t dsisr;
    /** HV_NMI_*: how far the host has got over it. */
    uint32_t disposition;
} MachineCheck;

/** SRR1's bit of a machine check of a load or store, whose cause is in DSISR. */
#define MCE_SRR1_DATA (UINT64_C(1) << 21)

/** As it lies in guest memory; big-endian, whatever the guest's byte order. */
typedef struct {
    RtasLogHead head;

    /* Section "MC". */
    RtasLogSection section;
    be32 fru;
    be32 processor;
    uint8_t error_type;
    uint8_t error_subtype;
    uint8_t reserved2[6];
    be64 effective_address;
    be64 logical_address;
} MceLog;
G_STATIC_ASSERT(sizeof(MceLog) == sizeof(RtasLogHead) + 40);

/**
 * Describe @check. A pure function; a cause that is not known is told as such.
 * Returns a short name of the cause, for the operator.
 */
const char *mce_log_build(MceLog *log, const MachineCheck *check);
