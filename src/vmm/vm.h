/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting a machine together, and taking it apart. */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

struct Chardev;

/**
 * Make the machine that @config asks for on @host, up to but without its
 * contents and threads: memory, translation, controller, devices, vCPUs. Takes
 * over @host and @console, on failure too. Keeps @config. Main thread.
 */
Vm *vm_new(const VmConfig *config, HvHost *host, const HvOps *ops, struct Chardev *console,
           const VmControl *control, GError **error);

/**
 * Start all threads, the vCPUs' parked: what is the process's own (files, privileges) is settled
 * before, so that all threads have it alike. Once, before anything else. Main thread.
 */
gboolean vm_start(Vm *vm, GError **error);

/** Frees half-built machines too. Main thread. */
void vm_free(Vm *vm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vm, vm_free)

/**
 * Make vCPU number @index beyond those of the start: reset, stopped, isolated, and
 * with its thread. Between vm_look_begin() and vm_look_end(). Main thread.
 */
Vcpu *vm_add_vcpu(Vm *vm, unsigned index, GError **error);

/** Park every vCPU for @why and wait until all are; and take that reason back. Main thread. */
void vm_park_for(Vm *vm, VcpuPark why);
void vm_unpark_for(Vm *vm, VcpuPark why);

/** For the machine's life. Main thread. */
void vm_park(Vm *vm);
void vm_unpark(Vm *vm);

/**
 * Stop the machine, or let it go on; false if it was so already. Stopped, no vCPU
 * enters the guest, a reboot's included; its timebase and its watchdogs stand still.
 * Main thread.
 */
gboolean vm_stop(Vm *vm);
gboolean vm_cont(Vm *vm);

/**
 * Keep every vCPU out of the guest for a moment, so that registers and hash
 * page table can be read. Main thread.
 */
void vm_look_begin(Vm *vm);
void vm_look_end(Vm *vm);

/**
 * Everything as after power-on: memory cleared, table, controller, devices and
 * vCPUs reset. vCPUs parked. Main thread.
 */
gboolean vm_reset(Vm *vm, GError **error);
