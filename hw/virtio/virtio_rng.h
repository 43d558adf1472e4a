/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entropy device (virtio 1.2, 5.4): random bytes of the host's kernel. */
#pragma once

#include <glib.h>

#include "hw/virtio/virtio.h"

/** Main thread. */
VirtioDevice *virtio_rng_new(GError **error);
