/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What devices that are plugged while the guest runs work on: block nodes and network back ends,
 * which the user makes before a device and takes away after it. Main thread.
 */
#pragma once

#include <glib.h>

#include "src/block/disk.h"
#include "src/net/tap.h"

enum {
    /** Of each of the two at most. */
    BACKENDS_MAX = 512,
};

typedef struct BlockNode BlockNode;

struct BlockNode {
    /** Owned: its name, and the file as the user named it. */
    char *name, *file;
    /** The file itself, opened and locked; owned. NULL of a layer on another node. */
    Disk *disk;
    BlockNode *below;
    gboolean readonly;
    /** By a device, or by a layer. */
    gboolean used;
};

typedef struct {
    /** Owned. */
    char *name;
    Tap *tap;
    gboolean used;
} NetNode;

typedef struct Backends Backends;

Backends *backends_new(void);
/** No device uses one. NULL is fine. */
void backends_free(Backends *backends);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Backends, backends_free)

/** A node @name on @disk, which is taken over, on failure too; @file is what it is called. */
gboolean backends_add_disk(Backends *backends, const char *name, const char *file, Disk *disk,
                           GError **error);
/** A node @name that is node @below, which may be read only by it. */
gboolean backends_add_layer(Backends *backends, const char *name, const char *below,
                            gboolean readonly, GError **error);
/** A node that nobody uses goes, and its file is closed. */
gboolean backends_remove_block(Backends *backends, const char *name, GError **error);
/** The node, or NULL with @error. */
BlockNode *backends_find_block(const Backends *backends, const char *name, GError **error);
/** The node below all layers of @node. */
BlockNode *backends_bottom(BlockNode *node);
/** The @index-th node; NULL past the end. */
BlockNode *backends_block_at(const Backends *backends, unsigned index);

/** A back end @name on @tap, which is taken over, on failure too. */
gboolean backends_add_net(Backends *backends, const char *name, Tap *tap, GError **error);
gboolean backends_remove_net(Backends *backends, const char *name, GError **error);
NetNode *backends_find_net(const Backends *backends, const char *name, GError **error);
