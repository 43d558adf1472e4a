/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network device (virtio 1.2, 5.1): a thread for each pair of queues, and a tap. */
#pragma once

#include <linux/if_ether.h>

#include <glib.h>

#include "hw/virtio/virtio.h"
#include "src/net/tap.h"

typedef struct {
    /** For messages and threads: "net0". */
    const char *name;
    uint8_t mac[ETH_ALEN];
    /** What the guest is told; 0: nothing. */
    unsigned mtu;
    /** The device reaches memory through the guest's translation. */
    gboolean iommu;
    /** The tap's workers of the kernel must do; else queues are served here where they do not. */
    gboolean need_vhost;
    /** What the kernel's workers are told of; NULL without them. It outlives the device. */
    GuestMem *mem;
} VirtioNetConfig;

/** How many queues a device has that is on a tap with @pairs of them. */
static inline unsigned virtio_net_queues(unsigned pairs) { return 2 * pairs + 1; }

/**
 * A device on @tap, with a pair of queues for each of its own; the tap is taken over, on failure
 * too. Main thread.
 */
VirtioDevice *virtio_net_new(Tap *tap, const VirtioNetConfig *config, GError **error);

/** Its tap. Any thread. */
const Tap *virtio_net_tap(VirtioDevice *dev);
/**
 * Plug the cable in, or pull it, over the driver's resets too: the driver is told, and without it
 * packets are dropped both ways. Main thread.
 */
void virtio_net_set_link(VirtioDevice *dev, gboolean up);
