/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine for unit tests on top of the fake hypervisor: configuration,
 * memory and vCPUs without threads; the rest a test adds as it needs.
 */
#pragma once

#include "include/paprika/vm.h"
#include "tests/unit/fake_hv.h"

typedef struct {
    Vm vm;
    VmConfig config;
    HvHost *host;
    /** What was last asked of VmControl, and how often anything was. */
    VmRequest request;
    unsigned requests;
    /** The reason that came with it; owned. */
    char *why;
    /** The last event with its data, or NULL, owned; and how many there were. */
    char *event;
    unsigned events;
    /** Who holds the other vCPUs, how often any did, and whether all are refused. */
    Vcpu *holder;
    unsigned holds;
    gboolean hold_refused;
    /** The console of fake_vm_add_devices(); the platform owns it. */
    struct Chardev *console;
} FakeVm;

/**
 * @cpus vCPUs of @threads per core, ids @stride per core apart, without HvVcpus
 * yet; @memory bytes of guest memory at 0.
 */
FakeVm *fake_vm_new(FakeHvProfile profile, unsigned cpus, unsigned threads, unsigned stride,
                    uint64_t memory);
void fake_vm_free(FakeVm *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeVm, fake_vm_free)

/** Make the HvVcpus. */
void fake_vm_add_vcpus(FakeVm *fake);

/**
 * Make the rest of a machine, HvVcpus included, as vm_new() does: translation,
 * controller, hypercalls, platform with a console of fake_chardev.h.
 */
void fake_vm_add_devices(FakeVm *fake);
