/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about the guest's balloon. */
#pragma once

#include "src/vmm/qmp.h"

gboolean qmp_run_balloon(QmpCall *call, GError **error);
gboolean qmp_run_balloon_query(QmpCall *call, GError **error);
