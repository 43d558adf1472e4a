/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/virtio/virtqueue.h"

#include "hw/virtio/virtqueue_private.h"
#include "src/base/guest_mem.h"
#include "tests/unit/vring_driver.h"

static const VirtqueueMode modes[] = {
    {.packed = FALSE, .indirect = TRUE, .event_idx = FALSE},
    {.packed = FALSE, .indirect = TRUE, .event_idx = TRUE},
    {.packed = TRUE, .indirect = TRUE, .event_idx = FALSE},
    {.packed = TRUE, .indirect = TRUE, .event_idx = TRUE},
};

/** Requests of two readable and one writable piece go round the ring many times. */
static void test_round(gconstpointer opaque)
{
    g_autoptr(VringDriver) driver = vring_driver_new(opaque, 8);
    VirtqueueChain chain;

    for (unsigned i = 0; i < 100; i++) {
        uint64_t data = VRING_DRIVER_DATA + 0x1000 * (i % 16);
        VringPiece pieces[] = {
            {data, 16, FALSE}, {data + 0x100, 32, FALSE}, {data + 0x200, 8, TRUE}};
        uint32_t written;

        g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_EMPTY);
        unsigned id = vring_driver_post(driver, pieces, 3, i % 2);
        g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_GOT);
        g_assert_cmpuint(chain.n_readable, ==, 2);
        g_assert_cmpuint(chain.n_writable, ==, 1);
        g_assert_cmpuint(chain.readable_bytes, ==, 48);
        g_assert_cmpuint(chain.writable_bytes, ==, 8);
        g_assert_true(chain.iov[2].iov_base == guest_mem_ptr(driver->mem, data + 0x200, 8));
        virtqueue_give(&driver->vq, chain.id, chain.n_desc, 5);
        g_assert_true(vring_driver_reap(driver, &id, &written));
        g_assert_cmpuint(written, ==, 5);
        g_assert_false(vring_driver_reap(driver, &id, &written));
    }
    g_assert_false(driver->vq.broken);
    g_assert_cmpuint(driver->vq.in_flight, ==, 0);
}

/** Several at a time, given back in another order. */
static void test_out_of_order(gconstpointer opaque)
{
    g_autoptr(VringDriver) driver = vring_driver_new(opaque, 8);
    VirtqueueChain chains[4];
    unsigned ids[4], got;
    uint32_t written;

    for (unsigned round = 0; round < 30; round++) {
        for (unsigned i = 0; i < 4; i++) {
            VringPiece pieces[] = {{VRING_DRIVER_DATA, 16, FALSE},
                                   {VRING_DRIVER_DATA + 64, 16, TRUE}};
            ids[i] = vring_driver_post(driver, pieces, 2, FALSE);
        }
        for (unsigned i = 0; i < 4; i++)
            g_assert_cmpint(virtqueue_take(&driver->vq, &chains[i]), ==, VIRTQUEUE_GOT);
        for (unsigned i = 4; i-- > 0;) {
            virtqueue_give(&driver->vq, chains[i].id, chains[i].n_desc, i);
            g_assert_true(vring_driver_reap(driver, &got, &written));
            g_assert_cmpuint(got, ==, ids[i]);
            g_assert_cmpuint(written, ==, i);
        }
    }
}

/** Several at once, of different lengths, over the ring's end: all come, the first one last. */
static void test_give_all(gconstpointer opaque)
{
    g_autoptr(VringDriver) driver = vring_driver_new(opaque, 8);
    VringPiece pieces[] = {{VRING_DRIVER_DATA, 16, TRUE}, {VRING_DRIVER_DATA + 64, 16, TRUE}};
    VirtqueueChain chain;
    uint32_t written;
    unsigned id;

    for (unsigned round = 0; round < 20; round++) {
        VirtqueueGiven given[3];
        unsigned ids[3];

        for (unsigned i = 0; i < 3; i++)
            ids[i] = vring_driver_post(driver, pieces, i == 1 ? 2 : 1, FALSE);
        for (unsigned i = 0; i < 3; i++) {
            g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_GOT);
            given[i] = (VirtqueueGiven){chain.id, chain.n_desc, 10 + i};
        }
        g_assert_false(vring_driver_reap(driver, &id, &written));
        virtqueue_give_all(&driver->vq, given, 3);
        for (unsigned i = 0; i < 3; i++) {
            g_assert_true(vring_driver_reap(driver, &id, &written));
            g_assert_cmpuint(id, ==, ids[i]);
            g_assert_cmpuint(written, ==, 10 + i);
        }
        g_assert_false(vring_driver_reap(driver, &id, &written));
    }
    g_assert_cmpuint(driver->vq.in_flight, ==, 0);
}

