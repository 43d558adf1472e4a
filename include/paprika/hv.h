/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HvOps: what Paprika needs of a hypervisor that runs PAPR guests. src/kvm is
 * the only implementation in the program; tests/unit/fake_hv.c serves the unit
 * tests. Calls that a layer above turns into PAPR codes return 0 or a negative
 * errno value; set-up calls return false and a GError.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct HvHost HvHost;
typedef struct HvVm HvVm;
typedef struct HvVcpu HvVcpu;
typedef struct HvOps HvOps;

enum { HV_MAX_PAGE_SIZES = 8, HV_MAX_RADIX_AP = 8, HV_MAX_HCALL_ARGS = 9, HV_MAX_SLB = 64 };

/** One segment (base) page size and the actual page sizes it may hold. */
typedef struct {
    /** log2 of bytes; 0 ends the list. */
    uint32_t shift;
    /** L || LP bits for the SLB entry. */
    uint32_t slb_enc;
    struct {
        uint32_t shift;
        /** LP bits for the page table entry. */
        uint32_t pte_enc;
    } enc[HV_MAX_PAGE_SIZES];
} HvSegmentPageSize;

/** KVM_PPC_GET_SMMU_INFO. */
typedef struct {
    gboolean valid;
    gboolean page_sizes_real;
    gboolean one_t_segments;
    gboolean no_hash;
    uint32_t slb_entries;
    HvSegmentPageSize sps[HV_MAX_PAGE_SIZES];
} HvSmmuInfo;

/** KVM_PPC_GET_RMMU_INFO: AP encodings, AP in the top 3 bits, size in the low ones. */
typedef struct {
    gboolean valid;
    uint32_t ap_encodings[HV_MAX_RADIX_AP];
    unsigned ap_count;
} HvRmmuInfo;

/** KVM_PPC_GET_CPU_CHAR, already limited to the bits that the masks vouch for. */
typedef struct {
    gboolean valid;
    uint64_t character;
    uint64_t behaviour;
} HvCpuChar;

/** One cache, sizes in bytes; 0 where the host does not tell. */
typedef struct {
    uint32_t size;
    uint32_t line;
    uint32_t sets;
} HvCache;

/** The host processor, from its device tree. */
typedef struct {
    /** Processor version register. */
    uint32_t pvr;
    /** Hz. */
    uint32_t timebase;
    /** Hz. */
    uint64_t clock;
    HvCache dcache, icache;
    /** Host identity for /host-model and friends; owned by HvHost, may be NULL. */
    const char *model;
} HvHostCpu;

/** The host's processors, as it was when it was opened; in cores, 0 where it does not tell. */
typedef struct {
    /** Cores with at least one thread online. */
    unsigned cores;
    unsigned cores_present;
    /** Sockets, chips in each, cores in each chip; for a host that is no partition. */
    unsigned modules, module_chips, chip_cores;
} HvPool;

/** What the host's processors have done since it started; sums over all online cores. */
typedef struct {
    /** Microseconds. */
    uint64_t elapsed, idle;
} HvPoolTime;

/** What the host offers; filled once when it is opened. */
typedef struct {
    int api_version;
    /** An HV VM can be made (kvm-hv is loaded). */
    gboolean hv;
    /** The host is itself a partition (nested HV). */
    gboolean nested;
    gboolean radix;
    gboolean hash_v3;
    gboolean hash;
    gboolean irq_xics;
    gboolean irq_xive;
    gboolean hwrng;
    gboolean resize_hpt;
    gboolean fwnmi;
    gboolean rpt_invalidate;
    gboolean large_decrementer;
    gboolean ail_mode_3;
    gboolean dawr1;
    gboolean htm;
    gboolean nested_hv;
    /** Bit N: 2^N threads per core possible. */
    uint32_t smt_possible;
    /** Threads of a (sub)core as KVM counts vCPU ids before SMT is set. */
    uint32_t smt;
    uint32_t max_vcpus;
    uint32_t max_vcpu_id;
    uint32_t nr_memslots;
    HvSmmuInfo smmu;
    HvRmmuInfo rmmu;
    HvCpuChar cpu_char;
    HvHostCpu cpu;
    HvPool pool;
    /** Bytes of a base page of the host. */
    uint64_t page_size;
} HvCaps;

