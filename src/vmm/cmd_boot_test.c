/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika boot-test`: boot guests, each in a process of its own, and judge their consoles. */
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/trial/trial_options.h"
#include "src/vmm/trial/trial_run.h"

int cmd_boot_test(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TrialPlan) plan = trial_options_parse(argc, argv, &error);

    if (!plan) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    return trial_run(plan);
}
