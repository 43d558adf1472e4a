/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partition's end: power off, reboot, crash (LoPAR 7.3.6, 7.3.7, 7.3.9). */
#include "hw/spapr/fadump.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

/** power-off: in two masks of events that may power on again; none exists. */
static RtasStatus rtas_power_off(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    cpu->vm->control->request(cpu->vm, VM_REQUEST_POWEROFF, "RTAS power-off");
    return RTAS_SUCCESS;
}

static RtasStatus rtas_system_reboot(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    cpu->vm->control->request(cpu->vm, VM_REQUEST_REBOOT, "RTAS system-reboot");
    return RTAS_SUCCESS;
}

/**
 * ibm,os-term: in the real address of a message that ends with a NUL. A dump that is registered
 * is taken; else that is the machine's end.
 */
static RtasStatus rtas_os_term(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    char message[128];

    size_t length = 0;
    while (length < sizeof(message) - 1 &&
           guest_mem_read(cpu->vm->mem, (GuestAddr)args[0] + length, &message[length], 1) &&
           message[length])
        length++;
    message[length] = 0;
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isprint(message[i]))
            message[i] = '.';
    }

    g_autofree char *why = g_strdup_printf("the guest's system ended itself: %s", message);
    cpu->vm->control->request(
        cpu->vm,
        fadump_is_registered(cpu->vm->platform->fadump) ? VM_REQUEST_DUMP : VM_REQUEST_CRASH, why);
    return RTAS_SUCCESS;
}

const RtasDef rtas_power_defs[] = {
    {"power-off", rtas_power_off, 2, 1, "LoPAR 7.3.6.3"},
    {"system-reboot", rtas_system_reboot, 0, 1, "LoPAR 7.3.7.1"},
    {"ibm,os-term", rtas_os_term, 1, 1, "LoPAR 7.3.9.1"},
    {0},
};
