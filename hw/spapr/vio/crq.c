/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/vio/crq.h"

#include <string.h>

#include "hw/spapr/vio/vio.h"

enum { CRQ_PAGE = 4096, CRQ_HEADER_BIT = 0x80 };

HcallRet crq_register(VioDevice *dev, uint64_t ioba, uint64_t length)
{
    if (ioba % CRQ_PAGE || !length || length % CRQ_PAGE || ioba + length < ioba ||
        !vio_device_maps(dev, ioba, length))
        return H_PARAMETER;

    g_mutex_lock(&dev->lock);
    gboolean taken = dev->crq.length != 0;
    if (!taken) {
        dev->crq = (Crq){.ioba = ioba, .length = length};
        dev->signals = FALSE;
    }
    g_mutex_unlock(&dev->lock);
    return taken ? H_RESOURCE : H_SUCCESS;
}

void crq_close(VioDevice *dev)
{
    dev->crq = (Crq){.length = 0};
    dev->signals = FALSE;
    if (dev->ops->closed)
        dev->ops->closed(dev);
}

HcallRet crq_free(VioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    crq_close(dev);
    g_mutex_unlock(&dev->lock);
    return H_SUCCESS;
}

HcallRet crq_enable(VioDevice *dev)
{
    g_mutex_lock(&dev->lock);
    dev->crq.disabled = FALSE;
    g_mutex_unlock(&dev->lock);
    return H_SUCCESS;
}

/** The place of the next message, if it is free. */
static uint8_t *free_entry(const VioDevice *dev)
{
    uint8_t *entry = NULL;

    if (dev->crq.length)
        entry = dma_ptr(&dev->dma, dev->crq.ioba + dev->crq.next, sizeof(CrqMessage), TRUE);
    return entry && !__atomic_load_n(entry, __ATOMIC_ACQUIRE) ? entry : NULL;
}

gboolean crq_has_room(VioDevice *dev) { return free_entry(dev) != NULL; }

gboolean crq_post(VioDevice *dev, const CrqMessage *message)
{
    uint8_t *entry = free_entry(dev);

    if (!entry)
        return FALSE;
    /* The header tells the guest, which may be looking, that the rest is there. */
    memcpy(entry + 1, message->bytes + 1, sizeof(*message) - 1);
    __atomic_store_n(entry, message->bytes[0], __ATOMIC_RELEASE);
    dev->crq.next = (dev->crq.next + sizeof(*message)) % dev->crq.length;
    vio_device_signal(dev);
    return TRUE;
}

/** Devices here are always there: they answer the guest, and begin nothing themselves. */
static HcallRet initialize(VioDevice *dev, const CrqMessage *message)
{
    const CrqMessage complete = {{CRQ_HEADER_INIT, CRQ_INIT_COMPLETE}};

    if (message->bytes[1] != CRQ_INIT)
        return H_SUCCESS;
    return crq_post(dev, &complete) ? H_SUCCESS : H_DROPPED;
}

HcallRet crq_send(VioDevice *dev, const CrqMessage *message)
{
    uint8_t header = message->bytes[0];
    HcallRet ret;

    if (!(header & CRQ_HEADER_BIT) || header == CRQ_HEADER_TRANSPORT)
        return H_PARAMETER;
    g_mutex_lock(&dev->lock);
    if (!dev->crq.length || dev->crq.disabled)
        ret = H_CLOSED;
    else if (header == CRQ_HEADER_INIT)
        ret = initialize(dev, message);
    else if (header == CRQ_HEADER_VALID)
        ret = dev->ops->message(dev, message);
    else
        ret = H_PARAMETER; /* reserved */
    g_mutex_unlock(&dev->lock);
    return ret;
}
