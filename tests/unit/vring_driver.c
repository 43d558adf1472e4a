/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/vring_driver.h"

#include <stddef.h>
#include <string.h>

#include "hw/virtio/virtqueue_private.h"

static VringDriver *driver_new(GuestMem *mem, uint64_t base, const VirtqueueMode *mode,
                               unsigned size)
{
    VringDriver *driver = g_new0(VringDriver, 1);

    driver->mem = mem;
    driver->base = base;
    driver->dma.mem = driver->mem;
    driver->mode = *mode;
    driver->size = size;
    driver->wrap = driver->reaped_wrap = TRUE;
    virtqueue_init(&driver->vq);
    driver->vq.size = (uint16_t)size;
    driver->vq.desc_addr = driver->base + VRING_DRIVER_DESC;
    driver->vq.driver_addr = driver->base + VRING_DRIVER_AVAIL;
    driver->vq.device_addr = driver->base + VRING_DRIVER_USED;
    driver->vq.enabled = TRUE;
    g_assert_true(virtqueue_begin(&driver->vq, &driver->dma, mode));
    return driver;
}

VringDriver *vring_driver_new(const VirtqueueMode *mode, unsigned size)
{
    GuestMem *mem = guest_mem_new(NULL);
    GError *error = NULL;

    guest_mem_add(mem, 0, VRING_DRIVER_MEMORY, &error);
    g_assert_no_error(error);
    return driver_new(mem, 0, mode, size);
}

VringDriver *vring_driver_new_beside(const VringDriver *other, uint64_t base)
{
    return driver_new(other->mem, base, &other->mode, other->size);
}

void vring_driver_free(VringDriver *driver)
{
    virtqueue_finish(&driver->vq);
    if (!driver->base)
        guest_mem_free(driver->mem);
    g_free(driver);
}

static uint8_t *at(VringDriver *driver, uint64_t addr)
{
    return guest_mem_ptr(driver->mem, addr, 16);
}

/** A table with @pieces: its address. */
static uint64_t make_table(VringDriver *driver, const VringPiece *pieces, unsigned count)
{
    uint64_t table = driver->base + VRING_DRIVER_TABLES + driver->tables++ % 32 * 0x1000;

    for (unsigned i = 0; i < count; i++) {
        uint16_t flags = pieces[i].write ? VRING_DESC_WRITE : 0;
        VringDesc desc = {.addr = le64_of(pieces[i].addr), .length = le32_of(pieces[i].length)};

        if (driver->mode.packed) {
            VringPackedDesc packed = {desc.addr, desc.length, {0}, le16_of(flags)};
            memcpy(at(driver, table + i * sizeof(packed)), &packed, sizeof(packed));
            continue;
        }
        desc.flags = le16_of((uint16_t)(flags | (i + 1 < count ? VRING_DESC_NEXT : 0)));
        desc.next = le16_of((uint16_t)(i + 1));
        memcpy(at(driver, table + i * sizeof(desc)), &desc, sizeof(desc));
    }
    return table;
}

static unsigned post_split(VringDriver *driver, const VringPiece *pieces, unsigned count,
                           uint16_t extra)
{
    unsigned head = driver->next % driver->size;
    uint8_t *avail = guest_mem_ptr(driver->mem, driver->base + VRING_DRIVER_AVAIL, 1024);
    uint16_t index = vring_load16(avail + VRING_AVAIL_IDX);

    for (unsigned i = 0; i < count; i++, driver->next++) {
        uint16_t flags = (uint16_t)(extra | (pieces[i].write ? VRING_DESC_WRITE : 0) |
                                    (i + 1 < count ? VRING_DESC_NEXT : 0));
        VringDesc desc = {le64_of(pieces[i].addr), le32_of(pieces[i].length), le16_of(flags),
                          le16_of((uint16_t)((driver->next + 1u) % driver->size))};

        memcpy(at(driver,
                  driver->base + VRING_DRIVER_DESC + driver->next % driver->size * sizeof(desc)),
               &desc, sizeof(desc));
    }
    vring_store16(avail + VRING_AVAIL_RING + 2 * (size_t)(index % driver->size), (uint16_t)head);
    vring_store16(avail + VRING_AVAIL_IDX, (uint16_t)(index + 1));
    return head;
}

