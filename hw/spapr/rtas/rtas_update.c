/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has changed in the device tree behind the guest's back (LoPAR 7.3.24 and
 * 7.3.25): nothing, since a guest is neither moved to another platform nor given
 * other associativity while it runs. What is plugged the guest fetches by
 * ibm,configure-connector.
 */
#include <string.h>

#include "hw/spapr/dt/dt_phandles.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/guest_mem.h"

enum {
    WORK_AREA = 4096,
    /** Scopes beside the negative ones, which are numbers of events. */
    SCOPE_FIRST = 1,
    SCOPE_LAST = 3,
};

/** How the work area begins in both calls. */
typedef struct {
    /** ibm,update-nodes: the state; ibm,update-properties: the node. */
    be32 first;
    be32 words[3];
} UpdateHead;
G_STATIC_ASSERT(sizeof(UpdateHead) == 16);

/** Read the work area of the first, and here only, call of a sequence. */
static gboolean read_head(const Vcpu *cpu, const uint32_t *args, UpdateHead *head)
{
    int32_t scope = (int32_t)args[1];

    if (scope >= 0 && (scope < SCOPE_FIRST || scope > SCOPE_LAST))
        return FALSE;
    return args[0] % WORK_AREA == 0 && guest_mem_ptr(cpu->vm->mem, args[0], WORK_AREA) != NULL &&
           guest_mem_read(cpu->vm->mem, args[0], head, sizeof(*head));
}

/** ibm,update-nodes: in work area, scope. Out, in the work area: an empty list. */
static RtasStatus rtas_update_nodes(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    enum { SCOPE_DEVICE = 3 };
    struct {
        UpdateHead head;
        be32 terminator;
    } out;
    UpdateHead head;

    if (!read_head(cpu, args, &head))
        return RTAS_PARAM_ERROR;
    /* State and reserved words are 0; there is no state that we would have given. */
    if (be32_get(head.first) || be32_get(head.words[2]) ||
        ((int32_t)args[1] != SCOPE_DEVICE && (be32_get(head.words[0]) || be32_get(head.words[1]))))
        return RTAS_PARAM_ERROR;
    memset(&out, 0, sizeof(out));
    return guest_mem_write(cpu->vm->mem, args[0], &out, sizeof(out)) ? RTAS_SUCCESS
                                                                     : RTAS_PARAM_ERROR;
}

/**
 * ibm,update-properties: in work area, scope. Out, in the work area: as the only
 * "property" the path of the node. Of the nodes that can change (LoPAR, table of
 * that section) one has a phandle by which a guest can name it.
 */
static RtasStatus rtas_update_properties(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    static const char path[] = "/vdevice";
    struct {
        UpdateHead head;
        be32 count;
        /** Name "", length and value of the first descriptor. */
        uint8_t descriptor[1 + sizeof(be32) + sizeof(path)];
    } out;
    UpdateHead head;

    if (!read_head(cpu, args, &head))
        return RTAS_PARAM_ERROR;
    if (be32_get(head.first) != DT_PHANDLE_VDEVICE || be32_get(head.words[0]) ||
        be32_get(head.words[1]) || be32_get(head.words[2]))
        return RTAS_PARAM_ERROR;

    be32 length = be32_of(sizeof(path));
    memset(&out, 0, sizeof(out));
    out.head.first = head.first;
    out.count = be32_of(1);
    memcpy(out.descriptor + 1, &length, sizeof(length));
    memcpy(out.descriptor + 1 + sizeof(length), path, sizeof(path));
    return guest_mem_write(cpu->vm->mem, args[0], &out, sizeof(out)) ? RTAS_SUCCESS
                                                                     : RTAS_PARAM_ERROR;
}

const RtasDef rtas_update_defs[] = {
    {"ibm,update-nodes", rtas_update_nodes, 2, 1, "LoPAR 7.3.24"},
    {"ibm,update-properties", rtas_update_properties, 2, 1, "LoPAR 7.3.25"},
    {0},
};