/** With event indices an interrupt comes once for what the driver asked to hear of. */
static void test_interrupts(gconstpointer opaque)
{
    const VirtqueueMode *mode = opaque;
    g_autoptr(VringDriver) driver = vring_driver_new(mode, 8);
    VringPiece piece = {VRING_DRIVER_DATA, 16, TRUE};
    VirtqueueChain chain;
    unsigned id;
    uint32_t written;

    for (unsigned i = 0; i < 50; i++) {
        vring_driver_want_interrupt(driver, TRUE);
        vring_driver_post(driver, &piece, 1, FALSE);
        g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_GOT);
        virtqueue_give(&driver->vq, chain.id, chain.n_desc, 1);
        g_assert_true(virtqueue_wants_interrupt(&driver->vq));
        g_assert_false(mode->event_idx && virtqueue_wants_interrupt(&driver->vq));
        g_assert_true(vring_driver_reap(driver, &id, &written));
        if (!mode->event_idx) {
            vring_driver_want_interrupt(driver, FALSE);
            vring_driver_post(driver, &piece, 1, FALSE);
            g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_GOT);
            virtqueue_give(&driver->vq, chain.id, chain.n_desc, 1);
            g_assert_false(virtqueue_wants_interrupt(&driver->vq));
            g_assert_true(vring_driver_reap(driver, &id, &written));
        }
    }
}

/** Kicks are wanted after that was said, and what came before is noticed. */
static void test_kicks(gconstpointer opaque)
{
    g_autoptr(VringDriver) driver = vring_driver_new(opaque, 8);
    VringPiece piece = {VRING_DRIVER_DATA, 16, TRUE};

    g_assert_false(virtqueue_ask_kicks(&driver->vq, FALSE));
    g_assert_false(virtqueue_ask_kicks(&driver->vq, TRUE));
    vring_driver_post(driver, &piece, 1, FALSE);
    g_assert_true(virtqueue_ask_kicks(&driver->vq, TRUE));
}

static void expect_broken(const VirtqueueMode *mode, const VringPiece *pieces, unsigned count,
                          gboolean indirect)
{
    g_autoptr(VringDriver) driver = vring_driver_new(mode, 8);
    VirtqueueChain chain;

    vring_driver_post(driver, pieces, count, indirect);
    g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_BROKEN);
    g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_BROKEN);
    g_assert_false(virtqueue_wants_interrupt(&driver->vq));
    g_assert_false(virtqueue_ask_kicks(&driver->vq, TRUE));
}

/** Addresses that are no memory, and pieces in the wrong order. */
static void test_wild(gconstpointer opaque)
{
    const VringPiece wild[] = {{VRING_DRIVER_MEMORY, 1, FALSE},
                               {VRING_DRIVER_MEMORY - 1, 2, TRUE},
                               {UINT64_MAX, 2, FALSE},
                               {UINT64_MAX - 15, 16, TRUE},
                               {0, UINT32_MAX, TRUE}};
    const VringPiece order[] = {{VRING_DRIVER_DATA, 16, TRUE}, {VRING_DRIVER_DATA, 16, FALSE}};

    for (unsigned i = 0; i < G_N_ELEMENTS(wild); i++) {
        expect_broken(opaque, &wild[i], 1, FALSE);
        expect_broken(opaque, &wild[i], 1, TRUE);
    }
    expect_broken(opaque, order, 2, FALSE);
    expect_broken(opaque, order, 2, TRUE);
}

/** 4 GiB in all, and no byte more, which bounds what there is to translate. */
static void test_long(gconstpointer opaque)
{
    enum { PIECES = 64, PIECE = 64 << 20, AT = 1 << 30 };
    VringPiece pieces[PIECES + 1];

    for (unsigned i = 0; i <= PIECES; i++)
        pieces[i] = (VringPiece){AT, i < PIECES ? PIECE : 1, i >= PIECES / 2};
    for (unsigned count = PIECES; count <= PIECES + 1; count++) {
        g_autoptr(VringDriver) driver = vring_driver_new(opaque, 8);
        VirtqueueChain chain;

        g_assert_true(guest_mem_add(driver->mem, AT, PIECE, NULL));
        vring_driver_post(driver, pieces, count, TRUE);
        VirtqueueResult result = virtqueue_take(&driver->vq, &chain);
        g_assert_cmpint(result, ==, count == PIECES ? VIRTQUEUE_GOT : VIRTQUEUE_BROKEN);
        if (result == VIRTQUEUE_GOT)
            g_assert_cmpuint(chain.readable_bytes + chain.writable_bytes, ==, UINT64_C(1) << 32);
    }
}