typedef enum {
    /** Interrupted or asked to come out; nothing to do. */
    HV_EXIT_INTERRUPTED,
    HV_EXIT_HCALL,
    HV_EXIT_MMIO,
    /** Machine check that the kernel hands to us (FWNMI). */
    HV_EXIT_NMI,
    HV_EXIT_DEBUG,
    /** The vCPU can't go on; detail says why. */
    HV_EXIT_FAIL,
} HvExitReason;

/** One exit; pointers are valid until the next vcpu_run() of the same vCPU. */
typedef struct {
    HvExitReason reason;
    union {
        struct {
            uint64_t number;
            /** r4 to r12 in, and out again. */
            uint64_t *args;
            /** r3 out. */
            uint64_t *ret;
        } hcall;
        struct {
            uint64_t addr;
            uint8_t *data;
            uint32_t length;
            gboolean write;
        } mmio;
        struct {
            const char *what;
            uint64_t code;
        } fail;
        struct {
            /** HV_NMI_*. */
            uint32_t flags;
        } nmi;
    };
} HvExit;

/** How far the host's kernel got over a machine check. */
enum {
    HV_NMI_DISPOSITION_MASK = 3,
    HV_NMI_FULLY_RECOVERED = 1,
    HV_NMI_LIMITED_RECOVERY = 2,
    HV_NMI_NOT_RECOVERED = 3,
};

/** One-regs that layers above use, with their widths. */
typedef enum {
    HV_REG_PVR,
    HV_REG_LPCR,
    HV_REG_VPA_ADDR,
    HV_REG_VPA_SLB,
    HV_REG_VPA_DTL,
    HV_REG_ARCH_COMPAT,
    HV_REG_DEC_EXPIRY,
    HV_REG_TB_OFFSET,
    /** State of an in-kernel XICS's presentation controller. */
    HV_REG_ICP_STATE,
    /** A vCPU of an in-kernel XIVE: words 0 and 1 of its OS ring, NSR uppermost. */
    HV_REG_XIVE_VP_STATE,
    /** Address and cause of the last data storage or machine check interrupt. */
    HV_REG_DAR,
    HV_REG_DSISR,
    /** The instruction that is a breakpoint while vcpu_set_debug() is on. */
    HV_REG_DEBUG_INST,
    /** Processor utilization. */
    HV_REG_PURR,
} HvReg;

enum {
    HV_LPCR_ILE = 1 << 25,
    HV_LPCR_LD = 1 << 17,
    HV_LPCR_AIL_SHIFT = 23,
    HV_LPCR_AIL = 3 << 23,
};

/* Bits of the MSR (Power ISA, Book III, 4.2.1). */
#define HV_MSR_SF (UINT64_C(1) << 63)
#define HV_MSR_ME (UINT64_C(1) << 12)
#define HV_MSR_IR (UINT64_C(1) << 5)
#define HV_MSR_DR (UINT64_C(1) << 4)
#define HV_MSR_RI (UINT64_C(1) << 1)
#define HV_MSR_LE UINT64_C(1)
/** What an interrupt's SRR1 takes over from the MSR (Power ISA, Book III, 7.5). */
#define HV_SRR1_FROM_MSR (~UINT64_C(0x783f0000))

/** General registers of a vCPU as needed to start and to inspect it. */
typedef struct {
    uint64_t gpr[32];
    uint64_t pc, msr, lr, ctr, cr, xer, srr0, srr1, pid;
    uint64_t sprg[8];
} HvRegs;

/** Floating point and vector registers. */
typedef struct {
    /** High and low doubleword; 0 to 31 begin with the floating point registers, 32 to 63 are VR0
     * to VR31. */
    uint64_t vsr[64][2];
    uint64_t fpscr;
    uint32_t vscr, vrsave;
} HvVectors;

/** An entry of the segment lookaside buffer: the words that slbmte takes; all zero if it is none.
 */
typedef struct {
    uint64_t esid;
    uint64_t vsid;
} HvSlbEntry;

typedef enum { HV_IRQCHIP_XICS, HV_IRQCHIP_XIVE } HvIrqchip;

/** Which of the kernel's device attribute groups an access is for. */
typedef enum {
    HV_IRQ_ATTR_XICS_SOURCE,
    HV_IRQ_ATTR_XIVE_CTRL,
    HV_IRQ_ATTR_XIVE_SOURCE,
    HV_IRQ_ATTR_XIVE_SOURCE_CONFIG,
    HV_IRQ_ATTR_XIVE_EQ_CONFIG,
    HV_IRQ_ATTR_XIVE_SOURCE_SYNC,
} HvIrqAttr;

