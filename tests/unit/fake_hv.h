/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hypervisor for unit tests: it keeps what it was told, answers like KVM-HV
 * does on the kind of host that it plays, and fails where a test asks it to.
 *
 * It runs no guest code: vcpu_run() takes its exits from a test's callback,
 * or waits for a kick. All functions may be called from any thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

struct HptTable;

/** The host that is played. */
typedef enum {
    /** Bare metal POWER8: hash only, in-kernel XICS. */
    FAKE_HV_POWER8,
    /** Bare metal POWER9: radix and hash, in-kernel XIVE and XICS. */
    FAKE_HV_POWER9,
    /** Bare metal POWER10: as POWER9, with its own PVR. */
    FAKE_HV_POWER10,
    /** A partition: radix only, no interrupt controller in the kernel. */
    FAKE_HV_NESTED,
} FakeHvProfile;

/** One per member of HvOps that can fail or that is worth recording. */
typedef enum {
    FAKE_HOST_POOL_TIME,
    FAKE_VM_NEW,
    FAKE_VM_SET_SMT,
    FAKE_VM_MAP,
    FAKE_VM_ENABLE_HCALL,
    FAKE_VCPU_ENABLE_FWNMI,
    FAKE_VM_CONFIGURE_V3_MMU,
    FAKE_VM_ALLOCATE_HTAB,
    FAKE_VM_RESIZE_HTAB_PREPARE,
    FAKE_VM_RESIZE_HTAB_COMMIT,
    FAKE_VM_GET_HTAB_FD,
    FAKE_VM_STORE_FD,
    FAKE_VM_DEFINE_RTAS,
    FAKE_IRQCHIP_NEW,
    FAKE_IRQCHIP_FREE,
    FAKE_IRQCHIP_ATTR_SET,
    FAKE_IRQCHIP_ATTR_GET,
    FAKE_IRQCHIP_MAP,
    FAKE_IRQ_LINE,
    FAKE_IRQ_FD,
    FAKE_VCPU_NEW,
    FAKE_VCPU_ATTACH_IRQCHIP,
    FAKE_VCPU_RUN,
    FAKE_VCPU_KICK,
    FAKE_VCPU_UNKICK,
    FAKE_VCPU_INTERRUPT,
    FAKE_VCPU_GET_REGS,
    FAKE_VCPU_SET_REGS,
    FAKE_VCPU_GET_REG,
    FAKE_VCPU_SET_REG,
    FAKE_VCPU_GET_SLB,
    FAKE_VCPU_GET_VECTORS,
    FAKE_VCPU_SET_VECTORS,
    FAKE_VCPU_SET_DEBUG,
    FAKE_VCPU_RESET,
    FAKE_OP_COUNT,
} FakeHvOp;

/** What the fake kernel takes for a breakpoint: KVM's own choice on Book3S. */
enum { FAKE_HV_DEBUG_INST = 0x00dddd00 };

enum { FAKE_HV_MAX_SLOTS = 512, FAKE_HV_MAX_RECORDS = 65536 };

/**
 * One recorded call. args holds the integer arguments after the object, in
 * order (vcpu_*: the vCPU's id first); an XIVE queue or a 64-bit attribute
 * that was passed by pointer is copied to eq or value.
 */
typedef struct {
    FakeHvOp op;
    uint64_t args[4];
    uint64_t value;
    HvXiveEq eq;
    /** What the call returned: 0, or a negative errno value. */
    int ret;
} FakeHvCall;

/** What vcpu_run() does; sets @exit. On the vCPU's bound thread, unlocked. */
typedef void (*FakeHvRunFn)(HvVcpu *vcpu, unsigned id, HvExit *exit, void *data);

/** A host that plays @profile; free it with ops->host_free(). */
HvHost *hv_fake_new(FakeHvProfile profile, const HvOps **ops);

/**
 * host_free() does nothing from now on, so that a test can ask afterwards what
 * happened; with @hold FALSE it is made up for.
 */
void hv_fake_hold(HvHost *host, gboolean hold);

/** VMs and vCPUs that have been made and not freed. */
unsigned hv_fake_objects(HvHost *host);

/** What host_caps() returns, for a test to change before it makes a VM. */
HvCaps *hv_fake_caps(HvHost *host);

/** Fail the @nth call of @op from now on (1: the next one) with @err (positive errno). */
void hv_fake_fail(HvHost *host, FakeHvOp op, unsigned nth, int err);

/**
 * Fail the @nth call of whatever operation from now on with @err. Kicks can't
 * fail: one whose turn it is goes through, and counts as the failure.
 */
