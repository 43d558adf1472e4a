// SPDX-License-Identifier: GPL-2.0-or-later
/* RTAS calls, made straight through the hypervisor's private call for them. */
#include "guest.h"

static u32 buffer[RTAS_BUFFER_CELLS] __attribute__((aligned(64)));

u32 rtas_token(const char *name) { return tree_cell(tree_find("/rtas"), name, RTAS_NO_TOKEN); }

int rtas_call(const char *name, unsigned nargs, unsigned nret, u32 *rets, ...)
{
    u32 token = rtas_token(name);
    va_list list;

    if (token == RTAS_NO_TOKEN)
        return -1000;
    memset(buffer, 0, sizeof(buffer));
    buffer[0] = token;
    buffer[1] = nargs;
    buffer[2] = nret;
    va_start(list, rets);
    for (unsigned i = 0; i < nargs; i++)
        buffer[3 + i] = va_arg(list, u32);
    va_end(list);
    if (hcall(H_RTAS, (u64)buffer, 0, 0, 0) != H_SUCCESS)
        return -1001;
    for (unsigned i = 1; i < nret; i++)
        rets[i - 1] = buffer[3 + nargs + i];
    return (int)buffer[3 + nargs];
}
