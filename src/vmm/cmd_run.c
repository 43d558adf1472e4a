/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika run`. */
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/options.h"
#include "src/vmm/run_guest.h"

int cmd_run(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = options_parse("run", NULL, argc, argv, &error);

    if (!config) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    return run_guest(config, NULL);
}
