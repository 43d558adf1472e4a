/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/rtas_stub.h"

#include "include/paprika/papr.h"
#include "src/base/error.h"

gboolean rtas_stub_write(GuestMem *mem, GuestAddr base, GError **error)
{
    /* Big-endian, as RTAS is entered; good in 32-bit and in 64-bit mode. */
    const be32 code[] = {
        be32_of(0x7c641b78),          /* mr   r4,r3      */
        be32_of(0x3c600000),          /* lis  r3,0       */
        be32_of(0x60630000 | H_RTAS), /* ori  r3,r3,...  */
        be32_of(0x44000022),          /* sc   1          */
        be32_of(0x4e800020),          /* blr             */
    };

    if (!guest_mem_write(mem, base, code, sizeof(code)))
        return error_set(error, PAPRIKA_ERROR_HOST, "RTAS does not fit into guest memory");
    return TRUE;
}
