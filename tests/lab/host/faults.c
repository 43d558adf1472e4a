// SPDX-License-Identifier: GPL-2.0-or-later
//
// faults STRIDE SOCKET PROGRAM ARGUMENT...: runs the program again and again, each time with
// another system call of its start failing: the STRIDEth after main() began, then twice that, and
// so on, up to the first KVM_RUN. All later calls go on as usual. What is wanted is that the
// program either does without, and ends with status 0, or says in its last line what failed and
// ends with status 1 or 2; in both cases SOCKET, which it makes, is gone. Prints a line for each
// that is otherwise, and a sum; status 1 if there was one.
//
// The kernel asks us about each call (SECCOMP_RET_USER_NOTIF). Left alone are calls whose failure
// is none that a program can answer: the end of a process, waits of the C library's locks, and
// the C library's own memory for small allocations.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>

enum { SMALL = 16 << 20, PATIENCE_MS = 30000, OUTPUT_MAX = 16384 };

struct run {
    // What to fail: the how-manieth call, and what it was then; error 0: it was not reached.
    unsigned target;
    int error, number;
    uint64_t args[6];
    // Calls since main() began, and whether the guest was entered.
    unsigned count;
    int began, entered;
    // How it ended: a status of waitpid(), or -1 for a hang; what it wrote.
    int status;
    char output[OUTPUT_MAX];
    size_t length;
};

static void die(const char *what)
{
    perror(what);
    exit(2);
}

// --- the child -----------------------------------------------------------------------

// Hand the listener over by the one call that the filter lets pass unasked.
static void send_fd(int sock, int fd)
{
    char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);

    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof(fd));
    if (sendmsg(sock, &message, 0) != 1)
        _exit(99);
}

static void become_program(int sock, int output, char **arguments)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    int null = open("/dev/null", O_RDWR);

    dup2(null, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _exit(98);
    int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
    if (listener < 0)
        _exit(97);
    send_fd(sock, listener);
    fcntl(listener, F_SETFD, FD_CLOEXEC);
    execvp(arguments[0], arguments);
    _exit(96);
}

static int receive_fd(int sock)
{
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)};
    int fd = -1;

    if (recvmsg(sock, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

// --- which calls fail, and how ----------------------------------------------------------

static int is_left_alone(const struct seccomp_data *call)
{
    switch (call->nr) {
    case SYS_exit:
    case SYS_exit_group:
    case SYS_futex:
    case SYS_rt_sigreturn:
    case SYS_restart_syscall:
    case SYS_brk:
    case SYS_rseq: // ends the program in the C library
        return 1;
    case SYS_mmap:
        return (call->args[3] & MAP_ANONYMOUS) && call->args[1] < SMALL;
    default:
        return 0;
    }
}

// An error that the call may well have.
static int plausible_error(int number)
{
    switch (number) {
    case SYS_openat:
    case SYS_unshare:
        return EACCES;
    case SYS_ioctl:
    case SYS_mmap:
    case SYS_mprotect:
        return ENOMEM;
    case SYS_clone:
    case SYS_clone3:
        return EAGAIN;
    case SYS_socket:
    case SYS_eventfd2:
    case SYS_memfd_create:
        return EMFILE;
    case SYS_bind:
        return EADDRINUSE;
    default:
        return EIO;
    }
}

// Whether this call is the one to fail; counts it.
static int is_due(struct run *run, const struct seccomp_data *call)
{
    if (call->nr == SYS_rt_sigaction && call->args[0] == SIGPIPE)
        run->began = 1; // main()'s first step
    if (call->nr == SYS_ioctl && (uint32_t)call->args[1] == KVM_RUN)
        run->entered = 1;
    if (!run->began || run->entered || is_left_alone(call))
        return 0;
    if (++run->count != run->target)
        return 0;
    run->number = call->nr;
    memcpy(run->args, call->args, sizeof(run->args));
    run->error = plausible_error(call->nr);
    return 1;
}

static void answer(int listener, struct run *run)
{
    struct seccomp_notif call = {0};

    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call))
        return; // the thread is gone
    struct seccomp_notif_resp reply = {.id = call.id};
    if (is_due(run, &call.data))
        reply.error = -run->error;
    else
        reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

// --- one run ------------------------------------------------------------------------------

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void take_output(int fd, struct run *run)
{
    char rest[512];
    ssize_t n;

    while ((n = read(fd, rest, sizeof(rest))) > 0) {
        size_t room = sizeof(run->output) - 1 - run->length;
        size_t kept = (size_t)n < room ? (size_t)n : room;

        memcpy(run->output + run->length, rest, kept);
        run->length += kept;
    }
    run->output[run->length] = '\0';
}

static void supervise(pid_t child, int listener, int output, struct run *run)
{
    int64_t end = now_ms() + PATIENCE_MS;

    for (;;) {
        struct pollfd ready[2] = {{.fd = listener, .events = POLLIN},
                                  {.fd = output, .events = POLLIN}};

        poll(ready, 2, 100);
        if (ready[0].revents & POLLIN)
            answer(listener, run);
        if (ready[1].revents & POLLIN)
            take_output(output, run);
        if (waitpid(child, &run->status, WNOHANG) == child)
            break;
        if (now_ms() > end) {
            kill(child, SIGKILL);
            waitpid(child, NULL, 0);
            run->status = -1;
            break;
        }
    }
    take_output(output, run);
}

static void run_once(char **arguments, struct run *run)
{
    int socks[2], output[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socks) ||
        pipe2(output, O_NONBLOCK | O_CLOEXEC))
        die("pipes");
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0)
        become_program(socks[1], output[1], arguments);
    close(output[1]);
    close(socks[1]);
    int listener = receive_fd(socks[0]);
    if (listener < 0)
        die("listener");
    supervise(child, listener, output[0], run);
    close(listener);
    close(output[0]);
    close(socks[0]);
}

