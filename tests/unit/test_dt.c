/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's tree, property by property, for machines of several kinds. */
#include "hw/spapr/dt/dt.h"

#include <libfdt.h>
#include <string.h>

#include "hw/spapr/pci/pci_plan.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/error.h"
#include "src/vmm/host_profile.h"

typedef struct {
    VmConfig config;
    HvCaps caps;
    MachineDesc desc;
    void *fdt;
    size_t size;
} Tree;

static void tree_start(Tree *tree, const char *host, uint64_t memory)
{
    *tree = (Tree){.config = {.memory = memory, .cpus = 1, .threads = 1}};
    g_assert_true(host_profile_get(host, &tree->caps));
}

static void tree_plan(Tree *tree)
{
    g_autoptr(GError) error = NULL;

    machine_desc_init(&tree->desc, &tree->config, &tree->caps, 0,
                      "00000000-0000-5000-8000-000000000001", &error);
    g_assert_no_error(error);
    tree->desc.rtas = (GuestRange){0x7fe0000, 0x7ff0000};
}

static void tree_build(Tree *tree)
{
    g_autoptr(GError) error = NULL;

    tree->fdt = dt_build(&tree->desc, &tree->size, &error);
    g_assert_no_error(error);
    g_assert_nonnull(tree->fdt);
    g_assert_cmpint(fdt_check_full(tree->fdt, tree->size), ==, 0);
    g_assert_cmpuint(fdt_totalsize(tree->fdt), ==, tree->size);
    g_assert_cmpuint(tree->size, <=, dt_size_limit(&tree->desc));
}

static void tree_make(Tree *tree)
{
    tree_plan(tree);
    tree_build(tree);
}

static void tree_end(Tree *tree) { g_clear_pointer(&tree->fdt, g_free); }

static const void *property(const Tree *tree, const char *path, const char *name, int *length)
{
    int node = fdt_path_offset(tree->fdt, path);

    *length = -1;
    return node < 0 ? NULL : fdt_getprop(tree->fdt, node, name, length);
}

static gboolean has(const Tree *tree, const char *path, const char *name)
{
    int length;

    return property(tree, path, name, &length) != NULL;
}

static uint32_t cell(const Tree *tree, const char *path, const char *name, unsigned index)
{
    int length;
    const fdt32_t *cells = property(tree, path, name, &length);

    g_assert_nonnull(cells);
    g_assert_cmpint(length, >=, (int)(4 * (index + 1)));
    return fdt32_to_cpu(cells[index]);
}

static uint64_t cells64(const Tree *tree, const char *path, const char *name, unsigned index)
{
    return (uint64_t)cell(tree, path, name, index) << 32 | cell(tree, path, name, index + 1);
}

static gboolean lists(const Tree *tree, const char *path, const char *name, const char *word)
{
    return fdt_stringlist_search(tree->fdt, fdt_path_offset(tree->fdt, path), name, word) >= 0;
}

static uint8_t vec5(const Tree *tree, unsigned index)
{
    int length;
    const uint8_t *vector = property(tree, "/chosen", "ibm,architecture-vec-5", &length);

    g_assert_cmpint(length, ==, 27);
    /* The length byte counts as PAPR counts. */
    g_assert_cmpuint(vector[0], ==, 25);
    return vector[index];
}

static void test_identity(void)
{
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree.config.name = (char *)"guest";
    tree_make(&tree);
    g_assert_cmpint(fdt_stringlist_search(tree.fdt, 0, "compatible", "paprika,pseries"), ==, 0);
    g_assert_true(lists(&tree, "/", "compatible", "qemu,pseries"));
    g_assert_true(lists(&tree, "/", "device_type", "chrp"));
    g_assert_true(lists(&tree, "/", "ibm,partition-name", "guest"));
    g_assert_true(lists(&tree, "/", "vm,uuid", tree.desc.uuid));
    g_assert_true(lists(&tree, "/hypervisor", "compatible", "linux,kvm"));
    g_assert_false(has(&tree, "/hypervisor", "hcall-instructions"));
    g_assert_cmpuint(fdt_boot_cpuid_phys(tree.fdt), ==, 0);
    tree_end(&tree);
}

static void test_chosen(void)
{
    uint8_t seed[MACHINE_RNG_SEED_SIZE];
    const uint8_t *told;
    Tree tree;
    int length;

    tree_start(&tree, "power9", GIB);
    tree_make(&tree);
    g_assert_true(lists(&tree, "/chosen", "bootargs", ""));
    g_assert_false(has(&tree, "/chosen", "linux,initrd-start"));
    g_assert_false(has(&tree, "/chosen", "rng-seed"));
    g_assert_cmpint(fdt_path_offset(tree.fdt, "/vdevice/vty@71000000"), >, 0);
    g_assert_true(lists(&tree, "/chosen", "stdout-path", "/vdevice/vty@71000000"));
    tree_end(&tree);

    tree.config.append = (char *)"a=b \"c\"";
    tree.desc.initrd = (GuestRange){0x123450000, 0x123467890};
    tree.desc.rng_seed = memset(seed, 0x5a, sizeof(seed));
    tree_build(&tree);
    g_assert_true(lists(&tree, "/chosen", "bootargs", "a=b \"c\""));
    g_assert_cmpuint(cells64(&tree, "/chosen", "linux,initrd-start", 0), ==, 0x123450000);
    g_assert_cmpuint(cells64(&tree, "/chosen", "linux,initrd-end", 0), ==, 0x123467890);
    told = property(&tree, "/chosen", "rng-seed", &length);
    g_assert_cmpmem(told, length, seed, sizeof(seed));
    tree_end(&tree);
}