/** KVM_DEV_XIVE_GRP_EQ_CONFIG's structure. */
typedef struct {
    uint32_t flags;
    uint32_t qshift;
    uint64_t qaddr;
    uint32_t qtoggle;
    uint32_t qindex;
    uint8_t pad[40];
} HvXiveEq;
G_STATIC_ASSERT(sizeof(HvXiveEq) == 64);

enum {
    HV_XIVE_CTRL_RESET = 1,
    HV_XIVE_CTRL_EQ_SYNC = 2,
    HV_XIVE_EQ_ALWAYS_NOTIFY = 1,
    HV_XIVE_SOURCE_LSI = 1 << 0,
    HV_XIVE_SOURCE_ASSERTED = 1 << 1,
    /** What SOURCE_CONFIG packs: priority, server, mask, EISN. */
    HV_XIVE_SOURCE_SERVER_SHIFT = 3,
    HV_XIVE_SOURCE_EISN_SHIFT = 33,
    HV_XIVE_EQ_SERVER_SHIFT = 3,
};
#define HV_XIVE_SOURCE_MASKED (UINT64_C(1) << 32)
/** XICS source state word: server, priority, then these (kernel's xics.rst). */
#define HV_XICS_PRIORITY_SHIFT 32
#define HV_XICS_LEVEL (UINT64_C(1) << 40)
#define HV_XICS_MASKED (UINT64_C(1) << 41)
#define HV_XICS_PENDING (UINT64_C(1) << 42)

/** The areas of a XIVE device that are mapped into this process and the guest. */
typedef enum { HV_XIVE_TIMA, HV_XIVE_ESB } HvXiveArea;

/** KVM_PPC_CONFIGURE_V3_MMU's flags. */
enum { HV_V3_MMU_RADIX = 1, HV_V3_MMU_GTSE = 2 };

/** KVM_PPC_GET_HTAB_FD's flags. */
enum { HV_HTAB_BOLTED_ONLY = 1, HV_HTAB_WRITE = 2 };

struct HvOps {
    /* --- host ------------------------------------------------------------ */
    const HvCaps *(*host_caps)(HvHost *host);
    void (*host_free)(HvHost *host);
    /** The timebase as the host reads it, in ticks of HvHostCpu.timebase. Any thread. */
    uint64_t (*host_timebase)(HvHost *host);
    /** What the processors of caps.pool have done: 0 or a negative errno value. Any thread. */
    int (*host_pool_time)(HvHost *host, HvPoolTime *time);

    /* --- VM (main thread, or vCPUs stopped, unless said otherwise) --------- */
    HvVm *(*vm_new)(HvHost *host, GError **error);
    void (*vm_free)(HvVm *vm);
    /** Set @threads per core; *@stride is then the distance of two cores' vCPU ids. */
    gboolean (*vm_set_smt)(HvVm *vm, unsigned threads, unsigned *stride, GError **error);
    /** Give the guest @size bytes of this process at @gpa; size 0 takes slot away. */
    int (*vm_map)(HvVm *vm, unsigned slot, uint64_t gpa, uint64_t size, void *host);
    /** Let the kernel answer hypercall @number itself: 0, or -EINVAL where it can't. */
    int (*vm_enable_hcall)(HvVm *vm, uint64_t number);
    int (*vm_configure_v3_mmu)(HvVm *vm, uint64_t flags, uint64_t process_table);
    /** In: wanted order; out: granted order. */
    int (*vm_allocate_htab)(HvVm *vm, uint32_t *order);
    /**
     * Have a table of @order made beside the guest's own: 0 when it is there, or
     * milliseconds after which to ask again. Another order than the last one's
     * drops that one; 0 only does that. -EINVAL: no such order, or a radix guest;
     * -ENOMEM. Any thread, short.
     */
    int (*vm_resize_htab_prepare)(HvVm *vm, uint32_t order);
    /**
     * Move the entries over, and the guest to the table of @order: 0, -ENXIO if
     * none of that order is prepared, -EBUSY if it is not there yet, -ENOSPC if
     * two bolted entries collide, -EIO. The prepared table is gone after any of
     * these. Any thread, with no vCPU in the guest; long.
     */
    int (*vm_resize_htab_commit)(HvVm *vm, uint32_t order);
    /**
     * A descriptor, the caller's, to read or write the table as a stream
     * (mmu/hpt_stream.h) from entry @start on, or a negative errno. Any thread.
     */
    int (*vm_get_htab_fd)(HvVm *vm, uint32_t flags, uint64_t start);
    /**
     * A store of whatever length at @addr writes @fd, an eventfd, instead of
     * coming out; or, with @bind false, no longer. 0 or a negative errno. Any thread.
     */
    int (*vm_store_fd)(HvVm *vm, uint64_t addr, int fd, gboolean bind);
    /** Name an RTAS service that the kernel's XICS answers itself under @token; 0 removes. */
    int (*vm_define_rtas)(HvVm *vm, const char *name, uint32_t token);

