/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's worker for two queues, played ioctl by ioctl; there is one. */
#pragma once

#include <stdint.h>

#include <glib.h>
#include <linux/vhost.h>

#include "src/vhost/vhost.h"

/* Of the names of features some are also linux/vhost.h's, for a bit's number. */
#define F_INDIRECT_DESC (UINT64_C(1) << 28)
#define F_EVENT_IDX (UINT64_C(1) << 29)
#define F_VERSION_1 (UINT64_C(1) << 32)
#define F_RING_PACKED (UINT64_C(1) << 34)
#define FAKE_VHOST_RINGS (F_VERSION_1 | F_INDIRECT_DESC | F_EVENT_IDX)

/** What it was told last, which requests it refuses, and by which error. */
typedef struct {
    GMutex lock;
    uint64_t offered, features, cid;
    struct vhost_vring_addr addr[2];
    unsigned num[2], base[2];
    /** backend: of a network card the tap's descriptor, else 1; -1: the queue is not served. */
    int kick[2], call[2], err[2], backend[2];
    uint64_t ranges[4][2];
    unsigned n_ranges;
    gboolean owned;
    unsigned long refused;
    int error;
} FakeVhost;
extern FakeVhost fake_vhost;

/** A worker that has the features @offered, and was told nothing. */
void fake_vhost_begin(uint64_t offered);
/** A VhostCallFn. */
int fake_vhost_call(int fd, unsigned long request, void *argument);
/** Answer @request by @error; 0: do it. */
void fake_vhost_refuse(unsigned long request, int error);

int fake_vhost_backend(unsigned queue);
/** Until the queue is served, or no longer. */
void fake_vhost_await(unsigned queue, gboolean served);