static void test_vector(void)
{
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree_make(&tree);
    g_assert_cmpuint(vec5(&tree, 5), ==, 0xa0);
    g_assert_cmpuint(vec5(&tree, 6), ==, 0x04);
    g_assert_cmpuint(vec5(&tree, 22), ==, 0xc0);
    g_assert_cmpuint(vec5(&tree, 23), ==, 0x40);
    g_assert_cmpuint(vec5(&tree, 24), ==, 0x40);
    g_assert_cmpuint(vec5(&tree, 26), ==, 0x40);
    tree_end(&tree);

    tree_start(&tree, "power9", GIB);
    tree.config.mmu = MMU_HASH;
    tree.config.irq = IRQ_XICS;
    tree_make(&tree);
    g_assert_cmpuint(vec5(&tree, 23), ==, 0);
    g_assert_cmpuint(vec5(&tree, 24), ==, 0);
    g_assert_cmpuint(vec5(&tree, 26), ==, 0);
    tree_end(&tree);
}

#define P9 "/cpus/PowerPC,POWER9@0"

static void test_cpu_radix(void)
{
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree_make(&tree);
    g_assert_cmpuint(cell(&tree, P9, "cpu-version", 0), ==, 0x004e1202);
    g_assert_cmpuint(cell(&tree, P9, "timebase-frequency", 0), ==, 512000000);
    g_assert_cmpuint(cell(&tree, P9, "clock-frequency", 0), ==, 3800000000);
    g_assert_cmpuint(cell(&tree, P9, "ibm,dec-bits", 0), ==, 56);
    g_assert_cmpuint(cell(&tree, P9, "d-cache-line-size", 0), ==, 128);
    g_assert_cmpuint(cell(&tree, P9, "ibm,processor-radix-AP-encodings", 1), ==, 0xa0000010);
    g_assert_cmpuint(cell(&tree, P9, "ibm,vmx", 0), ==, 2);
    g_assert_false(has(&tree, P9, "ibm,pft-size"));
    g_assert_false(has(&tree, P9, "ibm,segment-page-sizes"));
    g_assert_false(has(&tree, P9, "slb-size"));
    tree_end(&tree);

    tree.caps.large_decrementer = FALSE;
    tree.caps.cpu.clock = 5000000000;
    tree_make(&tree);
    g_assert_false(has(&tree, P9, "ibm,dec-bits"));
    g_assert_cmpuint(cell(&tree, P9, "clock-frequency", 0), ==, UINT32_MAX);
    g_assert_cmpuint(cells64(&tree, P9, "ibm,extended-clock-frequency", 0), ==, 5000000000);
    tree_end(&tree);
}

static void test_cpu_hash(void)
{
    static const uint32_t sizes[] = {12, 0, 1, 12, 0, 16, 0x110, 1, 16, 1};
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree.config.mmu = MMU_HASH;
    tree_make(&tree);
    g_assert_cmpuint(cell(&tree, P9, "ibm,pft-size", 0), ==, 0);
    g_assert_cmpuint(cell(&tree, P9, "ibm,pft-size", 1), ==, 23);
    g_assert_cmpuint(cell(&tree, P9, "slb-size", 0), ==, 32);
    g_assert_cmpuint(cell(&tree, P9, "ibm,processor-segment-sizes", 1), ==, 40);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++)
        g_assert_cmpuint(cell(&tree, P9, "ibm,segment-page-sizes", i), ==, sizes[i]);
    g_assert_false(has(&tree, P9, "ibm,processor-radix-AP-encodings"));
    tree_end(&tree);

    /* The granted order is what is told. */
    g_assert_true(machine_desc_set_hpt(&tree.desc, 21, NULL));
    tree.desc.one_t_segments = FALSE;
    tree_build(&tree);
    g_assert_cmpuint(cell(&tree, P9, "ibm,pft-size", 1), ==, 21);
    g_assert_false(has(&tree, P9, "ibm,processor-segment-sizes"));
    tree_end(&tree);
}

static void test_threads(void)
{
    Tree tree;

    tree_start(&tree, "power10", GIB);
    tree.config.cpus = 6;
    tree.config.threads = 2;
    tree_plan(&tree);
    /* KVM may space cores out. */
    tree.desc.stride = 8;
    tree.desc.irq_servers = 18;
    tree_build(&tree);
    for (unsigned core = 0; core < 3; core++) {
        g_autofree char *path = g_strdup_printf("/cpus/PowerPC,POWER10@%x", core * 8);

        g_assert_cmpuint(cell(&tree, path, "reg", 0), ==, core * 8);
        g_assert_cmpuint(cell(&tree, path, "ibm,ppc-interrupt-server#s", 0), ==, core * 8);
        g_assert_cmpuint(cell(&tree, path, "ibm,ppc-interrupt-server#s", 1), ==, core * 8 + 1);
        g_assert_cmpuint(cell(&tree, path, "ibm,ppc-interrupt-gserver#s", 2), ==, core * 8 + 1);
        g_assert_cmpuint(cell(&tree, path, "ibm,ppc-interrupt-gserver#s", 3), ==, 0);
        g_assert_cmpuint(cell(&tree, path, "ibm,associativity", 0), ==, 5);
    }
    g_assert_cmpint(fdt_path_offset(tree.fdt, "/cpus/PowerPC,POWER10@18"), <, 0);
    tree_end(&tree);
}

/** The largest machine's tree can be made, and in the room that was planned. */
static void test_large(void)
{
    static const struct {
        unsigned cpus, threads;
    } shapes[] = {{2048, 1}, {2048, 8}, {1, 1}};
    g_autofree char *append = g_strnfill(100000, 'x');
    Tree tree;

    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
        tree_start(&tree, "power9", 16 * TIB);
        tree.config.cpus = shapes[i].cpus;
        tree.config.threads = shapes[i].threads;
        tree.config.append = append;
        tree.config.mmu = MMU_HASH;
        tree.config.memory_backing = MEMORY_HUGETLB;
        tree_make(&tree);
        tree_end(&tree);
    }
}

