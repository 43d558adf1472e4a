/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers of fixed byte order as one-member structures, so that mixing them
 * with host integers does not compile.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef struct {
    uint16_t raw;
} be16;
typedef struct {
    uint32_t raw;
} be32;
typedef struct {
    uint64_t raw;
} be64;

G_STATIC_ASSERT(sizeof(be16) == 2 && sizeof(be32) == 4 && sizeof(be64) == 8);

static inline uint16_t be16_get(be16 v) { return GUINT16_FROM_BE(v.raw); }
static inline uint32_t be32_get(be32 v) { return GUINT32_FROM_BE(v.raw); }
static inline uint64_t be64_get(be64 v) { return GUINT64_FROM_BE(v.raw); }

static inline be16 be16_of(uint16_t v) { return (be16){GUINT16_TO_BE(v)}; }
static inline be32 be32_of(uint32_t v) { return (be32){GUINT32_TO_BE(v)}; }
static inline be64 be64_of(uint64_t v) { return (be64){GUINT64_TO_BE(v)}; }
