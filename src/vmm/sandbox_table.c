/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/sandbox_table.h"

/* The kernel's struct termios, whose size is part of requests, and not the C library's. */
#include <asm/termbits.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/vhost.h>
#include <seccomp.h>
#include <sys/ioctl.h>

#define ROW(name, threads, need, check, why)                                                       \
    {                                                                                              \
        SCMP_SYS(name), #name, threads, need, check, why                                           \
    }
#define ALWAYS(name, threads, why) ROW(name, threads, SANDBOX_ALWAYS, SANDBOX_ANY_ARGUMENTS, why)
#define CHECKED(name, threads, check, why) ROW(name, threads, SANDBOX_ALWAYS, check, why)

/* What the program itself and its libraries need, whatever the machine. */
static const SandboxCall base_calls[] = {
    CHECKED(ioctl, SANDBOX_EVERY, SANDBOX_IOCTLS, "KVM; the terminal"),
    ALWAYS(futex, SANDBOX_EVERY, "locks, and waiting for another thread"),
    ALWAYS(tgkill, SANDBOX_EVERY, "bring a vCPU out of the guest; abort(3)"),
    ALWAYS(getpid, SANDBOX_EVERY, "the C library's part of tgkill"),
    ALWAYS(gettid, SANDBOX_EVERY, "the same"),
    ALWAYS(rt_sigprocmask, SANDBOX_EVERY, "the same; the start of a thread"),
    ALWAYS(rt_sigaction, SANDBOX_EVERY, "handlers given back: at the end, and in a fatal signal's"),
    ALWAYS(rt_sigreturn, SANDBOX_EVERY, "the end of a signal's handler"),
    ALWAYS(restart_syscall, SANDBOX_EVERY, "a wait that a stop and SIGCONT interrupted"),
    ALWAYS(read, SANDBOX_EVERY, "console; wake-ups; the stream of a hash page table"),
    ALWAYS(write, SANDBOX_EVERY, "log and trace; console; wake-ups of the main loop"),
    ALWAYS(poll, SANDBOX_EVERY, "whether a line of the log would block"),
    ALWAYS(ppoll, SANDBOX_EVERY, "the same, as newer C libraries do it"),
    ALWAYS(close, SANDBOX_EVERY, "descriptors of clients, controllers and tables"),
    ALWAYS(brk, SANDBOX_EVERY, "allocation"),
    CHECKED(mmap, SANDBOX_EVERY, SANDBOX_NO_EXEC, "allocation; XIVE's pages"),
    CHECKED(mprotect, SANDBOX_EVERY, SANDBOX_NO_EXEC, "allocation in threads"),
    ALWAYS(munmap, SANDBOX_EVERY, "allocation"),
    ALWAYS(mremap, SANDBOX_EVERY, "allocation of large blocks"),
    ALWAYS(madvise, SANDBOX_EVERY, "allocation; clearing of guest memory at a reboot"),
    ALWAYS(sched_getaffinity, SANDBOX_EVERY, "the C library, before it makes another heap"),
    ALWAYS(sched_yield, SANDBOX_EVERY, "the C library's locks"),
    ALWAYS(clock_gettime, SANDBOX_EVERY, "clocks, where the kernel has no faster way"),
    ALWAYS(clock_nanosleep, SANDBOX_EVERY, "short waits"),
    ALWAYS(getrandom, SANDBOX_EVERY, "H_RANDOM; the seed in the device tree"),
    CHECKED(prctl, SANDBOX_EVERY, SANDBOX_THREAD_NAME, "threads' names, also for reports"),
    CHECKED(seccomp, SANDBOX_EVERY, SANDBOX_MORE_FILTERS, "a new thread's narrower filter"),
    ALWAYS(exit, SANDBOX_EVERY, "the end of a thread"),
    ALWAYS(exit_group, SANDBOX_EVERY, "the end of the program"),

    CHECKED(clone, SANDBOX_MAIN_ONLY, SANDBOX_NEW_THREAD, "threads"),
    CHECKED(clone3, SANDBOX_MAIN_ONLY, SANDBOX_ABSENT, "threads: clone(2) can be checked"),
    ALWAYS(set_robust_list, SANDBOX_MAIN_ONLY, "the start of a thread"),
    ALWAYS(rseq, SANDBOX_MAIN_ONLY, "the start of a thread"),
    ALWAYS(eventfd2, SANDBOX_MAIN_ONLY, "GLib's main loops"),
    ALWAYS(signalfd4, SANDBOX_MAIN_ONLY, "signals that mean something to the guest"),
    ALWAYS(fcntl, SANDBOX_MAIN_ONLY, "descriptors made non-blocking"),
    ALWAYS(fstat, SANDBOX_MAIN_ONLY, "files that are open"),
    ALWAYS(newfstatat, SANDBOX_MAIN_ONLY, "the same; whether a socket's file is still ours"),
    ALWAYS(lseek, SANDBOX_MAIN_ONLY, "kernel and initrd, at each boot"),
    ALWAYS(_llseek, SANDBOX_MAIN_ONLY, "the file of a dump, where the C library takes this one"),
    ALWAYS(pread64, SANDBOX_VCPU, "the same; how idle the host is, for a guest that may ask"),
    ALWAYS(writev, SANDBOX_MAIN_ONLY, "messages of the C library"),
    ROW(writev, SANDBOX_IO, SANDBOX_NETS, SANDBOX_ANY_ARGUMENTS, "packets from the guest"),
    ALWAYS(memfd_create, SANDBOX_MAIN_ONLY, "where a compressed kernel is unpacked to"),
    ALWAYS(ftruncate, SANDBOX_MAIN_ONLY, "the same"),
    ALWAYS(fallocate, SANDBOX_MAIN_ONLY, "the same, given back as it is read"),
    ALWAYS(unlinkat, SANDBOX_MAIN_ONLY, "sockets' files, removed at the end"),

    ROW(pwrite64, SANDBOX_IO, SANDBOX_NVRAM, SANDBOX_ANY_ARGUMENTS, "NVRAM's file"),
    ROW(fdatasync, SANDBOX_IO, SANDBOX_NVRAM, SANDBOX_ANY_ARGUMENTS, "the same"),
    ROW(io_uring_enter, SANDBOX_IO, SANDBOX_DISKS, SANDBOX_ANY_ARGUMENTS,
        "disks, by rings that do nothing else"),

    ROW(readv, SANDBOX_IO, SANDBOX_NETS, SANDBOX_ANY_ARGUMENTS, "packets to the guest"),

    ROW(io_uring_setup, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, SANDBOX_ANY_ARGUMENTS,
        "the ring of a disk that is plugged, by its thread, before that narrows its filter"),
    ROW(io_uring_register, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, SANDBOX_ANY_ARGUMENTS,
        "what that ring may do"),
    ROW(statx, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, SANDBOX_ANY_ARGUMENTS,
        "what direct transfers to a disk that is plugged must be aligned to"),

    ROW(accept4, SANDBOX_MAIN_ONLY, SANDBOX_CLIENTS, SANDBOX_ANY_ARGUMENTS, "a client"),
    ROW(recvmsg, SANDBOX_MAIN_ONLY, SANDBOX_CLIENTS, SANDBOX_ANY_ARGUMENTS,
        "its input, with the descriptors that it passes"),
    ROW(recvfrom, SANDBOX_MAIN_ONLY, SANDBOX_ALWAYS, SANDBOX_ANY_ARGUMENTS,
        "a client's input, or of standard input that is a socket"),
    ROW(sendto, SANDBOX_MAIN_ONLY, SANDBOX_ALWAYS, SANDBOX_ANY_ARGUMENTS, "output to it"),
    ROW(recv, SANDBOX_MAIN_ONLY, SANDBOX_ALWAYS, SANDBOX_ANY_ARGUMENTS,
        "the same as recvfrom, where the architecture has both"),
    ROW(send, SANDBOX_MAIN_ONLY, SANDBOX_ALWAYS, SANDBOX_ANY_ARGUMENTS, "the same as sendto"),
};