#define DRMEM "/ibm,dynamic-reconfiguration-memory"

/** The block sets of the tree, checked to be one gapless sequence. */
static uint64_t walk_lmbs(const Tree *tree, uint64_t *assigned)
{
    uint64_t lmb = cells64(tree, DRMEM, "ibm,lmb-size", 0), end = 0;
    uint32_t sets = cell(tree, DRMEM, "ibm,dynamic-memory-v2", 0);
    int length;

    property(tree, DRMEM, "ibm,dynamic-memory-v2", &length);
    g_assert_cmpint(length, ==, (int)(4 * (1 + 6 * sets)));
    g_assert_cmpuint(sets, >=, 1);
    *assigned = 0;
    for (unsigned i = 0; i < sets; i++) {
        unsigned at = 1 + 6 * i;
        uint64_t bytes = cell(tree, DRMEM, "ibm,dynamic-memory-v2", at) * lmb;
        uint32_t flags = cell(tree, DRMEM, "ibm,dynamic-memory-v2", at + 5);

        g_assert_cmpuint(bytes, >, 0);
        g_assert_cmpuint(cells64(tree, DRMEM, "ibm,dynamic-memory-v2", at + 1), ==, end);
        g_assert_cmpuint(cell(tree, DRMEM, "ibm,dynamic-memory-v2", at + 3), ==,
                         0x80000000 | (end / lmb));
        if (flags & 0x80) {
            /* What is reserved has a memory node. */
            g_assert_cmpuint(end + bytes, <=, tree->desc.rma);
        } else {
            g_assert_cmpuint(flags, ==, 0x08);
            g_assert_cmpuint(cell(tree, DRMEM, "ibm,dynamic-memory-v2", at + 4), ==, 0);
            *assigned += bytes;
        }
        end += bytes;
    }
    return end;
}

static void test_memory(void)
{
    static const uint64_t sizes[] = {128 * MIB, 144 * MIB, GIB,      1040 * MIB,
                                     2 * GIB,   TIB,       16 * TIB, 3 * TIB + 16 * MIB};
    uint64_t assigned;
    Tree tree;

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        for (unsigned hash = 0; hash < 2; hash++) {
            tree_start(&tree, "power9", sizes[i]);
            tree.config.mmu = hash ? MMU_HASH : MMU_RADIX;
            tree.caps.page_size = hash ? 4096 : 65536;
            tree_make(&tree);
            g_assert_cmpuint(cells64(&tree, "/memory@0", "reg", 0), ==, 0);
            g_assert_cmpuint(cells64(&tree, "/memory@0", "reg", 2), ==, tree.desc.rma);
            g_assert_cmpuint(walk_lmbs(&tree, &assigned), ==, sizes[i]);
            g_assert_cmpuint(tree.desc.rma + assigned, ==, sizes[i]);
            g_assert_cmpuint(cells64(&tree, "/rtas", "ibm,lrdr-capacity", 0), ==, sizes[i]);
            tree_end(&tree);
        }
    }
}

