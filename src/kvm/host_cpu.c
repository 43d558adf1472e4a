/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host processor, as the host's own device tree describes it. */
#include <stdio.h>
#include <string.h>

#include "src/kvm/kvm_private.h"

/** Path of a node, to @data of @CPU_PATH bytes. */
enum { CPU_PATH = 256 };

static gboolean take_first(const char *node, void *data)
{
    g_strlcpy(data, node, CPU_PATH);
    return FALSE;
}

static HvCache tree_cache(const char *cpu, char which)
{
    char name[32];
    HvCache cache;

    snprintf(name, sizeof(name), "%c-cache-size", which);
    cache.size = (uint32_t)host_tree_number(cpu, name);
    snprintf(name, sizeof(name), "%c-cache-line-size", which);
    cache.line = (uint32_t)host_tree_number(cpu, name);
    if (!cache.line) {
        snprintf(name, sizeof(name), "%c-cache-block-size", which);
        cache.line = (uint32_t)host_tree_number(cpu, name);
    }
    snprintf(name, sizeof(name), "%c-cache-sets", which);
    cache.sets = (uint32_t)host_tree_number(cpu, name);
    return cache;
}

/** The processor version register; Linux lets user space read it. */
static uint32_t read_pvr(void)
{
    unsigned long pvr;

    __asm__ volatile("mfspr %0, 287" : "=r"(pvr));
    return (uint32_t)pvr;
}

void kvm_host_cpu_read(HvCaps *caps, char *model, size_t model_size)
{
    char cpu[CPU_PATH] = "", compatible[64];

    caps->cpu.pvr = read_pvr();
    if (!host_tree_text(HOST_TREE, "model", model, model_size))
        g_strlcpy(model, "unknown", model_size);
    /* A partition has the RTAS of its hypervisor; bare metal has OPAL. */
    caps->nested =
        !host_tree_text(HOST_TREE "/ibm,opal", "compatible", compatible, sizeof(compatible));

    host_tree_each_cpu(take_first, cpu);
    if (!*cpu)
        return;
    caps->cpu.timebase = (uint32_t)host_tree_number(cpu, "timebase-frequency");
    caps->cpu.clock = host_tree_number(cpu, "clock-frequency");
    if (!caps->cpu.clock)
        caps->cpu.clock = host_tree_number(cpu, "ibm,extended-clock-frequency");
    caps->cpu.dcache = tree_cache(cpu, 'd');
    caps->cpu.icache = tree_cache(cpu, 'i');
    caps->large_decrementer = host_tree_number(cpu, "ibm,dec-bits") > 32;
}
