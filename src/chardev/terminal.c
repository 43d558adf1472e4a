/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/chardev/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

/** Signals that end the program, and that nobody else has claimed when we come. */
static const int fatal_signals[] = {
    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU,
};

/* Written by the main thread while no handler of ours is installed, or `fd` is -1. */
static struct termios saved_mode, raw_mode;
/** Our own descriptor of the terminal, or -1: what the signal handlers go by. */
static volatile sig_atomic_t terminal_fd = -1;

/** Back to the mode before; only async-signal-safe calls. */
static void restore_mode(void)
{
    int fd = terminal_fd;

    if (fd >= 0)
        tcsetattr(fd, TCSANOW, &saved_mode);
}

void terminal_give_back(void) { restore_mode(); }

static void on_fatal(int number)
{
    restore_mode();
    terminal_fd = -1;
    signal(number, SIG_DFL);
    raise(number);
}

/** After a stop the shell has set its own mode: take ours again. */
static void on_continue(int number)
{
    int saved = errno, fd = terminal_fd;

    if (fd >= 0 && tcgetpgrp(fd) == getpgrp())
        tcsetattr(fd, TCSANOW, &raw_mode);
    errno = saved;
}

static void claim(int number, void (*handler)(int))
{
    struct sigaction old, ours = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&ours.sa_mask);
    if (!sigaction(number, NULL, &old) && !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_DFL)
        sigaction(number, &ours, NULL);
}

static void release(int number, void (*handler)(int))
{
    struct sigaction now;

    if (!sigaction(number, NULL, &now) && !(now.sa_flags & SA_SIGINFO) && now.sa_handler == handler)
        signal(number, SIG_DFL);
}

gboolean terminal_make_raw(int fd)
{
    static gboolean at_exit;

    if (terminal_fd >= 0) {
        errno = EBUSY;
        return FALSE;
    }
    if (tcgetattr(fd, &saved_mode))
        return FALSE;
    /* Changing the mode from the background would stop us, or disturb who is in front. */
    pid_t front = tcgetpgrp(fd);
    if (front >= 0 && front != getpgrp()) {
        errno = EAGAIN;
        return FALSE;
    }

    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return FALSE;
    raw_mode = saved_mode;
    raw_mode.c_iflag &=
        ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw_mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw_mode.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    raw_mode.c_cflag |= CS8;
    /* Output stays cooked: our log lines on the same terminal end in a bare newline. */
    raw_mode.c_cc[VMIN] = 1;
    raw_mode.c_cc[VTIME] = 0;

    if (!at_exit && !atexit(terminal_restore))
        at_exit = TRUE;
    terminal_fd = copy;
    for (unsigned i = 0; i < G_N_ELEMENTS(fatal_signals); i++)
        claim(fatal_signals[i], on_fatal);
    claim(SIGCONT, on_continue);
    if (tcsetattr(copy, TCSANOW, &raw_mode)) {
        int saved = errno;
        terminal_restore();
        errno = saved;
        return FALSE;
    }
    return TRUE;
}

void terminal_restore(void)
{
    int fd = terminal_fd;

    if (fd < 0)
        return;
    restore_mode();
    terminal_fd = -1;
    for (unsigned i = 0; i < G_N_ELEMENTS(fatal_signals); i++)
        release(fatal_signals[i], on_fatal);
    release(SIGCONT, on_continue);
    close(fd);
}
