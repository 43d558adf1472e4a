/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/play.h"

#include <string.h>

#include "hw/spapr/rtas/rtas.h"
#include "src/base/endian.h"
#include "tests/unit/fake_hv_private.h"

static void play_run(HvVcpu *vcpu, unsigned id, HvExit *exit, void *opaque)
{
    Play *play = opaque;
    PlayCpu *cpu = &play->cpus[id];
    unsigned boot = play_boots(play);

    g_assert_cmpuint(id, <, play->n_vcpus);
    if (cpu->boot != boot)
        cpu->step = 0;
    cpu->boot = boot;
    cpu->hv = vcpu;
    play->fn(play, id, cpu->step++, exit);
}

void play_init(Play *play, HvHost *host, const HvOps *ops, unsigned n_vcpus, PlayFn fn, void *data)
{
    g_assert_cmpuint(n_vcpus, <=, PLAY_MAX_VCPUS);
    *play = (Play){.fn = fn, .data = data, .host = host, .ops = ops, .n_vcpus = n_vcpus};
    hv_fake_set_run(host, play_run, play);
}

unsigned play_boots(Play *play)
{
    return hv_fake_count(play->host, FAKE_VCPU_RESET) / play->n_vcpus;
}

void play_hcall(Play *play, unsigned id, HvExit *exit, uint64_t number, const uint64_t args[9])
{
    PlayCpu *cpu = &play->cpus[id];

    memset(cpu->args, 0, sizeof(cpu->args));
    if (args)
        memcpy(cpu->args, args, sizeof(cpu->args));
    *exit = (HvExit){.reason = HV_EXIT_HCALL};
    exit->hcall.number = number;
    exit->hcall.args = cpu->args;
    exit->hcall.ret = &cpu->ret;
}

int64_t play_result(const Play *play, unsigned id) { return (int64_t)play->cpus[id].ret; }

uint8_t *play_memory(Play *play, unsigned id, uint64_t addr)
{
    uint64_t gpa, size;
    void *host = NULL;

    g_assert_true(hv_fake_slot(play->cpus[id].hv->vm, 0, &gpa, &size, &host));
    g_assert_cmpuint(addr, <, size);
    return (uint8_t *)host + addr;
}

static be32 *play_buffer(Play *play, unsigned id)
{
    return (be32 *)play_memory(play, id, PLAY_BUFFERS + id * 256);
}

void play_rtas(Play *play, unsigned id, HvExit *exit, const char *name, unsigned nargs,
               const uint32_t *args, unsigned nret)
{
    be32 *buffer = play_buffer(play, id);

    buffer[0] = be32_of(rtas_token(name));
    buffer[1] = be32_of(nargs);
    buffer[2] = be32_of(nret);
    for (unsigned i = 0; i < nargs; i++)
        buffer[3 + i] = be32_of(args[i]);
    play_hcall(play, id, exit, H_RTAS, (uint64_t[9]){PLAY_BUFFERS + id * 256});
}

uint32_t play_rtas_result(Play *play, unsigned id, unsigned nargs, unsigned index)
{
    return be32_get(play_buffer(play, id)[3 + nargs + index]);
}

void play_idle(Play *play, unsigned id, HvExit *exit)
{
    hv_fake_wait_kick(play->cpus[id].hv);
    play_nothing(exit);
}

void play_nothing(HvExit *exit) { *exit = (HvExit){.reason = HV_EXIT_INTERRUPTED}; }
