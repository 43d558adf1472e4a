/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets between a guest and its host (/dev/vhost-vsock): the kernel's worker for the two queues
 * of a vsock device. The guest has a context identifier (CID), which is its address.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "src/vhost/vhost.h"

#define VHOST_VSOCK_DEVICE "/dev/vhost-vsock"

/** Of a CID that a guest may have; the others are hosts', and anyone. */
#define VHOST_VSOCK_MIN_CID 3u
#define VHOST_VSOCK_MAX_CID (UINT32_MAX - 1)

/**
 * A worker that nobody has begun with yet, whose guest is @cid: opened here, or (@fd is not 0) a
 * further descriptor of one that was handed over. -1 with @error. Not in the sandbox.
 */
int vhost_vsock_open(uint32_t cid, int fd, GError **error);
/** Its guest is @cid, unless that is another's. */
gboolean vhost_vsock_set_cid(const Vhost *vhost, uint32_t cid, GError **error);
/**
 * Serve both queues, or neither: nothing of memory is in use then. 0 or a negative errno. Any
 * thread that may have this ioctl.
 */
int vhost_vsock_set_running(const Vhost *vhost, gboolean run);
