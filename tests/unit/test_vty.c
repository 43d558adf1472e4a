/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console between vCPUs and main loop: rings, flow control, readers that are stuck. */
#include "hw/spapr/vty.h"

#include <string.h>

#include "hw/spapr/irq/irq.h"
#include "hw/spapr/platform.h"
#include "src/base/log.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/settle.h"

static FakeVm *make(Vty **vty)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER8, 1, 1, 1, 16 * MIB);

    fake_vm_add_devices(fake);
    *vty = fake->vm.platform->vty;
    return fake;
}

/** Let the main loop work until @console has @length bytes of output, or a second passed. */
static void run_until(const Chardev *console, size_t length)
{
    gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC;

    while (fake_chardev_output(console)->len < length && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(200);
    }
}

static void put_text(Vty *vty, const char *text)
{
    for (size_t at = 0, length = strlen(text); at < length; at += VTY_MAX_CHARS)
        g_assert_true(
            vty_put(vty, (const uint8_t *)text + at, (unsigned)MIN(length - at, VTY_MAX_CHARS)));
}

static void assert_output(const Chardev *console, const char *text)
{
    const GByteArray *output = fake_chardev_output(console);

    g_assert_cmpmem(output->data, output->len, text, strlen(text));
}

static void test_numbers(void)
{
    g_assert_true(vty_is_console(0));
    g_assert_true(vty_is_console(VTY_UNIT_ADDRESS));
    g_assert_false(vty_is_console(1));
    g_assert_false(vty_is_console(UINT64_MAX));
    g_assert_false(vty_is_console((UINT64_C(1) << 32) + VTY_UNIT_ADDRESS));
}

/** What is put in a burst is written in one go, and nothing before its time. */
static void test_batch(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    g_autofree char *text = g_strnfill(1600, 'x');

    put_text(vty, text);
    g_assert_cmpuint(fake_chardev_output(fake->console)->len, ==, 0);
    run_until(fake->console, 1600);
    assert_output(fake->console, text);
    g_assert_cmpuint(fake_chardev_writes(fake->console), ==, 1);

    /* And again: the end of a batch is not the end of all. */
    put_text(vty, "more");
    run_until(fake->console, 1604);
    g_assert_cmpuint(fake_chardev_writes(fake->console), ==, 2);
    g_assert_true(vty_put(vty, NULL, 0));
    settle();
    g_assert_cmpuint(fake_chardev_writes(fake->console), ==, 2);
}

/** Many times around the ring, with writes of any size: every byte, in order. */
static void test_wrap(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    uint8_t text[VTY_MAX_CHARS];
    size_t sent = 0, room = 1;

    fake_chardev_set_room(fake->console, 0);
    while (sent < 300000) {
        unsigned length = (unsigned)(sent * 7 % VTY_MAX_CHARS) + 1;

        for (unsigned i = 0; i < length; i++)
            text[i] = (uint8_t)((sent + i) * 31 >> 3);
        if (vty_put(vty, text, length)) {
            sent += length;
            continue;
        }
        /* Full: a reader that takes a little, a lot, or all. */
        room = room * 13 % 40009;
        size_t before = fake_chardev_output(fake->console)->len;
        fake_chardev_set_room(fake->console, room);
        run_until(fake->console, MIN(before + room, sent));
        g_assert_cmpuint(fake_chardev_output(fake->console)->len, ==, MIN(before + room, sent));
        fake_chardev_set_room(fake->console, 0);
    }
    fake_chardev_set_room(fake->console, SIZE_MAX);
    run_until(fake->console, sent);

    const GByteArray *output = fake_chardev_output(fake->console);
    g_assert_cmpuint(output->len, ==, sent);
    for (size_t i = 0; i < sent; i++)
        g_assert_cmphex(output->data[i], ==, (uint8_t)(i * 31 >> 3));
}

/** All or nothing at the last bytes of room. */
static void test_full(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    const uint8_t text[VTY_MAX_CHARS] = "0123456789abcdef";
    size_t used = 0;

    fake_chardev_set_room(fake->console, 0);
    while (vty_put(vty, text, 16))
        used += 16;
    g_usleep(20000);
    settle();
    fake_chardev_set_room(fake->console, 5);
    settle();
    g_assert_cmpuint(fake_chardev_output(fake->console)->len, ==, 5);
    g_assert_false(vty_put(vty, text, 6));
    g_assert_true(vty_put(vty, text, 5));
    g_assert_false(vty_put(vty, text, 1));
    g_assert_true(vty_put(vty, text, 0));
    fake_chardev_set_room(fake->console, SIZE_MAX);
    run_until(fake->console, used + 5);
    g_assert_cmpuint(fake_chardev_output(fake->console)->len, ==, used + 5);
    g_assert_cmpmem(fake_chardev_output(fake->console)->data + used, 5, text, 5);
}

static gpointer flood_thread(gpointer opaque)
{
    Vty *const *vty = opaque;
    uint64_t sent = 0;

    while (!g_atomic_pointer_get((gpointer *)&((gpointer *)opaque)[1]))
        sent += vty_put(*vty, (const uint8_t *)"0123456789abcdef", 16) ? 16 : 0;
    return GSIZE_TO_POINTER(sent);
}