void hv_fake_fail_any(HvHost *host, unsigned nth, int err);

/** Whether the failure of hv_fake_fail_any() has happened, and in which operation. */
gboolean hv_fake_failed_any(HvHost *host, FakeHvOp *op);

/** Fail each call of @op with @err until told otherwise; 0 ends it. */
void hv_fake_fail_always(HvHost *host, FakeHvOp op, int err);

/** Largest order that vm_allocate_htab() grants; -ENOMEM above. By default 30. */
void hv_fake_set_max_htab_order(HvHost *host, uint32_t order);

/**
 * How often a table that is being prepared is not there yet, after the call that
 * begins it; by default 0. One above the largest order then turns out to be -ENOMEM.
 */
void hv_fake_set_prepare_polls(HvHost *host, unsigned polls);

/** A commit loses one bolted entry from now on, as a faulty kernel might. */
void hv_fake_set_commit_loses(HvHost *host, gboolean loses);

/** How many streams and commits found a vCPU in the guest. */
unsigned hv_fake_disturbed(HvHost *host);

/** The @opening-th stream opened from now on (1: the next) ends after @bytes. */
void hv_fake_set_stream_limit(HvHost *host, unsigned opening, size_t bytes);

/** vcpu_run() calls @fn, unless the vCPU was kicked; NULL for waiting until kicked. */
void hv_fake_set_run(HvHost *host, FakeHvRunFn fn, void *data);

/** vcpu_bind() takes @us microseconds, as on a host whose processors are busy. */
void hv_fake_set_bind_delay(HvHost *host, unsigned us);

/** What host_timebase() returns from now on; at first 0. */
void hv_fake_set_timebase(HvHost *host, uint64_t ticks);

/** Wait until @vcpu is kicked, for a FakeHvRunFn that plays a guest which idles. */
void hv_fake_wait_kick(HvVcpu *vcpu);

/** Calls of @op since the start or the last hv_fake_forget(). */
unsigned hv_fake_count(HvHost *host, FakeHvOp op);

/** The @index-th recorded call of @op to *@call; false if there are fewer. */
gboolean hv_fake_call(HvHost *host, FakeHvOp op, unsigned index, FakeHvCall *call);

/** The last recorded call of @op to *@call; false if there is none. */
gboolean hv_fake_last(HvHost *host, FakeHvOp op, FakeHvCall *call);

/** Forget recorded calls and counts; failures asked for stay. */
void hv_fake_forget(HvHost *host);

/** A name for messages, as in HvOps. */
const char *hv_fake_op_name(FakeHvOp op);

/* --- state that the calls left ------------------------------------------- */

/** The segments that @vcpu has from now on, until its reset. */
void hv_fake_set_slb(HvVcpu *vcpu, const HvSlbEntry *slb, unsigned count);

/** The level of @vcpu's external interrupt input. */
gboolean hv_fake_vcpu_line(HvVcpu *vcpu);

/** Whether a kick waits for the next vcpu_run(). */
gboolean hv_fake_vcpu_kicked(HvVcpu *vcpu);

/** The vCPU with KVM id @id, or NULL. */
HvVcpu *hv_fake_vcpu(HvVm *vm, unsigned id);

/** What slot @slot maps; false if nothing. */
gboolean hv_fake_slot(HvVm *vm, unsigned slot, uint64_t *gpa, uint64_t *size, void **host);

/**
 * The guest's table has these contents, and from now on a commit moves them as
 * KVM does. Takes over @table; NULL for none.
 */
void hv_fake_set_htab(HvVm *vm, struct HptTable *table);
/** The table given, resized since, or NULL. */
struct HptTable *hv_fake_htab(HvVm *vm);
uint32_t hv_fake_htab_order(HvVm *vm);
/** The order of the table that is prepared or being so; 0: none. */
uint32_t hv_fake_prepared_order(HvVm *vm);

/** Whether the guest's hypercall @number was handed to the kernel. */
gboolean hv_fake_hcall_enabled(HvVm *vm, uint64_t number);

/** The descriptor that stores at @addr write; -1 if none. */
int hv_fake_store_fd(HvVm *vm, uint64_t addr);

/** The last value set for attribute @attr of @group; false if none. */
gboolean hv_fake_attr(HvVm *vm, HvIrqAttr group, uint64_t attr, uint64_t *value);

/** The kind of controller made in the kernel; false if none. */
gboolean hv_fake_irqchip(HvVm *vm, HvIrqchip *kind, uint32_t *n_servers);

/** The host mapping of @area made by irqchip_map(), or NULL. */
void *hv_fake_area(HvVm *vm, HvXiveArea area, size_t *size);