// --- what became of it ----------------------------------------------------------------------

static const char *last_line(struct run *run)
{
    while (run->length && run->output[run->length - 1] == '\n')
        run->output[--run->length] = '\0';
    const char *line = strrchr(run->output, '\n');
    return line ? line + 1 : run->output;
}

// What is wrong, or NULL; *quiet: the message does not tell the kernel's reason.
static const char *judge(struct run *run, const char *socket, int *quiet)
{
    struct stat st;
    const char *line = last_line(run);

    if (run->status == -1)
        return "hangs";
    if (!WIFEXITED(run->status))
        return "is killed by a signal";
    if (!lstat(socket, &st))
        return "leaves its socket";
    if (WEXITSTATUS(run->status) == 0)
        return run->entered ? NULL : "ends well without a guest";
    if (WEXITSTATUS(run->status) != 1 && WEXITSTATUS(run->status) != 2)
        return "ends with another status";
    if (strncmp(line, "paprika: error: ", 16) || strlen(line) < 30)
        return "does not say why";
    *quiet = !strstr(line, strerror(run->error));
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned stride, tried = 0, told = 0, quiet_ones = 0, wrong = 0;
    static struct run run;

    if (argc < 4 || (stride = (unsigned)atoi(argv[1])) == 0)
        return 2;
    for (unsigned target = stride;; target += stride) {
        int quiet = 0;

        run = (struct run){.target = target};
        run_once(argv + 3, &run);
        if (!run.error)
            break;
        const char *fault = judge(&run, argv[2], &quiet);
        tried++;
        told += run.status != 0;
        quiet_ones += quiet;
        if (fault || quiet) {
            wrong += fault != NULL;
            printf("%s: call %u, number %d (%#lx, %#lx, %#lx), %s: %s (status %#x)\n    %s\n",
                   fault ? "FAULT" : "quiet", target, run.number, (long)run.args[0],
                   (long)run.args[1], (long)run.args[2], strerror(run.error),
                   fault ? fault : "other words", (unsigned)run.status, last_line(&run));
        }
        unlink(argv[2]);
    }
    printf("faults: %u of %u calls failed, one at a time: %u ended the program, %u of these in "
           "other words than the kernel's, %u wrong\n",
           tried, run.count, told, quiet_ones, wrong);
    return wrong || !tried || run.status != 0;
}
