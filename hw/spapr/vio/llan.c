/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/vio/llan_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"

enum {
    PAGE = 4096,
    MIN_BUFFER = 16,
    BUFFER_ALIGN = 4,
    /** Flags of H_MULTICAST_CTRL: what is changed, and to what; and of the table. */
    RECEIVE_CHANGE = 1 << 19,
    FILTER_CHANGE = 1 << 18,
    RECEIVE_ON = 1 << 17,
    FILTER_ON = 1 << 16,
    TABLE = 3,
    TABLE_ADD = 1,
    TABLE_REMOVE = 2,
    TABLE_CLEAR = 3,
    FLAGS = RECEIVE_CHANGE | FILTER_CHANGE | RECEIVE_ON | FILTER_ON | TABLE,
};

VioDevice *llan_find(const Vm *vm, uint64_t unit)
{
    VioDevice *dev = vio_bus_find(vm->vio, unit);

    return dev && dev->ops == &llan_ops ? dev : NULL;
}

static gboolean is_valid(uint64_t descriptor) { return descriptor >> 63; }
static uint32_t length_of(uint64_t descriptor) { return descriptor >> 32 & 0xffffff; }
static uint32_t ioba_of(uint64_t descriptor) { return (uint32_t)descriptor; }

static void set_mac(uint8_t mac[ETH_ALEN], uint64_t value)
{
    endian_store(mac, ETH_ALEN, value, FALSE);
}

/** Forget what the guest has registered. Device locked. */
static void forget(Llan *lan)
{
    for (unsigned i = 0; i < lan->n_pools; i++)
        g_free(lan->pools[i].iobas);
    lan->n_pools = 0;
    lan->n_buffers = 0;
    lan->registered = FALSE;
    lan->dev.signals = FALSE;
}

HcallRet llan_register(VioDevice *dev, const LlanRegistration *what)
{
    Llan *lan = llan_of(dev);
    uint32_t queue = ioba_of(what->queue), length = length_of(what->queue);

    if (what->buffers % PAGE || what->filters % PAGE || !is_valid(what->queue) || !length ||
        length % sizeof(LlanEntry) || queue % sizeof(LlanEntry) ||
        !vio_device_maps(dev, what->buffers, PAGE) || !vio_device_maps(dev, what->filters, PAGE) ||
        !vio_device_maps(dev, queue, length))
        return H_PARAMETER;

    g_mutex_lock(&dev->lock);
    gboolean taken = lan->registered;
    if (!taken) {
        lan->registered = TRUE;
        lan->list = what->buffers;
        lan->queue = queue;
        lan->length = length;
        lan->next = 0;
        lan->valid = TRUE;
        lan->dropped = 0;
        lan->receive_groups = lan->filter_groups = FALSE;
        lan->n_filters = 0;
        dev->signals = FALSE;
        set_mac(lan->mac, what->mac);
        llan_store_list(lan, 0, what->queue & ~LLAN_TOGGLE);
        llan_store_list(lan, LLAN_LIST_DROPPED, 0);
    }
    g_mutex_unlock(&dev->lock);
    return taken ? H_RESOURCE : H_SUCCESS;
}

HcallRet llan_unregister(VioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    forget(llan_of(dev));
    g_mutex_unlock(&dev->lock);
    return H_SUCCESS;
}

/** The pool for buffers of @size, made if need be; they are in ascending order. */
static LlanPool *find_pool(Llan *lan, uint32_t size)
{
    unsigned at = 0;

    while (at < lan->n_pools && lan->pools[at].size < size)
        at++;
    if (at < lan->n_pools && lan->pools[at].size == size)
        return &lan->pools[at];
    if (lan->n_pools == LLAN_POOLS)
        return NULL;
    memmove(&lan->pools[at + 1], &lan->pools[at], (lan->n_pools++ - at) * sizeof(LlanPool));
    lan->pools[at] = (LlanPool){.size = size, .iobas = g_new(uint32_t, LLAN_POOL_MAX)};
    return &lan->pools[at];
}

static HcallRet add_buffer(Llan *lan, uint64_t descriptor)
{
    if (!lan->registered)
        return H_RESOURCE;

    LlanPool *pool = find_pool(lan, length_of(descriptor));
    if (!pool || pool->count == LLAN_POOL_MAX)
        return H_RESOURCE;
    pool->iobas[pool->count++] = ioba_of(descriptor);
    /* The thread waits for room only if there was none at all. */
    if (lan->n_buffers++ == 0)
        llan_wake(lan);
    return H_SUCCESS;
}

HcallRet llan_add_buffer(VioDevice *dev, uint64_t descriptor)
{
    uint64_t end = (uint64_t)ioba_of(descriptor) + length_of(descriptor);

    if (!is_valid(descriptor) || length_of(descriptor) < MIN_BUFFER ||
        ioba_of(descriptor) % BUFFER_ALIGN || end > LLAN_WINDOW)
        return H_PARAMETER;
    g_mutex_lock(&dev->lock);
    HcallRet ret = add_buffer(llan_of(dev), descriptor);
    g_mutex_unlock(&dev->lock);
    return ret;
}

