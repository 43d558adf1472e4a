/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's names of what there is, as its monitor lists them. Constant. */
#pragma once

#include <stddef.h>

typedef struct CompatProperty {
    const char *name, *type;
} CompatProperty;

typedef struct {
    const char *name, *parent;
    /** Ends with a name NULL; NULL: none. */
    const CompatProperty *properties;
} CompatType;

extern const CompatType compat_types[];
extern const size_t compat_type_count;

/** The type called @name, or NULL. */
const CompatType *compat_find_type(const char *name);

typedef struct {
    const char *name;
    /** Ends with a name NULL. */
    CompatProperty properties[16];
} CompatOptionGroup;

/** What query-command-line-options tells. */
extern const CompatOptionGroup compat_option_groups[];
extern const size_t compat_option_group_count;