#define IOCTL(request, threads, need, why)                                                         \
    {                                                                                              \
        request, #request, threads, need, why                                                      \
    }

static const SandboxIoctl base_ioctls[] = {
    IOCTL(TCGETS, SANDBOX_MAIN_ONLY, SANDBOX_ALWAYS, "whether output goes to a terminal"),
    IOCTL(TCSETS, SANDBOX_EVERY, SANDBOX_TERMINAL,
          "its mode, given back even by a thread that fails"),
    IOCTL(TIOCGPGRP, SANDBOX_EVERY, SANDBOX_TERMINAL, "whether it is ours after a stop"),
    IOCTL(BLKGETSIZE64, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "a disk that is plugged, or has grown"),
    IOCTL(BLKSSZGET, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "a disk that is plugged"),
    IOCTL(TUNGETIFF, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "whose queue a descriptor is"),
    IOCTL(TUNSETVNETHDRSZ, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "a tap that is plugged"),
    IOCTL(TUNSETVNETLE, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "the same"),
    IOCTL(TUNSETSNDBUF, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "the same"),
    IOCTL(TUNSETOFFLOAD, SANDBOX_IO, SANDBOX_NETS, "what the driver can take of a tap"),
    IOCTL(TUNSETTXFILTER, SANDBOX_IO, SANDBOX_NETS, "whose packets the driver wants"),
    IOCTL(TUNSETQUEUE, SANDBOX_IO, SANDBOX_NETS, "how many queues the driver uses"),
    IOCTL(VHOST_SET_FEATURES, SANDBOX_IO, SANDBOX_VHOST, "how the driver's rings are laid out"),
    IOCTL(VHOST_SET_VRING_NUM, SANDBOX_IO, SANDBOX_VHOST, "its rings, when it begins"),
    IOCTL(VHOST_SET_VRING_BASE, SANDBOX_IO, SANDBOX_VHOST, "the same"),
    IOCTL(VHOST_SET_VRING_ADDR, SANDBOX_IO, SANDBOX_VHOST, "the same"),
    IOCTL(VHOST_NET_SET_BACKEND, SANDBOX_IO, SANDBOX_VHOST,
          "the kernel serves them, or no longer: a driver that begins or leaves, a stop"),
    IOCTL(VHOST_VSOCK_SET_RUNNING, SANDBOX_IO, SANDBOX_VSOCK, "the same, for sockets"),
    IOCTL(VHOST_SET_MEM_TABLE, SANDBOX_MAIN_ONLY, SANDBOX_VHOST, "memory that comes and goes"),
    IOCTL(VHOST_GET_FEATURES, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "a card that is plugged"),
    IOCTL(VHOST_SET_OWNER, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "the same"),
    IOCTL(VHOST_SET_VRING_KICK, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "the same"),
    IOCTL(VHOST_SET_VRING_CALL, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "the same"),
    IOCTL(VHOST_SET_VRING_ERR, SANDBOX_MAIN_ONLY, SANDBOX_HOTPLUG, "the same"),
};

