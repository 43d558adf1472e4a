/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/run_guest.h"

#include <inttypes.h>

#include "firmware/kernel_image.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/trace.h"
#include "src/chardev/chardev.h"
#include "src/vmm/commands.h"
#include "src/vmm/life.h"
#include "src/vmm/run_dir.h"
#include "src/vmm/vm_devices.h"

/** An initrd that can't fit is found out before the host is asked for anything. */
static gboolean run_check_initrd(const VmConfig *config, const InitrdImage *initrd, GError **error)
{
    uint64_t size = initrd_image_size(initrd);

    if (size < config->memory)
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "initrd '%s' of %" PRIu64 " MiB does not fit into %" PRIu64
                     " MiB of guest memory",
                     config->initrd, size / MIB, config->memory / MIB);
}

/**
 * What the user named on this machine: kernel, initrd, log. The log file comes
 * last, so that earlier errors are seen, and leave no file.
 */
static gboolean run_open_files(const VmConfig *config, KernelImage **kernel, InitrdImage **initrd,
                               GError **error)
{
    if (config->name)
        log_set_name(config->name);
    if (!log_open(NULL, (LogLevel)config->log_level, error))
        return FALSE;
    if (config->trace && !trace_enable(config->trace, error))
        return FALSE;
    *kernel = kernel_image_open(config->kernel, error);
    if (!*kernel)
        return FALSE;
    if (config->initrd) {
        *initrd = initrd_image_open(config->initrd, error);
        if (!*initrd || !run_check_initrd(config, *initrd, error))
            return FALSE;
    }
    if (!vm_devices_check(config, error))
        return FALSE;
    return log_open(config->log_file, (LogLevel)config->log_level, error);
}

/** A guest with a name has a monitor where `paprika list` looks, if there can be one. */
static void run_choose_monitor(VmConfig *config)
{
    g_autoptr(GError) error = NULL;

    if (!config->name || config->qmp_path || config->qmp_fd || config->qmp_none)
        return;
    g_autofree char *folder = run_dir_make(&error);
    if (!folder) {
        log_info("paprika list will not find this guest: %s", error->message);
        return;
    }
    config->qmp_path = run_dir_socket(folder, config->name);
    config->qmp_default = TRUE;
}

int run_guest(VmConfig *config, const struct QmpExtension *extension)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) kernel = NULL;
    g_autoptr(InitrdImage) initrd = NULL;
    const HvOps *ops = NULL;

    if (!run_open_files(config, &kernel, &initrd, &error)) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }

    HvHost *host = hv_kvm_open(&ops, &error);
    if (!host) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    Chardev *console = chardev_open(config, &error);
    if (!console) {
        ops->host_free(host);
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    run_choose_monitor(config);
    return life_run(config, kernel, initrd, host, ops, console, extension);
}
