/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connectors: their states, as a guest and the platform change them, and the telling of a node. */
#include "hw/spapr/drc.h"

#include <libfdt.h>

#include "include/paprika/config.h"

enum { CPU0 = 0x10000000, LMB0 = 0x80000000, SLOT0 = 0x40000000, AREA = 0x8000 };

/** What a family's owner was asked and told. */
typedef struct {
    DrcTable *table;
    DrcFamily *cores, *lmbs, *slots;
    GuestMem *mem;
    unsigned changes;
    gboolean busy, without_node;
} World;

static void *describe(void *opaque, uint32_t unit)
{
    const World *world = opaque;
    void *fdt = g_malloc0(4096);

    if (world->without_node) {
        g_free(fdt);
        return NULL;
    }
    g_assert_cmpint(fdt_create(fdt, 4096), ==, 0);
    fdt_finish_reservemap(fdt);
    fdt_begin_node(fdt, "");
    fdt_begin_node(fdt, "thing@7");
    fdt_property_u32(fdt, "reg", unit);
    fdt_property_string(fdt, "kind", "odd");
    fdt_begin_node(fdt, "child");
    fdt_property(fdt, "flag", NULL, 0);
    fdt_end_node(fdt);
    fdt_end_node(fdt);
    fdt_end_node(fdt);
    g_assert_cmpint(fdt_finish(fdt), ==, 0);
    return fdt;
}

static gboolean isolate(void *opaque, uint32_t unit, gboolean isolated)
{
    return !((World *)opaque)->busy;
}

static void changed(void *opaque) { ((World *)opaque)->changes++; }

static const DrcOps ops = {describe, isolate, changed};

static World *world_new(void)
{
    World *world = g_new0(World, 1);

    world->table = drc_table_new();
    world->cores = drc_add_family(
        world->table, &(DrcFamilyDesc){DRC_CPU, FALSE, DRC_CPU_PREFIX, 4, 0, 8, &ops, world});
    world->lmbs = drc_add_family(
        world->table, &(DrcFamilyDesc){DRC_LMB, FALSE, DRC_LMB_PREFIX, 64, 0, 1, &ops, world});
    world->slots =
        drc_add_family(world->table, &(DrcFamilyDesc){DRC_PCI, TRUE, "C", 4, 16, 1, &ops, world});
    world->mem = guest_mem_new(NULL);
    g_assert_true(guest_mem_add(world->mem, 0, 16 * MIB, NULL));
    return world;
}

