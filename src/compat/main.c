/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paprika-qemu: the emulator that libvirt's QEMU driver starts. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "paprika_config.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/compat/compat.h"
#include "src/compat/compat_opener.h"
#include "src/compat/compat_probe.h"
#include "src/compat/compat_qmp.h"
#include "src/compat/compat_version.h"
#include "src/vmm/commands.h"
#include "src/vmm/run_guest.h"

/** The words before Paprika's own are what programs look for. */
static int print_version(void)
{
    printf("QEMU emulator version %d.%d.%d (paprika-%s)\n", COMPAT_VERSION_MAJOR,
           COMPAT_VERSION_MINOR, COMPAT_VERSION_MICRO, PAPRIKA_VERSION);
    return fflush(stdout) ? EXIT_STATUS_HOST : EXIT_STATUS_OK;
}

static int print_help(void)
{
    printf("Usage: paprika-qemu OPTION...\n"
           "\n"
           "Runs a pseries guest as libvirt's QEMU driver asks for it, in the options of QEMU.\n"
           "For use by hand there is `paprika run`. paprika-qemu(1) has what is taken.\n");
    return fflush(stdout) ? EXIT_STATUS_HOST : EXIT_STATUS_OK;
}

/** A line for each complaint. */
static int complain(const GError *error)
{
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);

    for (char **line = lines; *line; line++)
        log_error("%s", *line);
    return error_exit_status(error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    QmpExtension extension;

    /* A reader that goes away is an error of write(2), not the end of the program. */
    signal(SIGPIPE, SIG_IGN);
    log_set_name("paprika-qemu");
    log_take_glib();

    g_autoptr(CompatConfig) config = compat_parse(argc - 1, argv + 1, &error);
    if (!config)
        return complain(error);
    if (config->help)
        return print_help();
    if (config->version)
        return print_version();
    log_set_timestamps(config->timestamps);
    if (!config->probing && config->vm->sandbox != SANDBOX_OFF)
        config->opener = compat_opener_start();
    compat_qmp_init(&extension, config);
    if (config->probing)
        return compat_probe(config, &extension);
    return run_guest(config->vm, &extension);
}
