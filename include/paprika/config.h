/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user asked for, as plain data: filled by src/vmm/ from the command
 * line and the configuration file, read by every layer, written by none.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/** Bounds of what can be asked for. */
enum {
    CONFIG_MAX_VCPUS = 2048,
    CONFIG_MAX_THREADS = 8,
    CONFIG_MAX_NODES = 32,
    /** Of a CPU that is in no node. */
    CONFIG_NO_NODE = 255,
    CONFIG_MAX_DISKS = 64,
    CONFIG_MAX_DISK_QUEUES = 16,
    CONFIG_MAX_NETS = 32,
    CONFIG_MAX_NET_QUEUES = 16,
    CONFIG_MAX_PORTS = 31,
};
#define CONFIG_MIN_MEMORY (128 * MIB)
#define CONFIG_MAX_MEMORY (16 * TIB)
#define CONFIG_MEMORY_STEP (16 * MIB)

typedef enum { MMU_AUTO, MMU_RADIX, MMU_HASH } MmuChoice;
typedef enum { HPT_RESIZE_AUTO, HPT_RESIZE_ON, HPT_RESIZE_OFF } HptResizeChoice;
typedef enum { IRQ_AUTO, IRQ_XIVE, IRQ_XICS } IrqChoice;
/** Who does the interrupt controller's work. */
typedef enum { IRQ_IN_AUTO, IRQ_IN_KERNEL, IRQ_IN_USER } IrqPlace;
/** The newest processor that a guest may see, in ascending order after "no limit". */
typedef enum {
    CPU_COMPAT_NONE,
    CPU_COMPAT_POWER8,
    CPU_COMPAT_POWER9,
    CPU_COMPAT_POWER10
} CpuCompat;

/** What guest memory consists of on the host. */
typedef enum {
    MEMORY_ANONYMOUS,
    /** A file in memory that has no name. */
    MEMORY_MEMFD,
    /** Huge pages of the host's default size, reserved when mapped. */
    MEMORY_HUGETLB,
    /** A new or empty file, or one without a name in a folder. */
    MEMORY_FILE,
} MemoryBacking;

typedef enum { BOOT_AUTO, BOOT_DIRECT, BOOT_OF } BootChoice;

typedef enum {
    CONSOLE_STDIO,
    CONSOLE_PTY,
    CONSOLE_FILE,
    CONSOLE_UNIX,
    CONSOLE_NONE,
} ConsoleKind;

/** Nodes of processors and memory (hw/spapr/numa.h). */
typedef struct {
    unsigned n_nodes;
    /** Bytes; multiples of CONFIG_MEMORY_STEP, 0 too. */
    uint64_t memory[CONFIG_MAX_NODES];
    /** By vCPU index: a node, or CONFIG_NO_NODE. */
    uint8_t cpu_node[CONFIG_MAX_VCPUS];
    /** From one to another; 0: nothing was said. */
    uint8_t distance[CONFIG_MAX_NODES][CONFIG_MAX_NODES];
} NumaConfig;

/** What blocked system calls end in; off: nothing is given up, nothing blocked. */
typedef enum { SANDBOX_OFF, SANDBOX_ON, SANDBOX_LOG } SandboxMode;

typedef struct {
    /** File or block device; owned. */
    char *path;
    gboolean readonly;
    /** The machine stops where a request fails, which is tried again when it goes on. */
    gboolean stop_on_error;
    /** Past the host's page cache. */
    gboolean direct;
    /** The device reaches memory through DMA windows. */
    gboolean iommu;
    unsigned queues;
    /** Empty: none given. */
    char serial[21];
    /** On the first PCI bridge; 0: any. */
    unsigned slot;
    /** Names for the monitor: the device's, its file's, and a format's upon that, which may be
     * missing; owned. All NULL: the device has its number, and is its node. */
    char *id, *node, *layer;
} DiskConfig;

/** vhost-net: never; if it can be had; it must. */
typedef enum { NET_VHOST_OFF, NET_VHOST_AUTO, NET_VHOST_ON } NetVhostUse;

typedef struct {
    /** PAPR's own card, and not virtio's. */
    gboolean llan;
    /** A tap interface of the host. Empty: fds are attached to one already. */
    char tap[16];
    int fds[CONFIG_MAX_NET_QUEUES];
    unsigned queues;
    /** Whether mac was given; else it is made from the guest's name. */
    gboolean has_mac;
    uint8_t mac[6];
    /** 0: the guest is told none. */
    unsigned mtu;
    /** The device reaches memory through DMA windows. */
    gboolean iommu;
    /** Whether the kernel's own workers serve its queues. */
    NetVhostUse vhost;
    /** Descriptors of /dev/vhost-net, one for each queue, or (0) none were given. */
    int vhost_fds[CONFIG_MAX_NET_QUEUES];
    unsigned n_vhost_fds;
    /** On the first PCI bridge; 0: any. */
    unsigned slot;
    /** Names for the monitor: the device's, and its back end's; owned. NULL: its number, none. */
    char *id, *backend;
} NetConfig;

/** A port of the device that has them all. */
typedef struct {
    /** What the guest finds it by; owned. */
    char *name;
    /** From 1 to CONFIG_MAX_PORTS, each port's another. */
    unsigned number;
    /** The guest has a console there. */
    gboolean console;
    /** As the console's, but for CONSOLE_STDIO; owned. */
    ConsoleKind kind;
    char *path;
    int fd;
    /** Names for the monitor: the port's, and that of what it is connected to; owned. NULL: its
     * name. */
    char *id, *backend;
} PortConfig;

