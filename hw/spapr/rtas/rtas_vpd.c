/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vital product data (LoPAR 7.3.20). */
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "hw/spapr/vpd.h"
#include "src/base/guest_mem.h"

/** A string that ends within VPD_LOCATION_MAX characters. */
static gboolean read_location(const Vm *vm, GuestAddr addr, char text[VPD_LOCATION_MAX + 1])
{
    for (unsigned i = 0; i <= VPD_LOCATION_MAX; i++) {
        if (!guest_mem_read(vm->mem, addr + i, &text[i], 1))
            return FALSE;
        if (!text[i])
            return TRUE;
    }
    return FALSE;
}

/**
 * ibm,get-vpd: in location code, work area, its size, sequence number; out
 * status, next sequence number, bytes. What we have never changes, so a sequence
 * number is where to go on, plus 1, and several sequences may be under way.
 */
static RtasStatus rtas_get_vpd(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    enum { FIRST = 1 };
    const Vm *vm = cpu->vm;
    char location[VPD_LOCATION_MAX + 1];
    uint32_t room = args[2], sequence = args[3];

    if (!room || sequence < FIRST || !read_location(vm, args[0], location))
        return RTAS_PARAM_ERROR;
    g_autoptr(GByteArray) data = vpd_build(vm->platform->uuid, location);
    uint32_t start = sequence - FIRST;
    if (!data || start >= data->len)
        return RTAS_PARAM_ERROR;

    uint32_t length = MIN(room, data->len - start);
    if (!guest_mem_write(vm->mem, args[1], data->data + start, length))
        return RTAS_PARAM_ERROR;
    rets[2] = length;
    if (start + length == data->len) {
        rets[1] = FIRST;
        return RTAS_SUCCESS;
    }
    rets[1] = sequence + length;
    return RTAS_MORE_DATA;
}

const RtasDef rtas_vpd_defs[] = {
    {"ibm,get-vpd", rtas_get_vpd, 4, 3, "LoPAR 7.3.20"},
    {0},
};
