/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps that the guest's kernel asks for, firmware-assisted (hw/spapr/fadump.h). */
#include "hw/spapr/fadump.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"

/**
 * ibm,configure-kernel-dump: in command (1 register, 2 unregister, 3 invalidate), real address
 * and bytes of the structure, which the first command alone reads; out status, among them
 * "registered already" and "dump active".
 */
static RtasStatus rtas_configure_kernel_dump(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    enum { COMMAND_REGISTER = 1, COMMAND_UNREGISTER = 2, COMMAND_INVALIDATE = 3 };
    Fadump *fadump = cpu->vm->platform->fadump;

    /* The end of such a guest is the machine's. */
    if (cpu->vm->config->no_reboot)
        return RTAS_NOT_SUPPORTED;
    switch (args[0]) {
    case COMMAND_REGISTER:
        return fadump_register(fadump, args[1], args[2]);
    case COMMAND_UNREGISTER:
        return fadump_unregister(fadump);
    case COMMAND_INVALIDATE:
        return fadump_invalidate(fadump);
    default:
        return RTAS_PARAM_ERROR;
    }
}

const RtasDef rtas_dump_defs[] = {
    {"ibm,configure-kernel-dump", rtas_configure_kernel_dump, 3, 1, "LoPAR, this call"},
    {0},
};
