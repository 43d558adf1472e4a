/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket device (virtio 1.2, 5.10): streams between the guest and its host, by the host's
 * kernel. */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "src/base/guest_mem.h"
#include "src/vhost/vhost.h"

/** To the guest, from it, and events, of which there are none. */
enum { VIRTIO_VSOCK_QUEUES = 3 };

/**
 * A device whose guest is @cid for @kernel's worker (src/vhost/vhost_vsock.h), which is told of
 * @mem; that outlives the device. The worker's descriptor is taken over, on failure too. Main
 * thread.
 */
VirtioDevice *virtio_vsock_new(const Vhost *kernel, uint32_t cid, GuestMem *mem, GError **error);
