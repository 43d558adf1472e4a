/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a module needs of the host's kernel once the machine runs: rows of system
 * calls and of ioctl(2) requests, each with its reason. src/vmm/sandbox_table.c
 * lists the modules' tables; from them come the filters of all threads, and the
 * list in docs/threat-model.md.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/**
 * Threads beside the main one that a row is for, as bits. What any thread may do, the main
 * thread may do, too: threads that it starts later inherit its filter before they narrow it.
 */
typedef enum {
    SANDBOX_MAIN_ONLY = 0,
    SANDBOX_VCPU = 1 << 0,
    SANDBOX_IO = 1 << 1,
    SANDBOX_EVERY = SANDBOX_VCPU | SANDBOX_IO,
} SandboxThreads;

/** What of the configuration makes a row necessary; each machine has SANDBOX_ALWAYS. */
typedef enum {
    SANDBOX_ALWAYS,
    /** The console is a terminal or a pseudo-terminal. */
    SANDBOX_TERMINAL,
    /** There is a socket that clients connect to: console, monitor or debugger. */
    SANDBOX_CLIENTS,
    /** NVRAM is kept in a file. */
    SANDBOX_NVRAM,
    /** There are disks. */
    SANDBOX_DISKS,
    /** There are network cards. */
    SANDBOX_NETS,
    /** The kernel's own workers may serve network cards, or sockets. */
    SANDBOX_VHOST,
    /** Sockets' alone. */
    SANDBOX_VSOCK,
    /** Devices may be plugged. */
    SANDBOX_HOTPLUG,
    SANDBOX_NEEDS,
} SandboxNeed;

/** What a call's arguments must be like. */
typedef enum {
    SANDBOX_ANY_ARGUMENTS,
    /** mmap(2), mprotect(2): without PROT_EXEC. */
    SANDBOX_NO_EXEC,
    /** ioctl(2): only what a table of SandboxIoctl has. */
    SANDBOX_IOCTLS,
    /** clone(2): a thread of this process. */
    SANDBOX_NEW_THREAD,
    /** clone3(2): answered by ENOSYS, so that the C library takes clone(2). */
    SANDBOX_ABSENT,
    /** prctl(2): a thread's name. */
    SANDBOX_THREAD_NAME,
    /** seccomp(2): a further filter. */
    SANDBOX_MORE_FILTERS,
} SandboxCheck;

typedef struct {
    /** SCMP_SYS(): negative where this architecture has no such call. */
    int number;
    const char *name;
    SandboxThreads threads;
    SandboxNeed need;
    SandboxCheck check;
    const char *why;
} SandboxCall;

typedef struct {
    uint32_t request;
    const char *name;
    SandboxThreads threads;
    SandboxNeed need;
    const char *why;
} SandboxIoctl;

/** What src/kvm asks of KVM's descriptors. */
extern const SandboxIoctl kvm_sandbox_ioctls[];
extern const size_t kvm_sandbox_ioctl_count;
/** The one request on the path of each exit: filters look for it first. */
extern const uint32_t kvm_sandbox_run;
