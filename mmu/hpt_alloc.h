/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Getting a hash page table from the hypervisor. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/hv.h"

/**
 * Allocate the guest's table, or zero it if it already has that size. @wanted
 * is the order to try first; on ENOMEM smaller ones are tried down to
 * HPT_ORDER_MIN, with a warning that names both. *@granted is what the kernel
 * really gave. vCPUs stopped.
 */
gboolean hpt_allocate(const HvOps *ops, HvVm *vm, uint32_t wanted, uint32_t *granted,
                      GError **error);