/** Four nodes: one without memory, one with neither; and the same to a client of 2008. */
static void test_nodes(void)
{
    NumaConfig numa = {.n_nodes = 4,
                       .memory = {1536 * MIB, 0, 2560 * MIB, 0},
                       .distance = {[0][2] = 40, [2][0] = 50}};
    const char *drmem = "/ibm,dynamic-reconfiguration-memory";
    static const uint64_t runs[][3] = {
        {0, GIB, UINT32_MAX}, {GIB, 512 * MIB, 0}, {1536 * MIB, 2560 * MIB, 2}};
    int length;
    Tree tree;

    memset(numa.cpu_node, CONFIG_NO_NODE, sizeof(numa.cpu_node));
    numa.cpu_node[0] = numa.cpu_node[1] = 2;
    numa.cpu_node[2] = numa.cpu_node[3] = 1;
    tree_start(&tree, "power9", 4 * GIB);
    tree.config.cpus = 4;
    tree.config.threads = 2;
    tree.config.numa = &numa;
    tree_make(&tree);
    g_assert_cmpuint(tree.desc.lmb, ==, 256 * MIB);
    g_assert_cmphex(vec5(&tree, 5), ==, 0xa0);

    g_assert_cmpuint(cell(&tree, "/memory@0", "ibm,associativity", 4), ==, 0);
    g_assert_cmpuint(cell(&tree, "/cpus/PowerPC,POWER9@0", "ibm,associativity", 4), ==, 2);
    g_assert_cmpuint(cell(&tree, "/cpus/PowerPC,POWER9@2", "ibm,associativity", 4), ==, 1);
    g_assert_cmpuint(cell(&tree, "/cpus/PowerPC,POWER9@2", "ibm,associativity", 5), ==, 2);
    g_assert_cmpuint(cell(&tree, drmem, "ibm,associativity-lookup-arrays", 0), ==, 4);
    g_assert_cmpuint(cell(&tree, drmem, "ibm,associativity-lookup-arrays", 1), ==, 4);
    for (unsigned node = 0; node < 4; node++)
        g_assert_cmpuint(cell(&tree, drmem, "ibm,associativity-lookup-arrays", 5 + 4 * node), ==,
                         node);
    g_assert_cmpuint(cell(&tree, drmem, "ibm,dynamic-memory-v2", 0), ==, G_N_ELEMENTS(runs));
    for (unsigned i = 0; i < G_N_ELEMENTS(runs); i++) {
        unsigned at = 1 + 6 * i;

        g_assert_cmpuint(cell(&tree, drmem, "ibm,dynamic-memory-v2", at), ==,
                         runs[i][1] / (256 * MIB));
        g_assert_cmpuint(cells64(&tree, drmem, "ibm,dynamic-memory-v2", at + 1), ==, runs[i][0]);
        g_assert_cmpuint(cell(&tree, drmem, "ibm,dynamic-memory-v2", at + 4), ==, runs[i][2]);
    }

    g_assert_cmpuint(cell(&tree, "/rtas", "ibm,max-associativity-domains", 4), ==, 4);
    g_assert_cmpuint(cell(&tree, "/rtas", "ibm,numa-lookup-index-table", 0), ==, 4);
    const uint8_t *table = property(&tree, "/rtas", "ibm,numa-distance-table", &length);
    static const uint8_t want[] = {0,  0,  0,  16, 10, 20, 40, 20, 20, 10,
                                   20, 20, 50, 20, 10, 20, 20, 20, 20, 10};
    g_assert_cmpmem(table, (size_t)length, want, sizeof(want));
    tree_end(&tree);

    tree_plan(&tree);
    tree.desc.terms.form2_affinity = tree.desc.terms.drconf_memory = FALSE;
    tree_build(&tree);
    g_assert_cmphex(vec5(&tree, 5), ==, 0x80);
    g_assert_false(has(&tree, "/rtas", "ibm,numa-distance-table"));
    g_assert_cmpuint(cells64(&tree, "/memory@40000000", "reg", 2), ==, 512 * MIB);
    g_assert_cmpuint(cell(&tree, "/memory@40000000", "ibm,associativity", 4), ==, 0);
    g_assert_cmpuint(cells64(&tree, "/memory@60000000", "reg", 2), ==, 2560 * MIB);
    g_assert_cmpuint(cell(&tree, "/memory@60000000", "ibm,associativity", 4), ==, 2);
    tree_end(&tree);

    /* The real mode area ends with its node, and blocks with any. */
    numa.memory[0] = 144 * MIB;
    numa.memory[2] = 4 * GIB - 144 * MIB;
    tree_make(&tree);
    g_assert_cmpuint(tree.desc.rma, ==, 144 * MIB);
    g_assert_cmpuint(tree.desc.lmb, ==, 16 * MIB);
    tree_end(&tree);

    /* As many nodes as there can be. */
    numa.n_nodes = CONFIG_MAX_NODES;
    for (unsigned node = 0; node < CONFIG_MAX_NODES; node++)
        numa.memory[node] = 128 * MIB;
    for (unsigned v1 = 0; v1 < 3; v1++) {
        tree_plan(&tree);
        tree.desc.terms.drmem_v2 = v1 == 0;
        tree.desc.terms.drconf_memory = v1 < 2;
        tree_build(&tree);
        tree_end(&tree);
    }
}

/** The tree for 1 TiB has one run of blocks more than the one for 1 GiB, no more. */
static void test_memory_cost(void)
{
    size_t small;
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree_make(&tree);
    small = tree.size;
    tree_end(&tree);
    tree_start(&tree, "power9", TIB);
    tree_make(&tree);
    g_assert_cmpuint(tree.size, <=, small + 6 * 4);
    tree_end(&tree);
}

static void test_rtas(void)
{
    uint64_t base, size;
    unsigned count = 0;
    Tree tree;

    tree_start(&tree, "power8", GIB);
    tree.config.rng = TRUE;
    g_autoptr(PciPlan) plan = pci_plan_new(&tree.config, NULL);
    tree_plan(&tree);
    tree.desc.pci = plan;
    tree_build(&tree);
    g_assert_cmpuint(cell(&tree, "/rtas", "linux,rtas-base", 0), ==, 0x7fe0000);
    g_assert_cmpuint(cell(&tree, "/rtas", "linux,rtas-entry", 0), ==, 0x7fe0000);
    g_assert_cmpuint(cell(&tree, "/rtas", "rtas-size", 0), ==, 0x10000);
    g_assert_cmpint(fdt_num_mem_rsv(tree.fdt), ==, 1);
    g_assert_cmpint(fdt_get_mem_rsv(tree.fdt, 0, &base, &size), ==, 0);
    g_assert_cmpuint(base, ==, 0x7fe0000);
    g_assert_cmpuint(size, ==, 0x10000);

    /* XICS, FWNMI and PCI are there, so every service is told, by its own token. */
    for (; rtas_service(count); count++)
        g_assert_cmpuint(cell(&tree, "/rtas", rtas_service(count)->name, 0), ==,
                         rtas_token(rtas_service(count)->name));
    g_assert_cmpuint(count, >, 15);
    g_assert_cmpuint(cell(&tree, "/rtas", "ibm,get-xive", 0), >=, RTAS_TOKEN_BASE);
    tree_end(&tree);

    tree_start(&tree, "power9", GIB);
    tree.caps.fwnmi = FALSE;
    tree_make(&tree);
    g_assert_true(has(&tree, "/rtas", "power-off"));
    g_assert_false(has(&tree, "/rtas", "ibm,get-xive"));
    g_assert_false(has(&tree, "/rtas", "ibm,int-on"));
    g_assert_false(has(&tree, "/rtas", "ibm,nmi-register"));
    g_assert_false(has(&tree, "/rtas", "ibm,nmi-interlock"));
    g_assert_false(has(&tree, "/rtas", "ibm,change-msi"));
    g_assert_false(has(&tree, "/rtas", "ibm,query-pe-dma-window"));
    g_assert_false(has(&tree, "/rtas", "ibm,configure-pe"));
    tree_end(&tree);
}

