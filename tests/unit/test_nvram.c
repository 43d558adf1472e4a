/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/nvram.h"

#include <string.h>

typedef struct {
    uint8_t signature, checksum, blocks[2];
    char name[12];
} Header;

/** As guests check it: 16-bit sums, folded twice. */
static uint8_t guest_checksum(const Header *header)
{
    const uint8_t *bytes = (const uint8_t *)header;
    uint32_t sum = header->signature;

    for (unsigned i = 2; i < sizeof(*header); i += 2)
        sum += (uint32_t)(bytes[i] | bytes[i + 1] << 8);
    sum = ((sum & 0xffff) + (sum >> 16)) & 0xffff;
    return (uint8_t)((sum + (sum >> 8) + (sum << 8)) >> 8);
}

/** A guest's walk over the partitions ends exactly at the end. */
static void test_partitions(void)
{
    static const uint8_t signatures[] = {0x70, 0x7f};
    Nvram *nvram = nvram_new();
    uint32_t offset = 0;
    unsigned count = 0;
    Header header;

    while (offset < NVRAM_SIZE) {
        g_assert_true(nvram_fetch(nvram, offset, &header, sizeof(header)));
        g_assert_cmpuint(count, <, G_N_ELEMENTS(signatures));
        g_assert_cmpuint(header.signature, ==, signatures[count++]);
        g_assert_cmpuint(header.checksum, ==, guest_checksum(&header));
        g_assert_cmpuint(header.blocks[0] << 8 | header.blocks[1], >, 0);
        offset += (uint32_t)(header.blocks[0] << 8 | header.blocks[1]) * 16;
    }
    g_assert_cmpuint(offset, ==, NVRAM_SIZE);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpint(memcmp(header.name, "wwwwwwwwwwww", 12), ==, 0);
    nvram_free(nvram);
}

static void test_bounds(void)
{
    static const struct {
        uint32_t offset;
        size_t length;
        gboolean ok;
    } cases[] = {
        {0, NVRAM_SIZE, TRUE},      {NVRAM_SIZE - 1, 1, TRUE}, {NVRAM_SIZE, 0, TRUE},
        {0, NVRAM_SIZE + 1, FALSE}, {NVRAM_SIZE, 1, FALSE},    {1, NVRAM_SIZE, FALSE},
        {UINT32_MAX, 1, FALSE},     {1, SIZE_MAX, FALSE},      {UINT32_MAX, SIZE_MAX, FALSE},
    };
    g_autofree uint8_t *data = g_malloc0(NVRAM_SIZE + 1);
    Nvram *nvram = nvram_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(nvram_fetch(nvram, cases[i].offset, data, cases[i].length), ==,
                        cases[i].ok);
        g_assert_cmpint(nvram_store(nvram, cases[i].offset, data, cases[i].length), ==,
                        cases[i].ok);
    }
    nvram_free(nvram);
    nvram_free(NULL);
}

static void test_contents(void)
{
    char text[6] = {0};
    Nvram *nvram = nvram_new();

    g_assert_true(nvram_store(nvram, NVRAM_SIZE - 5, "abcde", 5));
    g_assert_true(nvram_fetch(nvram, NVRAM_SIZE - 5, text, 5));
    g_assert_cmpstr(text, ==, "abcde");
    g_assert_true(nvram_fetch(nvram, NVRAM_SIZE - 6, text, 2));
    g_assert_cmpint(text[0], ==, 0);
    g_assert_cmpint(text[1], ==, 'a');
    nvram_free(nvram);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nvram/partitions", test_partitions);
    g_test_add_func("/nvram/bounds", test_bounds);
    g_test_add_func("/nvram/contents", test_contents);
    return g_test_run();
}
