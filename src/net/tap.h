/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tap interface of the host: packets are read from and written to its descriptors, one for
 * each queue, behind a virtio 1 header of 12 bytes, little-endian whoever the host is.
 */
#pragma once

#include <stdint.h>

#include <linux/if_ether.h>
#include <net/if.h>

#include <glib.h>

#include "src/vhost/vhost.h"

enum {
    TAP_MAX_QUEUES = 16,
    TAP_HEADER = 12,
};

typedef struct {
    char name[IFNAMSIZ];
    /** Owned; they do not block. */
    int fds[TAP_MAX_QUEUES];
    unsigned queues;
    /** TUN_F_* that the kernel takes: what a packet that is read may leave to its reader. */
    unsigned offloads;
    /** The kernel's own workers, for all queues or (0) none; owned. See src/vhost/vhost.h. */
    int vhost_fds[TAP_MAX_QUEUES];
    unsigned n_vhost;
    VhostCallFn vhost_call;
} Tap;

/**
 * Attach to interface @name, which exists and which nobody else is attached to. Only the first
 * queue gets packets; nothing is left to the reader. Main thread, before the sandbox.
 */
Tap *tap_open(const char *name, unsigned queues, GError **error);
/** The same of descriptors that are attached already; they stay the caller's. */
Tap *tap_adopt(const int *fds, unsigned queues, GError **error);
/**
 * Let the kernel's own workers serve its queues: @fds (NULL: ours), one for each queue, which
 * stay the caller's. Main thread; without @fds before the sandbox.
 */
gboolean tap_add_vhost(Tap *tap, const int *fds, GError **error);
/** Do without them, and close them. */
void tap_drop_vhost(Tap *tap);
/** One more on the same queues. NULL if the host has no descriptor left. */
Tap *tap_share(const Tap *tap, GError **error);
/** NULL is fine. */
void tap_close(Tap *tap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tap, tap_close)

/* --- Any thread that may have these ioctls; 0 or a negative errno. ---------------- */

/** Let what is read be as unfinished as @offloads, of tap->offloads, say. */
int tap_set_offloads(const Tap *tap, unsigned offloads);
/** Deliver packets to the first @count queues; the others' descriptors fail with EBADFD. */
int tap_set_queues(const Tap *tap, unsigned count);

/** Whose packets are delivered. */
typedef struct {
    uint8_t addresses[130][ETH_ALEN];
    /** 0: all packets are. */
    unsigned count;
    gboolean all_multicast;
} TapFilter;
/** What the kernel can't tell apart is delivered. */
int tap_set_filter(const Tap *tap, const TapFilter *filter);