HcallRet llan_free_buffer(VioDevice *dev, uint64_t size)
{
    Llan *lan = llan_of(dev);
    HcallRet ret = H_NOT_FOUND;

    g_mutex_lock(&dev->lock);
    for (unsigned i = 0; i < lan->n_pools; i++) {
        LlanPool *pool = &lan->pools[i];

        if (pool->size == size && pool->count) {
            llan_post(lan, llan_take_buffer(lan, pool), 0);
            ret = H_SUCCESS;
        }
    }
    g_mutex_unlock(&dev->lock);
    return ret;
}

HcallRet llan_send(VioDevice *dev, const uint64_t descriptors[LLAN_SEND_BUFFERS])
{
    Llan *lan = llan_of(dev);
    uint8_t packet[TAP_HEADER + LLAN_MAX_PACKET];
    size_t length = TAP_HEADER;

    for (unsigned i = 0; i < LLAN_SEND_BUFFERS && is_valid(descriptors[i]); i++) {
        uint32_t part = length_of(descriptors[i]);

        /* Bits that mean an option that is not there are refused, too. */
        if (descriptors[i] & LLAN_OPTIONS || part > sizeof(packet) - length ||
            !dma_read(&dev->dma, ioba_of(descriptors[i]), packet + length, part))
            return H_PARAMETER;
        length += part;
    }
    if (length < TAP_HEADER + ETH_HLEN)
        return H_PARAMETER;
    g_mutex_lock(&dev->lock);
    gboolean registered = lan->registered;
    g_mutex_unlock(&dev->lock);
    if (!registered)
        return H_DROPPED;
    memset(packet, 0, TAP_HEADER);
    return write(lan->tap->fds[0], packet, length) == (ssize_t)length ? H_SUCCESS : H_DROPPED;
}

/** Where @mac is in the table, or n_filters. */
static unsigned find_filter(const Llan *lan, const uint8_t mac[ETH_ALEN])
{
    unsigned i = 0;

    while (i < lan->n_filters && memcmp(lan->filters[i], mac, ETH_ALEN))
        i++;
    return i;
}

gboolean llan_has_filter(const Llan *lan, const uint8_t mac[ETH_ALEN])
{
    return find_filter(lan, mac) < lan->n_filters;
}

static HcallRet change_table(Llan *lan, unsigned how, uint64_t value)
{
    uint8_t mac[ETH_ALEN];

    set_mac(mac, value);
    unsigned at = find_filter(lan, mac);
    switch (how) {
    case TABLE_CLEAR:
        lan->n_filters = 0;
        break;
    case TABLE_ADD:
        if (at < lan->n_filters)
            break;
        if (at == LLAN_FILTERS)
            return H_CONSTRAINED;
        memcpy(lan->filters[lan->n_filters++], mac, ETH_ALEN);
        break;
    case TABLE_REMOVE:
        if (at == lan->n_filters)
            return H_NOT_FOUND;
        memcpy(lan->filters[at], lan->filters[--lan->n_filters], ETH_ALEN);
        break;
    }
    return H_SUCCESS;
}

HcallRet llan_multicast(VioDevice *dev, uint64_t flags, uint64_t mac, uint64_t *state)
{
    Llan *lan = llan_of(dev);

    if (flags & ~(uint64_t)FLAGS || mac >> 48)
        return H_PARAMETER;
    g_mutex_lock(&dev->lock);
    if (flags & RECEIVE_CHANGE)
        lan->receive_groups = (flags & RECEIVE_ON) != 0;
    if (flags & FILTER_CHANGE)
        lan->filter_groups = (flags & FILTER_ON) != 0;
    HcallRet ret = change_table(lan, flags & TABLE, mac);
    *state = (lan->receive_groups ? RECEIVE_ON : 0u) | (lan->filter_groups ? FILTER_ON : 0u) |
             lan->n_filters;
    g_mutex_unlock(&dev->lock);
    return ret;
}

HcallRet llan_change_mac(VioDevice *dev, uint64_t mac)
{
    g_mutex_lock(&dev->lock);
    set_mac(llan_of(dev)->mac, mac);
    g_mutex_unlock(&dev->lock);
    return H_SUCCESS;
}

static void llan_closed(VioDevice *dev) { forget(llan_of(dev)); }

static void llan_free(VioDevice *dev)
{
    Llan *lan = llan_of(dev);

    if (lan->thread) {
        __atomic_store_n(&lan->quit, TRUE, __ATOMIC_SEQ_CST);
        llan_wake(lan);
        g_thread_join(lan->thread);
    }
    forget(lan);
    fd_close(&lan->kick);
    tap_close(lan->tap);
    vio_device_finish(dev);
    g_free(lan);
}

const VioDeviceOps llan_ops = {
    .closed = llan_closed,
    .begin = llan_begin,
    .free = llan_free,
};

VioDevice *llan_new(Vm *vm, Tap *tap, const char *name, unsigned number, GError **error)
{
    Llan *lan = g_new0(Llan, 1);

    lan->tap = tap;
    g_strlcpy(lan->name, name, sizeof(lan->name));
    lan->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    gboolean ok = vio_device_init(&lan->dev, &llan_ops, vm, llan_slot(number), LLAN_WINDOW, error);
    if (ok && lan->kick < 0)
        ok = error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make an eventfd");
    if (ok)
        return &lan->dev;
    llan_free(&lan->dev);
    return NULL;
}
