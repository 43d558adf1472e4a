/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of src/kvm share: the objects behind HvOps' opaque types. */
#pragma once

#include <pthread.h>

#include <linux/kvm.h>

#include "include/paprika/hv.h"

struct HvHost {
    /** /dev/kvm. */
    int fd;
    /** The VM that probing made, for the first vm_new() to use; or -1. */
    int probed_vm;
    /** Bytes of the shared structure of a vCPU. */
    size_t run_size;
    HvCaps caps;
    char model[64];
    /** /proc/uptime, or -1; threads that were online with it. */
    int uptime;
    unsigned threads;
};

struct HvVm {
    HvHost *host;
    int fd;
    /** The in-kernel interrupt controller's device, or -1. */
    int irqchip;
    HvIrqchip irqchip_kind;
    /** Where irqchip_map() maps, by HvXiveArea; kept from one controller to the next. */
    struct {
        void *address;
        size_t size;
    } areas[2];
};

struct HvVcpu {
    HvVm *vm;
    int fd;
    unsigned id;
    struct kvm_run *run;
    /** Set by vcpu_bind(); bound is atomic. */
    pthread_t thread;
    int bound;
    /** The last exit waits for its results to be taken in by the next KVM_RUN. */
    gboolean pending;
    /** Registers are as KVM made them: a reset has nothing to clear. */
    gboolean fresh;
};

/** The signal that brings a vCPU thread out of KVM_RUN. */
enum { KVM_KICK_SIGNAL_OFFSET = 1 };
#define KVM_KICK_SIGNAL (SIGRTMIN + KVM_KICK_SIGNAL_OFFSET)

/** ioctl() that is repeated when a signal interrupts it; negative errno on failure. */
int kvm_ioctl(int fd, unsigned long request, unsigned long argument);
int kvm_ioctl_ptr(int fd, unsigned long request, const void *argument);
/** KVM_ENABLE_CAP with up to two arguments; 0 or negative errno. */
int kvm_enable_cap(int fd, uint32_t cap, uint64_t arg0, uint64_t arg1);
/** KVM_CHECK_EXTENSION; 0 where unknown. */
int kvm_check(int fd, int cap);

/** Fill the host processor's description from its device tree. */
void kvm_host_cpu_read(HvCaps *caps, char *model, size_t model_size);

/* host_tree.c: the host's device tree, below /proc. */
#define HOST_TREE "/proc/device-tree"
/** A property of one or two cells as a number; 0 if there is none. */
uint64_t host_tree_number(const char *node, const char *property);
/** FALSE if there is none; @text then is "". */
gboolean host_tree_text(const char *node, const char *property, char *text, size_t size);
/** Bytes of a property, at most @size; 0 if there is none. */
size_t host_tree_bytes(const char *node, const char *property, void *bytes, size_t size);
/** Call @each with the path of every processor's node, until it says FALSE. */
void host_tree_each_cpu(gboolean (*each)(const char *node, void *data), void *data);

/* host_pool.c */
/** Count the host's processors, and open what tells how busy they are. */
void kvm_host_pool_open(HvHost *host);
void kvm_host_pool_close(HvHost *host);
int kvm_host_pool_time(HvHost *host, HvPoolTime *time);

/* kvm_vm.c */
HvVm *kvm_vm_new(HvHost *host, GError **error);
void kvm_vm_free(HvVm *vm);
gboolean kvm_vm_set_smt(HvVm *vm, unsigned threads, unsigned *stride, GError **error);
int kvm_vm_map(HvVm *vm, unsigned slot, uint64_t gpa, uint64_t size, void *host);
int kvm_vm_enable_hcall(HvVm *vm, uint64_t number);
int kvm_vm_configure_v3_mmu(HvVm *vm, uint64_t flags, uint64_t process_table);
int kvm_vm_allocate_htab(HvVm *vm, uint32_t *order);
int kvm_vm_resize_htab_prepare(HvVm *vm, uint32_t order);
int kvm_vm_resize_htab_commit(HvVm *vm, uint32_t order);
int kvm_vm_get_htab_fd(HvVm *vm, uint32_t flags, uint64_t start);
int kvm_vm_store_fd(HvVm *vm, uint64_t addr, int fd, gboolean bind);
int kvm_vm_define_rtas(HvVm *vm, const char *name, uint32_t token);

/* kvm_irqchip.c */
int kvm_irqchip_new(HvVm *vm, HvIrqchip kind, uint32_t n_servers);
void kvm_irqchip_free(HvVm *vm);
int kvm_irqchip_attr_set(HvVm *vm, HvIrqAttr group, uint64_t attr, const void *value);
int kvm_irqchip_attr_get(HvVm *vm, HvIrqAttr group, uint64_t attr, void *value);
void *kvm_irqchip_map(HvVm *vm, HvXiveArea area, size_t size);
int kvm_irq_line(HvVm *vm, uint32_t source, gboolean level);
int kvm_irq_fd(HvVm *vm, uint32_t source, int eventfd, gboolean bind);
int kvm_vcpu_attach_irqchip(HvVcpu *vcpu, HvIrqchip kind, uint32_t server);

/* kvm_vcpu.c */
HvVcpu *kvm_vcpu_new(HvVm *vm, unsigned id, GError **error);
void kvm_vcpu_free(HvVcpu *vcpu);
void kvm_vcpu_bind(HvVcpu *vcpu);
void kvm_vcpu_run(HvVcpu *vcpu, HvExit *exit);
void kvm_vcpu_kick(HvVcpu *vcpu);
void kvm_vcpu_unkick(HvVcpu *vcpu);
int kvm_vcpu_interrupt(HvVcpu *vcpu, gboolean level);
/** Let KVM take in the results of the last exit, without entering the guest. */
int kvm_vcpu_settle(HvVcpu *vcpu);

/* kvm_regs.c */
int kvm_vcpu_get_regs(HvVcpu *vcpu, HvRegs *regs);
int kvm_vcpu_set_regs(HvVcpu *vcpu, const HvRegs *regs);
int kvm_vcpu_get_slb(HvVcpu *vcpu, HvSlbEntry slb[HV_MAX_SLB]);
int kvm_vcpu_get_reg(HvVcpu *vcpu, HvReg reg, uint64_t *value);
int kvm_vcpu_set_reg(HvVcpu *vcpu, HvReg reg, uint64_t value);
int kvm_vcpu_get_vectors(HvVcpu *vcpu, HvVectors *vectors);
int kvm_vcpu_set_vectors(HvVcpu *vcpu, const HvVectors *vectors);
int kvm_vcpu_enable_fwnmi(HvVcpu *vcpu);
int kvm_vcpu_set_debug(HvVcpu *vcpu, gboolean on);
gboolean kvm_vcpu_reset(HvVcpu *vcpu, GError **error);
