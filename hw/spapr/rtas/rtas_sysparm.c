/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System parameters (LoPAR 7.3.16). */
#include <string.h>

#include "hw/spapr/lpar.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

enum {
    SYSPARM_SPLPAR_CHARACTERISTICS = 20,
    SYSPARM_DIAGNOSTICS_RUN_MODE = 42,
    SYSPARM_PROCESSOR_MODULES = 43,
    SYSPARM_UUID = 48,
    SYSPARM_BLOCK_INVALIDATE = 50,
    SYSPARM_LPAR_NAME = 55,

    /** Periodic diagnostics are off. */
    DIAGNOSTICS_DISABLED = 0,
    /** Bytes of a value at most, as LoPAR bounds them. */
    SYSPARM_MAX = 4000,
};

/**
 * Give @length bytes to the guest as PAPR wants them: a 16-bit length, then as
 * much as fits in the @room bytes at @buffer. No room at all: it only asks
 * whether there is such a parameter.
 */
static RtasStatus sysparm_return(Vcpu *cpu, uint32_t buffer, uint32_t room, const void *data,
                                 size_t length)
{
    be16 head = be16_of((uint16_t)length);

    if (!room)
        return RTAS_SUCCESS;
    if (room < sizeof(head))
        return RTAS_SYSPARM_PARAM_ERROR;
    if (!guest_mem_write(cpu->vm->mem, buffer, &head, sizeof(head)) ||
        !guest_mem_write(cpu->vm->mem, (GuestAddr)buffer + sizeof(head), data,
                         MIN(length, room - sizeof(head))))
        return RTAS_HW_ERROR;
    return RTAS_SUCCESS;
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

/** Values: appended to @value, or FALSE where this machine has none. */
static gboolean get_splpar(const Vm *vm, GByteArray *value)
{
    g_autofree char *text = lpar_characteristics(vm);

    g_byte_array_append(value, (const guint8 *)text, (guint)strlen(text) + 1);
    return TRUE;
}

static gboolean get_diagnostics(const Vm *vm, GByteArray *value)
{
    const guint8 mode = DIAGNOSTICS_DISABLED;

    g_byte_array_append(value, &mode, 1);
    return TRUE;
}

/** Types of modules; sockets, chips in each, cores in each chip. Of the whole host. */
static gboolean get_modules(const Vm *vm, GByteArray *value)
{
    const HvPool *pool = &vm->caps->pool;
    const be16 words[] = {be16_of(1), be16_of((uint16_t)MIN(pool->modules, UINT16_MAX)),
                          be16_of((uint16_t)MIN(pool->module_chips, UINT16_MAX)),
                          be16_of((uint16_t)MIN(pool->chip_cores, UINT16_MAX))};

    g_byte_array_append(value, (const guint8 *)words, sizeof(words));
    return pool->modules && pool->module_chips && pool->chip_cores;
}

static gboolean get_uuid(const Vm *vm, GByteArray *value)
{
    uint8_t uuid[16];

    uuid_bytes(vm->platform->uuid, uuid);
    g_byte_array_append(value, uuid, sizeof(uuid));
    return TRUE;
}

/** Two zeros: there is no H_BLOCK_REMOVE, so no block is of any size. */
static gboolean get_block_invalidate(const Vm *vm, GByteArray *value)
{
    const guint8 none[2] = {0, 0};

    g_byte_array_append(value, none, sizeof(none));
    return TRUE;
}

static gboolean get_name(const Vm *vm, GByteArray *value)
{
    const char *name = vm->config->name ? vm->config->name : "paprika";

    g_byte_array_append(value, (const guint8 *)name, (guint)strlen(name) + 1);
    return TRUE;
}

/** The parameters that there are; a guest can set none. */
static const struct {
    uint32_t number;
    gboolean (*get)(const Vm *vm, GByteArray *value);
} parameters[] = {
    {SYSPARM_SPLPAR_CHARACTERISTICS, get_splpar},
    {SYSPARM_DIAGNOSTICS_RUN_MODE, get_diagnostics},
    {SYSPARM_PROCESSOR_MODULES, get_modules},
    {SYSPARM_UUID, get_uuid},
    {SYSPARM_BLOCK_INVALIDATE, get_block_invalidate},
    {SYSPARM_LPAR_NAME, get_name},
};

/** The value of parameter @number, or NULL if there is none. */
static GByteArray *sysparm_get(const Vm *vm, uint32_t number)
{
    g_autoptr(GByteArray) value = g_byte_array_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(parameters); i++) {
        if (parameters[i].number == number)
            return parameters[i].get(vm, value) ? g_steal_pointer(&value) : NULL;
    }
    return NULL;
}

/** ibm,get-system-parameter: in parameter, buffer, length. */
static RtasStatus rtas_get_system_parameter(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    g_autoptr(GByteArray) value = sysparm_get(cpu->vm, args[0]);

    if (!value)
        return RTAS_NOT_SUPPORTED;
    return sysparm_return(cpu, args[1], args[2], value->data, MIN(value->len, SYSPARM_MAX));
}

/** ibm,set-system-parameter: in parameter, buffer. None of ours can be set. */
static RtasStatus rtas_set_system_parameter(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    g_autoptr(GByteArray) value = sysparm_get(cpu->vm, args[0]);

    return value ? RTAS_NOT_AUTHORIZED : RTAS_NOT_SUPPORTED;
}

const RtasDef rtas_sysparm_defs[] = {
    {"ibm,get-system-parameter", rtas_get_system_parameter, 3, 1, "LoPAR 7.3.16.1"},
    {"ibm,set-system-parameter", rtas_set_system_parameter, 2, 1, "LoPAR 7.3.16.2"},
    {0},
};
