/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own worker for a device's queues (/dev/vhost-*): it moves what they have between
 * guest memory and what it knows for it, by rings that it reads itself. What the guest writes there
 * is checked by it as it is here.
 *
 * Each call is 0, or a negative errno.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/base/guest_mem.h"

#define VHOST_NET_DEVICE "/dev/vhost-net"

/** ioctl(2), or what a test has in its place: 0 or a negative errno. */
typedef int (*VhostCallFn)(int fd, unsigned long request, void *argument);

typedef struct {
    /** Not owned. */
    int fd;
    VhostCallFn call;
} Vhost;

/** The kernel's. */
int vhost_call(int fd, unsigned long request, void *argument);

/**
 * A worker of the kind that @path is, which is in the kernel's module @module, and that nobody has
 * begun with yet; the descriptor, or -1 with @error. Not in the sandbox.
 */
int vhost_open(const char *path, const char *module, GError **error);
/** The features of virtio that it has. */
int vhost_features(const Vhost *vhost, uint64_t *features);

/* --- Main thread. ------------------------------------------------------------------ */

/** It becomes this process's: the kernel starts a thread. That it is so already is fine. */
int vhost_own(const Vhost *vhost);
/** Tell it of all memory that there is now. It goes on meanwhile. */
int vhost_set_memory(const Vhost *vhost, const GuestMem *mem);
/** Queue @queue has kicks by @kick; it tells of what it gives back by @call, of faults by @err. */
int vhost_set_eventfds(const Vhost *vhost, unsigned queue, int kick, int call, int err);

/* --- Any thread that may have these ioctls. ------------------------------------------- */

int vhost_set_features(const Vhost *vhost, uint64_t features);
/** A split ring of @size entries in this process's memory, at its beginning; it is at rest. */
int vhost_set_ring(const Vhost *vhost, unsigned queue, unsigned size, const void *desc,
                   const void *driver, const void *device);
/**
 * A network card's queue is served with the tap's queue @fd; -1: no longer, and nothing of memory
 * is in use then.
 */
int vhost_net_set_backend(const Vhost *vhost, unsigned queue, int fd);
