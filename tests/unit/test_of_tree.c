/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open Firmware's tree, its instances and its memory, each by itself. */
#include "firmware/of_tree.h"

#include <libfdt.h>
#include <string.h>

#include "firmware/of_instances.h"
#include "firmware/of_memory.h"

enum { FDT_ROOM = 16384 };

/** A small tree; @nodes are its children, each "name" or "name/child", the last one first. */
static void *make_fdt(const char *const *nodes, uint32_t stated)
{
    void *fdt = g_malloc0(FDT_ROOM);

    g_assert_cmpint(fdt_create_empty_tree(fdt, FDT_ROOM), ==, 0);
    for (; *nodes; nodes++) {
        g_auto(GStrv) parts = g_strsplit(*nodes, "/", 2);
        int at = fdt_add_subnode(fdt, 0, parts[0]);

        if (at == -FDT_ERR_EXISTS)
            at = fdt_subnode_offset(fdt, 0, parts[0]);
        g_assert_cmpint(at, >, 0);
        fdt_setprop_string(fdt, at, "kind", parts[0]);
        if (parts[1])
            g_assert_cmpint(fdt_add_subnode(fdt, at, parts[1]), >, 0);
    }
    if (stated)
        fdt_setprop_u32(fdt, fdt_path_offset(fdt, "/bus"), "phandle", stated);
    fdt_setprop_string(fdt, fdt_path_offset(fdt, "/aliases"), "term", "/bus/vty@30");
    fdt_setprop_string(fdt, fdt_path_offset(fdt, "/aliases"), "odd", "nowhere");
    fdt_setprop(fdt, fdt_path_offset(fdt, "/aliases"), "cut", "/bus", 4);
    return fdt;
}

static const char *const nodes[] = {"aliases",  "bus",  "bus/vty@31", "bus/vty@30",
                                    "memory@0", "cpus", "cpus/c@0",   NULL};

static OfTree *make_tree(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree void *fdt = make_fdt(nodes, 7);
    OfTree *tree = of_tree_new(fdt, FDT_ROOM, &error);

    g_assert_no_error(error);
    return tree;
}

static char *path_of(const OfNode *node)
{
    char path[OF_PATH_MAX];

    g_assert_cmpuint(of_node_path(node, path, sizeof(path)), ==, strlen(path));
    return g_strdup(path);
}

static void check_find(OfTree *tree, const char *path, const char *wanted, const char *wanted_args)
{
    const char *args;
    const OfNode *node = of_tree_find(tree, path, &args);
    g_autofree char *found = node ? path_of(node) : NULL;

    g_assert_cmpstr(found, ==, wanted);
    if (wanted)
        g_assert_cmpstr(args, ==, wanted_args);
}

