/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the fake hypervisor share, and its operations (see HvOps). */
#pragma once

#include "tests/unit/fake_hv.h"

/** A failure that a test asked for. */
typedef struct {
    /** Calls until it happens; 0: none is waiting. */
    unsigned after;
    int err;
    int always;
} FakeFailure;

struct HvHost {
    HvCaps caps;
    HvOps ops;
    uint32_t max_htab_order;
    uint64_t timebase;
    unsigned prepare_polls;
    gboolean commit_loses;
    /** Atomic. */
    int disturbed;
    /** Streams until the one that is cut off, and where. */
    unsigned stream_opening;
    size_t stream_limit;
    FakeHvRunFn run;
    void *run_data;

    /** Protects the fields below. */
    GMutex lock;
    GArray *calls;
    unsigned counts[FAKE_OP_COUNT];
    FakeFailure failures[FAKE_OP_COUNT];
    /** As failures, but counting calls of every operation. */
    FakeFailure any;
    FakeHvOp any_op;
    /** VMs and vCPUs that have not been freed. */
    unsigned objects;
    /** host_free() leaves it to the test. */
    gboolean held;
    /** How long a vCPU's thread takes to begin. */
    unsigned bind_delay_us;
};

typedef struct {
    uint64_t gpa, size;
    void *host;
} FakeSlot;

struct HvVm {
    HvHost *host;

    /** Protects the fields below. */
    GMutex lock;
    FakeSlot slots[FAKE_HV_MAX_SLOTS];
    GHashTable *hcalls;
    GHashTable *vcpus;
    GHashTable *attrs;
    GHashTable *rtas;
    /** Descriptors (plus one) by the address of the stores that write them. */
    GHashTable *store_fds;
    gboolean has_irqchip;
    HvIrqchip irqchip;
    uint32_t n_servers;
    void *areas[2];
    size_t area_sizes[2];
    unsigned threads;
    gboolean radix;
    uint32_t htab_order;
    /** Contents, or NULL; owned. */
    struct HptTable *htab;
    /** The table that is prepared, 0 for none, and calls until it is there. */
    uint32_t prepared_order;
    unsigned prepare_polls;
    /** Atomic: vCPUs within vcpu_run(). */
    int running;
};

struct HvVcpu {
    HvVm *vm;
    unsigned id;

    /** Protects the fields below. */
    GMutex lock;
    GCond wake;
    gboolean kicked;
    /** The last exit has results that are yet to be taken in. */
    gboolean pending;
    gboolean line;
    gboolean attached;
    HvRegs regs;
    HvSlbEntry slb[HV_MAX_SLB];
    HvVectors vectors;
    gboolean debug;
    GHashTable *one_regs;
};

/** Count the call: the negative errno value that a test wants of it, or 0. */
int fake_enter(HvHost *host, FakeHvOp op);
/** A VM or vCPU was made (1) or freed (-1). */
void fake_count_object(HvHost *host, int change);
/** Record the call with its result @ret, which is returned. */
int fake_leave(HvHost *host, FakeHvCall call, int ret);

HvVm *fake_hv_vm_new(HvHost *host, GError **error);
void fake_hv_vm_free(HvVm *vm);
gboolean fake_hv_vm_set_smt(HvVm *vm, unsigned threads, unsigned *stride, GError **error);
int fake_hv_vm_map(HvVm *vm, unsigned slot, uint64_t gpa, uint64_t size, void *host);
int fake_hv_vm_enable_hcall(HvVm *vm, uint64_t number);
int fake_hv_vcpu_enable_fwnmi(HvVcpu *vcpu);
int fake_hv_vm_configure_v3_mmu(HvVm *vm, uint64_t flags, uint64_t process_table);
int fake_hv_vm_allocate_htab(HvVm *vm, uint32_t *order);
int fake_hv_vm_resize_htab_prepare(HvVm *vm, uint32_t order);
int fake_hv_vm_resize_htab_commit(HvVm *vm, uint32_t order);
int fake_hv_vm_get_htab_fd(HvVm *vm, uint32_t flags, uint64_t start);
int fake_hv_vm_store_fd(HvVm *vm, uint64_t addr, int fd, gboolean bind);
int fake_hv_vm_define_rtas(HvVm *vm, const char *name, uint32_t token);
int fake_hv_irqchip_new(HvVm *vm, HvIrqchip kind, uint32_t n_servers);
void fake_hv_irqchip_free(HvVm *vm);
/** As fake_hv_irqchip_free(), unrecorded. */
void fake_release_irqchip(HvVm *vm);
int fake_hv_irqchip_attr_set(HvVm *vm, HvIrqAttr group, uint64_t attr, const void *value);
int fake_hv_irqchip_attr_get(HvVm *vm, HvIrqAttr group, uint64_t attr, void *value);
void *fake_hv_irqchip_map(HvVm *vm, HvXiveArea area, size_t size);
int fake_hv_irq_line(HvVm *vm, uint32_t source, gboolean level);
int fake_hv_irq_fd(HvVm *vm, uint32_t source, int eventfd, gboolean bind);
HvVcpu *fake_hv_vcpu_new(HvVm *vm, unsigned id, GError **error);
void fake_hv_vcpu_free(HvVcpu *vcpu);
int fake_hv_vcpu_attach_irqchip(HvVcpu *vcpu, HvIrqchip kind, uint32_t server);
void fake_hv_vcpu_bind(HvVcpu *vcpu);
void fake_hv_vcpu_run(HvVcpu *vcpu, HvExit *exit);
void fake_hv_vcpu_kick(HvVcpu *vcpu);
void fake_hv_vcpu_unkick(HvVcpu *vcpu);
int fake_hv_vcpu_interrupt(HvVcpu *vcpu, gboolean level);
int fake_hv_vcpu_get_regs(HvVcpu *vcpu, HvRegs *regs);
int fake_hv_vcpu_set_regs(HvVcpu *vcpu, const HvRegs *regs);
int fake_hv_vcpu_get_reg(HvVcpu *vcpu, HvReg reg, uint64_t *value);
int fake_hv_vcpu_set_reg(HvVcpu *vcpu, HvReg reg, uint64_t value);
int fake_hv_vcpu_get_slb(HvVcpu *vcpu, HvSlbEntry slb[HV_MAX_SLB]);
int fake_hv_vcpu_get_vectors(HvVcpu *vcpu, HvVectors *vectors);
int fake_hv_vcpu_set_vectors(HvVcpu *vcpu, const HvVectors *vectors);
int fake_hv_vcpu_set_debug(HvVcpu *vcpu, gboolean on);
gboolean fake_hv_vcpu_reset(HvVcpu *vcpu, GError **error);
