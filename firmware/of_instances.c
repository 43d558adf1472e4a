/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/of_instances.h"

#include <string.h>

OfInstance *of_instances_find(OfInstances *instances, uint32_t ihandle)
{
    for (unsigned i = 0; ihandle && i < OF_INSTANCES_MAX; i++) {
        if (instances->slots[i].ihandle == ihandle)
            return &instances->slots[i];
    }
    return NULL;
}

/** One that is neither "none" (0), nor an error (-1), nor open. */
static uint32_t instances_next_handle(OfInstances *instances)
{
    do
        instances->last++;
    while (instances->last == 0 || instances->last == UINT32_MAX ||
           of_instances_find(instances, instances->last));
    return instances->last;
}

OfInstance *of_instances_open(OfInstances *instances, uint32_t phandle, const char *args)
{
    for (unsigned i = 0; i < OF_INSTANCES_MAX; i++) {
        OfInstance *instance = &instances->slots[i];

        if (instance->ihandle)
            continue;
        *instance = (OfInstance){.phandle = phandle};
        g_strlcpy(instance->args, args ? args : "", sizeof(instance->args));
        instance->ihandle = instances_next_handle(instances);
        return instance;
    }
    return NULL;
}

void of_instances_close(OfInstance *instance) { *instance = (OfInstance){0}; }
