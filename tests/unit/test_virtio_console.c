/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports with the device's real thread: what is said about them, and bytes in both directions. */
#include "hw/virtio/virtio_console.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/base/log.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/virtio_play.h"

enum {
    CONTROL_IN = 2,
    CONTROL_OUT = 3,
    /** The port's, number 1, and the console's, number 3. */
    PORT_IN = 4,
    PORT_OUT = 5,
    CONSOLE_OUT = 9,
    QUEUES = 10,

    DEVICE_READY = 0,
    PORT_ADD = 1,
    PORT_READY = 3,
    CONSOLE_PORT = 4,
    PORT_OPEN = 6,
    PORT_NAME = 7,

    /** Of one direction of a port. */
    RING = 16 << 10,
    /** Each queue's areas in the driver's memory begin so far apart. */
    APART = 0x8000,
    /** Beyond the areas of all rings: buffers. */
    BUFFER = 0x80000,
    BUFFER_SIZE = 0x8000,
    SIZE = 16,
};

#define MULTIPORT UINT64_C(2)
#define FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | MULTIPORT)

typedef struct {
    VirtioDevice *dev;
    Chardev *port, *console;
    VringDriver *queues[QUEUES];
    VirtioTold told;
    /** Bits of ports that are open, and how often that was told. */
    unsigned opened, times;
} Play;

static void on_opened(void *opaque, unsigned index, gboolean open)
{
    Play *play = opaque;

    play->opened = open ? play->opened | 1u << index : play->opened & ~(1u << index);
    play->times++;
}

static uint8_t *memory(Play *play, uint64_t addr)
{
    return guest_mem_ptr(play->queues[0]->mem, addr, 1);
}

/** The queue's own place for buffers. */
static uint64_t buffer(unsigned queue) { return BUFFER + queue * (uint64_t)BUFFER_SIZE; }

static void play_begin(Play *play, uint64_t features)
{
    VirtqueueMode mode = {.indirect = TRUE, .packed = (features & VIRTIO_F_RING_PACKED) != 0};

    for (unsigned i = 0; i < QUEUES; i++)
        play->queues[i] =
            i ? vring_driver_new_beside(play->queues[0], i * APART) : vring_driver_new(&mode, SIZE);
    play->dev->dma = &play->queues[0]->dma;
    virtio_play_negotiate(play->dev, FEATURES | features);
    for (unsigned i = 0; i < QUEUES; i++)
        virtio_play_enable(play->dev, i, play->queues[i]);
    virtio_device_set_status(play->dev, VIRTIO_STATUS_DRIVER_OK);
}

static void play_start(Play *play, uint64_t features)
{
    play->port = fake_chardev_new();
    play->console = fake_chardev_new();
    const VirtioPortConfig ports[] = {
        {.name = "org.one", .number = 1, .chardev = play->port},
        {.name = "two", .number = 3, .console = TRUE, .chardev = play->console},
    };
    const VirtioConsoleConfig config = {
        .ports = ports, .n_ports = 2, .opened = on_opened, .opaque = play};
    GError *error = NULL;

    play->dev = virtio_console_new(&config, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(play->dev->n_queues, ==, QUEUES);
    g_assert_cmpuint(le_load(play->dev->config + 4, 4), ==, 4);
    virtio_play_attach(play->dev, &play->told);
    play_begin(play, features);
}

static void free_queues(Play *play)
{
    for (unsigned i = QUEUES; i--;)
        vring_driver_free(play->queues[i]);
}

static void play_end(Play *play)
{
    virtio_device_reset(play->dev);
    play->dev->ops->free(play->dev);
    free_queues(play);
}

static void post(Play *play, unsigned queue, uint64_t addr, uint32_t bytes, gboolean write)
{
    const VringPiece piece = {addr, bytes, write};

    vring_driver_post(play->queues[queue], &piece, 1, FALSE);
    virtio_play_kick(play->dev, queue);
}

/** Let the main loop do what it has to, until @done or for long. */
static void settle(gboolean (*done)(Play *play), Play *play)
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    while (!done(play) && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(200);
    }
    g_assert_true(done(play));
}

