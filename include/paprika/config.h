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

typedef enum { BOOT_AUTO, BOOT_DIRECT, BOOT_OF } BootChoice;

typedef enum {
    CONSOLE_STDIO,
    CONSOLE_PTY,
    CONSOLE_FILE,
    CONSOLE_UNIX,
    CONSOLE_NONE,
} ConsoleKind;

typedef struct {
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
    gboolean hugepages;

    /** vCPUs at boot; a multiple of threads. */
    unsigned cpus;
    /** Threads per core: 1, 2, 4 or 8. */
    unsigned threads;

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

    ConsoleKind console;
    /** File or socket; owned. */
    char *console_path;

    /** Socket of the monitor; owned; NULL for none. */
    char *qmp_path;

    /** File that keeps NVRAM; owned; NULL for none. */
    char *nvram_path;

    /** Offset of the guest's clock from the host's UTC, in seconds. */
    int64_t rtc_offset;

    gboolean no_reboot;
    /** A LogLevel. */
    int log_level;
} VmConfig;
