/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paprika that a guest has taken over: the same program, linked from the same objects, but a
 * vCPU's thread (at its tenth exit) or the main thread (once its loop runs) does what
 * $INTRUDER says, as WHERE:WHAT: vcpu or main; open, socket, exec, fork, code, ioctl, kill.
 * If it is let, it says so.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "include/paprika/hv.h"

enum { EXITS_BEFORE = 10, MAIN_AFTER_MS = 200, TIOCSTI_REQUEST = 0x5412 };

HvHost *__real_hv_kvm_open(const HvOps **ops, GError **error);
HvHost *__wrap_hv_kvm_open(const HvOps **ops, GError **error);

static const HvOps *real_ops;
static HvOps own_ops;

static void do_open(void) { (void)!open("/etc/passwd", O_RDONLY); }
static void do_socket(void) { (void)!socket(AF_INET, SOCK_STREAM, 0); }
static void do_exec(void) { execl("/bin/busybox", "busybox", "true", NULL); }
static void do_fork(void) { syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }
static void do_kill(void) { kill(1, SIGCONT); }
static void do_ioctl(void) { ioctl(STDIN_FILENO, TIOCSTI_REQUEST, "x"); }

static void do_code(void)
{
    (void)!mmap(NULL, 1 << 16, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static const struct {
    const char *name;
    void (*act)(void);
} deeds[] = {
    {"open", do_open}, {"socket", do_socket}, {"exec", do_exec}, {"fork", do_fork},
    {"kill", do_kill}, {"ioctl", do_ioctl},   {"code", do_code},
};

static void intrude(const char *where)
{
    const char *wanted = getenv("INTRUDER");
    size_t length = strlen(where);

    if (!wanted || strncmp(wanted, where, length) || wanted[length] != ':')
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(deeds); i++) {
        if (strcmp(wanted + length + 1, deeds[i].name))
            continue;
        deeds[i].act();
        fprintf(stderr, "intruder: %s was let\n", wanted);
    }
}

static void run(HvVcpu *vcpu, HvExit *exit)
{
    static int exits;

    real_ops->vcpu_run(vcpu, exit);
    if (__atomic_add_fetch(&exits, 1, __ATOMIC_RELAXED) == EXITS_BEFORE)
        intrude("vcpu");
}

static gboolean on_timer(gpointer data)
{
    intrude("main");
    return G_SOURCE_REMOVE;
}

HvHost *__wrap_hv_kvm_open(const HvOps **ops, GError **error)
{
    HvHost *host = __real_hv_kvm_open(&real_ops, error);

    if (!host)
        return NULL;
    own_ops = *real_ops;
    own_ops.vcpu_run = run;
    *ops = &own_ops;
    g_timeout_add(MAIN_AFTER_MS, on_timer, NULL);
    return host;
}