/** Bridges with their functions, as many as the plan has; no more, and none without. */
static void test_pci(void)
{
    DiskConfig disks[40] = {0};
    g_autoptr(GError) error = NULL;
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree_make(&tree);
    g_assert_cmpint(fdt_path_offset(tree.fdt, "/pci"), <, 0);
    tree_end(&tree);

    tree_start(&tree, "power9", GIB);
    for (unsigned i = 0; i < G_N_ELEMENTS(disks); i++)
        disks[i].queues = 2;
    tree.config.disks = disks;
    tree.config.n_disks = G_N_ELEMENTS(disks);
    g_autoptr(PciPlan) plan = pci_plan_new(&tree.config, &error);
    tree_plan(&tree);
    tree.desc.pci = plan;
    tree_build(&tree);

    static const char first[] = "/pci@800000020000000", second[] = "/pci@800000020000001";
    g_assert_cmphex(cells64(&tree, first, "reg", 0), ==, PCI_HOST_BUID(0));
    g_assert_cmphex(cells64(&tree, second, "reg", 0), ==, PCI_HOST_BUID(1));
    g_assert_cmphex(cell(&tree, second, "ibm,dma-window", 0), ==, PCI_LIOBN(1, 0));
    g_assert_cmphex(cell(&tree, second, "ibm,ddw-applicable", 0), ==,
                    rtas_token("ibm,query-pe-dma-window"));
    g_assert_cmpuint(cell(&tree, first, "ibm,pe-total-#msi", 0), ==, IRQ_MSIS / 2);
    /* Slot 9's INTA: four entries of seven cells for each slot before it. */
    g_assert_cmphex(cell(&tree, second, "interrupt-map", 7 * 4 * 9), ==, 9 << 11);
    g_assert_cmphex(cell(&tree, second, "interrupt-map", 7 * 4 * 9 + 5), ==,
                    IRQ_SOURCE_LSI + 4 + 1);
    g_assert_true(has(&tree, "/pci@800000020000000/scsi@1f", "assigned-addresses"));
    g_assert_true(has(&tree, "/pci@800000020000001/scsi@9", "assigned-addresses"));
    g_assert_false(has(&tree, "/pci@800000020000001/scsi@a", "reg"));
    g_assert_cmpuint(cell(&tree, "/pci@800000020000000/scsi@1", "ibm,req#msi-x", 0), ==, 3);
    tree_end(&tree);
}

static void test_hypertas(void)
{
    static const char list[] = "ibm,hypertas-functions";
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree_make(&tree);
    g_assert_true(lists(&tree, "/rtas", list, "hcall-splpar"));
    g_assert_false(lists(&tree, "/rtas", list, "hcall-rpt-invalidate"));
    g_assert_false(lists(&tree, "/rtas", list, "hcall-pft"));
    g_assert_false(lists(&tree, "/rtas", list, "hcall-bulk"));
    g_assert_false(lists(&tree, "/rtas", list, "hcall-interrupt"));
    tree_end(&tree);

    for (int hash = 0; hash <= 1; hash++) {
        tree_start(&tree, "power9", GIB);
        tree.config.rpt_invalidate = TRUE;
        tree.config.mmu = hash ? MMU_HASH : MMU_RADIX;
        tree_make(&tree);
        g_assert_cmpint(lists(&tree, "/rtas", list, "hcall-rpt-invalidate"), ==, !hash);
        tree_end(&tree);
    }

    tree_start(&tree, "power8", GIB);
    tree_make(&tree);
    g_assert_true(lists(&tree, "/rtas", list, "hcall-pft"));
    g_assert_true(lists(&tree, "/rtas", list, "hcall-bulk"));
    g_assert_true(lists(&tree, "/rtas", list, "hcall-interrupt"));
    g_assert_false(lists(&tree, "/rtas", list, "hcall-rpt-invalidate"));
    tree_end(&tree);
}

static void test_interrupts(void)
{
    static const char xive[] = "/interrupt-controller@60302031b0000";
    uint32_t controller;
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree.config.cpus = 3;
    tree_make(&tree);
    controller = cell(&tree, "/", "interrupt-parent", 0);
    g_assert_cmpint(fdt_node_offset_by_phandle(tree.fdt, controller), ==,
                    fdt_path_offset(tree.fdt, xive));
    g_assert_true(lists(&tree, xive, "compatible", "ibm,power-ivpe"));
    /* The second range is the operating system's. */
    g_assert_cmpuint(cells64(&tree, xive, "reg", 4), ==, IRQ_XIVE_TIMA_BASE + 0x20000);
    g_assert_cmpuint(cells64(&tree, xive, "reg", 6), ==, 0x10000);
    g_assert_cmpuint(cell(&tree, xive, "ibm,xive-lisn-ranges", 1), ==, 3);
    g_assert_cmpuint(cell(&tree, "/", "ibm,plat-res-int-priorities", 1), ==, 6);
    g_assert_cmpuint(cell(&tree, "/", "ibm,plat-res-int-priorities", 2), ==, 7);
    g_assert_cmpuint(cell(&tree, "/vdevice/vty@71000000", "interrupts", 0), ==, IRQ_SOURCE_VTY);
    g_assert_cmpuint(cell(&tree, "/event-sources/epow-events", "interrupts", 0), ==,
                     IRQ_SOURCE_EPOW);
    tree_end(&tree);

    tree_start(&tree, "nested", GIB);
    tree.config.cpus = 3;
    tree_make(&tree);
    g_assert_true(lists(&tree, "/interrupt-controller", "compatible", "IBM,ppc-xicp"));
    g_assert_cmpuint(cell(&tree, "/interrupt-controller", "ibm,interrupt-server-ranges", 1), ==, 3);
    g_assert_false(has(&tree, "/", "ibm,plat-res-int-priorities"));
    tree_end(&tree);
}

