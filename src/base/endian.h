/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Integers of fixed byte order as one-member structures, so that mixing them
 * with host integers does not compile.
 */
#pragma once

#include <stddef.h>
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

typedef struct {
    uint16_t raw;
} le16;
typedef struct {
    uint32_t raw;
} le32;
typedef struct {
    uint64_t raw;
} le64;

G_STATIC_ASSERT(sizeof(le16) == 2 && sizeof(le32) == 4 && sizeof(le64) == 8);

static inline uint16_t le16_get(le16 v) { return GUINT16_FROM_LE(v.raw); }
static inline uint32_t le32_get(le32 v) { return GUINT32_FROM_LE(v.raw); }
static inline uint64_t le64_get(le64 v) { return GUINT64_FROM_LE(v.raw); }

static inline le16 le16_of(uint16_t v) { return (le16){GUINT16_TO_LE(v)}; }
static inline le32 le32_of(uint32_t v) { return (le32){GUINT32_TO_LE(v)}; }
static inline le64 le64_of(uint64_t v) { return (le64){GUINT64_TO_LE(v)}; }

/** @length bytes, 8 at most, at @data as an integer of that byte order. */
static inline uint64_t endian_load(const uint8_t *data, size_t length, gboolean little)
{
    uint64_t value = 0;

    for (size_t i = length; i-- > 0;)
        value = value << 8 | data[little ? i : length - 1 - i];
    return value;
}

static inline void endian_store(uint8_t *data, size_t length, uint64_t value, gboolean little)
{
    for (size_t i = 0; i < length; i++, value >>= 8)
        data[little ? i : length - 1 - i] = (uint8_t)value;
}

static inline uint64_t le_load(const uint8_t *data, size_t length)
{
    return endian_load(data, length, TRUE);
}

static inline void le_store(uint8_t *data, size_t length, uint64_t value)
{
    endian_store(data, length, value, TRUE);
}
