/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's commands about translation; see docs/monitor.md. Main thread. */
#pragma once

#include <glib.h>

#include "src/vmm/qmp.h"

gboolean qmp_run_translate(QmpCall *call, GError **error);
gboolean qmp_run_mmu(QmpCall *call, GError **error);
gboolean qmp_run_hpt(QmpCall *call, GError **error);