static void test_find(void)
{
    g_autoptr(OfTree) tree = make_tree();
    static const struct {
        const char *path, *found, *args;
    } cases[] = {
        {"/", "/", NULL},
        {"//", "/", NULL},
        {"/bus", "/bus", NULL},
        {"/bus/", "/bus", NULL},
        {"//bus//vty@31", "/bus/vty@31", NULL},
        {"/bus/vty", "/bus/vty@30", NULL},
        {"/bus/@31", "/bus/vty@31", NULL},
        {"/bus/vty@32", NULL, NULL},
        {"/bus/vty@3", NULL, NULL},
        {"/bus/vt", NULL, NULL},
        {"/bus/vty@31:a,b", "/bus/vty@31", "a,b"},
        {"/bus:x/vty@31", "/bus/vty@31", NULL},
        {"/memory", "/memory@0", NULL},
        {"/memory/x", NULL, NULL},
        {"/:", NULL, NULL},
        {"/@", NULL, NULL},
        {"term", "/bus/vty@30", NULL},
        {"term:9600", "/bus/vty@30", "9600"},
        {"term/x", NULL, NULL},
        {"odd", NULL, NULL},
        {"cut", NULL, NULL},
        {"name", NULL, NULL},
        {"none", NULL, NULL},
        {"", NULL, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check_find(tree, cases[i].path, cases[i].found, cases[i].args);
}

static void test_path_cut(void)
{
    g_autoptr(OfTree) tree = make_tree();
    const OfNode *node = of_tree_find(tree, "/bus/vty@31", NULL);
    const char *whole = "/bus/vty@31";
    char path[16];

    for (size_t size = 0; size < sizeof(path); size++) {
        memset(path, '#', sizeof(path));
        g_assert_cmpuint(of_node_path(node, path, size), ==, strlen(whole));
        if (size) {
            g_assert_cmpuint(strlen(path), ==, MIN(strlen(whole), size - 1));
            g_assert_true(g_str_has_prefix(whole, path));
        }
        for (size_t i = size; i < sizeof(path); i++)
            g_assert_cmpint(path[i], ==, '#');
    }
}

static void test_properties(void)
{
    g_autoptr(OfTree) tree = make_tree();
    OfNode *node = of_tree_find(tree, "/bus/vty@31", NULL);
    gboolean known;

    g_assert_true(of_node_property_is(node, "name", "vty"));
    g_assert_cmpuint(of_tree_find(tree, "/bus", NULL)->phandle, ==, 7);
    g_assert_true(of_tree_node(tree, node->phandle) == node);
    g_assert_null(of_tree_node(tree, 0));
    g_assert_null(of_tree_node(tree, OF_NO_PHANDLE));

    g_assert_cmpstr(of_node_next_property(node, "", &known)->name, ==, "name");
    g_assert_null(of_node_next_property(node, "name", &known));
    g_assert_true(known);
    g_assert_null(of_node_next_property(node, "other", &known));
    g_assert_false(known);

    g_assert_true(of_tree_set(tree, node, "a", "xy", 2));
    g_assert_true(of_tree_set(tree, node, "empty", NULL, 0));
    g_assert_cmpstr(of_node_next_property(node, "a", &known)->name, ==, "empty");
    g_assert_cmpuint(of_node_property(node, "empty")->length, ==, 0);
    g_assert_cmpuint(of_node_cell(node, "a", 99), ==, 99);
    g_assert_true(of_tree_set(tree, node, "a", "\0\0\1\2+", 5));
    g_assert_cmpuint(of_node_cell(node, "a", 99), ==, 0x102);
}

static void test_set_limits(void)
{
    g_autoptr(OfTree) tree = make_tree();
    OfNode *node = of_tree_root(tree);
    g_autofree char *large = g_malloc0(OF_SET_VALUE_MAX + 1);
    static const char *const bad[] = {
        "",
        "name",
        "phandle",
        "a/b",
        "a b",
        "a:b",
        "a@b",
        "\xc3\xa9",
        "\t",
        "[",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    char name[16];

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(of_tree_set(tree, node, bad[i], "x", 1));
    g_assert_false(of_tree_set(tree, node, "large", large, OF_SET_VALUE_MAX + 1));

    /* All bytes that may be set; giving some back makes room again. */
    for (unsigned i = 0; i < OF_SET_BYTES_MAX / OF_SET_VALUE_MAX; i++) {
        g_snprintf(name, sizeof(name), "big%u", i);
        g_assert_true(of_tree_set(tree, node, name, large, OF_SET_VALUE_MAX));
    }
    g_assert_false(of_tree_set(tree, node, "more", large, 1));
    g_assert_true(of_tree_set(tree, node, "big0", large, OF_SET_VALUE_MAX));
    g_assert_true(of_tree_set(tree, node, "big0", large, 0));
    g_assert_true(of_tree_set(tree, node, "more", large, OF_SET_VALUE_MAX));
    g_assert_false(of_tree_set(tree, node, "big0", large, 1));

    g_autoptr(OfTree) many = make_tree();
    for (unsigned i = 0; i < OF_SET_COUNT_MAX; i++) {
        g_snprintf(name, sizeof(name), "p%u", i);
        g_assert_true(of_tree_set(many, of_tree_root(many), name, NULL, 0));
    }
    g_assert_false(of_tree_set(many, of_tree_root(many), "more", NULL, 0));
    g_assert_true(of_tree_set(many, of_tree_root(many), "p0", "x", 1));
    /* Firmware itself is not limited, and takes its own back. */
    of_tree_tell(many, of_tree_root(many), "more", "x", 1);
    of_tree_tell(many, of_tree_root(many), "p0", "x", 1);
    g_assert_true(of_tree_set(many, of_tree_root(many), "another", NULL, 0));
    g_assert_false(of_tree_set(many, of_tree_root(many), "p0", NULL, 0));
}

/** The machine changes: one package goes, one comes, the others stay themselves. */
static void test_replace(void)
{
    static const char *const later[] = {"fresh", "aliases",  "bus", "bus/vty@31",
                                        "cpus",  "cpus/c@0", NULL};
    g_autoptr(OfTree) tree = make_tree();
    g_autoptr(GError) error = NULL;
    g_autofree void *fdt = make_fdt(later, 7);
    uint32_t gone = of_tree_find(tree, "/bus/vty@30", NULL)->phandle;
    uint32_t stays = of_tree_find(tree, "/bus/vty@31", NULL)->phandle;
    uint32_t root = of_tree_root(tree)->phandle;

    g_assert_true(of_tree_set(tree, of_tree_node(tree, stays), "mine", "abc", 4));
    g_assert_true(of_tree_set(tree, of_tree_node(tree, gone), "lost", "abc", 4));
    of_tree_tell(tree, of_tree_node(tree, stays), "told", "abc", 4);
    g_assert_true(of_tree_set(tree, of_tree_find(tree, "/bus", NULL), "kind", "other", 6));

    g_assert_false(of_tree_replace(tree, "no tree", 8, &error));
    g_assert_nonnull(error);
    g_clear_error(&error);
    g_assert_nonnull(of_tree_node(tree, gone));

    g_assert_true(of_tree_replace(tree, fdt, FDT_ROOM, &error));
    g_assert_no_error(error);
    g_assert_null(of_tree_node(tree, gone));
    g_assert_true(of_tree_find(tree, "/bus/vty@31", NULL) == of_tree_node(tree, stays));
    g_assert_cmpuint(of_tree_root(tree)->phandle, ==, root);
    g_assert_true(of_node_property_is(of_tree_node(tree, stays), "mine", "abc"));
    g_assert_null(of_node_property(of_tree_node(tree, stays), "told"));
    g_assert_true(of_node_property_is(of_tree_find(tree, "/bus", NULL), "kind", "other"));
    g_assert_cmpuint(of_tree_find(tree, "/fresh", NULL)->phandle, >, gone);
    g_assert_null(of_tree_find(tree, "/memory", NULL));
}

static void test_instances(void)
{
    OfInstances instances = {.last = UINT32_MAX - 2};
    uint32_t handles[OF_INSTANCES_MAX];

    g_assert_null(of_instances_find(&instances, 0));
    for (unsigned i = 0; i < OF_INSTANCES_MAX; i++) {
        OfInstance *instance = of_instances_open(&instances, i, i % 2 ? "args" : NULL);

        handles[i] = instance->ihandle;
        g_assert_cmpuint(handles[i], !=, 0);
        g_assert_cmpuint(handles[i], !=, UINT32_MAX);
    }
    g_assert_null(of_instances_open(&instances, 1, NULL));
    g_assert_cmpuint(of_instances_find(&instances, handles[5])->phandle, ==, 5);
    g_assert_cmpstr(of_instances_find(&instances, handles[5])->args, ==, "args");
    of_instances_close(of_instances_find(&instances, handles[5]));
    g_assert_null(of_instances_find(&instances, handles[5]));
    g_assert_cmpuint(of_instances_open(&instances, 9, NULL)->ihandle, !=, handles[5]);
}

enum { LIMIT = 0x10000 };

static void test_memory(void)
{
    OfMemory memory;
    uint64_t start;

    of_memory_init(&memory, LIMIT);
    g_assert_true(of_memory_reserve(&memory, 0, 0x1000));
    g_assert_true(of_memory_reserve(&memory, LIMIT, 2 * LIMIT));
    g_assert_true(of_memory_claim(&memory, 0x10, 0x100, &start));
    g_assert_cmphex(start, ==, 0x1000);
    g_assert_true(of_memory_claim(&memory, 0x10, 0x300, &start));
    g_assert_cmphex(start, ==, 0x1400);
    g_assert_true(of_memory_claim(&memory, 0x10, 1, &start));
    g_assert_cmphex(start, ==, 0x1010);
    g_assert_false(of_memory_claim(&memory, 0, 1, &start));
    g_assert_false(of_memory_claim(&memory, LIMIT, 1, &start));
    g_assert_false(of_memory_claim(&memory, 16, LIMIT, &start));
    g_assert_false(of_memory_claim(&memory, 16, UINT64_MAX, &start));

    g_assert_false(of_memory_claim_at(&memory, 0xfff, 1));
    g_assert_false(of_memory_claim_at(&memory, 0x13ff, 2));
    g_assert_true(of_memory_claim_at(&memory, 0x13ff, 1));
    g_assert_false(of_memory_claim_at(&memory, 0x13ff, 1));
    g_assert_false(of_memory_claim_at(&memory, LIMIT - 1, 2));
    g_assert_false(of_memory_claim_at(&memory, LIMIT, 1));
    g_assert_false(of_memory_claim_at(&memory, UINT64_MAX, 2));
    g_assert_false(of_memory_claim_at(&memory, 0x2000, 0));
    g_assert_true(of_memory_claim_at(&memory, LIMIT - 1, 1));

    /* A part from the middle, a part over both ends, what nobody has. */
    g_assert_true(of_memory_release(&memory, 0x1008, 8));
    g_assert_true(of_memory_claim_at(&memory, 0x1008, 8));
    g_assert_true(of_memory_release(&memory, 0x800, 0x5000));
    g_assert_true(of_memory_release(&memory, 0x800, 0x5000));
    g_assert_false(of_memory_release(&memory, LIMIT, 1));
    g_assert_false(of_memory_release(&memory, 0, 0));

    GuestRange free[OF_MEMORY_MAX + 1];
    g_assert_cmpuint(of_memory_free_ranges(&memory, free), ==, 1);
    g_assert_cmphex(free[0].start, ==, 0x800);
    g_assert_cmphex(free[0].end, ==, LIMIT - 1);
}

static void test_memory_full(void)
{
    OfMemory memory;
    GuestRange free[OF_MEMORY_MAX + 1];

    of_memory_init(&memory, LIMIT);
    for (unsigned i = 0; i < OF_MEMORY_MAX; i++)
        g_assert_true(of_memory_claim_at(&memory, 4 * i + 1, 3));
    g_assert_false(of_memory_claim_at(&memory, LIMIT - 1, 1));
    g_assert_cmpuint(of_memory_free_ranges(&memory, free), ==, OF_MEMORY_MAX + 1);
    /* One that would become two is left alone; one that becomes shorter is not. */
    g_assert_false(of_memory_release(&memory, 10, 1));
    g_assert_false(of_memory_claim_at(&memory, 10, 1));
    g_assert_true(of_memory_release(&memory, 9, 1));
    g_assert_true(of_memory_claim_at(&memory, 9, 1));
    /* Two that grow together make room. */
    g_assert_true(of_memory_claim_at(&memory, 4, 1));
    g_assert_true(of_memory_claim_at(&memory, LIMIT - 1, 1));
    g_assert_false(of_memory_claim_at(&memory, LIMIT - 3, 1));
}

/** Against a map of bytes: a long run of random claims and releases. */
static void test_memory_model(void)
{
    enum { BYTES = 512, STEPS = 200000 };
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    GuestRange free[OF_MEMORY_MAX + 1];
    gboolean used[BYTES] = {0};
    OfMemory memory;

    of_memory_init(&memory, BYTES);
    for (unsigned step = 0; step < STEPS; step++) {
        uint32_t size = (uint32_t)g_rand_int_range(random, 0, 24);
        uint32_t at = (uint32_t)g_rand_int_range(random, 0, BYTES + 4);
        uint32_t align = 1u << g_rand_int_range(random, 0, 6);
        unsigned what = (unsigned)g_rand_int_range(random, 0, 5), busy = 0;
        uint64_t start = at, wanted = BYTES;
        gboolean inside = size && at < BYTES && size <= BYTES - at;

        for (uint32_t i = 0; inside && i < size; i++)
            busy += used[at + i];
        if (what == 0) {
            g_assert_cmpint(of_memory_claim_at(&memory, at, size), ==, inside && !busy);
        } else if (what == 1) {
            for (uint32_t p = 0; size && p + size <= BYTES && wanted == BYTES; p += align) {
                uint32_t n = 0;

                while (n < size && !used[p + n])
                    n++;
                wanted = n == size ? p : BYTES;
            }
            gboolean got = of_memory_claim(&memory, size, align, &start);
            g_assert_cmpint(got, ==, wanted < BYTES);
            g_assert_true(!got || start == wanted);
            inside = got;
            busy = 0;
        } else {
            g_assert_cmpint(of_memory_release(&memory, at, size), ==, inside);
        }
        if (inside && (what > 1 || !busy))
            for (uint32_t i = 0; i < size; i++)
                used[start + i] = what <= 1;

        unsigned n = of_memory_free_ranges(&memory, free), at_byte = 0;
        for (unsigned i = 0; i < n; i++) {
            for (; at_byte < free[i].start; at_byte++)
                g_assert_true(used[at_byte]);
            for (; at_byte < free[i].end; at_byte++)
                g_assert_false(used[at_byte]);
        }
        for (; at_byte < BYTES; at_byte++)
            g_assert_true(used[at_byte]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/of_tree/find", test_find);
    g_test_add_func("/of_tree/path_cut", test_path_cut);
    g_test_add_func("/of_tree/properties", test_properties);
    g_test_add_func("/of_tree/set_limits", test_set_limits);
    g_test_add_func("/of_tree/replace", test_replace);
    g_test_add_func("/of_tree/instances", test_instances);
    g_test_add_func("/of_tree/memory", test_memory);
    g_test_add_func("/of_tree/memory_full", test_memory_full);
    g_test_add_func("/of_tree/memory_model", test_memory_model);
    return g_test_run();
}
