/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/of_stub.h"

#include "include/paprika/papr.h"
#include "src/base/error.h"

gboolean of_stub_write(GuestMem *mem, GuestAddr base, GError **error)
{
    /* Addresses have 32 bits; in 32-bit mode the upper half may hold anything. */
    const be32 code[] = {
        be32_of(0x78640020),               /*    clrldi r4,r3,32  */
        be32_of(0x3c600000),               /* 1: lis    r3,0      */
        be32_of(0x60630000 | H_OF_CLIENT), /*    ori    r3,r3,... */
        be32_of(0x44000022),               /*    sc     1         */
        be32_of(0x2c030000 | H_BUSY),      /*    cmpwi  r3,H_BUSY */
        be32_of(0x4182fff0),               /*    beq    1b        */
        be32_of(0x4e800020),               /*    blr              */
    };

    if (!guest_mem_write(mem, base, code, sizeof(code)))
        return error_set(error, PAPRIKA_ERROR_HOST,
                         "Open Firmware's entry does not fit into guest memory");
    return TRUE;
}
