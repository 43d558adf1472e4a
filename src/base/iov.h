/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory in pieces, as a request of a device's driver has it. */
#pragma once

#include <stdint.h>
#include <sys/uio.h>

#include <glib.h>

/**
 * Copy @length bytes, or as many as there are, at @offset within the @count pieces of @iov to
 * @data or, with @store, from it. Returns how many. Each byte is read once. Any thread.
 */
size_t iov_copy(const struct iovec *iov, unsigned count, uint64_t offset, void *data, size_t length,
                gboolean store);