static void world_free(World *world)
{
    drc_table_free(world->table);
    guest_mem_free(world->mem);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static uint32_t sense(World *world, uint32_t index)
{
    uint32_t state = 99;

    g_assert_cmpint(drc_get_sense(world->table, index, &state), ==, RTAS_SUCCESS);
    return state;
}

#define EXPECT(call, status) g_assert_cmpint(call, ==, status)

/** As Linux takes a processor or a block of memory: dlpar_acquire_drc(). */
static void acquire(World *world, uint32_t index)
{
    g_assert_cmpuint(sense(world, index), ==, DRC_SENSE_UNUSABLE);
    EXPECT(drc_set_allocation(world->table, index, DRC_USABLE), RTAS_SUCCESS);
    g_assert_cmpuint(sense(world, index), ==, DRC_SENSE_PRESENT);
    EXPECT(drc_set_isolation(world->table, index, DRC_UNISOLATED), RTAS_SUCCESS);
}

static void test_nothing(void)
{
    g_autoptr(World) world = world_new();
    static const uint32_t none[] = {CPU0 + 1, CPU0 + 32, LMB0 + 64,  SLOT0,     SLOT0 + 20,
                                    0,        7,         0x20000000, 0xffffffff};
    uint32_t state;

    for (unsigned i = 0; i < G_N_ELEMENTS(none); i++) {
        EXPECT(drc_get_sense(world->table, none[i], &state), RTAS_NO_SUCH_INDICATOR);
        EXPECT(drc_set_isolation(world->table, none[i], 0), RTAS_NO_SUCH_INDICATOR);
        EXPECT(drc_set_allocation(world->table, none[i], 1), RTAS_NO_SUCH_INDICATOR);
        g_assert_false(drc_exists(world->table, none[i]));
    }
    /* Connectors that have nothing. */
    g_assert_cmpuint(sense(world, CPU0 + 8), ==, DRC_SENSE_UNUSABLE);
    g_assert_cmpuint(sense(world, SLOT0 + 19), ==, DRC_SENSE_EMPTY);
    EXPECT(drc_set_allocation(world->table, CPU0 + 8, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);
    EXPECT(drc_set_isolation(world->table, CPU0 + 8, DRC_UNISOLATED), RTAS_NO_SUCH_INDICATOR);
    EXPECT(drc_set_isolation(world->table, CPU0 + 8, DRC_ISOLATED), RTAS_SUCCESS);
    EXPECT(drc_set_isolation(world->table, CPU0 + 8, 2), RTAS_PARAM_ERROR);
    EXPECT(drc_set_allocation(world->table, CPU0 + 8, 2), RTAS_PARAM_ERROR);
    g_assert_cmpuint(world->changes, ==, 0);
}

static void test_logical(void)
{
    g_autoptr(World) world = world_new();
    const uint32_t index = CPU0 + 16;

    drc_attach(world->cores, 2, 1, DRC_HOT);
    EXPECT(drc_set_allocation(world->table, CPU0 + 8, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);
    g_assert_false(drc_is_guests(world->cores, 2, 1));
    /* Not before it is allocated. */
    EXPECT(drc_set_isolation(world->table, index, DRC_UNISOLATED), RTAS_NO_SUCH_INDICATOR);
    acquire(world, index);
    g_assert_true(drc_is_guests(world->cores, 2, 1));
    EXPECT(drc_set_allocation(world->table, index, DRC_USABLE), RTAS_SUCCESS);
    EXPECT(drc_set_allocation(world->table, index, DRC_UNUSABLE), RTAS_NO_SUCH_INDICATOR);

    drc_request_unplug(world->cores, 2, 1);
    g_assert_cmpint(drc_unplug_state(world->cores, 2, 1), ==, DRC_PENDING);
    /* A processor that runs cannot be isolated. */
    world->busy = TRUE;
    EXPECT(drc_set_isolation(world->table, index, DRC_ISOLATED), RTAS_OUTSTANDING);
    world->busy = FALSE;
    EXPECT(drc_set_isolation(world->table, index, DRC_ISOLATED), RTAS_SUCCESS);
    g_assert_cmpint(drc_unplug_state(world->cores, 2, 1), ==, DRC_PENDING);
    /* Given up, it does not come back. */
    EXPECT(drc_set_isolation(world->table, index, DRC_UNISOLATED), RTAS_NO_SUCH_INDICATOR);
    g_assert_cmpuint(world->changes, ==, 0);
    EXPECT(drc_set_allocation(world->table, index, DRC_UNUSABLE), RTAS_SUCCESS);
    g_assert_cmpuint(world->changes, ==, 1);
    g_assert_cmpint(drc_unplug_state(world->cores, 2, 1), ==, DRC_RELEASED);
    EXPECT(drc_set_allocation(world->table, index, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);
    drc_detach(world->cores, 2, 1);
    EXPECT(drc_set_allocation(world->table, index, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);

    /* What the guest gives up by itself it can have again. */
    drc_attach(world->cores, 2, 1, DRC_HOT);
    acquire(world, index);
    EXPECT(drc_set_isolation(world->table, index, DRC_ISOLATED), RTAS_SUCCESS);
    EXPECT(drc_set_allocation(world->table, index, DRC_UNUSABLE), RTAS_SUCCESS);
    acquire(world, index);
    g_assert_cmpuint(world->changes, ==, 1);
}

static void test_refused(void)
{
    g_autoptr(World) world = world_new();

    drc_attach(world->lmbs, 4, 4, DRC_COLD);
    drc_request_unplug(world->lmbs, 4, 4);
    g_assert_cmpint(drc_unplug_state(world->lmbs, 4, 4), ==, DRC_PENDING);
    EXPECT(drc_set_isolation(world->table, LMB0 + 4, DRC_ISOLATED), RTAS_SUCCESS);
    EXPECT(drc_set_allocation(world->table, LMB0 + 4, DRC_UNUSABLE), RTAS_SUCCESS);
    EXPECT(drc_set_isolation(world->table, LMB0 + 5, DRC_UNISOLATED), RTAS_SUCCESS);
    g_assert_cmpuint(world->changes, ==, 2);
    g_assert_cmpint(drc_unplug_state(world->lmbs, 4, 4), ==, DRC_REFUSED);

    drc_withdraw_unplug(world->lmbs, 4, 4);
    g_assert_false(drc_is_guests(world->lmbs, 4, 4));
    acquire(world, LMB0 + 4);
    g_assert_true(drc_is_guests(world->lmbs, 4, 4));
    drc_request_unplug(world->lmbs, 4, 4);
    g_assert_cmpint(drc_unplug_state(world->lmbs, 4, 4), ==, DRC_PENDING);
}

static void test_never_taken(void)
{
    g_autoptr(World) world = world_new();

    drc_attach(world->lmbs, 8, 2, DRC_HOT);
    drc_request_unplug(world->lmbs, 8, 2);
    g_assert_cmpint(drc_unplug_state(world->lmbs, 8, 2), ==, DRC_RELEASED);
    EXPECT(drc_set_allocation(world->table, LMB0 + 8, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);
}

static void test_fixed_and_watched(void)
{
    g_autoptr(World) world = world_new();

    drc_attach(world->lmbs, 0, 2, DRC_FIXED);
    EXPECT(drc_set_isolation(world->table, LMB0, DRC_ISOLATED), RTAS_OUTSTANDING);
    g_assert_cmpuint(sense(world, LMB0), ==, DRC_SENSE_PRESENT);
    drc_watch(world->lmbs, 0);
    g_assert_false(drc_was_watched(world->lmbs));
    sense(world, LMB0 + 1);
    g_assert_cmpuint(world->changes, ==, 0);
    sense(world, LMB0);
    sense(world, LMB0);
    g_assert_cmpuint(world->changes, ==, 1);
    g_assert_true(drc_was_watched(world->lmbs));
    g_assert_false(drc_was_watched(world->lmbs));
}

static void test_physical(void)
{
    g_autoptr(World) world = world_new();
    const uint32_t index = SLOT0 + 17;

    g_assert_cmpuint(sense(world, index), ==, DRC_SENSE_EMPTY);
    EXPECT(drc_set_isolation(world->table, index, DRC_UNISOLATED), RTAS_NO_SUCH_INDICATOR);
    drc_attach(world->slots, 1, 1, DRC_HOT);
    g_assert_cmpuint(sense(world, index), ==, DRC_SENSE_PRESENT);
    EXPECT(drc_set_allocation(world->table, index, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);
    EXPECT(drc_set_isolation(world->table, index, DRC_UNISOLATED), RTAS_SUCCESS);
    drc_request_unplug(world->slots, 1, 1);
    EXPECT(drc_set_isolation(world->table, index, DRC_ISOLATED), RTAS_SUCCESS);
    g_assert_cmpuint(world->changes, ==, 1);
    g_assert_cmpint(drc_unplug_state(world->slots, 1, 1), ==, DRC_RELEASED);
}

static void test_reset(void)
{
    g_autoptr(World) world = world_new();

    drc_attach(world->lmbs, 0, 1, DRC_FIXED);
    drc_attach(world->lmbs, 1, 1, DRC_HOT);
    drc_attach(world->lmbs, 2, 1, DRC_COLD);
    drc_request_unplug(world->lmbs, 2, 1);
    EXPECT(drc_set_isolation(world->table, LMB0 + 2, DRC_ISOLATED), RTAS_SUCCESS);
    drc_table_reset(world->table);
    g_assert_true(drc_is_guests(world->lmbs, 0, 3));
    g_assert_cmpuint(sense(world, LMB0 + 3), ==, DRC_SENSE_UNUSABLE);
    EXPECT(drc_set_isolation(world->table, LMB0, DRC_ISOLATED), RTAS_OUTSTANDING);
    /* The request is forgotten, so that this is no refusal. */
    EXPECT(drc_set_isolation(world->table, LMB0 + 2, DRC_UNISOLATED), RTAS_SUCCESS);
    g_assert_cmpint(drc_unplug_state(world->lmbs, 2, 1), ==, DRC_PENDING);

    g_assert_true(drc_resize(world->lmbs, 1024));
    g_assert_true(drc_exists(world->table, LMB0 + 1023));
    EXPECT(drc_set_allocation(world->table, LMB0, DRC_USABLE), RTAS_NO_SUCH_INDICATOR);
}

/* --- configure-connector ---------------------------------------------------------------- */

static RtasStatus configure(World *world, uint32_t index)
{
    g_assert_true(guest_mem_store_be32(world->mem, AREA, index));
    return drc_configure(world->table, world->mem, AREA);
}

static const char *area_text(World *world, unsigned word)
{
    uint32_t offset;

    g_assert_true(guest_mem_load_be32(world->mem, AREA + 4 * word, &offset));
    g_assert_cmpuint(offset, <, 4096);
    return guest_mem_ptr(world->mem, AREA + offset, 64);
}

static void expect_property(World *world, uint32_t index, const char *name, const void *value,
                            uint32_t length)
{
    uint32_t told;

    EXPECT(configure(world, index), 3);
    g_assert_cmpstr(area_text(world, 2), ==, name);
    g_assert_true(guest_mem_load_be32(world->mem, AREA + 12, &told));
    g_assert_cmpuint(told, ==, length);
    g_assert_cmpmem(area_text(world, 4), length, value, length);
}

static void test_configure(void)
{
    g_autoptr(World) world = world_new();
    const uint32_t index = LMB0 + 9;

    EXPECT(configure(world, index), -9003);
    drc_attach(world->lmbs, 9, 1, DRC_HOT);
    EXPECT(configure(world, index), -9003);
    acquire(world, index);
    for (unsigned turn = 0; turn < 2; turn++) {
        EXPECT(configure(world, index), 2);
        g_assert_cmpstr(area_text(world, 2), ==, "thing@7");
        expect_property(world, index, "reg", "\0\0\0\x09", 4);
        expect_property(world, index, "kind", "odd", 4);
        EXPECT(configure(world, index), 2);
        g_assert_cmpstr(area_text(world, 2), ==, "child");
        expect_property(world, index, "flag", "", 0);
        EXPECT(configure(world, index), 4);
        EXPECT(configure(world, index), 0);
    }
    EXPECT(configure(world, 7), RTAS_PARAM_ERROR);
    EXPECT(drc_configure(world->table, world->mem, 16 * MIB), RTAS_PARAM_ERROR);

    world->without_node = TRUE;
    EXPECT(configure(world, index), RTAS_HW_ERROR);
}

/** A work area that ends memory, and one whose index lies in it alone. */
static void test_configure_outside(void)
{
    g_autoptr(World) world = world_new();
    const GuestAddr area = 16 * MIB - 8;

    drc_attach(world->lmbs, 9, 1, DRC_COLD);
    g_assert_true(guest_mem_store_be32(world->mem, area, LMB0 + 9));
    EXPECT(drc_configure(world->table, world->mem, area), RTAS_PARAM_ERROR);
    /* That was the end of it: it begins anew. */
    EXPECT(configure(world, LMB0 + 9), 2);
    g_assert_cmpstr(area_text(world, 2), ==, "thing@7");
}

static void test_configure_many(void)
{
    g_autoptr(World) world = world_new();

    drc_attach(world->lmbs, 0, 64, DRC_COLD);
    for (unsigned i = 0; i < 64; i++)
        EXPECT(configure(world, LMB0 + i), 2);
    /* The last ones go on; one that was given up for them fails once, then begins anew. */
    EXPECT(configure(world, LMB0 + 63), 3);
    EXPECT(configure(world, LMB0), RTAS_HW_ERROR);
    EXPECT(configure(world, LMB0), 2);
    /* Isolated in between, it begins anew. */
    EXPECT(drc_set_isolation(world->table, LMB0 + 63, DRC_ISOLATED), RTAS_SUCCESS);
    EXPECT(configure(world, LMB0 + 63), -9003);
    EXPECT(drc_set_isolation(world->table, LMB0 + 63, DRC_UNISOLATED), RTAS_SUCCESS);
    EXPECT(configure(world, LMB0 + 63), 2);
    drc_table_reset(world->table);
    EXPECT(configure(world, LMB0 + 63), 2);
}

static void test_names(void)
{
    g_autoptr(World) world = world_new();
    uint32_t index, count = 0;
    uint64_t at = 0;
    char name[32];

    while (drc_next(world->table, &at, &index, name)) {
        uint32_t found;

        g_assert_true(drc_find_name(world->table, name, &found));
        g_assert_cmphex(found, ==, index);
        count++;
    }
    g_assert_cmpuint(count, ==, 4 + 64 + 4);
    g_assert_true(drc_find_name(world->table, "CPU 24", &index));
    g_assert_cmphex(index, ==, CPU0 + 24);
    g_assert_false(drc_find_name(world->table, "CPU 25", &index));
    g_assert_false(drc_find_name(world->table, "CPU ", &index));
    g_assert_false(drc_find_name(world->table, "LMB 99999999999", &index));
    g_assert_false(drc_find_name(world->table, "", &index));
    at = UINT64_MAX;
    g_assert_false(drc_next(world->table, &at, &index, name));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drc/nothing", test_nothing);
    g_test_add_func("/drc/logical", test_logical);
    g_test_add_func("/drc/refused", test_refused);
    g_test_add_func("/drc/never-taken", test_never_taken);
    g_test_add_func("/drc/fixed-and-watched", test_fixed_and_watched);
    g_test_add_func("/drc/physical", test_physical);
    g_test_add_func("/drc/reset", test_reset);
    g_test_add_func("/drc/configure", test_configure);
    g_test_add_func("/drc/configure/outside", test_configure_outside);
    g_test_add_func("/drc/configure/many", test_configure_many);
    g_test_add_func("/drc/names", test_names);
    return g_test_run();
}