/** For a while in which nothing may happen. */
static void idle(void)
{
    for (unsigned i = 0; i < 100; i++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(200);
    }
}

static void say(Play *play, unsigned event, uint32_t port, unsigned value)
{
    uint8_t *text = memory(play, buffer(CONTROL_OUT));

    le_store(text, 4, port);
    le_store(text + 4, 2, event);
    le_store(text + 6, 2, value);
    post(play, CONTROL_OUT, buffer(CONTROL_OUT), 8, FALSE);
    virtio_play_await(play->queues[CONTROL_OUT]);
}

/** The next word of the device is this one, and has @name behind it. */
static void hear(Play *play, unsigned event, uint32_t port, unsigned value, const char *name)
{
    post(play, CONTROL_IN, buffer(CONTROL_IN), 256, TRUE);
    uint32_t length = virtio_play_await(play->queues[CONTROL_IN]);
    const uint8_t *text = memory(play, buffer(CONTROL_IN));

    g_assert_cmpuint(le_load(text, 4), ==, port);
    g_assert_cmpuint(le_load(text + 4, 2), ==, event);
    g_assert_cmpuint(le_load(text + 6, 2), ==, value);
    g_assert_cmpmem(text + 8, length - 8, name, strlen(name));
}

/** No word comes; the buffer for it stays with the device. */
static void hear_nothing(Play *play)
{
    uint32_t written;

    post(play, CONTROL_IN, buffer(CONTROL_IN), 256, TRUE);
    g_assert_false(virtio_play_reap(play->queues[CONTROL_IN], &written, 40));
}

static void open_port(Play *play)
{
    say(play, DEVICE_READY, UINT32_MAX, 1);
    hear(play, PORT_ADD, 1, 1, "");
    hear(play, PORT_ADD, 3, 1, "");
    say(play, PORT_READY, 1, 1);
    hear(play, PORT_NAME, 1, 1, "org.one");
    hear(play, PORT_OPEN, 1, 1, "");
    say(play, PORT_OPEN, 1, 1);
}

static gboolean port_opened(Play *play) { return play->opened == 1; }
static gboolean port_closed(Play *play) { return play->opened == 0; }

static void test_control(void)
{
    Play play = {0};

    play_start(&play, 0);
    g_assert_false(virtio_console_is_open(play.dev, 0));
    open_port(&play);
    settle(port_opened, &play);
    g_assert_true(virtio_console_is_open(play.dev, 0));
    say(&play, PORT_READY, 3, 1);
    hear(&play, CONSOLE_PORT, 3, 1, "");
    hear(&play, PORT_NAME, 3, 1, "two");
    hear(&play, PORT_OPEN, 3, 1, "");

    fake_chardev_set_open(play.port, FALSE);
    hear(&play, PORT_OPEN, 1, 0, "");
    /* What has changed back meanwhile is told once. */
    fake_chardev_set_open(play.port, TRUE);
    fake_chardev_set_open(play.port, FALSE);
    hear(&play, PORT_OPEN, 1, 0, "");
    play_end(&play);
}

/** A guest that opens and closes without end is told of once a second. */
static void test_told_slowly(void)
{
    Play play = {0};

    play_start(&play, 0);
    open_port(&play);
    settle(port_opened, &play);
    for (unsigned i = 0; i < 40; i++) {
        say(&play, PORT_OPEN, 1, i & 1);
        g_main_context_iteration(NULL, FALSE);
    }
    g_assert_cmpuint(play.times, <=, 2);
    say(&play, PORT_OPEN, 1, 0);
    settle(port_closed, &play);
    g_assert_cmpuint(play.times, <=, 3);
    play_end(&play);
}

