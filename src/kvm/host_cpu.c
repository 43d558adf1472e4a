/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host processor, as the host's own device tree describes it. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "src/base/endian.h"
#include "src/kvm/kvm_private.h"

#define HOST_TREE "/proc/device-tree"

/** A property of one or two cells as a number; 0 if there is none. */
static uint64_t tree_number(const char *node, const char *property)
{
    char path[512];
    unsigned char cells[8];
    uint64_t value = 0;

    snprintf(path, sizeof(path), "%s/%s", node, property);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t length = fread(cells, 1, sizeof(cells), file);
    fclose(file);
    if (length != 4 && length != 8)
        return 0;
    for (size_t i = 0; i < length; i++)
        value = value << 8 | cells[i];
    return value;
}

static gboolean tree_text(const char *node, const char *property, char *text, size_t size)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", node, property);
    FILE *file = fopen(path, "re");
    if (!file)
        return FALSE;
    size_t length = fread(text, 1, size - 1, file);
    text[length] = 0;
    fclose(file);
    return length > 0;
}

/** Path of the first processor's node. */
static gboolean tree_first_cpu(char *path, size_t size)
{
    gboolean found = FALSE;
    struct dirent *entry;
    char type[16];
    DIR *dir = opendir(HOST_TREE "/cpus");

    if (!dir)
        return FALSE;
    while (!found && (entry = readdir(dir))) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, size, HOST_TREE "/cpus/%.200s", entry->d_name);
        found = tree_text(path, "device_type", type, sizeof(type)) && !strcmp(type, "cpu");
    }
    closedir(dir);
    return found;
}

static HvCache tree_cache(const char *cpu, char which)
{
    char name[32];
    HvCache cache;

    snprintf(name, sizeof(name), "%c-cache-size", which);
    cache.size = (uint32_t)tree_number(cpu, name);
    snprintf(name, sizeof(name), "%c-cache-line-size", which);
    cache.line = (uint32_t)tree_number(cpu, name);
    if (!cache.line) {
        snprintf(name, sizeof(name), "%c-cache-block-size", which);
        cache.line = (uint32_t)tree_number(cpu, name);
    }
    snprintf(name, sizeof(name), "%c-cache-sets", which);
    cache.sets = (uint32_t)tree_number(cpu, name);
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
    char cpu[256], compatible[64];

    caps->cpu.pvr = read_pvr();
    if (!tree_text(HOST_TREE, "model", model, model_size))
        g_strlcpy(model, "unknown", model_size);
    /* A partition has the RTAS of its hypervisor; bare metal has OPAL. */
    caps->nested = !tree_text(HOST_TREE "/ibm,opal", "compatible", compatible, sizeof(compatible));

    if (!tree_first_cpu(cpu, sizeof(cpu)))
        return;
    caps->cpu.timebase = (uint32_t)tree_number(cpu, "timebase-frequency");
    caps->cpu.clock = tree_number(cpu, "clock-frequency");
    if (!caps->cpu.clock)
        caps->cpu.clock = tree_number(cpu, "ibm,extended-clock-frequency");
    caps->cpu.dcache = tree_cache(cpu, 'd');
    caps->cpu.icache = tree_cache(cpu, 'i');
    caps->large_decrementer = tree_number(cpu, "ibm,dec-bits") > 32;
}
