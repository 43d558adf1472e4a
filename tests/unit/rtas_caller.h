/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RTAS calls through a buffer in guest memory, as a guest makes them. */
#pragma once

#include "hw/spapr/rtas/rtas.h"
#include "include/paprika/vm.h"

enum { RTAS_CALLER_BUFFER = 0x4000 };

/**
 * Call @token from vCPU 0 with @nargs words of @args: the status. It is the first of the @nret
 * results, which go to @rets. Token, counts, arguments and what follows the results must stay
 * as they were.
 */
RtasStatus rtas_caller_call(Vm *vm, uint32_t token, unsigned nargs, const uint32_t *args,
                            unsigned nret, uint32_t *rets);
