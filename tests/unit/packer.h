/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compressed data for tests of what unpacks it. */
#pragma once

#include <stddef.h>

#include <glib.h>

GByteArray *packer_gzip(const void *data, size_t length);
GByteArray *packer_xz(const void *data, size_t length);
GByteArray *packer_zstd(const void *data, size_t length);
