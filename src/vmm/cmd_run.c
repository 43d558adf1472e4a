/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika run`: options first, then files, then the host. */
#include "firmware/kernel_image.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/trace.h"
#include "src/chardev/chardev.h"
#include "src/vmm/commands.h"
#include "src/vmm/life.h"
#include "src/vmm/options.h"

/** What the user named on this machine: log, kernel, initrd. */
static gboolean run_open_files(const VmConfig *config, KernelImage **kernel, InitrdImage **initrd,
                               GError **error)
{
    if (config->name)
        log_set_name(config->name);
    if (!log_open(config->log_file, (LogLevel)config->log_level, error))
        return FALSE;
    if (config->trace && !trace_enable(config->trace, error))
        return FALSE;
    *kernel = kernel_image_open(config->kernel, error);
    if (!*kernel)
        return FALSE;
    if (config->initrd)
        *initrd = initrd_image_open(config->initrd, error);
    return !config->initrd || *initrd;
}

int cmd_run(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(KernelImage) kernel = NULL;
    g_autoptr(InitrdImage) initrd = NULL;
    g_autoptr(VmConfig) config = options_parse("run", NULL, argc, argv, &error);
    const HvOps *ops = NULL;

    if (!config || !run_open_files(config, &kernel, &initrd, &error)) {
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
    return life_run(config, kernel, initrd, host, ops, console);
}
