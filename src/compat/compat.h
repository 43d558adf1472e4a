/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's command line, as libvirt's QEMU driver writes it for a pseries domain, and what it
 * asks of Paprika. docs/libvirt.md says what is honoured.
 */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"

/** The one machine type, and its other name. */
#define COMPAT_MACHINE "pseries-10.0"
#define COMPAT_MACHINE_ALIAS "pseries"
/** QEMU's name of memory that is not in nodes. */
#define COMPAT_RAM_ID "ppc_spapr.ram"

/** A node of -blockdev. */
typedef struct {
    /** Owned. */
    char *name;
    /** "raw", "file" or "host_device": static. */
    const char *driver;
    /** Of a file: its path. Of a format: NULL. Owned. */
    char *path;
    /** Of a format: the node below; owned. */
    char *below;
    gboolean read_only;
    gboolean direct;
    /** Used by a device, or by another node. */
    gboolean used;
} CompatNode;

typedef struct {
    /** What `paprika run` would be asked for; owned. Not used for probing. */
    VmConfig *vm;
    /** -machine none: only to be asked what there is. */
    gboolean probing;
    gboolean daemonize;
    /** Messages begin with the time. */
    gboolean timestamps;
    /** -help, -version. */
    gboolean help, version;
    /** Owned; NULL: none. */
    char *pidfile;
    /** Names that libvirt gave to character devices; owned. "" where there is none. */
    char *console_id, *monitor_id;
    /** And to the console as a device. Names of other devices are in vm. */
    char *console_device;
    /** CompatNode; owned. */
    GPtrArray *nodes;
    /** Names of objects that are entropy; owned. */
    GPtrArray *rngs;
    /** The other process (compat_opener.h); -1: none. */
    int opener;
} CompatConfig;

/**
 * Read the arguments after the program's name. On failure @error has a line for each thing that
 * is refused, by its name. Descriptors that are named are not looked at yet. Any thread.
 */
CompatConfig *compat_parse(int argc, char *const *argv, GError **error);
void compat_config_free(CompatConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CompatConfig, compat_config_free)

/** The node called @name, or NULL. */
CompatNode *compat_find_node(const CompatConfig *config, const char *name);

/** The object called @name is entropy. */
gboolean compat_has_rng(const CompatConfig *config, const char *name);

/** How to go on without the device @driver, or NULL if nothing better is known. */
const char *compat_device_hint(const char *driver);
