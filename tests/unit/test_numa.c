/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes, and how far they are apart, in both forms. */
#include "hw/spapr/numa.h"

#include <string.h>

static void nodes_init(VmConfig *config, NumaConfig *numa, unsigned n_nodes)
{
    memset(numa, 0, sizeof(*numa));
    memset(numa->cpu_node, CONFIG_NO_NODE, sizeof(numa->cpu_node));
    numa->n_nodes = n_nodes;
    *config = (VmConfig){.numa = numa};
}

/** How far apart Linux takes two nodes to be from their lists of form 1. */
static unsigned form1_distance(const VmConfig *config, unsigned a, unsigned b)
{
    uint32_t lists[2][NUMA_LEVELS];
    unsigned distance = 10;

    numa_node_associativity(config, a, lists[0]);
    numa_node_associativity(config, b, lists[1]);
    for (unsigned level = NUMA_LEVELS; level-- > 0 && lists[0][level] != lists[1][level];)
        distance *= 2;
    return distance;
}

static void test_one_node(void)
{
    VmConfig config = {.memory = 3 * GIB};
    uint32_t list[NUMA_ASSOCIATIVITY_CPU];
    const uint32_t want[] = {0, 0, 0, 0, 40};

    g_assert_cmpuint(numa_nodes(&config), ==, 1);
    g_assert_cmpuint(numa_memory_end(&config, 0), ==, 3 * GIB);
    g_assert_cmpuint(numa_node_of_memory(&config, UINT64_MAX), ==, 0);
    g_assert_cmpuint(numa_node_of_cpu(&config, UINT32_MAX), ==, 0);
    g_assert_cmpuint(numa_distance(&config, 0, 0), ==, 10);
    numa_cpu_associativity(&config, 5, 40, list);
    g_assert_cmpmem(list, sizeof(list), want, sizeof(want));
    for (unsigned level = 0; level < NUMA_LEVELS; level++)
        g_assert_cmpuint(numa_domains(&config, level), ==, 1);
}

static void test_places(void)
{
    NumaConfig numa;
    VmConfig config;
    uint32_t list[NUMA_ASSOCIATIVITY_CPU];
    const uint32_t want[] = {0, 0, 0, 2, 9};

    /* The first and the third have no memory. */
    nodes_init(&config, &numa, 4);
    numa.memory[1] = GIB;
    numa.memory[3] = 2 * GIB;
    numa.cpu_node[0] = 3;
    numa.cpu_node[9] = 2;
    g_assert_cmpuint(numa_memory_end(&config, 0), ==, 0);
    g_assert_cmpuint(numa_memory_end(&config, 1), ==, GIB);
    g_assert_cmpuint(numa_memory_end(&config, 2), ==, GIB);
    g_assert_cmpuint(numa_memory_end(&config, 3), ==, 3 * GIB);
    g_assert_cmpuint(numa_node_of_memory(&config, 0), ==, 1);
    g_assert_cmpuint(numa_node_of_memory(&config, GIB - 1), ==, 1);
    g_assert_cmpuint(numa_node_of_memory(&config, GIB), ==, 3);
    g_assert_cmpuint(numa_node_of_memory(&config, 3 * GIB), ==, 0);
    g_assert_cmpuint(numa_node_of_cpu(&config, 0), ==, 3);
    g_assert_cmpuint(numa_node_of_cpu(&config, 1), ==, 0);
    g_assert_cmpuint(numa_node_of_cpu(&config, CONFIG_MAX_VCPUS), ==, 0);
    numa_cpu_associativity(&config, 9, 9, list);
    g_assert_cmpmem(list, sizeof(list), want, sizeof(want));
    g_assert_cmpuint(numa_domains(&config, 2), ==, 1);
    g_assert_cmpuint(numa_domains(&config, 3), ==, 4);
}

