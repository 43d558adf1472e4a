/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No console: output is dropped, input never comes. */
#include "src/chardev/chardev_private.h"

static const ChardevOps null_ops = {0};

Chardev *chardev_null_open(void)
{
    Chardev *chardev = g_new0(Chardev, 1);

    chardev_init(chardev, &null_ops);
    return chardev;
}
