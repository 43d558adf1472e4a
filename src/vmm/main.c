/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: finds the subcommand and hands over to it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "paprika_config.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/option_label.h"
#include "src/vmm/suggest.h"

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"run", cmd_run, "run a guest until it powers off"},
    {"info", cmd_info, "tell what this host offers and what Paprika would choose"},
    {"ctl", cmd_ctl, "ask or steer a running guest"},
    {"list", cmd_list, "list running guests that have a name"},
    {"boot-test", cmd_boot_test, "boot guests and tell whether what is expected comes"},
    {"dtb", cmd_dtb, "write the device tree that a guest would get"},
    {"help", cmd_help, "print this, or the help of a command"},
    {"version", cmd_version, "print the version"},
};

static void print_help(void)
{
    printf("Usage: paprika COMMAND [ARGUMENT...]\n"
           "\n"
           "Paprika runs pseries guests of POWER8, POWER9 and POWER10 through KVM.\n"
           "\n"
           "Commands:\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        printf("  %-10s %s\n", commands[i].name, commands[i].summary);
    printf("\n"
           "Options:\n"
           "  --help     print this\n"
           "  --version  print the version\n"
           "\n"
           "Example:\n"
           "  paprika run --kernel vmlinux --initrd initrd.img --memory 2G --cpus 4\n"
           "\n"
           "paprika COMMAND --help tells a command's options; paprika(1) tells it all.\n");
}

/** A program whose output went nowhere has failed. */
static int finish_output(void)
{
    if (fflush(stdout)) {
        log_error("cannot write to standard output");
        return EXIT_STATUS_HOST;
    }
    return EXIT_STATUS_OK;
}

static int run_command(const char *name, int argc, char **argv)
{
    const char *names[G_N_ELEMENTS(commands)];

    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (!strcmp(name, commands[i].name))
            return commands[i].main(argc, argv);
        names[i] = commands[i].name;
    }

    g_autofree char *shown = option_value_label(name);
    const char *nearest = suggest_nearest(name + strspn(name, "-"), names, G_N_ELEMENTS(names));
    if (nearest)
        log_error("unknown command '%s' (did you mean %s?)", shown, nearest);
    else
        log_error("unknown command '%s' (see paprika --help)", shown);
    return EXIT_STATUS_USAGE;
}

static int cmd_help(int argc, char **argv)
{
    char *help[] = {(char *)"--help", NULL};

    if (argc == 0 || !strcmp(argv[0], "--help")) {
        print_help();
        return finish_output();
    }
    if (!strcmp(argv[0], "help") || !strcmp(argv[0], "version")) {
        print_help();
        return finish_output();
    }
    return run_command(argv[0], 1, help);
}

static int cmd_version(int argc, char **argv)
{
    printf("paprika %s\n", PAPRIKA_VERSION);
    return finish_output();
}

/** Without standard descriptors the next files that are opened would become them. */
static void open_standard_fds(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO)
        close(fd);
}

int main(int argc, char **argv)
{
    open_standard_fds();
    /* A reader that goes away is an error of write(2), not the end of the program. */
    signal(SIGPIPE, SIG_IGN);
    log_take_glib();

    if (argc < 2) {
        log_error("a command is missing (see paprika --help)");
        return EXIT_STATUS_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
        return cmd_help(0, NULL);
    if (!strcmp(argv[1], "--version"))
        return cmd_version(0, NULL);
    return run_command(argv[1], argc - 2, argv + 2);
}
