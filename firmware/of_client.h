/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Open Firmware client interface (IEEE 1275, 6.3, with the PowerPC binding):
 * what a program that was entered as by firmware may ask. A few instructions in
 * the guest (firmware/of_stub.h) turn its calls into a private hypercall.
 *
 * The client is hostile: arguments are read once and checked, strings and
 * transfers are bounded, tables have limits, and no call takes long. A call that
 * has to wait (the console is full) is made again by the instructions in the guest.
 *
 * The interface stays after "quiesce": nothing here does anything unless called.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "hw/spapr/machine_desc.h"
#include "include/paprika/papr.h"
#include "include/paprika/vm.h"
#include "src/base/guest_mem.h"

enum {
    /** Cells for arguments and results together, as an argument array has them. */
    OF_MAX_CELLS = 32,
    /** Bytes that one read or write moves at most. */
    OF_MAX_TRANSFER = 4096,
};

typedef struct OfClient OfClient;

/**
 * Begin with the flattened tree of @size bytes at @fdt. Memory below @rma can be
 * claimed. Main thread, vCPUs parked.
 */
OfClient *of_client_new(Vm *vm, const void *fdt, size_t size, uint64_t rma, GError **error);
/** vCPUs parked. NULL is fine. Main thread. */
void of_client_free(OfClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OfClient, of_client_free)

/** [@range) is in use from the beginning: what was loaded. vCPUs parked. */
void of_client_reserve(OfClient *client, GuestRange range);

/**
 * One call, whose argument array is at guest real address @args. H_SUCCESS,
 * H_BUSY if it has to be made again, or H_HARDWARE (-1) if there is no such
 * service, or the array is none: what the entry returns to its client. On
 * @cpu's thread; takes the client's lock.
 */
HcallRet of_client_call(OfClient *client, Vcpu *cpu, GuestAddr args);

/** The @index-th service, NULL past the last one: its name, its counts and what it is. For docs. */
const char *of_client_service(unsigned index, unsigned *nargs, unsigned *nret,
                              const char **section);
/** The @index-th method of any package, NULL past the last one; *@package says of which. For docs.
 */
const char *of_client_method(unsigned index, const char **package, const char **what);