static void test_hostile(void)
{
    Play play = {0};

    play_start(&play, 0);
    say(&play, PORT_OPEN, 2, 1);
    say(&play, PORT_OPEN, 0, 1);
    say(&play, PORT_READY, UINT32_MAX, 1);
    say(&play, 77, 1, 1);
    say(&play, PORT_READY, 1, 0);
    say(&play, DEVICE_READY, 0, 0);
    for (unsigned i = 0; i < 8; i++) {
        post(&play, CONTROL_OUT, buffer(CONTROL_OUT), i, FALSE);
        virtio_play_await(play.queues[CONTROL_OUT]);
    }
    g_assert_cmpuint(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET, ==, 0);
    /* However often it is ready, there are as many messages as ports. */
    for (unsigned i = 0; i < 100; i++)
        say(&play, DEVICE_READY, 0, 1);
    /* A message for which there is no room is left out. */
    post(&play, CONTROL_IN, buffer(CONTROL_IN), 7, TRUE);
    g_assert_cmpuint(virtio_play_await(play.queues[CONTROL_IN]), ==, 0);
    hear(&play, PORT_ADD, 3, 1, "");
    hear_nothing(&play);
    /* A buffer that is none breaks its queue. */
    post(&play, CONTROL_OUT, VRING_DRIVER_MEMORY, 8, FALSE);
    for (unsigned i = 0; !(virtio_device_status(play.dev) & VIRTIO_STATUS_NEEDS_RESET); i++) {
        g_assert_cmpuint(i, <, 20000);
        g_usleep(500);
    }
    play_end(&play);
}

static gboolean port_has_hello(Play *play) { return fake_chardev_output(play->port)->len == 5; }

static void test_output(gconstpointer features)
{
    Play play = {0};

    play_start(&play, (uint64_t)GPOINTER_TO_SIZE(features));
    open_port(&play);
    memcpy(memory(&play, buffer(PORT_OUT)), "hello", 5);
    post(&play, PORT_OUT, buffer(PORT_OUT), 5, FALSE);
    virtio_play_await(play.queues[PORT_OUT]);
    settle(port_has_hello, &play);
    g_assert_cmpmem(fake_chardev_output(play.port)->data, 5, "hello", 5);
    play_end(&play);
}

static void fill(Play *play, unsigned queue)
{
    for (unsigned i = 0; i < BUFFER_SIZE; i++)
        *memory(play, buffer(queue) + i) = (uint8_t)(i * 7 + i / 256);
}

static gboolean port_has_all(Play *play)
{
    return fake_chardev_output(play->port)->len == BUFFER_SIZE;
}

/** What nobody reads stays with the guest, beyond what a ring holds, and is not lost. */
static void test_output_waits(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, 0);
    open_port(&play);
    fake_chardev_set_open(play.port, FALSE);
    fill(&play, PORT_OUT);
    post(&play, PORT_OUT, buffer(PORT_OUT), BUFFER_SIZE, FALSE);
    idle();
    g_assert_false(virtio_play_reap(play.queues[PORT_OUT], &written, 40));
    g_assert_cmpuint(fake_chardev_output(play.port)->len, ==, 0);

    fake_chardev_set_room(play.port, 1000);
    fake_chardev_set_open(play.port, TRUE);
    idle();
    g_assert_cmpuint(fake_chardev_output(play.port)->len, ==, 1000);
    g_assert_false(virtio_play_reap(play.queues[PORT_OUT], &written, 40));
    fake_chardev_set_room(play.port, SIZE_MAX);
    settle(port_has_all, &play);
    g_assert_cmpmem(fake_chardev_output(play.port)->data, BUFFER_SIZE,
                    memory(&play, buffer(PORT_OUT)), BUFFER_SIZE);
    virtio_play_await(play.queues[PORT_OUT]);
    play_end(&play);
}

/** A console's driver waits for the end with interrupts off: it never waits for a reader. */
static void test_console_drops(void)
{
    Play play = {0};

    play_start(&play, 0);
    fake_chardev_set_room(play.console, 0);
    for (unsigned i = 0; i < 4; i++) {
        post(&play, CONSOLE_OUT, buffer(CONSOLE_OUT), BUFFER_SIZE, FALSE);
        virtio_play_await(play.queues[CONSOLE_OUT]);
    }
    idle();
    fake_chardev_set_room(play.console, SIZE_MAX);
    idle();
    g_assert_cmpuint(fake_chardev_output(play.console)->len, ==, RING);
    play_end(&play);
}

