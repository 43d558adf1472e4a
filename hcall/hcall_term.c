/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual terminals (LoPAR 17.5). */
#include "hcall/hcall.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vty.h"

/** H_GET_TERM_CHAR. In: r4 terminal. Out: r4 length, r5 and r6 up to 16 characters. */
static HcallRet h_get_term_char(Vcpu *cpu, uint64_t *args)
{
    uint8_t text[VTY_MAX_CHARS] = {0};

    if (!vty_is_console(args[0]))
        return H_PARAMETER;

    unsigned length = vty_get(cpu->vm->platform->vty, text, VTY_MAX_CHARS);
    args[0] = length;
    for (unsigned reg = 0; reg < 2; reg++) {
        args[1 + reg] = 0;
        for (unsigned i = 0; i < 8; i++)
            args[1 + reg] = args[1 + reg] << 8 | text[8 * reg + i];
    }
    return H_SUCCESS;
}

/**
 * H_PUT_TERM_CHAR. In: r4 terminal, r5 length, r6 and r7 characters. H_BUSY
 * while the reader is slow; the guest then tries again.
 */
static HcallRet h_put_term_char(Vcpu *cpu, uint64_t *args)
{
    uint8_t text[VTY_MAX_CHARS];
    uint64_t length = args[1];

    if (!vty_is_console(args[0]) || length > VTY_MAX_CHARS)
        return H_PARAMETER;
    for (unsigned i = 0; i < VTY_MAX_CHARS; i++)
        text[i] = (uint8_t)(args[2 + i / 8] >> (56 - 8 * (i % 8)));
    return vty_put(cpu->vm->platform->vty, text, (unsigned)length) ? H_SUCCESS : H_BUSY;
}

const HcallDef h_term_defs[] = {
    {H_GET_TERM_CHAR, "H_GET_TERM_CHAR", h_get_term_char, "LoPAR 17.5.2.1.1", HCALL_HERE},
    {H_PUT_TERM_CHAR, "H_PUT_TERM_CHAR", h_put_term_char, "LoPAR 17.5.2.1.2", HCALL_HERE},
    {0},
};