typedef struct {
    /** A bit for each of option_keys (src/vmm/option_keys.h), by its index: it was given. */
    uint64_t given;
    /** Owned strings; NULL where not given. */
    char *kernel;
    char *initrd;
    char *append;
    char *name;
    char *log_file;
    char *trace;

    /** Bytes. */
    uint64_t memory;
    /** The most that the guest can ever have; 0: memory. */
    uint64_t max_memory;
    MemoryBacking memory_backing;
    /** Other processes that get at it see what the guest writes. */
    gboolean memory_share;
    /** Of MEMORY_FILE; owned. */
    char *memory_path;

    /** vCPUs at boot; a multiple of threads. */
    unsigned cpus;
    /** vCPUs that there can ever be, a multiple of threads, too; 0: cpus. */
    unsigned max_cpus;
    /** Threads per core: 1, 2, 4 or 8. */
    unsigned threads;
    /** Owned; NULL: all is one node. */
    NumaConfig *numa;

    BootChoice boot;
    MmuChoice mmu;
    /** log2 of the first hash page table's bytes; 0: as memory needs. */
    unsigned hpt_order;
    HptResizeChoice hpt_resize;
    /** Check each resize against a table of our own. */
    gboolean hpt_verify;
    IrqChoice irq;
    IrqPlace irq_place;
    CpuCompat max_cpu_compat;
    /** Let the kernel answer H_RPT_INVALIDATE. */
    gboolean rpt_invalidate;
    /** Let the guest know how busy its host is (H_PIC). */
    gboolean pool_stats;

    ConsoleKind console;
    /** File or socket; owned. */
    char *console_path;
    /** Of CONSOLE_UNIX: a listening socket that was inherited; 0: none. */
    int console_fd;

    /** Socket of the monitor; owned; NULL for none. */
    char *qmp_path;
    /** It is the one that a guest with a name has (run_dir.h): not asked for. */
    gboolean qmp_default;
    /** No monitor, whatever the name is. */
    gboolean qmp_none;
    /** A listening socket for it that was inherited; 0: none. */
    int qmp_fd;
    /** Where a debugger may connect, tcp:... or unix:PATH; owned; NULL for none. */
    char *gdb;

    /** File that keeps NVRAM; owned; NULL for none. */
    char *nvram_path;
    /** Devices; owned. */
    DiskConfig *disks;
    unsigned n_disks;
    NetConfig *nets;
    unsigned n_nets;
    /** Ports, and whether their device is there without any, too. */
    PortConfig *ports;
    unsigned n_ports;
    gboolean port_device;
    /** An entropy device. */
    gboolean rng;
    /** Control socket of the TPM's emulator; owned; NULL for none. */
    char *tpm_path;
    /** Devices on PCI come and go while the guest runs. */
    gboolean hotplug;
    /** A memory balloon, and whether it does without reports of free pages. */
    gboolean balloon, no_page_reporting;
    /** The guest's address for sockets to its host; 0: it has none. */
    uint32_t vsock_cid;
    /** A descriptor of /dev/vhost-vsock that was inherited; 0: none. */
    int vsock_fd;
    /** Theirs on the first PCI bridge; 0: any. */
    unsigned rng_slot, balloon_slot, vsock_slot, ports_slot;
    /** Theirs for the monitor; owned; NULL: their kind. */
    char *rng_id, *balloon_id, *vsock_id, *ports_id;

    /** Offset of the guest's clock from the host's UTC, in seconds. */
    int64_t rtc_offset;

    SandboxMode sandbox;
    /** Whom and where to become; owned, NULL: as we are. */
    char *user;
    char *chroot;

    /** What the guest is told that identifies it; owned; NULL: one is made. */
    char *uuid;
    /** It waits for the monitor's `cont` before its first instruction. */
    gboolean paused;
    gboolean no_reboot;
    /** Its end leaves it stopped, for the monitor to reset or end it. */
    gboolean no_shutdown;
    /** A LogLevel. */
    int log_level;
} VmConfig;

/** vCPUs, and bytes of memory, that the guest can ever have. */
static inline unsigned config_max_cpus(const VmConfig *config)
{
    return MAX(config->cpus, config->max_cpus);
}

static inline uint64_t config_max_memory(const VmConfig *config)
{
    return MAX(config->memory, config->max_memory);
}

/** Network cards that are PAPR's own. */
static inline unsigned config_llans(const VmConfig *config)
{
    unsigned count = 0;

    for (unsigned i = 0; i < config->n_nets; i++)
        count += config->nets[i].llan ? 1 : 0;
    return count;
}

static inline gboolean config_has_ports(const VmConfig *config)
{
    return config->n_ports || config->port_device;
}

/** Devices on PCI, each with threads of its own. */
static inline unsigned config_devices(const VmConfig *config)
{
    return config->n_disks + config->n_nets - config_llans(config) + (config->rng ? 1 : 0) +
           (config->balloon ? 1 : 0) + (config->vsock_cid ? 1 : 0) +
           (config_has_ports(config) ? 1 : 0);
}

/** Whether there are virtual I/O devices that reach memory, which have threads, too. */
static inline gboolean config_has_vio(const VmConfig *config)
{
    return config->tpm_path || config_llans(config);
}