static const struct {
    const SandboxCall *calls;
    size_t count;
} call_tables[] = {
    {base_calls, G_N_ELEMENTS(base_calls)},
};

const SandboxCall *sandbox_call(size_t index)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(call_tables); i++) {
        if (index < call_tables[i].count)
            return &call_tables[i].calls[index];
        index -= call_tables[i].count;
    }
    return NULL;
}

const SandboxIoctl *sandbox_ioctl(size_t index)
{
    if (index < kvm_sandbox_ioctl_count)
        return &kvm_sandbox_ioctls[index];
    index -= kvm_sandbox_ioctl_count;
    return index < G_N_ELEMENTS(base_ioctls) ? &base_ioctls[index] : NULL;
}

static gboolean wants_vhost(const VmConfig *config)
{
    gboolean wanted = config->hotplug || config->vsock_cid;

    for (unsigned i = 0; i < config->n_nets; i++)
        wanted |= config->nets[i].vhost != NET_VHOST_OFF;
    return wanted;
}

static gboolean has_port_on(const VmConfig *config, ConsoleKind kind)
{
    for (unsigned i = 0; i < config->n_ports; i++) {
        if (config->ports[i].kind == kind)
            return TRUE;
    }
    return FALSE;
}

gboolean sandbox_has_need(const VmConfig *config, SandboxNeed need)
{
    switch (need) {
    case SANDBOX_TERMINAL:
        return config->console == CONSOLE_STDIO || config->console == CONSOLE_PTY ||
               has_port_on(config, CONSOLE_PTY);
    case SANDBOX_CLIENTS:
        return config->console == CONSOLE_UNIX || config->qmp_path || config->qmp_fd ||
               config->gdb || has_port_on(config, CONSOLE_UNIX);
    case SANDBOX_NVRAM:
        return config->nvram_path != NULL;
    case SANDBOX_DISKS:
        return config->n_disks > 0 || config->hotplug;
    case SANDBOX_NETS:
        return config->n_nets > 0 || config->hotplug;
    case SANDBOX_VHOST:
        return wants_vhost(config);
    case SANDBOX_VSOCK:
        return config->vsock_cid != 0;
    case SANDBOX_HOTPLUG:
        return config->hotplug;
    case SANDBOX_ALWAYS:
    case SANDBOX_NEEDS:
        break;
    }
    return need == SANDBOX_ALWAYS;
}

const char *sandbox_need_text(SandboxNeed need)
{
    static const char *const texts[] = {
        [SANDBOX_ALWAYS] = "",
        [SANDBOX_TERMINAL] = "console or port on a terminal",
        [SANDBOX_CLIENTS] = "console, port, monitor or debugger on a socket",
        [SANDBOX_NVRAM] = "`--nvram`",
        [SANDBOX_DISKS] = "`--disk` or `--hotplug`",
        [SANDBOX_NETS] = "`--net` or `--hotplug`",
        [SANDBOX_VHOST] = "`--net ...,vhost=`, `--vsock` or `--hotplug`",
        [SANDBOX_VSOCK] = "`--vsock`",
        [SANDBOX_HOTPLUG] = "`--hotplug`",
    };

    return need < SANDBOX_NEEDS ? texts[need] : "";
}

const char *sandbox_check_text(SandboxCheck check)
{
    static const char *const texts[] = {
        [SANDBOX_ANY_ARGUMENTS] = "",
        [SANDBOX_NO_EXEC] = "without `PROT_EXEC`",
        [SANDBOX_IOCTLS] = "the requests below",
        [SANDBOX_NEW_THREAD] = "a thread, no process",
        [SANDBOX_ABSENT] = "never: answered by `ENOSYS`",
        [SANDBOX_THREAD_NAME] = "`PR_SET_NAME`, `PR_GET_NAME`",
        [SANDBOX_MORE_FILTERS] = "`SECCOMP_SET_MODE_FILTER` without flags",
    };

    return texts[check];
}
