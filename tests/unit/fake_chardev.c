/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake_chardev.h"

#include <string.h>

typedef struct {
    Chardev base;
    GByteArray *output;
    size_t room;
    unsigned writes;
} FakeChardev;

static size_t fake_write(Chardev *chardev, const uint8_t *data, size_t length)
{
    FakeChardev *fake = (FakeChardev *)chardev;
    size_t taken = MIN(length, fake->room);

    g_byte_array_append(fake->output, data, (guint)taken);
    fake->writes += taken > 0;
    if (fake->room != SIZE_MAX)
        fake->room -= taken;
    return taken;
}

/** chardev_writable() comes when a test makes room. */
static void fake_watch_room(Chardev *chardev) {}

static void fake_finish(Chardev *chardev) { g_byte_array_unref(((FakeChardev *)chardev)->output); }

static const ChardevOps fake_ops = {
    .write = fake_write,
    .watch_room = fake_watch_room,
    .finish = fake_finish,
};

Chardev *fake_chardev_new(void)
{
    FakeChardev *fake = g_new0(FakeChardev, 1);

    chardev_init(&fake->base, &fake_ops, "console");
    fake->output = g_byte_array_new();
    fake->room = SIZE_MAX;
    return &fake->base;
}

void fake_chardev_set_room(Chardev *chardev, size_t room)
{
    ((FakeChardev *)chardev)->room = room;
    if (room)
        chardev_writable(chardev);
}

const GByteArray *fake_chardev_output(const Chardev *chardev)
{
    return ((const FakeChardev *)chardev)->output;
}

unsigned fake_chardev_writes(const Chardev *chardev)
{
    return ((const FakeChardev *)chardev)->writes;
}

void fake_chardev_type(Chardev *chardev, const char *text)
{
    chardev_input(chardev, (const uint8_t *)text, strlen(text));
}

void fake_chardev_set_open(Chardev *chardev, gboolean open) { chardev_set_open(chardev, open); }