static void type_much(Play *play, unsigned times)
{
    g_autofree char *text = g_strnfill(1000, 'x');

    for (unsigned i = 0; i < times; i++)
        fake_chardev_type(play->port, text);
}

static void test_input(void)
{
    Play play = {0};
    uint32_t written;
    unsigned total = 0;

    play_start(&play, 0);
    /* For nobody yet, and kept. */
    fake_chardev_type(play.port, "early");
    post(&play, PORT_IN, buffer(PORT_IN), 64, TRUE);
    idle();
    g_assert_false(virtio_play_reap(play.queues[PORT_IN], &written, 40));
    open_port(&play);
    settle(port_opened, &play);
    g_assert_cmpuint(virtio_play_await(play.queues[PORT_IN]), ==, 5);
    g_assert_cmpmem(memory(&play, buffer(PORT_IN)), 5, "early", 5);

    /* More than a ring holds, for a guest that takes it by and by. */
    type_much(&play, 30);
    while (total < 30000) {
        post(&play, PORT_IN, buffer(PORT_IN), 4096, TRUE);
        while (!virtio_play_reap(play.queues[PORT_IN], &written, 1))
            g_main_context_iteration(NULL, FALSE);
        g_assert_cmpuint(written, >, 0);
        total += written;
    }
    g_assert_cmpuint(total, ==, 30000);
    play_end(&play);
}

/** Nothing of the guest's memory changes while the machine is stopped. */
static void test_pause(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, 0);
    open_port(&play);
    settle(port_opened, &play);
    post(&play, PORT_IN, buffer(PORT_IN), 64, TRUE);
    play.dev->ops->pause(play.dev);
    fake_chardev_type(play.port, "later");
    idle();
    g_assert_false(virtio_play_reap(play.queues[PORT_IN], &written, 40));
    play.dev->ops->resume(play.dev);
    g_assert_cmpuint(virtio_play_await(play.queues[PORT_IN]), ==, 5);
    play_end(&play);
}

/** The next guest begins with ports that are closed, without what was for the last one. */
static void test_reset(void)
{
    Play play = {0};
    uint32_t written;

    play_start(&play, 0);
    open_port(&play);
    settle(port_opened, &play);
    fake_chardev_type(play.port, "old");
    idle();
    /* Half written. */
    fake_chardev_set_room(play.port, 0);
    post(&play, PORT_OUT, buffer(PORT_OUT), BUFFER_SIZE, FALSE);
    idle();
    virtio_device_reset(play.dev);
    g_assert_false(virtio_console_is_open(play.dev, 0));
    settle(port_closed, &play);
    fake_chardev_set_room(play.port, SIZE_MAX);
    idle();
    g_assert_cmpuint(fake_chardev_output(play.port)->len, ==, RING);

    free_queues(&play);
    play_begin(&play, VIRTIO_F_RING_PACKED);
    post(&play, PORT_IN, buffer(PORT_IN), 64, TRUE);
    open_port(&play);
    idle();
    g_assert_false(virtio_play_reap(play.queues[PORT_IN], &written, 40));
    fake_chardev_type(play.port, "new!");
    g_assert_cmpuint(virtio_play_await(play.queues[PORT_IN]), ==, 4);
    play_end(&play);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_true(log_open("/dev/null", LOG_WARN, NULL));
    g_test_add_func("/virtio-console/control", test_control);
    g_test_add_func("/virtio-console/told-slowly", test_told_slowly);
    g_test_add_func("/virtio-console/hostile", test_hostile);
    g_test_add_data_func("/virtio-console/output", GSIZE_TO_POINTER(0), test_output);
    g_test_add_data_func("/virtio-console/output-packed",
                         GSIZE_TO_POINTER((gsize)VIRTIO_F_RING_PACKED), test_output);
    g_test_add_func("/virtio-console/output-waits", test_output_waits);
    g_test_add_func("/virtio-console/console-drops", test_console_drops);
    g_test_add_func("/virtio-console/input", test_input);
    g_test_add_func("/virtio-console/pause", test_pause);
    g_test_add_func("/virtio-console/reset", test_reset);
    return g_test_run();
}