    /* --- in-kernel interrupt controller ------------------------------------ */
    int (*irqchip_new)(HvVm *vm, HvIrqchip kind, uint32_t n_servers);
    /**
     * Take the controller away: what was mapped of it goes, vCPUs are no longer
     * connected. Without one, nothing happens. No vCPU runs.
     */
    void (*irqchip_free)(HvVm *vm);
    /** Any thread. */
    int (*irqchip_attr_set)(HvVm *vm, HvIrqAttr group, uint64_t attr, const void *value);
    int (*irqchip_attr_get)(HvVm *vm, HvIrqAttr group, uint64_t attr, void *value);
    /** Map @size bytes of @area; NULL and errno on failure. Gone with the controller. */
    void *(*irqchip_map)(HvVm *vm, HvXiveArea area, size_t size);
    /** Set an interrupt line. Any thread. */
    int (*irq_line)(HvVm *vm, uint32_t source, gboolean level);
    /** Have @eventfd raise an existing edge-triggered @source, or no longer. Any thread. */
    int (*irq_fd)(HvVm *vm, uint32_t source, int eventfd, gboolean bind);

    /* --- vCPU --------------------------------------------------------------- */
    HvVcpu *(*vcpu_new)(HvVm *vm, unsigned id, GError **error);
    void (*vcpu_free)(HvVcpu *vcpu);
    /** Connect to the in-kernel controller as interrupt server @server. */
    int (*vcpu_attach_irqchip)(HvVcpu *vcpu, HvIrqchip kind, uint32_t server);
    /** The calling thread becomes the one that vcpu_run() and vcpu_kick() mean. */
    void (*vcpu_bind)(HvVcpu *vcpu);
    /** Enter the guest until it needs us. The bound thread only. */
    void (*vcpu_run)(HvVcpu *vcpu, HvExit *exit);
    /** Make a vcpu_run() in progress, or else the next one, return soon. Any thread. */
    void (*vcpu_kick)(HvVcpu *vcpu);
    /** Forget a kick. The bound thread only. */
    void (*vcpu_unkick)(HvVcpu *vcpu);
    /** The external interrupt input, level-held. Any thread, without waiting for a run. */
    int (*vcpu_interrupt)(HvVcpu *vcpu, gboolean level);
    /**
     * KVM_CAP_PPC_FWNMI: from now on machine checks of all the machine's vCPUs become
     * HV_EXIT_NMI. The bound thread.
     */
    int (*vcpu_enable_fwnmi)(HvVcpu *vcpu);
    /* Registers: the bound thread, or any while the vCPU does not run. */
    int (*vcpu_get_regs)(HvVcpu *vcpu, HvRegs *regs);
    int (*vcpu_set_regs)(HvVcpu *vcpu, const HvRegs *regs);
    int (*vcpu_get_reg)(HvVcpu *vcpu, HvReg reg, uint64_t *value);
    int (*vcpu_set_reg)(HvVcpu *vcpu, HvReg reg, uint64_t value);
    int (*vcpu_get_vectors)(HvVcpu *vcpu, HvVectors *vectors);
    int (*vcpu_set_vectors)(HvVcpu *vcpu, const HvVectors *vectors);
    /** From the next run on the instruction HV_REG_DEBUG_INST is an HV_EXIT_DEBUG, and not the
     * guest's. */
    int (*vcpu_set_debug)(HvVcpu *vcpu, gboolean on);
    int (*vcpu_get_slb)(HvVcpu *vcpu, HvSlbEntry slb[HV_MAX_SLB]);
    /** All architected state (segments, floating point, timers, VPA) as after power-on. */
    gboolean (*vcpu_reset)(HvVcpu *vcpu, GError **error);
};

/**
 * Open /dev/kvm and find out what it offers. On failure the message says what
 * is missing and what to do. Implemented in src/kvm; elsewhere than on POWER
 * it always fails, saying so.
 */
HvHost *hv_kvm_open(const HvOps **ops, GError **error);