static void test_split_loop(void)
{
    const VirtqueueMode mode = {.indirect = TRUE};
    g_autoptr(VringDriver) driver = vring_driver_new(&mode, 8);
    VringPiece pieces[] = {{VRING_DRIVER_DATA, 16, FALSE}, {VRING_DRIVER_DATA, 16, FALSE}};
    VirtqueueChain chain;

    unsigned head = vring_driver_post(driver, pieces, 2, FALSE);
    VringDesc *table = guest_mem_ptr(driver->mem, VRING_DRIVER_DESC, 8 * sizeof(VringDesc));
    for (unsigned i = 0; i < 8; i++)
        table[i] = (VringDesc){le64_of(VRING_DRIVER_DATA), le32_of(16), le16_of(VRING_DESC_NEXT),
                               le16_of((uint16_t)head)};
    g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_BROKEN);
}

static void test_split_indices(void)
{
    const VirtqueueMode mode = {.indirect = TRUE};
    VirtqueueChain chain;

    for (unsigned i = 0; i < 3; i++) {
        g_autoptr(VringDriver) driver = vring_driver_new(&mode, 8);
        uint8_t *avail = guest_mem_ptr(driver->mem, VRING_DRIVER_AVAIL, 64);

        /* More than fit; a head that is none; a next that is none. */
        vring_store16(avail + VRING_AVAIL_RING, i == 1 ? 8 : 0);
        VringDesc *desc = guest_mem_ptr(driver->mem, VRING_DRIVER_DESC, sizeof(*desc));
        *desc = (VringDesc){le64_of(VRING_DRIVER_DATA), le32_of(1), le16_of(VRING_DESC_NEXT),
                            le16_of(8)};
        vring_store16(avail + VRING_AVAIL_IDX, i == 0 ? 9 : 1);
        g_assert_cmpint(virtqueue_take(&driver->vq, &chain), ==, VIRTQUEUE_BROKEN);
    }
}

/** A driver that never takes anything back can't have more out than there are descriptors. */
static void test_in_flight(gconstpointer opaque)
{
    const VirtqueueMode *mode = opaque;
    g_autoptr(VringDriver) driver = vring_driver_new(mode, 8);
    VringPiece piece = {VRING_DRIVER_DATA, 16, TRUE};
    VirtqueueChain chain;
    unsigned taken = 0;

    for (unsigned i = 0; i < 20 && !driver->vq.broken; i++) {
        vring_driver_post(driver, &piece, 1, FALSE);
        taken += virtqueue_take(&driver->vq, &chain) == VIRTQUEUE_GOT;
    }
    g_assert_true(driver->vq.broken);
    g_assert_cmpuint(taken, ==, 8);
}

static void test_registers(gconstpointer opaque)
{
    const VirtqueueMode *mode = opaque;
    const Virtqueue good = {
        .size = 8, .desc_addr = 0x1000, .driver_addr = 0x2000, .device_addr = 0x3000};
    Virtqueue vq = good;

    g_assert_true(virtqueue_registers_ok(&vq, mode));
    vq.size = 0;
    g_assert_false(virtqueue_registers_ok(&vq, mode));
    vq.size = VIRTQUEUE_MAX_SIZE + 1;
    g_assert_false(virtqueue_registers_ok(&vq, mode));
    vq.size = 7;
    g_assert_cmpint(virtqueue_registers_ok(&vq, mode), ==, mode->packed);
    vq = good;
    vq.desc_addr += 8;
    g_assert_false(virtqueue_registers_ok(&vq, mode));
    vq = good;
    vq.driver_addr += 1;
    g_assert_false(virtqueue_registers_ok(&vq, mode));
    vq = good;
    vq.device_addr += 2;
    g_assert_false(virtqueue_registers_ok(&vq, mode));

    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    const DmaSpace dma = {.mem = mem};
    vq = good;
    virtqueue_init(&vq);
    g_assert_false(virtqueue_begin(&vq, &dma, mode));
    virtqueue_finish(&vq);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(gconstpointer mode);
    } tests[] = {{"round", test_round},        {"out-of-order", test_out_of_order},
                 {"give-all", test_give_all},  {"interrupts", test_interrupts},
                 {"kicks", test_kicks},        {"wild", test_wild},
                 {"long", test_long},          {"in-flight", test_in_flight},
                 {"registers", test_registers}};

    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
        for (unsigned m = 0; m < G_N_ELEMENTS(modes); m++) {
            g_autofree char *path = g_strdup_printf("/virtqueue/%s/%s%s", tests[i].name,
                                                    modes[m].packed ? "packed" : "split",
                                                    modes[m].event_idx ? "-event-idx" : "");

            g_test_add_data_func(path, &modes[m], tests[i].test);
        }
    }
    g_test_add_func("/virtqueue/split-loop", test_split_loop);
    g_test_add_func("/virtqueue/split-indices", test_split_indices);
    return g_test_run();
}
