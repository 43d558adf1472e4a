/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console's back end for unit tests: it keeps what is written, as far as it has room. */
#pragma once

#include "src/chardev/chardev_private.h"

/** One without bounds; free it with chardev_free(), which its front end does. */
Chardev *fake_chardev_new(void);

/** Take @room more bytes and no more; SIZE_MAX for no bound. Main thread. */
void fake_chardev_set_room(Chardev *chardev, size_t room);

/** All that was written; owned by the chardev. */
const GByteArray *fake_chardev_output(const Chardev *chardev);

/** Number of writes that took at least one byte. */
unsigned fake_chardev_writes(const Chardev *chardev);

/** Bytes from outside. */
void fake_chardev_type(Chardev *chardev, const char *text);

/** Somebody has come to its other end, or gone from there; at first somebody is. */
void fake_chardev_set_open(Chardev *chardev, gboolean open);
