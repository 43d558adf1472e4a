/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests for whole machines on the fake hypervisor: a function plays what each
 * vCPU does, exit by exit, on the vCPU's own thread.
 */
#pragma once

#include "include/paprika/vm.h"
#include "tests/unit/fake_hv.h"

enum {
    PLAY_MAX_VCPUS = 16,
    /** Where play_rtas() puts its buffers, one for each vCPU. */
    PLAY_BUFFERS = 96 << 20,
};

typedef struct Play Play;

/**
 * Play the next exit of vCPU @id: set *@exit by one of the calls below. @step
 * counts from 0 at each boot of the machine.
 */
typedef void (*PlayFn)(Play *play, unsigned id, unsigned step, HvExit *exit);

/** What one vCPU's thread knows. */
typedef struct {
    HvVcpu *hv;
    unsigned boot, step;
    uint64_t args[HV_MAX_HCALL_ARGS], ret;
    uint8_t data[8];
    /** The test's own: what the last call was. */
    gboolean committed;
} PlayCpu;

struct Play {
    PlayFn fn;
    /** The test's own. */
    void *data;
    HvHost *host;
    const HvOps *ops;
    unsigned n_vcpus;
    PlayCpu cpus[PLAY_MAX_VCPUS];
};

/** Have @fn play the guest of the VM that will be made on @host. */
void play_init(Play *play, HvHost *host, const HvOps *ops, unsigned n_vcpus, PlayFn fn, void *data);

/** Boots so far, this one included. Any thread. */
unsigned play_boots(Play *play);

/** A hypercall; @args may be NULL for zeros. */
void play_hcall(Play *play, unsigned id, HvExit *exit, uint64_t number, const uint64_t args[9]);

/** What the last hypercall of @id gave. */
int64_t play_result(const Play *play, unsigned id);

/** RTAS service @name with @nargs arguments and @nret results. */
void play_rtas(Play *play, unsigned id, HvExit *exit, const char *name, unsigned nargs,
               const uint32_t *args, unsigned nret);

/** Result @index of the last RTAS call, which had @nargs arguments; 0 is the status. */
uint32_t play_rtas_result(Play *play, unsigned id, unsigned nargs, unsigned index);

/** Wait in the guest until the vCPU is brought out. */
void play_idle(Play *play, unsigned id, HvExit *exit);

/** Come out for nothing. */
void play_nothing(HvExit *exit);

/** Guest memory at @addr, for vCPU @id that plays. */
uint8_t *play_memory(Play *play, unsigned id, uint64_t addr);
