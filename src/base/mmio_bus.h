/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which object answers loads and stores at a guest real address where there is
 * no memory. Ranges are added before vCPUs run, and stay: a lookup on a vCPU's
 * thread takes no lock.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

/** More than the largest machine has. */
enum { MMIO_BUS_MAX_RANGES = 64 };

typedef struct {
    /**
     * Fill, or take, the @length (1, 2, 4 or 8) bytes at @offset of the range,
     * in the order of their addresses. vCPU threads.
     */
    void (*read)(void *opaque, uint64_t offset, uint8_t *data, unsigned length);
    void (*write)(void *opaque, uint64_t offset, const uint8_t *data, unsigned length);
} MmioOps;

typedef struct MmioBus MmioBus;

MmioBus *mmio_bus_new(void);
/** NULL is fine. */
void mmio_bus_free(MmioBus *bus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MmioBus, mmio_bus_free)

/**
 * Let @ops answer for @size bytes at @base; keeps @ops and @opaque. False if
 * the range wraps or overlaps another, or there are too many. Before vCPUs run.
 */
gboolean mmio_bus_add(MmioBus *bus, uint64_t base, uint64_t size, const MmioOps *ops, void *opaque);

/**
 * Carry out a load or store of @length bytes at @addr; one that leaves its
 * range is none. False, with @data as it was, where nothing answers. Any thread.
 */
gboolean mmio_bus_access(const MmioBus *bus, uint64_t addr, uint8_t *data, unsigned length,
                         gboolean write);