/** Descriptions that can't be right are refused, not written down. */
static void test_refused(void)
{
    const GuestRange no_rtas[] = {{0, 0}, {0x20000, 0x10000}, {0xffff0000, 0x100010000}};
    Tree tree;

#define REFUSED(field, value)                                                                      \
    do {                                                                                           \
        g_autoptr(GError) error_ = NULL;                                                           \
        tree_start(&tree, "power9", GIB);                                                          \
        tree_plan(&tree);                                                                          \
        tree.field = (value);                                                                      \
        g_assert_null(dt_build(&tree.desc, &tree.size, &error_));                                  \
        g_assert_error(error_, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);                                 \
    } while (0)
    for (size_t i = 0; i < G_N_ELEMENTS(no_rtas); i++)
        REFUSED(desc.rtas, no_rtas[i]);
    REFUSED(caps.cpu.pvr, 0x12345678);
    REFUSED(desc.threads, 0);
    REFUSED(desc.threads, 9);
    REFUSED(desc.stride, 0);
    REFUSED(desc.cores, 0);
    REFUSED(desc.lmb, 0);
    REFUSED(desc.lmb, 48 * MIB);
    REFUSED(desc.rma, 2 * GIB);
    REFUSED(desc.rma, 0);
    REFUSED(desc.memory, GIB + 1);
#undef REFUSED
}

/* --- what can be plugged --------------------------------------------------------------- */

static void test_plugged(void)
{
    static const GuestRange plugged[] = {{GIB, GIB + 512 * MIB}, {2 * GIB, 2 * GIB + 256 * MIB}};
    static const uint32_t flags[] = {0x80 | 0x20, 0x108, 0, 0x108, 0};
    static const uint32_t counts[] = {4, 2, 2, 1, 7};
    static const uint8_t present[] = {1, 0, 1, 0};
    Tree tree;

    tree_start(&tree, "power9", GIB);
    tree.config.max_memory = 4 * GIB;
    tree.config.max_cpus = 4;
    tree_plan(&tree);
    g_assert_cmpuint(tree.desc.lmb, ==, 256 * MIB);
    tree.desc.plugged = plugged;
    tree.desc.n_plugged = G_N_ELEMENTS(plugged);
    tree.desc.core_present = present;
    tree_build(&tree);

    g_assert_cmpuint(cells64(&tree, "/rtas", "ibm,lrdr-capacity", 0), ==, 4 * GIB);
    g_assert_cmpuint(cell(&tree, "/rtas", "ibm,lrdr-capacity", 4), ==, 4);
    g_assert_cmpuint(cell(&tree, DRMEM, "ibm,dynamic-memory-v2", 0), ==, 5);
    g_assert_cmphex(cell(&tree, DRMEM, "ibm,memory-flags-mask", 0), ==, 0x1ff);
    for (unsigned i = 0; i < 5; i++) {
        g_assert_cmpuint(cell(&tree, DRMEM, "ibm,dynamic-memory-v2", 1 + 6 * i), ==, counts[i]);
        g_assert_cmphex(cell(&tree, DRMEM, "ibm,dynamic-memory-v2", 6 + 6 * i), ==, flags[i]);
    }
    g_assert_cmphex(cell(&tree, P9, "ibm,my-drc-index", 0), ==, 0x10000000);
    g_assert_cmphex(cell(&tree, "/cpus/PowerPC,POWER9@2", "ibm,my-drc-index", 0), ==, 0x10000002);
    g_assert_cmpint(fdt_path_offset(tree.fdt, "/cpus/PowerPC,POWER9@1"), <, 0);
    g_assert_cmpuint(cell(&tree, "/event-sources/hot-plug-events", "interrupts", 0), ==,
                     IRQ_SOURCE_HOTPLUG);

    int length;
    static const char info[] =
        "\0\0\0\1CPU\0CPU \0\x10\0\0\0\0\0\0\0\0\0\0\4\0\0\0\1\xff\xff\xff\xff";
    const void *told = property(&tree, "/cpus", "ibm,drc-info", &length);
    g_assert_cmpmem(told, length, info, sizeof(info) - 1);
    tree_end(&tree);

    /* For a client that knows neither runs nor events. */
    tree.desc.terms.drc_info = tree.desc.terms.drmem_v2 = tree.desc.terms.hotplug_events = FALSE;
    tree_build(&tree);
    g_assert_cmpuint(cell(&tree, "/cpus", "ibm,drc-indexes", 0), ==, 4);
    g_assert_cmphex(cell(&tree, "/cpus", "ibm,drc-indexes", 4), ==, 0x10000003);
    static const char names[] = "\0\0\0\4CPU 0\0CPU 1\0CPU 2\0CPU 3";
    told = property(&tree, "/cpus", "ibm,drc-names", &length);
    g_assert_cmpmem(told, length, names, sizeof(names));
    static const char types[] = "\0\0\0\4CPU\0CPU\0CPU\0CPU";
    told = property(&tree, "/cpus", "ibm,drc-types", &length);
    g_assert_cmpmem(told, length, types, sizeof(types));
    g_assert_cmphex(cell(&tree, "/cpus", "ibm,drc-power-domains", 4), ==, UINT32_MAX);
    g_assert_cmpuint(cell(&tree, "/", "ibm,drc-indexes", 0), ==, 16);
    g_assert_cmphex(cell(&tree, "/", "ibm,drc-indexes", 16), ==, 0x8000000f);
    g_assert_cmpuint(cell(&tree, DRMEM, "ibm,dynamic-memory", 0), ==, 16);
    g_assert_cmphex(cell(&tree, DRMEM, "ibm,dynamic-memory", 1 + 6 * 8 + 5), ==, 0x108);
    g_assert_cmphex(cell(&tree, DRMEM, "ibm,dynamic-memory", 1 + 6 * 9 + 5), ==, 0);
    g_assert_cmpint(fdt_path_offset(tree.fdt, "/event-sources/hot-plug-events"), <, 0);
    tree_end(&tree);

    /* Nor blocks at all. */
    tree.desc.terms.drconf_memory = FALSE;
    tree_build(&tree);
    g_assert_cmpuint(cells64(&tree, "/memory@80000000", "reg", 2), ==, 256 * MIB);
    tree_end(&tree);
}

