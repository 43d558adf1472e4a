/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operator panel, which is our console (LoPAR 7.3.5.3). */
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "hw/spapr/vty.h"

/** display-character: in one character. Busy while the console's reader is slow. */
static RtasStatus rtas_display_character(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    uint8_t character = (uint8_t)args[0];

    return vty_put(cpu->vm->platform->vty, &character, 1) ? RTAS_SUCCESS : RTAS_BUSY;
}

const RtasDef rtas_term_defs[] = {
    {"display-character", rtas_display_character, 1, 1, "LoPAR 7.3.5.3"},
    {0},
};
