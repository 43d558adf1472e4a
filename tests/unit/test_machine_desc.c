/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "hw/spapr/machine_desc.h"
#include "mmu/hpt_size.h"
#include "src/base/error.h"
#include "src/vmm/host_profile.h"

typedef struct {
    VmConfig config;
    HvCaps caps;
    MachineDesc desc;
} Plan;

static void plan_start(Plan *plan, const char *host, uint64_t memory)
{
    *plan = (Plan){.config = {.memory = memory, .cpus = 1, .threads = 1}};
    g_assert_true(host_profile_get(host, &plan->caps));
}

static void plan_good(Plan *plan)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = machine_desc_init(&plan->desc, &plan->config, &plan->caps, 0, "u", &error);

    g_assert_no_error(error);
    g_assert_true(ok);
}

static void plan_bad(Plan *plan, int code, const char *word)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(machine_desc_init(&plan->desc, &plan->config, &plan->caps, 0, "u", &error));
    g_assert_error(error, PAPRIKA_ERROR, code);
    g_assert_nonnull(strstr(error->message, word));
}

static void test_rpt_invalidate(void)
{
    Plan plan;

    plan_start(&plan, "power9", GIB);
    plan.config.rpt_invalidate = TRUE;
    plan_good(&plan);
    plan.caps.rpt_invalidate = FALSE;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "--rpt-invalidate: this host's KVM");
}

static void test_radix(void)
{
    Plan plan;

    plan_start(&plan, "power9", GIB);
    plan_good(&plan);
    g_assert_true(plan.desc.radix);
    g_assert_cmpuint(plan.desc.memory, ==, GIB);
    g_assert_cmpuint(plan.desc.rma, ==, GIB);
    g_assert_cmpuint(plan.desc.lmb, ==, 256 * MIB);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XIVE_KERNEL);
    g_assert_cmpuint(plan.desc.backing_page, ==, 65536);

    plan_start(&plan, "power9", TIB);
    plan_good(&plan);
    g_assert_cmpuint(plan.desc.rma, ==, GIB);
    g_assert_cmpuint(plan.desc.lmb, ==, 256 * MIB);

    plan_start(&plan, "nested", 128 * MIB);
    plan_good(&plan);
    g_assert_true(plan.desc.radix);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XICS_USER);
    g_assert_cmpuint(plan.desc.lmb, ==, 128 * MIB);
}

static void test_hash(void)
{
    Plan plan;

    plan_start(&plan, "power8", GIB);
    plan_good(&plan);
    g_assert_false(plan.desc.radix);
    g_assert_cmpuint(plan.desc.hpt_order, ==, 23);
    g_assert_cmpuint(plan.desc.rma, ==, GIB);
    g_assert_cmpuint(plan.desc.slb_entries, ==, 32);
    g_assert_true(plan.desc.one_t_segments);
    /* 4K and 64K; 16M pages are larger than what backs the memory. */
    g_assert_cmpuint(plan.desc.sps[0].shift, ==, 12);
    g_assert_cmpuint(plan.desc.sps[0].enc[1].shift, ==, 0);
    g_assert_cmpuint(plan.desc.sps[1].shift, ==, 16);
    g_assert_cmpuint(plan.desc.sps[2].shift, ==, 0);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XICS_KERNEL);

    plan.config.memory_backing = MEMORY_HUGETLB;
    plan_good(&plan);
    g_assert_cmpuint(plan.desc.backing_page, ==, 16 * MIB);
    g_assert_cmpuint(plan.desc.sps[2].shift, ==, 24);
}

/** A host with 4K pages: the real mode area is what the table's VRMA covers. */
static void test_hash_4k(void)
{
    static const struct {
        uint64_t memory, rma, lmb;
        uint32_t order;
    } cases[] = {
        {128 * MIB, 128 * MIB, 128 * MIB, 22}, {144 * MIB, 144 * MIB, 16 * MIB, 23},
        {512 * MIB, 256 * MIB, 256 * MIB, 23}, {GIB, 256 * MIB, 256 * MIB, 23},
        {1040 * MIB, 512 * MIB, 16 * MIB, 24}, {4 * GIB, GIB, 256 * MIB, 25},
        {4112 * MIB, GIB, 16 * MIB, 26},
    };
    Plan plan;

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        plan_start(&plan, "power8", cases[i].memory);
        plan.caps.page_size = 4096;
        plan_good(&plan);
        g_assert_cmpuint(plan.desc.hpt_order, ==, cases[i].order);
        g_assert_cmpuint(plan.desc.rma, ==, cases[i].rma);
        g_assert_cmpuint(plan.desc.lmb, ==, cases[i].lmb);
        g_assert_cmpuint(plan.desc.sps[0].shift, ==, 12);
        g_assert_cmpuint(plan.desc.sps[1].shift, ==, 0);
    }
}

