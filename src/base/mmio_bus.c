/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/mmio_bus.h"

typedef struct {
    uint64_t base, size;
    const MmioOps *ops;
    void *opaque;
} MmioRange;

struct MmioBus {
    /** In ascending order. Constant once vCPUs run. */
    MmioRange ranges[MMIO_BUS_MAX_RANGES];
    unsigned count;
};

MmioBus *mmio_bus_new(void) { return g_new0(MmioBus, 1); }

void mmio_bus_free(MmioBus *bus) { g_free(bus); }

gboolean mmio_bus_add(MmioBus *bus, uint64_t base, uint64_t size, const MmioOps *ops, void *opaque)
{
    unsigned at = bus->count;

    if (!size || base + (size - 1) < base || bus->count == MMIO_BUS_MAX_RANGES)
        return FALSE;
    while (at > 0 && bus->ranges[at - 1].base > base)
        at--;
    if (at > 0 && base - bus->ranges[at - 1].base < bus->ranges[at - 1].size)
        return FALSE;
    if (at < bus->count && bus->ranges[at].base - base < size)
        return FALSE;
    for (unsigned i = bus->count++; i > at; i--)
        bus->ranges[i] = bus->ranges[i - 1];
    bus->ranges[at] = (MmioRange){base, size, ops, opaque};
    return TRUE;
}

/** The range that @addr is in, or NULL. */
static const MmioRange *range_of(const MmioBus *bus, uint64_t addr)
{
    unsigned low = 0, high = bus->count;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        const MmioRange *range = &bus->ranges[middle];

        if (addr < range->base)
            high = middle;
        else if (addr - range->base >= range->size)
            low = middle + 1;
        else
            return range;
    }
    return NULL;
}

gboolean mmio_bus_access(const MmioBus *bus, uint64_t addr, uint8_t *data, unsigned length,
                         gboolean write)
{
    const MmioRange *range = range_of(bus, addr);

    if (!range || length > range->size - (addr - range->base))
        return FALSE;
    if (write)
        range->ops->write(range->opaque, addr - range->base, data, length);
    else
        range->ops->read(range->opaque, addr - range->base, data, length);
    return TRUE;
}