/** A guest that never stops writing does not keep the main loop. */
static void test_flood(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    gpointer shared[2] = {vty, NULL};
    GThread *threads[2];
    uint64_t sent = 0;
    unsigned rounds = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("flood", flood_thread, shared);
    for (gint64 end = g_get_monotonic_time() + G_USEC_PER_SEC / 5; g_get_monotonic_time() < end;
         rounds++) {
        gint64 start = g_get_monotonic_time();
        g_main_context_iteration(NULL, FALSE);
        g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
        g_usleep(500);
    }
    g_assert_cmpuint(rounds, >, 5);
    g_atomic_pointer_set(&shared[1], vty);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        sent += GPOINTER_TO_SIZE(g_thread_join(threads[i]));
    vty_drain(vty, 1000);
    g_assert_cmpuint(fake_chardev_output(fake->console)->len, ==, sent);
    for (uint64_t i = 0; i < sent; i++)
        g_assert_cmphex(fake_chardev_output(fake->console)->data[i], ==,
                        "0123456789abcdef"[i % 16]);
}

static void test_input(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    uint8_t text[VTY_MAX_CHARS];
    g_autofree char *lots = g_malloc(20001);
    size_t got = 0;

    g_assert_cmpuint(vty_get(vty, text, VTY_MAX_CHARS), ==, 0);
    hv_fake_forget(fake->host);
    fake_chardev_type(fake->console, "hi");
    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQ_LINE), >=, 1);
    g_assert_cmpuint(vty_get(vty, text, VTY_MAX_CHARS), ==, 2);
    g_assert_cmpmem(text, 2, "hi", 2);
    g_assert_cmpuint(vty_get(vty, text, VTY_MAX_CHARS), ==, 0);

    /* More than the ring holds: the rest waits outside and comes as there is room. */
    for (unsigned i = 0; i < 20000; i++)
        lots[i] = (char)('a' + i % 23);
    lots[20000] = 0;
    fake_chardev_type(fake->console, lots);
    for (unsigned idle = 0; idle < 10;) {
        unsigned length = vty_get(vty, text, VTY_MAX_CHARS);

        g_assert_cmpuint(length, <=, VTY_MAX_CHARS);
        g_assert_cmpmem(text, length, lots + got, length);
        got += length;
        idle = length ? 0 : idle + 1;
        if (!length)
            settle();
    }
    g_assert_cmpuint(got, ==, 20000);
}

/** Always something ready at the loop's usual priority: input is resumed all the same. */
static gboolean busy(gpointer opaque) { return G_SOURCE_CONTINUE; }

static void test_busy_loop(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    guint source = g_idle_add_full(G_PRIORITY_DEFAULT, busy, NULL, NULL);
    g_autofree char *lots = g_strnfill(5000, 'x');
    uint8_t text[VTY_MAX_CHARS];
    unsigned got = 0;

    fake_chardev_type(fake->console, lots);
    for (unsigned i = 0; i < 1000; i++) {
        got += vty_get(vty, text, VTY_MAX_CHARS);
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpuint(got, ==, 5000);

    put_text(vty, "out");
    run_until(fake->console, 3);
    assert_output(fake->console, "out");
    g_source_remove(source);
}

static void test_reset(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);
    uint8_t text[VTY_MAX_CHARS];

    /* Old input goes; output that the old guest wrote does not. */
    fake_chardev_type(fake->console, "for the old guest");
    put_text(vty, "last words");
    vty_reset(vty);
    g_assert_cmpuint(vty_get(vty, text, VTY_MAX_CHARS), ==, 0);
    fake_chardev_type(fake->console, "new");
    g_assert_cmpuint(vty_get(vty, text, VTY_MAX_CHARS), ==, 3);
    run_until(fake->console, 10);
    assert_output(fake->console, "last words");
}

static void test_drain(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);

    put_text(vty, "goodbye");
    gint64 start = g_get_monotonic_time();
    vty_drain(vty, 5000);
    g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
    assert_output(fake->console, "goodbye");
    /* Nothing to do. */
    vty_drain(vty, 5000);

    /* A reader that takes no more: bounded. */
    fake_chardev_set_room(fake->console, 2);
    put_text(vty, "stuck");
    start = g_get_monotonic_time();
    vty_drain(vty, 50);
    g_assert_cmpint(g_get_monotonic_time() - start, >=, 50000);
    g_assert_cmpint(g_get_monotonic_time() - start, <, G_USEC_PER_SEC);
    assert_output(fake->console, "goodbyest");
    /* Freed with output waiting, a flush due and a reader stuck. */
    put_text(vty, "more");
}

static void test_leave(void)
{
    Vty *vty;
    g_autoptr(FakeVm) fake = make(&vty);

    fake->console->handler->leave(fake->console->opaque);
    g_assert_cmpint(fake->request, ==, VM_REQUEST_LEAVE);
    vty_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open(NULL, LOG_ERROR, NULL));
    g_test_add_func("/vty/numbers", test_numbers);
    g_test_add_func("/vty/batch", test_batch);
    g_test_add_func("/vty/wrap", test_wrap);
    g_test_add_func("/vty/full", test_full);
    g_test_add_func("/vty/flood", test_flood);
    g_test_add_func("/vty/input", test_input);
    g_test_add_func("/vty/busy_loop", test_busy_loop);
    g_test_add_func("/vty/reset", test_reset);
    g_test_add_func("/vty/drain", test_drain);
    g_test_add_func("/vty/leave", test_leave);
    return g_test_run();
}
