/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packages that are open (IEEE 1275, 3.1.2): instances, named by ihandles. One thread at a time. */
#pragma once

#include <stdint.h>

#include <glib.h>

enum {
    /** Instances at the same time. */
    OF_INSTANCES_MAX = 64,
    /** Characters of an instance's arguments, terminator included. */
    OF_ARGS_MAX = 64,
};

typedef struct {
    /** 0 if free. */
    uint32_t ihandle;
    /** Of its package. */
    uint32_t phandle;
    /** Where the next read or write is, in bytes. */
    uint64_t position;
    char args[OF_ARGS_MAX];
} OfInstance;

typedef struct {
    OfInstance slots[OF_INSTANCES_MAX];
    /** The last one that was given; none is given twice in a row of 2^32. */
    uint32_t last;
} OfInstances;

/** A new instance of @phandle with @args (NULL for none), or NULL if there are too many. */
OfInstance *of_instances_open(OfInstances *instances, uint32_t phandle, const char *args);

/** The instance @ihandle, or NULL. */
OfInstance *of_instances_find(OfInstances *instances, uint32_t ihandle);

void of_instances_close(OfInstance *instance);
