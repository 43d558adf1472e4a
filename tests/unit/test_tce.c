/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DMA windows: entries by hypercall, windows by RTAS, and what devices see through them. */
#include "hcall/hcall.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/pci/tce_table.h"
#include "src/base/guest_mem.h"
#include "tests/unit/fake_vm.h"

enum { LIOBN = 0x80000000u, DYNAMIC = 0x80000001u, LIST = 0x10000 };

static FakeVm *machine(void)
{
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 64 << 20);
    GError *error = NULL;

    fake_vm_add_devices(fake);
    fake->config.rng = TRUE;
    fake->vm.pci = pci_hosts_new(&fake->vm, pci_plan_new(&fake->config, &error), &error);
    g_assert_no_error(error);
    return fake;
}

static HcallRet call(FakeVm *fake, uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
                     uint64_t *result)
{
    uint64_t args[HV_MAX_HCALL_ARGS] = {a, b, c, d};
    HcallRet ret = hcall_dispatch(fake->vm.vcpus[0], number, args);

    if (result)
        *result = args[0];
    return ret;
}

static void test_entries(void)
{
    g_autoptr(FakeVm) fake = machine();
    uint64_t tce = 0;

    g_assert_cmpint(call(fake, H_PUT_TCE, LIOBN, 0x5000, 0x123003, 0, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, H_GET_TCE, LIOBN, 0x5fff, 0, 0, &tce), ==, H_SUCCESS);
    g_assert_cmphex(tce, ==, 0x123003);
    g_assert_cmpint(call(fake, H_STUFF_TCE, LIOBN, 0x4000, 0x77001, 3, NULL), ==, H_SUCCESS);
    for (unsigned i = 4; i < 7; i++) {
        g_assert_cmpint(call(fake, H_GET_TCE, LIOBN, i << 12, 0, 0, &tce), ==, H_SUCCESS);
        g_assert_cmphex(tce, ==, 0x77001);
    }
    for (unsigned i = 0; i < 512; i++)
        guest_mem_store_be64(fake->vm.mem, LIST + 8 * i, (uint64_t)i << 12 | 3);
    g_assert_cmpint(call(fake, H_PUT_TCE_INDIRECT, LIOBN, 0, LIST, 512, NULL), ==, H_SUCCESS);
    g_assert_cmpint(call(fake, H_GET_TCE, LIOBN, 511 << 12, 0, 0, &tce), ==, H_SUCCESS);
    g_assert_cmphex(tce, ==, 511 << 12 | 3);
}

static void test_refused(void)
{
    static const struct {
        uint32_t number;
        uint64_t args[4];
    } cases[] = {
        {H_PUT_TCE, {LIOBN + 1, 0, 0, 0}},
        {H_PUT_TCE, {LIOBN | UINT64_C(1) << 40, 0, 0, 0}},
        {H_PUT_TCE, {0, 0, 0, 0}},
        {H_PUT_TCE, {LIOBN, PCI_DMA32_SIZE, 0, 0}},
        {H_PUT_TCE, {LIOBN, UINT64_MAX, 0, 0}},
        {H_PUT_TCE, {LIOBN, 0, 0x804, 0}},
        {H_GET_TCE, {LIOBN, PCI_DMA32_SIZE, 0, 0}},
        {H_STUFF_TCE, {LIOBN, 0, 0, 513}},
        {H_STUFF_TCE, {LIOBN, 0, 0, 0}},
        {H_STUFF_TCE, {LIOBN, PCI_DMA32_SIZE - 0x1000, 0, 2}},
        {H_STUFF_TCE, {LIOBN, 0, 0, UINT64_MAX}},
        {H_PUT_TCE_INDIRECT, {LIOBN, 0, LIST, 0}},
        {H_PUT_TCE_INDIRECT, {LIOBN, 0, LIST, 513}},
        {H_PUT_TCE_INDIRECT, {LIOBN, 0, LIST + 8, 1}},
        {H_PUT_TCE_INDIRECT, {LIOBN, 0, UINT64_C(1) << 40, 1}},
        {H_PUT_TCE_INDIRECT, {LIOBN, PCI_DMA32_SIZE - 0x1000, LIST, 2}},
    };
    g_autoptr(FakeVm) fake = machine();

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(call(fake, cases[i].number, cases[i].args[0], cases[i].args[1],
                             cases[i].args[2], cases[i].args[3], NULL),
                        ==, H_PARAMETER);

    /* One bad entry of a list: none is written. */
    uint64_t tce = 1;
    guest_mem_store_be64(fake->vm.mem, LIST, 0x1003);
    guest_mem_store_be64(fake->vm.mem, LIST + 8, 0x1007);
    g_assert_cmpint(call(fake, H_PUT_TCE_INDIRECT, LIOBN, 0, LIST, 2, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, H_GET_TCE, LIOBN, 0, 0, 0, &tce), ==, H_SUCCESS);
    g_assert_cmphex(tce, ==, 0);
}

/** A machine without bridges has no windows. */
static void test_none(void)
{
    g_autoptr(FakeVm) fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 64 << 20);

    fake_vm_add_devices(fake);
    g_assert_cmpint(call(fake, H_PUT_TCE, LIOBN, 0, 0, 0, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, H_GET_TCE, LIOBN, 0, 0, 0, NULL), ==, H_PARAMETER);
}

