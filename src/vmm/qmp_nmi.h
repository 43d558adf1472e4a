/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's command about system resets; see docs/monitor.md. Main thread. */
#pragma once

#include <glib.h>

#include "src/vmm/qmp.h"

gboolean qmp_run_nmi(QmpCall *call, GError **error);
