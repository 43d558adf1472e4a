/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands about non-maskable interrupts; see docs/monitor.md. Main thread. */
#pragma once

#include <glib.h>

#include "src/vmm/qmp.h"

gboolean qmp_run_nmi(QmpCall *call, GError **error);
gboolean qmp_run_machine_check(QmpCall *call, GError **error);
