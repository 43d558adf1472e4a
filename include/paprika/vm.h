/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine and its processors: all state hangs from here. Sub-objects are
 * owned by the Vm and private to the layer that defines them.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/config.h"
#include "include/paprika/hv.h"
#include "include/paprika/papr.h"

typedef struct Vm Vm;
typedef struct Vcpu Vcpu;

/** Why the machine leaves its run; a later, graver request wins. */
typedef enum {
    VM_REQUEST_NONE,
    VM_REQUEST_REBOOT,
    /** The guest crashed, and what it has registered for that is dumped before it reboots. */
    VM_REQUEST_DUMP,
    /** The same, asked for from outside. */
    VM_REQUEST_RESET,
    /** The guest powered itself off: exit status 0. */
    VM_REQUEST_POWEROFF,
    /** The user at the console or the monitor: exit status 0. */
    VM_REQUEST_LEAVE,
    VM_REQUEST_QUIT,
    /** A signal asked for the end: exit status 0. */
    VM_REQUEST_SIGNAL,
    /** The guest reported a crash (os-term) or can't go on: exit status 3. */
    VM_REQUEST_CRASH,
    /** Paprika or the host failed: exit status 1. */
    VM_REQUEST_FAIL,
} VmRequest;

/** What a vCPU is doing, as RTAS query-cpu-stopped-state sees it. */
typedef enum {
    VCPU_STOPPED,
    /** start-cpu was accepted; the thread has not yet taken it. */
    VCPU_STARTING,
    VCPU_RUNNING,
} VcpuState;

/** How a vCPU begins: big-endian, translation off, these registers, zeros else. */
typedef struct {
    uint64_t pc, r1, r3, r4, r5;
} VcpuEntry;

struct Vcpu {
    Vm *vm;
    /** Core and thread as one number: core * threads + thread. */
    unsigned index;
    /** KVM's vCPU id, the interrupt server number, the device tree's reg. */
    unsigned id;
    HvVcpu *hv;
    GThread *thread;
    /** Atomic: the thread's id in the kernel; 0 as long as it has not begun. */
    int tid;

    /** Protects the fields below, down to the next blank line. */
    GMutex lock;
    GCond wake;
    VcpuState state;
    /** Valid in VCPU_STARTING. */
    VcpuEntry start;
    /** The thread waits and will not enter the guest while park is set. */
    gboolean parked;
    /** The thread shall end. */
    gboolean quit;
    /** Waits in H_JOIN. */
    gboolean joined;
    /** Its core is not the guest's (hw/spapr/drc.h), so that it cannot be started. */
    gboolean isolated;

    /** Atomic: VcpuPark bits: as long as any is set, the thread comes out and parks itself. */
    uint32_t park;
    /** Atomic: VcpuEvent bits to be handled before the next entry. */
    uint32_t events;
    /** Atomic: it came out at a breakpoint, and nobody has looked at it yet. */
    int debug_hit;
    /** vCPU's own thread: the partition mode that its LPCR has (Vm.mode_seq). */
    uint32_t mode_seq;
    /** vCPU's own thread, and the main one while it is parked: a machine check waits; its flags. */
    gboolean nmi_pending;
    uint32_t nmi_flags;
};

/** Who wants a vCPU parked. */
typedef enum {
    /** The machine's life: before it starts, for a reset, at the end. */
    VCPU_PARK_LIFE = 1 << 0,
    /** Another vCPU, which works on what none may use meanwhile. */
    VCPU_PARK_PEER = 1 << 1,
    /** The user: stopped until told to go on. */
    VCPU_PARK_USER = 1 << 2,
    /** A look at the machine, for a moment. */
    VCPU_PARK_LOOK = 1 << 3,
    /** A debugger (src/vmm/debug.h). */
    VCPU_PARK_DEBUG = 1 << 4,
    /** Memory is written out (src/vmm/dump.h). */
    VCPU_PARK_DUMP = 1 << 5,
} VcpuPark;

/** Work for a vCPU's own thread. */
typedef enum {
    /** Deliver a system reset interrupt (H_SIGNAL_SYS_RESET). */
    VCPU_EVENT_SYSTEM_RESET = 1 << 0,
    /** The partition's mode (endianness, AIL) has changed. */
    VCPU_EVENT_MODE = 1 << 1,
    /** The vCPU's VcpuState has changed, or a machine check is to be delivered. */
    VCPU_EVENT_STATE = 1 << 2,
    /** The area for machine checks may be free (hw/spapr/fwnmi.h). */
    VCPU_EVENT_FWNMI = 1 << 3,
} VcpuEvent;