/** The kernel grants less than was asked for. */
static void test_granted_order(void)
{
    g_autoptr(GError) error = NULL;
    Plan plan;

    plan_start(&plan, "power8", 4 * GIB);
    plan.caps.page_size = 4096;
    plan_good(&plan);
    g_assert_true(machine_desc_set_hpt(&plan.desc, 22, &error));
    g_assert_cmpuint(plan.desc.hpt_order, ==, 22);
    g_assert_cmpuint(plan.desc.rma, ==, 128 * MIB);
    g_assert_cmpuint(plan.desc.lmb, ==, 128 * MIB);

    g_assert_true(machine_desc_set_hpt(&plan.desc, 19, &error));
    g_assert_cmpuint(plan.desc.rma, ==, 16 * MIB);
    g_assert_false(machine_desc_set_hpt(&plan.desc, 18, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_nonnull(strstr(error->message, "2^18"));
}

static void test_order_for_guest(void)
{
    for (uint64_t memory = 128 * MIB; memory <= 16 * GIB; memory += 112 * MIB) {
        uint32_t plain = hpt_order_for_memory(memory);

        g_assert_cmpuint(hpt_order_for_guest(memory, 65536), ==, plain);
        uint32_t order = hpt_order_for_guest(memory, 4096);
        g_assert_cmpuint(order, >=, plain);
        g_assert_cmpuint(hpt_vrma_limit(order, 4096), >=, MIN(memory, 256 * MIB));
        /* No larger than it has to be. */
        if (order > plain)
            g_assert_cmpuint(hpt_vrma_limit(order - 1, 4096), <, MIN(memory, 256 * MIB));
    }
}

static void test_cpus(void)
{
    Plan plan;

    plan_start(&plan, "power10", GIB);
    plan.config.cpus = 12;
    plan.config.threads = 4;
    plan_good(&plan);
    g_assert_cmpuint(plan.desc.cores, ==, 3);
    g_assert_cmpuint(plan.desc.threads, ==, 4);
    g_assert_cmpuint(plan.desc.stride, ==, 4);
    g_assert_cmpuint(plan.desc.irq_servers, ==, 12);

    plan.config.cpus = 6;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "--cpus 6,threads=4");
    plan.config.cpus = 0;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "--cpus 0");
    plan.config.cpus = CONFIG_MAX_VCPUS + 4;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "--cpus 2052");
    plan.config.cpus = plan.config.threads = 0;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "--cpus 0");

    plan_start(&plan, "power8", GIB);
    plan.config.cpus = plan.config.threads = 2;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "2 threads per core");
    plan_start(&plan, "power8", GIB);
    plan.caps.cpu.pvr = 0x003f0201;
    plan_bad(&plan, PAPRIKA_ERROR_HOST, "0x3f0201");
}

static void test_choices(void)
{
    Plan plan;

    plan_start(&plan, "nested", GIB);
    plan.config.mmu = MMU_HASH;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "--mmu hash");
    plan.config.mmu = MMU_AUTO;
    plan.config.irq = IRQ_XIVE;
    plan.config.irq_place = IRQ_IN_KERNEL;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "irq 'xive,in=kernel'");
    plan.config.irq_place = IRQ_IN_AUTO;
    plan_good(&plan);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XIVE_USER);

    plan_start(&plan, "power9", GIB);
    plan.config.irq = IRQ_XICS;
    plan_good(&plan);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XICS_KERNEL);
    plan.config.irq = IRQ_XIVE;
    plan.config.irq_place = IRQ_IN_KERNEL;
    plan.caps.page_size = 4096;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "64 KiB");

    plan_start(&plan, "power8", GIB);
    memset(plan.caps.smmu.sps, 0, sizeof(plan.caps.smmu.sps));
    plan_bad(&plan, PAPRIKA_ERROR_HOST, "no hash page size");
}

