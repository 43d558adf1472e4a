// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Client calls as the PowerPC binding to IEEE 1275 has them: the address of an
 * array of 32-bit cells in r3, through the entry that firmware gave in r5.
 */
#include "of_call.h"

u64 of_entry, of_initrd;

static u32 request[3 + OF_CELLS] __attribute__((aligned(64)));

long of_client(const char *service, unsigned nargs, const u32 *args, unsigned nret, u32 *rets)
{
    /* A function is its address in this ABI. */
    long (*entry)(u32 * cells) = (long (*)(u32 *))of_entry;

    if (!of_entry || nargs + nret > OF_CELLS)
        return -1;
    request[0] = (u32)(u64)service;
    request[1] = nargs;
    request[2] = nret;
    memcpy(&request[3], args, 4 * nargs);
    memset(&request[3 + nargs], 0, 4 * nret);
    barrier();
    long ret = entry(request);
    barrier();
    memcpy(rets, &request[3 + nargs], 4 * nret);
    return (int)ret;
}