static void test_distances(void)
{
    NumaConfig numa;
    VmConfig config;

    nodes_init(&config, &numa, 3);
    numa.distance[0][1] = 40;
    numa.distance[1][0] = 50;
    numa.distance[2][0] = 33;
    g_assert_cmpuint(numa_distance(&config, 0, 1), ==, 40);
    g_assert_cmpuint(numa_distance(&config, 1, 0), ==, 50);
    g_assert_cmpuint(numa_distance(&config, 2, 0), ==, 33);
    g_assert_cmpuint(numa_distance(&config, 0, 2), ==, 33);
    g_assert_cmpuint(numa_distance(&config, 1, 2), ==, 20);
    for (unsigned node = 0; node < 3; node++)
        g_assert_cmpuint(numa_distance(&config, node, node), ==, 10);
}

/** Form 1 has four distances: each said one becomes the nearest of them. */
static void test_form1_rounds(void)
{
    static const struct {
        uint8_t said;
        unsigned form1;
    } rows[] = {{11, 20}, {20, 20}, {30, 20},  {31, 40},   {40, 40},   {60, 40},
                {61, 80}, {80, 80}, {120, 80}, {121, 160}, {160, 160}, {254, 160}};
    NumaConfig numa;
    VmConfig config;

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        nodes_init(&config, &numa, 2);
        numa.distance[0][1] = rows[i].said;
        g_assert_cmpuint(form1_distance(&config, 0, 1), ==, rows[i].form1);
        g_assert_cmpuint(form1_distance(&config, 1, 0), ==, rows[i].form1);
        g_assert_cmpuint(form1_distance(&config, 0, 0), ==, 10);
    }

    /* The longer way counts. */
    nodes_init(&config, &numa, 2);
    numa.distance[0][1] = 20;
    numa.distance[1][0] = 80;
    g_assert_cmpuint(form1_distance(&config, 0, 1), ==, 80);
}

/** Two drawers of two sockets of two chips: a tree is told as it is. */
static void test_form1_tree(void)
{
    NumaConfig numa;
    VmConfig config;

    nodes_init(&config, &numa, 8);
    for (unsigned a = 0; a < 8; a++) {
        for (unsigned b = 0; b < 8; b++)
            numa.distance[a][b] = a == b ? 0 : a / 2 == b / 2 ? 20 : a / 4 == b / 4 ? 40 : 160;
    }
    for (unsigned a = 0; a < 8; a++) {
        for (unsigned b = 0; b < 8; b++)
            g_assert_cmpuint(form1_distance(&config, a, b), ==, numa_distance(&config, a, b));
    }
    g_assert_cmpuint(numa_domains(&config, 0), ==, 5);
    g_assert_cmpuint(numa_domains(&config, 1), ==, 5);
    g_assert_cmpuint(numa_domains(&config, 2), ==, 7);
    g_assert_cmpuint(numa_domains(&config, 3), ==, 8);
}

/** What is no tree becomes one in which nothing is further away than it was. */
static void test_form1_any(void)
{
    NumaConfig numa;
    VmConfig config;

    for (unsigned round = 0; round < 40; round++) {
        unsigned nodes = (unsigned)g_test_rand_int_range(2, 13);

        nodes_init(&config, &numa, nodes);
        for (unsigned i = 0; i < 3 * nodes; i++)
            numa.distance[g_test_rand_int_range(0, (gint32)nodes)]
                         [g_test_rand_int_range(0, (gint32)nodes)] =
                (uint8_t)g_test_rand_int_range(11, 255);
        for (unsigned a = 0; a < nodes; a++) {
            for (unsigned b = 0; b < nodes; b++) {
                unsigned said = MAX(numa_distance(&config, a, b), numa_distance(&config, b, a));

                g_assert_cmpuint(form1_distance(&config, a, b), <=, MAX(said * 3 / 2, 20));
                g_assert_cmpuint(form1_distance(&config, a, b), ==, form1_distance(&config, b, a));
            }
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/numa/one-node", test_one_node);
    g_test_add_func("/numa/places", test_places);
    g_test_add_func("/numa/distances", test_distances);
    g_test_add_func("/numa/form1-rounds", test_form1_rounds);
    g_test_add_func("/numa/form1-tree", test_form1_tree);
    g_test_add_func("/numa/form1-any", test_form1_any);
    return g_test_run();
}
