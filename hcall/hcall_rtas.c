/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The private call by which the guest-side stub enters RTAS. */
#include "hcall/hcall.h"
#include "hw/spapr/rtas/rtas.h"

/** H_RTAS. In: r4 real address of the call buffer. */
static HcallRet h_rtas(Vcpu *cpu, uint64_t *args) { return rtas_dispatch(cpu, args[0]); }

const HcallDef h_rtas_defs[] = {
    {H_RTAS, "H_RTAS", h_rtas, "private; LoPAR 7.2.7 for the buffer", HCALL_HERE},
    {0},
};