static unsigned post_packed(VringDriver *driver, const VringPiece *pieces, unsigned count,
                            uint16_t extra)
{
    unsigned first = driver->next;
    uint16_t first_flags = 0;

    driver->lengths[first] = (uint16_t)count;
    for (unsigned i = 0; i < count; i++) {
        uint16_t flags = (uint16_t)(extra | (pieces[i].write ? VRING_DESC_WRITE : 0) |
                                    (i + 1 < count ? VRING_DESC_NEXT : 0) |
                                    (driver->wrap ? VRING_PACKED_AVAIL : VRING_PACKED_USED));
        VringPackedDesc desc = {le64_of(pieces[i].addr), le32_of(pieces[i].length),
                                le16_of((uint16_t)first), le16_of(i ? flags : 0)};

        if (!i)
            first_flags = flags;
        uint8_t *place = at(driver, driver->base + VRING_DRIVER_DESC + driver->next * sizeof(desc));
        memcpy(place, &desc, i ? sizeof(desc) : offsetof(VringPackedDesc, flags));
        if (++driver->next == driver->size) {
            driver->next = 0;
            driver->wrap = !driver->wrap;
        }
    }
    vring_store16(at(driver, driver->base + VRING_DRIVER_DESC + first * sizeof(VringPackedDesc)) +
                      offsetof(VringPackedDesc, flags),
                  first_flags);
    return first;
}

unsigned vring_driver_post(VringDriver *driver, const VringPiece *pieces, unsigned count,
                           gboolean indirect)
{
    uint16_t extra = 0;
    VringPiece table;

    if (indirect) {
        table = (VringPiece){make_table(driver, pieces, count), count * 16, FALSE};
        pieces = &table;
        count = 1;
        extra = VRING_DESC_INDIRECT;
    }
    return driver->mode.packed ? post_packed(driver, pieces, count, extra)
                               : post_split(driver, pieces, count, extra);
}

static gboolean reap_split(VringDriver *driver, unsigned *id, uint32_t *written)
{
    uint8_t *used = guest_mem_ptr(driver->mem, driver->base + VRING_DRIVER_USED, 4096);
    VringUsed element;

    if (vring_load16(used + VRING_USED_IDX) == driver->reaped)
        return FALSE;
    memcpy(&element, used + VRING_USED_RING + driver->reaped++ % driver->size * sizeof(element),
           sizeof(element));
    *id = le32_get(element.id);
    *written = le32_get(element.length);
    return TRUE;
}

static gboolean reap_packed(VringDriver *driver, unsigned *id, uint32_t *written)
{
    VringPackedDesc desc;

    memcpy(&desc, at(driver, driver->base + VRING_DRIVER_DESC + driver->reaped * sizeof(desc)),
           sizeof(desc));
    uint16_t flags = le16_get(desc.flags);
    gboolean avail = (flags & VRING_PACKED_AVAIL) != 0, used = (flags & VRING_PACKED_USED) != 0;
    if (avail != used || used != driver->reaped_wrap)
        return FALSE;
    *id = le16_get(desc.id);
    *written = le32_get(desc.length);
    driver->reaped = (uint16_t)(driver->reaped + driver->lengths[*id]);
    if (driver->reaped >= driver->size) {
        driver->reaped = (uint16_t)(driver->reaped - driver->size);
        driver->reaped_wrap = !driver->reaped_wrap;
    }
    return TRUE;
}

gboolean vring_driver_reap(VringDriver *driver, unsigned *id, uint32_t *written)
{
    return driver->mode.packed ? reap_packed(driver, id, written) : reap_split(driver, id, written);
}

void vring_driver_want_interrupt(VringDriver *driver, gboolean wanted)
{
    uint8_t *area = guest_mem_ptr(driver->mem, driver->base + VRING_DRIVER_AVAIL, 1024);

    if (driver->mode.packed && driver->mode.event_idx) {
        vring_store16(area, (uint16_t)(driver->reaped | (driver->reaped_wrap ? 1 << 15 : 0)));
        vring_store16(area + 2, VRING_EVENT_DESC);
    } else if (driver->mode.packed) {
        vring_store16(area + 2, wanted ? VRING_EVENT_ENABLE : VRING_EVENT_DISABLE);
    } else if (driver->mode.event_idx) {
        vring_store16(area + VRING_AVAIL_RING + 2 * (size_t)driver->size, driver->reaped);
    } else {
        vring_store16(area + VRING_AVAIL_FLAGS, wanted ? 0 : VRING_AVAIL_NO_INTERRUPT);
    }
}
