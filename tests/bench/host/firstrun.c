// SPDX-License-Identifier: GPL-2.0-or-later
//
// firstrun OUT PROGRAM ARGUMENT...: runs a VMM until its first KVM_RUN, which it never gets to do.
// What its threads have executed by then goes to the file OUT, a line "NANOSECONDS NAME" for each,
// and last a line "pid PID": it stands still there until this program is ended, and is ended with
// it.
//
// The VMM is stopped by a filter on ioctl alone, which its other system calls hardly pay for.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>

static const unsigned long trace_options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                                           PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                           PTRACE_O_EXITKILL;

static void die(const char *what)
{
    fprintf(stderr, "firstrun: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void stop_at_run(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
        // The lower half, of a little-endian host.
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, KVM_RUN, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof(code) / sizeof(*code), .filter = code};

    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
        die("filter");
}

static void child(char **argv)
{
    if (ptrace(PTRACE_TRACEME, 0, 0, 0))
        die("PTRACE_TRACEME");
    raise(SIGSTOP);
    stop_at_run();
    execvp(argv[0], argv);
    die(argv[0]);
}

static void read_line(const char *pid, const char *task, const char *file, char *line, int size)
{
    char path[300];
    FILE *from;

    snprintf(path, sizeof(path), "/proc/%s/task/%s/%s", pid, task, file);
    from = fopen(path, "r");
    if (!from || !fgets(line, size, from))
        die(path);
    fclose(from);
    line[strcspn(line, "\n")] = 0;
}

// The thread group of @task, which need not be the one that was started.
static void report(pid_t task, const char *out)
{
    char name[64], line[256], pid[16] = "";
    FILE *to = fopen(out, "w"), *status;
    DIR *tasks;

    snprintf(line, sizeof(line), "/proc/%d/status", task);
    status = fopen(line, "r");
    while (status && fgets(line, sizeof(line), status))
        sscanf(line, "Tgid: %15s", pid);
    snprintf(line, sizeof(line), "/proc/%s/task", pid);
    tasks = opendir(line);
    if (!to || !tasks)
        die(to ? line : out);
    for (struct dirent *each; (each = readdir(tasks));) {
        if (each->d_name[0] == '.')
            continue;
        read_line(pid, each->d_name, "comm", name, sizeof(name));
        read_line(pid, each->d_name, "schedstat", line, sizeof(line));
        line[strcspn(line, " ")] = 0;
        fprintf(to, "%s %s\n", line, name);
    }
    fprintf(to, "pid %s\n", pid);
    if (fclose(to))
        die(out);
}

static int is_new_task_or_event(int status)
{
    int signal = WSTOPSIG(status);

    return status >> 16 || signal == SIGSTOP || signal == SIGTRAP;
}

int main(int argc, char **argv)
{
    int status;
    pid_t first, task;

    if (argc < 3)
        return 2;
    first = fork();
    if (first < 0)
        die("fork");
    if (!first)
        child(argv + 2);
    if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, first, 0, trace_options) || ptrace(PTRACE_CONT, first, 0, 0))
        die("the begin of the trace");
    while ((task = waitpid(-1, &status, __WALL)) > 0) {
        if (!WIFSTOPPED(status)) {
            if (task == first)
                break;
            continue;
        }
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
            report(task, argv[1]);
            for (;;)
                pause();
        }
        ptrace(PTRACE_CONT, task, 0, is_new_task_or_event(status) ? 0 : WSTOPSIG(status));
    }
    fprintf(stderr, "firstrun: it ended before its first KVM_RUN\n");
    return 1;
}