/** Whatever is planned is made of whole blocks, and of not too many. */
static void test_memory(void)
{
    static const char *const hosts[] = {"power8", "power9", "nested"};
    Plan plan;

    for (unsigned turn = 0; turn < 3000; turn++) {
        uint64_t steps = (uint64_t)g_test_rand_int_range(8, 1 << (g_test_rand_int_range(5, 21)));

        plan_start(&plan, hosts[turn % G_N_ELEMENTS(hosts)], steps * CONFIG_MEMORY_STEP);
        plan.caps.page_size = turn % 2 ? 4096 : 65536;
        if (!machine_desc_init(&plan.desc, &plan.config, &plan.caps, 0, "u", NULL)) {
            g_assert_cmpuint(plan.config.memory, >, 4 * TIB);
            continue;
        }
        g_assert_cmpuint(plan.desc.memory, ==, plan.config.memory);
        g_assert_cmpuint(plan.desc.rma, <=, plan.desc.memory);
        g_assert_cmpuint(plan.desc.rma, >=, MIN(plan.desc.memory, 256 * MIB));
        g_assert_cmpuint(plan.desc.lmb, >=, 16 * MIB);
        g_assert_cmpuint(plan.desc.lmb, <=, 256 * MIB);
        g_assert_cmpuint(plan.desc.lmb & (plan.desc.lmb - 1), ==, 0);
        g_assert_cmpuint(plan.desc.memory % plan.desc.lmb, ==, 0);
        g_assert_cmpuint(plan.desc.rma % plan.desc.lmb, ==, 0);
        g_assert_cmpuint(plan.desc.memory / plan.desc.lmb, <=, MACHINE_MAX_LMBS);
        if (!plan.desc.radix)
            g_assert_cmpuint(plan.desc.rma, <=,
                             hpt_vrma_limit(plan.desc.hpt_order, plan.desc.backing_page));
    }

    plan_start(&plan, "power9", 4 * TIB + 16 * MIB);
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "multiple of 32 MiB");
    plan_start(&plan, "power9", 0);
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "multiple of 16 MiB");
    plan_start(&plan, "power9", GIB + 1);
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "multiple of 16 MiB");
}

static void test_compat(void)
{
    Plan plan;

    plan_start(&plan, "power10", GIB);
    plan_good(&plan);
    g_assert_cmphex(plan.desc.terms.cpu_pvr, ==, 0);
    g_assert_cmpuint(machine_desc_isa(&plan.desc), ==, 310);
    plan.config.max_cpu_compat = CPU_COMPAT_POWER9;
    plan_good(&plan);
    g_assert_cmphex(plan.desc.terms.cpu_pvr, ==, 0x0f000005);
    g_assert_true(plan.desc.radix);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XIVE_KERNEL);
    plan.config.max_cpu_compat = CPU_COMPAT_POWER8;
    plan_good(&plan);
    g_assert_cmphex(plan.desc.terms.cpu_pvr, ==, 0x0f000004);
    g_assert_false(plan.desc.radix);
    g_assert_cmpint(plan.desc.irq, ==, IRQ_KIND_XICS_KERNEL);
    plan.config.irq = IRQ_XIVE;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "irq 'xive'");

    /* Newer than the host's is the host's. */
    plan_start(&plan, "power8", GIB);
    plan.config.max_cpu_compat = CPU_COMPAT_POWER10;
    plan_good(&plan);
    g_assert_cmphex(plan.desc.terms.cpu_pvr, ==, 0x0f000004);
    plan_start(&plan, "nested", GIB);
    plan.config.max_cpu_compat = CPU_COMPAT_POWER8;
    plan_bad(&plan, PAPRIKA_ERROR_USAGE, "hash page table");
}

static void test_uuid(void)
{
    char one[MACHINE_UUID_SIZE], two[MACHINE_UUID_SIZE];

    machine_uuid_from_name("guest", one);
    machine_uuid_from_name("guest", two);
    g_assert_cmpstr(one, ==, two);
    g_assert_true(g_uuid_string_is_valid(one));
    g_assert_cmpint(one[14], ==, '5');
    machine_uuid_from_name("guesu", two);
    g_assert_cmpstr(one, !=, two);
    machine_uuid_from_name(NULL, two);
    g_assert_true(g_uuid_string_is_valid(two));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machine-desc/rpt-invalidate", test_rpt_invalidate);
    g_test_add_func("/machine_desc/radix", test_radix);
    g_test_add_func("/machine_desc/hash", test_hash);
    g_test_add_func("/machine_desc/hash-4k", test_hash_4k);
    g_test_add_func("/machine_desc/granted-order", test_granted_order);
    g_test_add_func("/machine_desc/order-for-guest", test_order_for_guest);
    g_test_add_func("/machine_desc/cpus", test_cpus);
    g_test_add_func("/machine_desc/choices", test_choices);
    g_test_add_func("/machine_desc/memory", test_memory);
    g_test_add_func("/machine_desc/compat", test_compat);
    g_test_add_func("/machine_desc/uuid", test_uuid);
    return g_test_run();
}
