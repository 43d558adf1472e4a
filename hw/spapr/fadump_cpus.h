/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of all processors, as a firmware-assisted dump has them (LoPAR, "CPU
 * State Data"): a head, the number of processors, and for each a list of names and values.
 */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"
#include "src/base/guest_mem.h"

/**
 * Write @size bytes at most at @addr: false if that is no memory, KVM does not tell, or there are
 * more processors than fit. Those that the guest has stopped are left out. vCPUs
 * parked; main thread.
 */
gboolean fadump_cpus_write(const Vm *vm, GuestAddr addr, uint64_t size);
