/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No console: output is dropped, input never comes. */
#include "src/chardev/chardev_private.h"

static const ChardevOps null_ops = {0};

Chardev *chardev_null_open(const char *name)
{
    Chardev *chardev = g_new0(Chardev, 1);

    chardev_init(chardev, &null_ops, name);
    return chardev;
}