/** What lower layers may ask of the program's top (src/vmm). */
typedef struct {
    /**
     * Ask for a change of the machine's life; returns at once. @why is logged.
     * Any thread.
     */
    void (*request)(Vm *vm, VmRequest request, const char *why);
    /**
     * Tell the monitor's clients of @event (docs/monitor.md), with @data, the text of a
     * JSON object, or NULL. Of events that come faster than they are taken some are left
     * out, as the log says. Any thread; returns at once.
     */
    void (*event)(Vm *vm, const char *event, const char *data);
    /** Stop the machine as the user can, until the user has it go on. Any thread; returns at once.
     */
    void (*halt)(Vm *vm);
    /** Post VcpuEvent bits to @cpu and bring its thread out. Any thread. */
    void (*post_event)(Vcpu *cpu, VcpuEvent event);
    /** Start a stopped vCPU at @pc with r3 = @r3: 0 or -EBUSY if not stopped. Any thread. */
    int (*start_cpu)(Vcpu *cpu, uint64_t pc, uint64_t r3);
    /** The calling vCPU thread stops itself: no entry until start_cpu(). */
    void (*stop_self)(Vcpu *cpu);
    /**
     * Open Firmware's client interface, with the argument array at guest real
     * address @args: what its entry returns. H_FUNCTION where the guest was
     * booted without. The vCPU's own thread.
     */
    HcallRet (*client_call)(Vcpu *cpu, uint64_t args);
    /**
     * Bring every vCPU but the calling thread's own, @cpu, out of the guest and
     * keep them out until release_others(). False if another vCPU has them, then
     * the caller gives up: its own turn to come out is near. No lock may be held
     * that a handler takes.
     */
    gboolean (*hold_others)(Vcpu *cpu);
    void (*release_others)(Vcpu *cpu);
} VmControl;

struct Vm {
    const VmConfig *config;
    const VmControl *control;
    const HvOps *ops;
    const HvCaps *caps;
    HvHost *host;
    HvVm *hv;

    struct GuestMem *mem;
    /** Main thread: memory is no longer as the host made it, all zeros. */
    gboolean mem_used;
    /** Where the console is, as the user finds it ("/dev/pts/3"), or NULL; the console's own. */
    const char *console_place;
    /** Main thread: stopped by the user (VCPU_PARK_USER). */
    gboolean stopped;
    /** Main thread: it has ended and is kept (VmConfig.no_shutdown), as query-status tells it. */
    const char *ended;
    /** Main thread: the host's timebase when it was, and how far the guest's is ahead of it. */
    uint64_t stopped_at, tb_offset;
    /** mmu/mmu.h */
    struct Mmu *mmu;
    /** hw/spapr/irq/irq.h */
    struct Irq *irq;
    /** hw/spapr/platform.h: RTAS, console, clock, NVRAM. */
    struct Platform *platform;
    /** src/base/mmio_bus.h: what answers where there is no memory; constant after start. */
    struct MmioBus *mmio;
    /** hw/spapr/pci/pci_host.h: NULL where there are no PCI devices. */
    struct PciHosts *pci;
    /** hw/spapr/vio/vio.h: NULL where there are no virtual I/O devices that use memory. */
    struct VioBus *vio;
    /** hcall/hcall.h: the dispatch table; constant after start. */
    struct HcallTable *hcalls;
    /** src/vmm/life.h */
    struct Life *life;
    /** src/vmm/plug.h */
    struct Plug *plug;
    /** src/vmm/balloon.h: NULL without --balloon. */
    struct Balloon *balloon;
    /** Its ports' device (src/vmm/ports.h); NULL: none. Main thread. */
    struct Ports *ports;
    /** src/vmm/debug.h: NULL without --gdb. Set before vCPUs run, main thread. */
    struct Debug *debug;
    /** src/vmm/dump.h: the last dump, or NULL. Main thread. */
    struct Dump *dump;
    /** firmware/of_client.h: NULL where the guest was booted without; vCPUs are parked at a change.
     */
    struct OfClient *of;

    /**
     * Every vCPU that KVM has, in the order of their making, the first of core 0
     * first. One whose core was unplugged stays, stopped, until that is plugged again:
     * KVM can't take it away. Main thread adds to it, with all vCPUs parked.
     */
    Vcpu **vcpus;
    unsigned n_vcpus;
    /** The same by Vcpu.index; NULL where there is none yet. */
    Vcpu **vcpu_by_index;
    /** Distance of two cores' vCPU ids. */
    unsigned stride;

    /** Protects lpcr_value and lpcr_mask. */
    GMutex mode_lock;
    /** Partition-wide LPCR bits that H_SET_MODE chose, and which of them. */
    uint64_t lpcr_value, lpcr_mask;
    /** Atomic: raised with each change, so that vCPUs notice. */
    uint32_t mode_seq;

    /** Atomic: a vCPU holds the others (VmControl.hold_others()). */
    int held;

    /**
     * Taken by a vCPU that goes idle for good (H_JOIN, stop-self) before its own
     * lock, so that exactly one of several finds itself the last.
     */
    GMutex last_lock;
};

/** The vCPU with Vcpu.index @index, or NULL if KVM has none. Any thread. */
static inline Vcpu *vm_vcpu_at(const Vm *vm, uint64_t index)
{
    return index < config_max_cpus(vm->config) ? vm->vcpu_by_index[index] : NULL;
}

/** The vCPU with KVM id @id, or NULL. Any thread. */
static inline Vcpu *vm_vcpu_by_id(const Vm *vm, uint64_t id)
{
    uint64_t core = id / vm->stride, thread = id % vm->stride;

    if (thread >= vm->config->threads || core >= config_max_cpus(vm->config))
        return NULL;
    return vm_vcpu_at(vm, core * vm->config->threads + thread);
}

/** Any thread. */
static inline gboolean vcpu_is_stopped(Vcpu *cpu)
{
    g_mutex_lock(&cpu->lock);
    gboolean stopped = cpu->state == VCPU_STOPPED;
    g_mutex_unlock(&cpu->lock);
    return stopped;
}
