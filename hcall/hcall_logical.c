/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access to real addresses (LoPAR 14.5.4.4), page initialization (14.5.4.3.3). */
#include <string.h>

#include "hcall/hcall.h"
#include "src/base/guest_mem.h"
#include "src/base/mmio_bus.h"

/** A big-endian integer of 1, 2, 4 or 8 naturally aligned bytes. */
static gboolean logical_size_ok(uint64_t size, uint64_t addr)
{
    return (size == 1 || size == 2 || size == 4 || size == 8) && addr % size == 0;
}

/** H_LOGICAL_CI_LOAD, _CACHE_LOAD. In: r4 bytes, r5 address. Out: r4 value. */
static HcallRet h_logical_load(Vcpu *cpu, uint64_t *args)
{
    uint64_t size = args[0], addr = args[1], value = 0;
    uint8_t bytes[8];

    if (!logical_size_ok(size, addr) ||
        (!guest_mem_read(cpu->vm->mem, addr, bytes, size) &&
         !mmio_bus_access(cpu->vm->mmio, addr, bytes, (unsigned)size, FALSE)))
        return H_PARAMETER;
    for (uint64_t i = 0; i < size; i++)
        value = value << 8 | bytes[i];
    args[0] = value;
    return H_SUCCESS;
}

/** H_LOGICAL_CI_STORE, _CACHE_STORE. In: r4 bytes, r5 address, r6 value. */
static HcallRet h_logical_store(Vcpu *cpu, uint64_t *args)
{
    uint64_t size = args[0], addr = args[1], value = args[2];
    uint8_t bytes[8];

    if (!logical_size_ok(size, addr))
        return H_PARAMETER;
    for (uint64_t i = size; i-- > 0; value >>= 8)
        bytes[i] = (uint8_t)value;
    if (!guest_mem_write(cpu->vm->mem, addr, bytes, size) &&
        !mmio_bus_access(cpu->vm->mmio, addr, bytes, (unsigned)size, TRUE))
        return H_PARAMETER;
    return H_SUCCESS;
}

/**
 * H_LOGICAL_ICBI and H_LOGICAL_DCBF. In: r4 address. The block goes to memory
 * and out of the instruction caches; on this processor, as the guest's own
 * instructions would.
 */
static HcallRet h_logical_flush(Vcpu *cpu, uint64_t *args)
{
    enum { BLOCK = 128 };
    char *block = guest_mem_ptr(cpu->vm->mem, args[0] & ~(uint64_t)(BLOCK - 1), BLOCK);

    if (!block)
        return H_PARAMETER;
    __builtin___clear_cache(block, block + BLOCK);
    return H_SUCCESS;
}

/**
 * H_PAGE_INIT where the kernel does not serve it. In: r4 flags, r5 destination,
 * r6 source, all of 4 KiB pages.
 */
static HcallRet h_page_init(Vcpu *cpu, uint64_t *args)
{
    enum {
        PAGE = 4096,
        FLAG_ICACHE_INVALIDATE = 1 << 23,
        FLAG_ICACHE_SYNCHRONIZE = 1 << 22,
        FLAG_COPY = 1 << 14,
        FLAG_ZERO = 1 << 15,
        FLAGS = FLAG_ICACHE_INVALIDATE | FLAG_ICACHE_SYNCHRONIZE | FLAG_COPY | FLAG_ZERO,
    };
    uint64_t flags = args[0];

    if (flags & ~(uint64_t)FLAGS)
        return H_PARAMETER;

    char *to = args[1] % PAGE ? NULL : guest_mem_ptr(cpu->vm->mem, args[1], PAGE);
    if (!to)
        return H_PARAMETER;
    if (flags & FLAG_COPY) {
        const char *from = args[2] % PAGE ? NULL : guest_mem_ptr(cpu->vm->mem, args[2], PAGE);

        if (!from)
            return H_PARAMETER;
        memmove(to, from, PAGE);
    } else if (flags & FLAG_ZERO) {
        memset(to, 0, PAGE);
    }
    if (flags & (FLAG_ICACHE_INVALIDATE | FLAG_ICACHE_SYNCHRONIZE))
        __builtin___clear_cache(to, to + PAGE);
    return H_SUCCESS;
}

const HcallDef h_logical_defs[] = {
    {H_PAGE_INIT, "H_PAGE_INIT", h_page_init, "LoPAR 14.5.4.3.3", HCALL_KERNEL_ON_REQUEST},
    {H_LOGICAL_CI_LOAD, "H_LOGICAL_CI_LOAD", h_logical_load, "LoPAR 14.5.4.4.1",
     HCALL_KERNEL_ON_REQUEST},
    {H_LOGICAL_CI_STORE, "H_LOGICAL_CI_STORE", h_logical_store, "LoPAR 14.5.4.4.2",
     HCALL_KERNEL_ON_REQUEST},
    {H_LOGICAL_CACHE_LOAD, "H_LOGICAL_CACHE_LOAD", h_logical_load, "Linux, asm/hvcall.h",
     HCALL_HERE},
    {H_LOGICAL_CACHE_STORE, "H_LOGICAL_CACHE_STORE", h_logical_store, "Linux, asm/hvcall.h",
     HCALL_HERE},
    {H_LOGICAL_ICBI, "H_LOGICAL_ICBI", h_logical_flush, "Linux, asm/hvcall.h", HCALL_HERE},
    {H_LOGICAL_DCBF, "H_LOGICAL_DCBF", h_logical_flush, "Linux, asm/hvcall.h", HCALL_HERE},
    {0},
};
