/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the tap into the buffers of a logical LAN. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "hw/spapr/vio/llan_private.h"
#include "src/base/event_fd.h"
#include "src/base/log.h"
#include "src/base/thread.h"
#include "src/base/thread_filter.h"

enum {
    /** Bytes of a buffer before the packet: the guest's handle. */
    HANDLE = 8,
    /** Packets between two looks at what else there is. */
    BATCH = 64,
    GROUP = 1,
};

void llan_wake(Llan *lan) { event_fd_signal(lan->kick); }

void llan_store_list(Llan *lan, unsigned offset, uint64_t value)
{
    be64 cell = be64_of(value);

    /* Should the guest have unmapped it meanwhile, it does without. */
    dma_write(&lan->dev.dma, lan->list + offset, &cell, sizeof(cell));
}

uint32_t llan_take_buffer(Llan *lan, LlanPool *pool)
{
    lan->n_buffers--;
    return pool->iobas[--pool->count];
}

/** The next entry is one further on; around the end the valid bit changes its meaning. */
static void advance(Llan *lan)
{
    lan->next += sizeof(LlanEntry);
    if (lan->next < lan->length)
        return;
    lan->next = 0;
    lan->valid = !lan->valid;
    llan_store_list(lan, 0,
                    UINT64_C(1) << 63 | (lan->valid ? 0 : LLAN_TOGGLE) |
                        (uint64_t)lan->length << 32 | lan->queue);
}

void llan_post(Llan *lan, uint32_t ioba, uint32_t length)
{
    LlanEntry *entry = dma_ptr(&lan->dev.dma, lan->queue + lan->next, sizeof(*entry), TRUE);
    uint32_t flags = (lan->valid ? LLAN_ENTRY_VALID : 0) | (length ? LLAN_ENTRY_PACKET : 0);
    uint64_t handle;

    if (!entry || !dma_read(&lan->dev.dma, ioba, &handle, sizeof(handle))) {
        log_guest("%s: a buffer or the queue is not mapped any more", lan->name);
        return;
    }
    entry->length = be32_of(length);
    entry->handle = handle;
    /* The control word tells the guest, which may be looking, that the rest is there. */
    __atomic_store_n(&entry->control.raw, be32_of(flags | HANDLE).raw, __ATOMIC_RELEASE);
    advance(lan);
    vio_device_signal(&lan->dev);
}

/** Whether the guest wants packets to @to. */
static gboolean is_wanted(const Llan *lan, const uint8_t to[ETH_ALEN])
{
    static const uint8_t broadcast[ETH_ALEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    if (!(to[0] & GROUP))
        return !memcmp(to, lan->mac, ETH_ALEN);
    if (!memcmp(to, broadcast, ETH_ALEN))
        return TRUE;
    return lan->receive_groups && (!lan->filter_groups || llan_has_filter(lan, to));
}

/** The smallest buffers that have room for @length bytes. */
static LlanPool *fitting_pool(Llan *lan, size_t length)
{
    for (unsigned i = 0; i < lan->n_pools; i++) {
        if (lan->pools[i].count && lan->pools[i].size >= HANDLE + length)
            return &lan->pools[i];
    }
    return NULL;
}

static void deliver(Llan *lan, const uint8_t *packet, size_t length)
{
    if (!lan->registered || length < ETH_HLEN || !is_wanted(lan, packet))
        return;

    LlanPool *pool = fitting_pool(lan, length);
    if (!pool) {
        llan_store_list(lan, LLAN_LIST_DROPPED, ++lan->dropped);
        return;
    }
    uint32_t ioba = llan_take_buffer(lan, pool);
    gboolean ok = dma_write(&lan->dev.dma, ioba + HANDLE, packet, length);
    llan_post(lan, ioba, ok ? (uint32_t)length : 0);
}

static gboolean has_room(Llan *lan)
{
    g_mutex_lock(&lan->dev.lock);
    gboolean room = lan->registered && lan->n_buffers;
    g_mutex_unlock(&lan->dev.lock);
    return room;
}

void llan_receive(VioDevice *dev)
{
    Llan *lan = llan_of(dev);
    uint8_t packet[TAP_HEADER + LLAN_MAX_PACKET];

    for (unsigned i = 0; i < BATCH && has_room(lan); i++) {
        ssize_t got = read(lan->tap->fds[0], packet, sizeof(packet));

        if (got < 0 && errno != EAGAIN && errno != EINTR) {
            log_error("%s: nothing comes from the tap any more: %s", lan->name, g_strerror(errno));
            lan->tap_failed = TRUE;
        }
        if (got <= TAP_HEADER)
            return;
        g_mutex_lock(&dev->lock);
        deliver(lan, packet + TAP_HEADER, (size_t)got - TAP_HEADER);
        g_mutex_unlock(&dev->lock);
    }
}

/** Until there is a packet that has room, or a kick. */
static void wait_for_work(Llan *lan)
{
    gboolean listen = !lan->tap_failed && has_room(lan);
    struct pollfd fds[] = {{.fd = lan->kick, .events = POLLIN},
                           {.fd = listen ? lan->tap->fds[0] : -1, .events = POLLIN}};

    if (poll(fds, G_N_ELEMENTS(fds), -1) > 0 && fds[0].revents)
        event_fd_take(lan->kick);
}

static gpointer llan_thread(gpointer opaque)
{
    Llan *lan = opaque;

    for (;;) {
        wait_for_work(lan);
        if (__atomic_load_n(&lan->quit, __ATOMIC_SEQ_CST))
            return NULL;
        /* By the first buffer that the guest adds, the process has its filter. */
        if (thread_filter_narrow(THREAD_FILTER_IO)) {
            log_error("%s: its thread cannot filter its system calls, and ends", lan->name);
            return NULL;
        }
        llan_receive(&lan->dev);
    }
}

gboolean llan_begin(VioDevice *dev, GError **error)
{
    Llan *lan = llan_of(dev);

    lan->thread = thread_start(lan->name, llan_thread, lan, error);
    return lan->thread != NULL;
}
