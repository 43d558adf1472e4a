/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/rtas_caller.h"

#include "src/base/guest_mem.h"

/** What cells that are no argument hold before a call. */
enum { UNTOUCHED = 0x5a5a5a5a };

RtasStatus rtas_caller_call(Vm *vm, uint32_t token, unsigned nargs, const uint32_t *args,
                            unsigned nret, uint32_t *rets)
{
    uint32_t words[3 + RTAS_MAX_CELLS + 1] = {token, nargs, nret}, after;

    for (unsigned i = 0; i <= RTAS_MAX_CELLS; i++)
        words[3 + i] = i < nargs ? args[i] : UNTOUCHED;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_true(guest_mem_store_be32(vm->mem, RTAS_CALLER_BUFFER + 4 * i, words[i]));
    g_assert_cmpint(rtas_dispatch(vm->vcpus[0], RTAS_CALLER_BUFFER), ==, H_SUCCESS);

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_true(guest_mem_load_be32(vm->mem, RTAS_CALLER_BUFFER + 4 * i, &after));
        if (i >= 3 + nargs && i < 3 + nargs + nret)
            rets[i - 3 - nargs] = after;
        else
            g_assert_cmphex(after, ==, words[i]);
    }
    return (RtasStatus)rets[0];
}