/** What a connector gives: a node that is as it would be in the tree. */
static void test_one(void)
{
    g_autoptr(GError) error = NULL;
    Tree tree;

    tree_start(&tree, "power10", GIB);
    tree.config.max_memory = 2 * GIB;
    tree.config.max_cpus = 2;
    tree_plan(&tree);
    tree.fdt = dt_build_core(&tree.desc, 1, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cell(&tree, "/PowerPC,POWER10@1", "reg", 0), ==, 1);
    g_assert_cmphex(cell(&tree, "/PowerPC,POWER10@1", "ibm,my-drc-index", 0), ==, 0x10000001);
    tree_end(&tree);
    tree.fdt = dt_build_lmb(&tree.desc, 5, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(cells64(&tree, "/memory@50000000", "reg", 0), ==, 0x50000000);
    g_assert_cmpuint(cells64(&tree, "/memory@50000000", "reg", 2), ==, 256 * MIB);
    g_assert_cmpuint(cell(&tree, "/memory@50000000", "ibm,associativity", 0), ==, 4);
    tree_end(&tree);
}

static void test_plugged_refused(void)
{
    static const GuestRange ranges[][2] = {
        {{512 * MIB, 2 * GIB}, {0, 0}},       {{GIB, GIB}, {2 * GIB, 3 * GIB}},
        {{GIB, 2 * GIB}, {GIB, 3 * GIB}},     {{GIB + MIB, 2 * GIB}, {2 * GIB, 3 * GIB}},
        {{GIB, 2 * GIB}, {3 * GIB, 5 * GIB}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(ranges); i++) {
        g_autoptr(GError) error = NULL;
        Tree tree;

        tree_start(&tree, "power9", GIB);
        tree.config.max_memory = 4 * GIB;
        tree_plan(&tree);
        tree.desc.plugged = ranges[i];
        tree.desc.n_plugged = 2;
        g_assert_null(dt_build(&tree.desc, &tree.size, &error));
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    }
}

static void test_same_bytes(void)
{
    Tree one, two;

    tree_start(&one, "power10", 2 * GIB);
    tree_make(&one);
    tree_start(&two, "power10", 2 * GIB);
    /* Freed memory that is not zero must not show through. */
    g_free(memset(g_malloc(64 * 1024), 0xa5, 64 * 1024));
    tree_make(&two);
    g_assert_cmpmem(one.fdt, one.size, two.fdt, two.size);
    tree_end(&one);
    tree_end(&two);
}

static CasOffer offer_of(const Tree *tree)
{
    CasOffer offer;

    cas_offer_init(&offer, &tree->config, &tree->caps);
    return offer;
}

/** What there is to choose from: pairs of a byte of vector 5 and its value. */
static void test_offers(void)
{
    static const struct {
        const char *host;
        MmuChoice mmu;
        IrqChoice irq;
        CpuCompat compat;
        uint8_t told_irq, told_mmu, told_gtse;
    } rows[] = {
        {"power9", MMU_AUTO, IRQ_AUTO, CPU_COMPAT_NONE, 0x80, 0x80, 0x40},
        {"power9", MMU_HASH, IRQ_XIVE, CPU_COMPAT_NONE, 0x40, 0x00, 0x00},
        {"power9", MMU_RADIX, IRQ_XICS, CPU_COMPAT_NONE, 0x00, 0x40, 0x40},
        {"power10", MMU_AUTO, IRQ_AUTO, CPU_COMPAT_POWER8, 0x00, 0x00, 0x00},
        {"power8", MMU_AUTO, IRQ_AUTO, CPU_COMPAT_NONE, 0x00, 0x00, 0x00},
        {"nested", MMU_AUTO, IRQ_AUTO, CPU_COMPAT_NONE, 0x00, 0x40, 0x40},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        const uint8_t *told;
        Tree tree;
        int length;

        tree_start(&tree, rows[i].host, GIB);
        tree.config.mmu = rows[i].mmu;
        tree.config.irq = rows[i].irq;
        tree.config.max_cpu_compat = rows[i].compat;
        tree_plan(&tree);
        CasOffer offer = offer_of(&tree);
        g_assert_true(machine_desc_set_negotiable(&tree.desc, &offer, &error));
        tree_build(&tree);
        told = property(&tree, "/chosen", "ibm,arch-vec-5-platform-support", &length);
        g_assert_cmpint(length, ==, 8);
        g_assert_cmpuint(told[0], ==, 23);
        g_assert_cmphex(told[1], ==, rows[i].told_irq);
        g_assert_cmpuint(told[2], ==, 24);
        g_assert_cmphex(told[3], ==, rows[i].told_mmu);
        g_assert_cmpuint(told[4], ==, 25);
        g_assert_cmpuint(told[6], ==, 26);
        g_assert_cmphex(told[7], ==, rows[i].told_gtse);
        tree_end(&tree);
    }
}

/** A client that may come to hash lives in a real mode area that hash has, too. */
static void test_negotiable_area(void)
{
    g_autoptr(GError) error = NULL;
    Tree tree;

    tree_start(&tree, "power9", 2 * GIB);
    tree.caps.page_size = 4096;
    tree_plan(&tree);
    g_assert_cmpuint(tree.desc.rma, ==, GIB);
    CasOffer offer = offer_of(&tree);
    g_assert_true(machine_desc_set_negotiable(&tree.desc, &offer, &error));
    g_assert_cmpuint(tree.desc.rma, ==, 512 * MIB);
    tree_build(&tree);
    g_assert_cmpuint(cells64(&tree, "/memory@0", "reg", 2), ==, 512 * MIB);
    tree_end(&tree);

    tree.config.mmu = MMU_RADIX;
    tree_plan(&tree);
    offer = offer_of(&tree);
    g_assert_true(machine_desc_set_negotiable(&tree.desc, &offer, &error));
    g_assert_cmpuint(tree.desc.rma, ==, GIB);
}

static void test_compat(void)
{
    Tree tree;

    tree_start(&tree, "power10", GIB);
    tree.config.max_cpu_compat = CPU_COMPAT_POWER8;
    tree_make(&tree);
    g_assert_cmphex(cell(&tree, "/cpus/PowerPC,POWER10@0", "cpu-version", 0), ==, 0x0f000004);
    g_assert_false(has(&tree, "/cpus/PowerPC,POWER10@0", "ibm,dec-bits"));
    g_assert_false(has(&tree, "/cpus/PowerPC,POWER10@0", "ibm,pi-features"));
    g_assert_true(has(&tree, "/cpus/PowerPC,POWER10@0", "ibm,pft-size"));
    g_assert_cmphex(vec5(&tree, 23), ==, 0);
    g_assert_cmphex(vec5(&tree, 24), ==, 0);
    tree_end(&tree);

    tree.config.max_cpu_compat = CPU_COMPAT_POWER9;
    tree_make(&tree);
    g_assert_cmphex(cell(&tree, "/cpus/PowerPC,POWER10@0", "cpu-version", 0), ==, 0x0f000005);
    g_assert_true(has(&tree, "/cpus/PowerPC,POWER10@0", "ibm,dec-bits"));
    g_assert_cmphex(vec5(&tree, 24), ==, 0x40);
    tree_end(&tree);
}

/** What a client does not know is not in its tree. */
static void test_terms(void)
{
    Tree tree;
    int length;

    tree_start(&tree, "power9", 4 * GIB);
    tree.config.mmu = MMU_HASH;
    tree.config.cpus = 4;
    tree_plan(&tree);
    tree.desc.terms.drmem_v2 = tree.desc.terms.drc_info = FALSE;
    tree_build(&tree);
    g_assert_false(has(&tree, "/ibm,dynamic-reconfiguration-memory", "ibm,dynamic-memory-v2"));
    property(&tree, "/ibm,dynamic-reconfiguration-memory", "ibm,dynamic-memory", &length);
    g_assert_cmpint(length, ==, 4 * (1 + 16 * 6));
    for (unsigned i = 0; i < 16; i++) {
        const char *path = "/ibm,dynamic-reconfiguration-memory", *name = "ibm,dynamic-memory";
        unsigned at = 1 + i * 6;

        g_assert_cmpuint(cells64(&tree, path, name, at), ==, i * 256 * MIB);
        g_assert_cmphex(cell(&tree, path, name, at + 2), ==, 0x80000000 | i);
        /* The first GiB is the memory node's. */
        g_assert_cmphex(cell(&tree, path, name, at + 5), ==, i < 4 ? 0xa0 : 0x08);
    }
    g_assert_cmphex(vec5(&tree, 22), ==, 0);
    tree_end(&tree);

    tree.desc.terms = (MachineTerms){.max_cores = 2};
    tree_build(&tree);
    g_assert_cmpint(fdt_path_offset(tree.fdt, "/ibm,dynamic-reconfiguration-memory"), <, 0);
    g_assert_cmpuint(cells64(&tree, "/memory@40000000", "reg", 0), ==, GIB);
    g_assert_cmpuint(cells64(&tree, "/memory@40000000", "reg", 2), ==, 3 * GIB);
    g_assert_true(fdt_path_offset(tree.fdt, "/cpus/PowerPC,POWER9@1") >= 0);
    g_assert_true(fdt_path_offset(tree.fdt, "/cpus/PowerPC,POWER9@2") < 0);
    g_assert_false(has(&tree, "/cpus/PowerPC,POWER9@0", "ibm,segment-page-sizes"));
    g_assert_cmphex(vec5(&tree, 2), ==, 0x80);
    g_assert_cmphex(vec5(&tree, 5), ==, 0);
    g_assert_cmphex(vec5(&tree, 17), ==, 0);
    g_assert_cmphex(vec5(&tree, 26), ==, 0);
    tree_end(&tree);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dt/identity", test_identity);
    g_test_add_func("/dt/chosen", test_chosen);
    g_test_add_func("/dt/vector", test_vector);
    g_test_add_func("/dt/cpu/radix", test_cpu_radix);
    g_test_add_func("/dt/cpu/hash", test_cpu_hash);
    g_test_add_func("/dt/threads", test_threads);
    g_test_add_func("/dt/large", test_large);
    g_test_add_func("/dt/memory", test_memory);
    g_test_add_func("/dt/nodes", test_nodes);
    g_test_add_func("/dt/memory-cost", test_memory_cost);
    g_test_add_func("/dt/rtas", test_rtas);
    g_test_add_func("/dt/pci", test_pci);
    g_test_add_func("/dt/hypertas", test_hypertas);
    g_test_add_func("/dt/interrupts", test_interrupts);
    g_test_add_func("/dt/refused", test_refused);
    g_test_add_func("/dt/same-bytes", test_same_bytes);
    g_test_add_func("/dt/offers", test_offers);
    g_test_add_func("/dt/negotiable_area", test_negotiable_area);
    g_test_add_func("/dt/compat", test_compat);
    g_test_add_func("/dt/terms", test_terms);
    g_test_add_func("/dt/plugged", test_plugged);
    g_test_add_func("/dt/one", test_one);
    g_test_add_func("/dt/plugged-refused", test_plugged_refused);
    return g_test_run();
}
