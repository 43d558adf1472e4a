/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/sandbox_report.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib.h>

#include "src/base/log.h"
#include "src/chardev/terminal.h"
#include "src/vmm/commands.h"

/* Made by gen_syscall_names.py. */
static const char *const syscall_names[] = {
#include "src/vmm/syscall_names.h"
};

/** Text that grows to a line's length at most; in a signal's handler there is nothing better. */
typedef struct {
    char text[256];
    size_t length;
} Line;

static void line_add(Line *line, const char *text)
{
    size_t length = MIN(strlen(text), sizeof(line->text) - line->length);

    memcpy(line->text + line->length, text, length);
    line->length += length;
}

static void line_add_number(Line *line, unsigned number)
{
    char digits[12];
    char *p = digits + sizeof(digits) - 1;

    *p = '\0';
    do
        *--p = (char)('0' + number % 10);
    while (number /= 10);
    line_add(line, p);
}

/*
 * Runs in the thread whose call was blocked, wherever that was: only calls that a
 * handler may make, and that the filters let through. One that is blocked here
 * ends the program by the signal.
 */
static void on_blocked(int signal, siginfo_t *info, void *context)
{
    unsigned number = (unsigned)info->si_syscall;
    char name[16 + 1] = "?";
    Line line = {.length = 0};

    prctl(PR_GET_NAME, name);
    line_add(&line, "paprika: error: sandbox: thread '");
    line_add(&line, name);
    line_add(&line, "' asked for the system call ");
    if (number < G_N_ELEMENTS(syscall_names) && syscall_names[number])
        line_add(&line, syscall_names[number]);
    else
        line_add_number(&line, number);
    line_add(&line, ", which is not allowed to it as it was made; this is the end "
                    "(--sandbox log lets it through)\n");
    log_raw(line.text, line.length);
    terminal_give_back();
    /* Not _exit(), before which a sanitizer would make calls of its own. */
    syscall(SYS_exit_group, EXIT_STATUS_HOST);
}

void sandbox_report_start(void)
{
    struct sigaction action = {.sa_sigaction = on_blocked, .sa_flags = SA_SIGINFO};

    sigaction(SIGSYS, &action, NULL);
}
