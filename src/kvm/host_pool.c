/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many processors the host has, and how busy they are. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/endian.h"
#include "src/base/fd.h"
#include "src/kvm/kvm_private.h"

enum {
    /** Bounds of what is kept while counting; a larger host tells of no chips. */
    POOL_MAX_CHIPS = 64,
    POOL_MAX_THREADS = 16384,
    /** Threads of a core at most, 4 bytes each. */
    POOL_SERVERS_SIZE = 64,
};

/** What the nodes of processors add up to. */
typedef struct {
    unsigned cores, threads;
    /** Chips by id, and cores of each; a core without an id leaves them unknown. */
    unsigned chips, ids[POOL_MAX_CHIPS], chip_cores[POOL_MAX_CHIPS];
    gboolean chips_unknown;
} PoolCount;

/** A property of one cell. */
static gboolean read_id(const char *node, const char *property, unsigned *id)
{
    be32 cell;

    if (host_tree_bytes(node, property, &cell, sizeof(cell)) != sizeof(cell))
        return FALSE;
    *id = be32_get(cell);
    return TRUE;
}

static void count_chip(PoolCount *count, const char *node)
{
    unsigned number, i;

    if (!read_id(node, "ibm,chip-id", &number)) {
        count->chips_unknown = TRUE;
        return;
    }
    for (i = 0; i < count->chips && count->ids[i] != number; i++)
        ;
    if (i == POOL_MAX_CHIPS) {
        count->chips_unknown = TRUE;
        return;
    }
    count->ids[i] = number;
    count->chip_cores[i]++;
    count->chips = MAX(count->chips, i + 1);
}

static gboolean count_core(const char *node, void *data)
{
    PoolCount *count = data;
    char servers[POOL_SERVERS_SIZE];
    size_t length = host_tree_bytes(node, "ibm,ppc-interrupt-server#s", servers, sizeof(servers));

    count->threads = MAX(count->threads, (unsigned)length / 4);
    count->cores++;
    count_chip(count, node);
    return TRUE;
}

/**
 * Cores of @per_core threads that @list, Linux's "0-3,8", has a thread of;
 * *@threads is their number. Linux numbers the threads of a core in a row.
 */
static unsigned count_online(const char *list, unsigned per_core, unsigned *threads)
{
    unsigned cores = 0;
    unsigned long next_core = 0;

    *threads = 0;
    while (*list >= '0' && *list <= '9') {
        char *end;
        unsigned long first = strtoul(list, &end, 10), last = first;

        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        if (last < first || last >= POOL_MAX_THREADS)
            break;
        *threads += (unsigned)(last - first + 1);
        first = MAX(first / per_core, next_core);
        next_core = last / per_core + 1;
        cores += next_core > first ? (unsigned)(next_core - first) : 0;
        list = *end == ',' ? end + 1 : end;
    }
    return cores;
}

/**
 * Sockets that @chips chips sit in, as the nodes of the chips' own buses tell;
 * where they don't, each chip has its own.
 */
static unsigned count_modules(unsigned chips)
{
    unsigned modules = 0, buses = 0, ids[POOL_MAX_CHIPS];
    struct dirent *entry;
    char path[512];
    DIR *dir = opendir(HOST_TREE);

    while (dir && (entry = readdir(dir)) && modules < POOL_MAX_CHIPS) {
        unsigned number, i;

        if (!g_str_has_prefix(entry->d_name, "xscom@"))
            continue;
        snprintf(path, sizeof(path), HOST_TREE "/%.200s", entry->d_name);
        if (!read_id(path, "ibm,hw-module-id", &number))
            continue;
        buses++;
        for (i = 0; i < modules && ids[i] != number; i++)
            ;
        ids[i] = number;
        modules = MAX(modules, i + 1);
    }
    if (dir)
        closedir(dir);
    return buses == chips && modules && chips % modules == 0 ? modules : chips;
}

void kvm_host_pool_open(HvHost *host)
{
    HvPool *pool = &host->caps.pool;
    PoolCount count = {0};
    char list[4096] = "";

    host_tree_each_cpu(count_core, &count);
    host_tree_text("/sys/devices/system/cpu", "online", list, sizeof(list));
    pool->cores_present = count.cores;
    pool->cores = count_online(list, MAX(count.threads, 1), &host->threads);
    /* Chips of a partition are those of its hypervisor, which it does not see whole. */
    if (!host->caps.nested && !count.chips_unknown && count.chips) {
        pool->modules = count_modules(count.chips);
        pool->module_chips = count.chips / pool->modules;
        for (unsigned i = 0; i < count.chips; i++)
            pool->chip_cores = MAX(pool->chip_cores, count.chip_cores[i]);
    }
    host->uptime = open("/proc/uptime", O_RDONLY | O_CLOEXEC);
}

void kvm_host_pool_close(HvHost *host) { fd_close(&host->uptime); }

/** "12345.67" at *@text, in microseconds; behind it then. */
static gboolean parse_seconds(char **text, uint64_t *us)
{
    char *end;
    uint64_t whole = strtoull(*text, &end, 10);

    if (end == *text || end[0] != '.' || !g_ascii_isdigit(end[1]) || !g_ascii_isdigit(end[2]))
        return FALSE;
    *us = whole * G_USEC_PER_SEC +
          (uint64_t)((end[1] - '0') * 10 + (end[2] - '0')) * (G_USEC_PER_SEC / 100);
    *text = end + 3;
    return TRUE;
}

int kvm_host_pool_time(HvHost *host, HvPoolTime *time)
{
    unsigned cores = host->caps.pool.cores;
    char line[80], *text = line;
    uint64_t up, idle;

    if (host->uptime < 0 || !cores || !host->threads)
        return -ENODEV;
    ssize_t length = pread(host->uptime, line, sizeof(line) - 1, 0);
    if (length < 0)
        return -errno;
    line[length] = 0;
    if (!parse_seconds(&text, &up) || !parse_seconds(&text, &idle))
        return -EIO;
    time->elapsed = up * cores;
    /* Linux adds up threads; the two numbers are not read at the same time. */
    time->idle = MIN(idle * cores / host->threads, time->elapsed);
    return 0;
}
