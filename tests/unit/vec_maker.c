/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/vec_maker.h"

#include <glib.h>

#include "hw/spapr/vec5.h"

void vec_byte(VecMaker *maker, uint8_t byte)
{
    g_assert_cmpuint(maker->length, <, sizeof(maker->bytes));
    maker->bytes[maker->length++] = byte;
}

static void vec_be32(VecMaker *maker, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        vec_byte(maker, (uint8_t)(value >> shift));
}

void vec_pvr(VecMaker *maker, uint32_t mask, uint32_t value)
{
    vec_be32(maker, mask);
    vec_be32(maker, value);
}

void vec_linux_pvrs(VecMaker *maker)
{
    vec_pvr(maker, 0xffff0000, 0x004d0000);
    vec_pvr(maker, 0xffff0000, 0x004e0000);
    vec_pvr(maker, 0xffff0000, 0x00800000);
    vec_pvr(maker, 0xffffffff, 0x0f000006);
    vec_pvr(maker, 0xffffffff, 0x0f000005);
    vec_pvr(maker, 0xffffffff, 0x0f000004);
    vec_pvr(maker, 0xfffffffe, 0x0f000001);
}

void vec_count(VecMaker *maker, unsigned count) { vec_byte(maker, (uint8_t)(count - 1)); }

void vec_vector(VecMaker *maker, const uint8_t *bytes, size_t given, size_t length)
{
    vec_byte(maker, (uint8_t)(length - 1));
    for (size_t i = 0; i < length; i++)
        vec_byte(maker, i < given ? bytes[i] : 0);
}

void vec_linux(VecMaker *maker, uint8_t irq, uint8_t mmu, uint8_t radix, size_t length)
{
    static const uint8_t vec1[] = {0, 0xff, 0xc0}, vec3[] = {0, 0xe0}, vec4[] = {0, 1};
    static const uint8_t vec6[] = {0, 0, 2};
    uint8_t vec5[VEC5_SIZE] = {
        [VEC5_PARTITION_BYTE] = 0xf3,
        [4] = 0xc0,
        [VEC5_AFFINITY_BYTE] = 0xe0,
        [VEC5_BINARY_BYTE] = VEC5_HOTPLUG_EVENTS | VEC5_HPT_RESIZE,
        [VEC5_MAX_CORES_BYTE + 2] = 0x08,
        [VEC5_FACILITIES_BYTE] = 0xe0,
        [21] = 1,
        [VEC5_DRCONF_BYTE] = 0xc0,
        [VEC5_IRQ_BYTE] = irq,
        [VEC5_MMU_BYTE] = mmu,
        [VEC5_RADIX_BYTE] = radix,
    };

    vec_linux_pvrs(maker);
    vec_count(maker, 6);
    vec_vector(maker, vec1, sizeof(vec1), sizeof(vec1));
    vec_vector(maker, NULL, 0, 33);
    vec_vector(maker, vec3, sizeof(vec3), sizeof(vec3));
    vec_vector(maker, vec4, sizeof(vec4), sizeof(vec4));
    vec_vector(maker, vec5 + 1, sizeof(vec5) - 1, length);
    vec_vector(maker, vec6, sizeof(vec6), sizeof(vec6));
}