static void test_translate(void)
{
    g_autoptr(FakeVm) fake = machine();
    PciHost *host = pci_hosts_find(fake->vm.pci, PCI_HOST_BUID(0));
    DmaSpace dma = {.mem = fake->vm.mem, .translate = pci_dma_translate, .opaque = host};
    struct iovec iov[4];
    unsigned count = 0;

    call(fake, H_PUT_TCE, LIOBN, 0x1000, 0x20000 | TCE_READ, 0, NULL);
    call(fake, H_PUT_TCE, LIOBN, 0x2000, 0x30000 | TCE_READ | TCE_WRITE, 0, NULL);
    call(fake, H_PUT_TCE, LIOBN, 0x3000, 0x31000 | TCE_WRITE, 0, NULL);
    g_assert_true(dma_map(&dma, 0x1800, 0x1000, FALSE, iov, 4, &count));
    g_assert_cmpuint(count, ==, 2);
    g_assert_true(iov[0].iov_base == guest_mem_ptr(fake->vm.mem, 0x20800, 1));
    g_assert_true(iov[1].iov_base == guest_mem_ptr(fake->vm.mem, 0x30000, 1));
    g_assert_cmpuint(iov[0].iov_len + iov[1].iov_len, ==, 0x1000);

    /* Neighbours that are neighbours in memory, too, are one piece. */
    count = 0;
    g_assert_true(dma_map(&dma, 0x2000, 0x2000, TRUE, iov, 4, &count));
    g_assert_cmpuint(count, ==, 1);
    g_assert_false(dma_map(&dma, 0x1000, 16, TRUE, iov, 4, &count));
    g_assert_false(dma_map(&dma, 0x3000, 16, FALSE, iov, 4, &count));
    g_assert_false(dma_map(&dma, 0x3000, 0x1001, TRUE, iov, 4, &count));
    g_assert_false(dma_map(&dma, 0x4000, 1, FALSE, iov, 4, &count));
    g_assert_false(dma_map(&dma, UINT64_MAX, 1, FALSE, iov, 4, &count));
    g_assert_cmpuint(count, ==, 1);
    g_assert_cmpuint(iov[0].iov_len, ==, 0x2000);

    /* An entry for what is no memory is found out when it is used. */
    call(fake, H_PUT_TCE, LIOBN, 0x5000, UINT64_C(1) << 40 | 3, 0, NULL);
    g_assert_false(dma_map(&dma, 0x5000, 1, FALSE, iov, 4, &count));
}

static void test_dynamic(void)
{
    g_autoptr(FakeVm) fake = machine();
    PciHost *host = pci_hosts_find(fake->vm.pci, PCI_HOST_BUID(0));
    PciDmaOffer offer;
    uint32_t liobn;
    uint64_t base, real, left;

    pci_dma_query(host, &offer);
    g_assert_cmpuint(offer.available, ==, 1);
    g_assert_cmpint(pci_dma_create(host, 13, 26, &liobn, &base), <, 0);
    g_assert_cmpint(pci_dma_create(host, 24, 23, &liobn, &base), <, 0);
    g_assert_cmpint(pci_dma_create(host, 12, 63, &liobn, &base), <, 0);
    g_assert_cmpint(pci_dma_create(host, 12, UINT_MAX, &liobn, &base), <, 0);
    g_assert_cmpint(pci_dma_create(host, 24, 26, &liobn, &base), ==, 0);
    g_assert_cmphex(liobn, ==, DYNAMIC);
    g_assert_cmpint(pci_dma_create(host, 24, 26, &liobn, &base), <, 0);
    pci_dma_query(host, &offer);
    g_assert_cmpuint(offer.available, ==, 0);

    g_assert_cmpint(call(fake, H_PUT_TCE, DYNAMIC, base + (1 << 24), 0x1000003, 0, NULL), ==,
                    H_SUCCESS);
    g_assert_cmpint(call(fake, H_PUT_TCE, DYNAMIC, base, 0x1003, 0, NULL), ==, H_PARAMETER);
    g_assert_cmpint(call(fake, H_PUT_TCE, DYNAMIC, base + (4 << 24), 3, 0, NULL), ==, H_PARAMETER);
    g_assert_true(pci_dma_translate(host, base + (1 << 24) + 5, TRUE, &real, &left));
    g_assert_cmphex(real, ==, 0x1000005);
    g_assert_cmphex(left, ==, (1 << 24) - 5);

    /* A reboot has the first window only, and that empty; then it can be made again. */
    call(fake, H_PUT_TCE, LIOBN, 0, 0x1003, 0, NULL);
    pci_hosts_reset(fake->vm.pci);
    g_assert_cmpint(call(fake, H_PUT_TCE, DYNAMIC, base, 3, 0, NULL), ==, H_PARAMETER);
    g_assert_false(pci_dma_translate(host, 0, TRUE, &real, &left));
    g_assert_cmpint(pci_dma_create(host, 16, 26, &liobn, &base), ==, 0);
    g_assert_true(pci_dma_remove(fake->vm.pci, liobn));
    g_assert_false(pci_dma_remove(fake->vm.pci, liobn));

    /* The first window can be taken away, and comes back. */
    g_assert_true(pci_dma_remove(fake->vm.pci, LIOBN));
    g_assert_cmpint(call(fake, H_PUT_TCE, LIOBN, 0, 3, 0, NULL), ==, H_PARAMETER);
    pci_dma_reset(host);
    g_assert_cmpint(call(fake, H_PUT_TCE, LIOBN, 0, 3, 0, NULL), ==, H_SUCCESS);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tce/entries", test_entries);
    g_test_add_func("/tce/refused", test_refused);
    g_test_add_func("/tce/none", test_none);
    g_test_add_func("/tce/translate", test_translate);
    g_test_add_func("/tce/dynamic", test_dynamic);
    return g_test_run();
}
