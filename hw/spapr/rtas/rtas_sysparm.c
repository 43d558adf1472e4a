/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System parameters (LoPAR 7.3.16). */
#include <string.h>

#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

enum {
    SYSPARM_SPLPAR_CHARACTERISTICS = 20,
    SYSPARM_DIAGNOSTICS_RUN_MODE = 42,
    SYSPARM_UUID = 48,
    SYSPARM_LPAR_NAME = 55,

    /** Periodic diagnostics are off. */
    DIAGNOSTICS_DISABLED = 0,
};

/**
 * Give @length bytes to the guest as PAPR wants them: a 16-bit length, then as
 * much as fits in the @room bytes at @buffer.
 */
static RtasStatus sysparm_return(Vcpu *cpu, uint32_t buffer, uint32_t room, const void *data,
                                 size_t length)
{
    be16 head = be16_of((uint16_t)length);

    if (room < sizeof(head))
        return RTAS_SYSPARM_PARAM_ERROR;
    if (!guest_mem_write(cpu->vm->mem, buffer, &head, sizeof(head)) ||
        !guest_mem_write(cpu->vm->mem, (GuestAddr)buffer + sizeof(head), data,
                         MIN(length, room - sizeof(head))))
        return RTAS_HW_ERROR;
    return RTAS_SUCCESS;
}

/** "MaxEntCap=..,DesMem=..,..": what this partition has and may have. */
static char *sysparm_splpar(const Vm *vm)
{
    return g_strdup_printf("MaxEntCap=%u,DesMem=%" G_GUINT64_FORMAT ",DesProcs=%u,MaxPlatProcs=%u",
                           vm->n_vcpus, vm->config->memory / MIB, vm->n_vcpus, vm->n_vcpus);
}

/** The 16 bytes that @text, a UUID, stands for. */
static void uuid_bytes(const char *text, uint8_t bytes[16])
{
    unsigned digits = 0;

    memset(bytes, 0, 16);
    for (; *text && digits < 32; text++) {
        int value = g_ascii_xdigit_value(*text);

        if (value >= 0) {
            bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | value);
            digits++;
        }
    }
}

/** ibm,get-system-parameter: in parameter, buffer, length. */
static RtasStatus rtas_get_system_parameter(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    uint32_t buffer = args[1], room = args[2];

    switch (args[0]) {
    case SYSPARM_SPLPAR_CHARACTERISTICS: {
        g_autofree char *text = sysparm_splpar(cpu->vm);

        return sysparm_return(cpu, buffer, room, text, strlen(text) + 1);
    }
    case SYSPARM_DIAGNOSTICS_RUN_MODE: {
        uint8_t mode = DIAGNOSTICS_DISABLED;

        return sysparm_return(cpu, buffer, room, &mode, sizeof(mode));
    }
    case SYSPARM_UUID: {
        uint8_t uuid[16];

        uuid_bytes(cpu->vm->platform->uuid, uuid);
        return sysparm_return(cpu, buffer, room, uuid, sizeof(uuid));
    }
    case SYSPARM_LPAR_NAME: {
        const char *name = cpu->vm->config->name ? cpu->vm->config->name : "paprika";

        return sysparm_return(cpu, buffer, room, name, strlen(name) + 1);
    }
    default:
        return RTAS_NOT_SUPPORTED;
    }
}

/** ibm,set-system-parameter: in parameter, buffer. None of ours can be set. */
static RtasStatus rtas_set_system_parameter(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    switch (args[0]) {
    case SYSPARM_SPLPAR_CHARACTERISTICS:
    case SYSPARM_DIAGNOSTICS_RUN_MODE:
    case SYSPARM_UUID:
    case SYSPARM_LPAR_NAME:
        return RTAS_NOT_AUTHORIZED;
    default:
        return RTAS_NOT_SUPPORTED;
    }
}

const RtasDef rtas_sysparm_defs[] = {
    {"ibm,get-system-parameter", rtas_get_system_parameter, 3, 1, "LoPAR 7.3.16.1"},
    {"ibm,set-system-parameter", rtas_set_system_parameter, 2, 1, "LoPAR 7.3.16.2"},
    {0},
};
