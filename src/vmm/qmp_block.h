/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the monitor about disks (src/vmm/plug_cards.h, src/vmm/backends.h). */
#pragma once

#include "src/vmm/qmp.h"

gboolean qmp_run_blockdev_add(QmpCall *call, GError **error);
gboolean qmp_run_blockdev_del(QmpCall *call, GError **error);
gboolean qmp_run_block_query(QmpCall *call, GError **error);
gboolean qmp_run_block_nodes(QmpCall *call, GError **error);
gboolean qmp_run_block_stats(QmpCall *call, GError **error);
gboolean qmp_run_block_resize(QmpCall *call, GError **error);
