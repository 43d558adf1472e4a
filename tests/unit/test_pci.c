/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine with PCI devices as a guest finds it: configuration space, BARs, interrupts. */
#include <string.h>

#include "hw/spapr/irq/irq.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/rtas/rtas.h"
#include "hw/virtio/virtio.h"
#include "src/base/endian.h"
#include "src/base/mmio_bus.h"
#include "src/vmm/vm_devices.h"
#include "tests/unit/fake_vm.h"

enum {
    HIGH = 0x8000000,
    LOW = 0x20000000,
    /** The device is in slot 1. */
    FUNCTION = 1 << 11,
    MSIX_CAP = 0x40,
    COMMON_STATUS = 20,
    NOTIFY = 0x3000,
};

static FakeVm *machine(FakeHvProfile profile)
{
    FakeVm *fake = fake_vm_new(profile, 1, 1, 1, 64 << 20);
    GError *error = NULL;

    fake->config.rng = TRUE;
    fake_vm_add_devices(fake);
    g_assert_true(vm_devices_add(&fake->vm, &error));
    g_assert_true(pci_hosts_begin(fake->vm.pci, &error));
    g_assert_no_error(error);
    return fake;
}

/** Calls service @name with up to six arguments; results behind the status go to @rets. */
static RtasStatus rtas(FakeVm *fake, const char *name, const uint32_t args[8], uint32_t *rets)
{
    const RtasDef *def = rtas_service(rtas_token(name) - RTAS_TOKEN_BASE);
    uint32_t results[RTAS_MAX_CELLS] = {0};

    g_assert_nonnull(def);
    RtasStatus status = def->handler(fake->vm.vcpus[0], args, results);
    if (rets)
        memcpy(rets, results + 1, 3 * sizeof(*rets));
    return status;
}

static uint32_t config_read(FakeVm *fake, uint32_t address, uint32_t size)
{
    uint32_t rets[3];

    g_assert_cmpint(
        rtas(fake, "ibm,read-pci-config", (uint32_t[8]){FUNCTION | address, HIGH, LOW, size}, rets),
        ==, RTAS_SUCCESS);
    return rets[0];
}

static void config_write(FakeVm *fake, uint32_t address, uint32_t size, uint32_t value)
{
    g_assert_cmpint(rtas(fake, "ibm,write-pci-config",
                         (uint32_t[8]){FUNCTION | address, HIGH, LOW, size, value}, NULL),
                    ==, RTAS_SUCCESS);
}

static void test_config(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_POWER9);
    uint32_t rets[3];

    g_assert_cmphex(config_read(fake, 0, 4), ==, 0x10441af4);
    g_assert_cmphex(config_read(fake, 2, 2), ==, 0x1044);
    g_assert_cmphex(config_read(fake, 4, 2), ==, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    g_assert_cmpint(rtas(fake, "read-pci-config", (uint32_t[8]){FUNCTION, 4}, rets), ==,
                    RTAS_SUCCESS);
    g_assert_cmphex(rets[0], ==, 0x10441af4);

    /* What is constant stays. */
    config_write(fake, 0, 4, 0);
    config_write(fake, 8, 4, 0);
    config_write(fake, MSIX_CAP, 2, 0);
    g_assert_cmphex(config_read(fake, 0, 4), ==, 0x10441af4);
    g_assert_cmphex(config_read(fake, MSIX_CAP, 1), ==, PCI_CAP_MSIX);

    static const uint32_t wrong[][4] = {{FUNCTION, HIGH, LOW + 1, 4}, {FUNCTION, 0, 0, 4},
                                        {FUNCTION + 1, HIGH, LOW, 2}, {FUNCTION, HIGH, LOW, 3},
                                        {FUNCTION, HIGH, LOW, 0},     {FUNCTION, HIGH, LOW, 8}};
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++)
        g_assert_cmpint(rtas(fake, "ibm,read-pci-config",
                             (uint32_t[8]){wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3]},
                             rets),
                        ==, RTAS_PARAM_ERROR);
    /* Nobody there. */
    g_assert_cmpint(rtas(fake, "ibm,read-pci-config", (uint32_t[8]){2 << 11, HIGH, LOW, 4}, rets),
                    ==, RTAS_HW_ERROR);
    g_assert_cmphex(rets[0], ==, UINT32_MAX);
    g_assert_cmpint(
        rtas(fake, "ibm,read-pci-config", (uint32_t[8]){FUNCTION | 1 << 16, HIGH, LOW, 4}, rets),
        ==, RTAS_HW_ERROR);
    g_assert_cmphex(config_read(fake, 0x10000000, 4), ==, UINT32_MAX);
}

static uint64_t bar(FakeVm *fake)
{
    return (config_read(fake, 0x18, 4) & ~UINT32_C(15)) | (uint64_t)config_read(fake, 0x1c, 4)
                                                              << 32;
}

static gboolean store(FakeVm *fake, uint64_t addr, unsigned length, uint64_t value)
{
    uint8_t data[8];

    le_store(data, length, value);
    return mmio_bus_access(fake->vm.mmio, addr, data, length, TRUE);
}

static uint64_t load(FakeVm *fake, uint64_t addr, unsigned length)
{
    uint8_t data[8] = {0};

    g_assert_true(mmio_bus_access(fake->vm.mmio, addr, data, length, FALSE));
    return le_load(data, length);
}

static void test_bars(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_POWER9);
    uint64_t base = bar(fake);

    g_assert_cmpuint(load(fake, base + 18, 2), ==, 1);
    /* Its size, as it is found out. */
    config_write(fake, 0x10, 4, UINT32_MAX);
    g_assert_cmphex(config_read(fake, 0x10, 4), ==, 0xffff0000);
    config_write(fake, 0x18, 4, UINT32_MAX);
    g_assert_cmphex(config_read(fake, 0x18, 4), ==, 0xffff0004);
    g_assert_cmphex(load(fake, base + 18, 2), ==, 0xffff);

    /* Elsewhere, then off, then on. */
    config_write(fake, 0x18, 4, 0x7a0000);
    g_assert_cmphex(bar(fake), ==, (base & ~UINT64_C(0xffffffff)) | 0x7a0000);
    g_assert_cmpuint(load(fake, bar(fake) + 18, 2), ==, 1);
    config_write(fake, 4, 2, 0);
    g_assert_cmphex(load(fake, bar(fake) + 18, 2), ==, 0xffff);
    config_write(fake, 4, 2, PCI_COMMAND_MEMORY);
    g_assert_cmpuint(load(fake, bar(fake) + 18, 2), ==, 1);

    pci_hosts_reset(fake->vm.pci);
    g_assert_cmphex(bar(fake), ==, base);
    g_assert_cmpuint(load(fake, base + 18, 2), ==, 1);
}

static RtasStatus change_msi(FakeVm *fake, uint32_t function, uint32_t count, uint32_t *granted)
{
    uint32_t rets[3] = {0};
    RtasStatus status =
        rtas(fake, "ibm,change-msi", (uint32_t[8]){FUNCTION, HIGH, LOW, function, count, 1}, rets);

    *granted = rets[0];
    return status;
}

static void test_msi(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_NESTED);
    uint64_t table = PCI_WINDOW32_BASE(0) + config_read(fake, 0x10, 4) - PCI_WINDOW32_BUS;
    uint32_t granted, rets[3];

    g_assert_cmpint(change_msi(fake, 4, 2, &granted), ==, RTAS_SUCCESS);
    g_assert_cmpuint(granted, ==, 2);
    for (uint32_t i = 0; i < 2; i++) {
        g_assert_cmpint(rtas(fake, "ibm,query-interrupt-source-number",
                             (uint32_t[8]){FUNCTION, HIGH, LOW, i}, rets),
                        ==, RTAS_SUCCESS);
        g_assert_cmphex(rets[0], ==, IRQ_SOURCE_MSI + i);
        /* The guest's kernel finds the message in the table, as firmware left it. */
        g_assert_cmphex(load(fake, table + 16 * i, 8), ==, PCI_MSI_ADDRESS);
        g_assert_cmphex(load(fake, table + 16 * i + 8, 4), ==, IRQ_SOURCE_MSI + i);
        g_assert_cmphex(load(fake, table + 16 * i + 12, 4), ==, 1);
    }
    g_assert_cmpint(rtas(fake, "ibm,query-interrupt-source-number",
                         (uint32_t[8]){FUNCTION, HIGH, LOW, 2}, rets),
                    ==, RTAS_PARAM_ERROR);

    /* Pending while masked, told of in the bits, and not lost. */
    PciFunction *fn = pci_host_function(&fake->vm.pci->hosts[0], FUNCTION);
    g_assert_false(pci_msix_notify(fn, 0));
    config_write(fake, MSIX_CAP + 2, 2, 1 << 15);
    g_assert_true(pci_msix_notify(fn, 1));
    g_assert_cmphex(load(fake, table + 32, 8), ==, 2);
    store(fake, table + 16 + 12, 4, 0);
    g_assert_cmphex(load(fake, table + 32, 8), ==, 0);

    g_assert_cmpint(change_msi(fake, 4, 5, &granted), ==, RTAS_HW_ERROR);
    g_assert_cmpint(change_msi(fake, 3, 1, &granted), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(change_msi(fake, 7, 1, &granted), ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(change_msi(fake, 3, 0, &granted), ==, RTAS_SUCCESS);
    g_assert_cmpuint(granted, ==, 0);
    g_assert_cmphex(load(fake, table, 8), ==, 0);
}

/** Who is refused has nothing any more, and its vectors send nothing. */
static void test_msi_refused(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_NESTED);
    uint64_t table = PCI_WINDOW32_BASE(0) + config_read(fake, 0x10, 4) - PCI_WINDOW32_BUS;
    uint16_t *owner = fake->vm.pci->msi_owner;
    uint32_t granted, rets[3];

    g_assert_cmpint(change_msi(fake, 4, 1, &granted), ==, RTAS_SUCCESS);
    g_assert_cmphex(load(fake, table, 8), ==, PCI_MSI_ADDRESS);
    for (unsigned i = 0; i < IRQ_MSIS; i++)
        owner[i] = owner[i] ? owner[i] : UINT16_MAX;
    g_assert_cmpint(change_msi(fake, 4, 2, &granted), !=, RTAS_SUCCESS);
    g_assert_cmpuint(granted, ==, 0);
    g_assert_cmphex(load(fake, table, 8), ==, 0);
    g_assert_cmpint(rtas(fake, "ibm,query-interrupt-source-number",
                         (uint32_t[8]){FUNCTION, HIGH, LOW, 0}, rets),
                    ==, RTAS_PARAM_ERROR);
}

/** Descriptor @fd was bound or unbound last, of @count such calls since the last look. */
static void assert_msi_fd(FakeVm *fake, unsigned count, uint64_t source, uint64_t fd,
                          gboolean bound)
{
    FakeHvCall call;

    g_assert_cmpuint(hv_fake_count(fake->host, FAKE_IRQ_FD), ==, count);
    if (count) {
        g_assert_true(hv_fake_last(fake->host, FAKE_IRQ_FD, &call));
        g_assert_cmphex(call.args[0], ==, source);
        g_assert_cmphex(call.args[1], ==, fd);
        g_assert_cmpint((int)call.args[2], ==, bound);
    }
    hv_fake_forget(fake->host);
}

/** A descriptor raises a vector by KVM only while that is open, and at the source that it means. */
static void test_msi_fd(void)
{
    enum { FD = 77, OTHER = 78 };
    g_autoptr(FakeVm) fake = machine(FAKE_HV_POWER9);
    uint64_t table = PCI_WINDOW32_BASE(0) + config_read(fake, 0x10, 4) - PCI_WINDOW32_BUS;
    PciFunction *fn = pci_host_function(&fake->vm.pci->hosts[0], FUNCTION);
    uint32_t granted;

    g_assert_cmpint(change_msi(fake, 4, 2, &granted), ==, RTAS_SUCCESS);
    hv_fake_forget(fake->host);
    pci_msix_bind_fd(fn, 0, FD, TRUE);
    pci_msix_bind_fd(fn, 100, FD, TRUE);
    config_write(fake, MSIX_CAP + 2, 2, 1 << 15);
    assert_msi_fd(fake, 0, 0, 0, FALSE);
    store(fake, table + 12, 4, 0);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, TRUE);
    /* A second queue at the same vector is told of by whoever reads its descriptor. */
    pci_msix_bind_fd(fn, 0, OTHER, TRUE);
    pci_msix_bind_fd(fn, 0, OTHER, FALSE);
    assert_msi_fd(fake, 0, 0, 0, FALSE);

    /* What comes while it is masked is kept. */
    store(fake, table + 12, 4, 1);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, FALSE);
    g_assert_true(pci_msix_notify(fn, 0));
    g_assert_cmphex(load(fake, table + 32, 8), ==, 1);
    store(fake, table + 12, 4, 0);
    g_assert_cmphex(load(fake, table + 32, 8), ==, 0);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, TRUE);
    config_write(fake, MSIX_CAP + 2, 2, 3 << 14);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, FALSE);
    config_write(fake, MSIX_CAP + 2, 2, 1 << 15);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, TRUE);

    /* The guest sends it elsewhere, and nowhere. */
    store(fake, table + 8, 4, IRQ_SOURCE_MSI + 1);
    assert_msi_fd(fake, 2, IRQ_SOURCE_MSI + 1, FD, TRUE);
    store(fake, table + 8, 4, 0);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI + 1, FD, FALSE);
    store(fake, table + 8, 4, IRQ_SOURCE_MSI);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, TRUE);
    pci_msix_bind_fd(fn, 0, FD, FALSE);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, FALSE);

    /* One that is refused is tried again when the vector changes. */
    hv_fake_fail(fake->host, FAKE_IRQ_FD, 1, ENOSPC);
    pci_msix_bind_fd(fn, 0, FD, TRUE);
    store(fake, table + 12, 4, 1);
    hv_fake_forget(fake->host);
    store(fake, table + 12, 4, 0);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, TRUE);
    pci_hosts_reset(fake->vm.pci);
    assert_msi_fd(fake, 1, IRQ_SOURCE_MSI, FD, FALSE);
}

static void write_status(FakeVm *fake, uint8_t status)
{
    g_assert_true(store(fake, bar(fake) + COMMON_STATUS, 1, status));
}

/** A driver's way to a running device, and back. */
static void test_virtio(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_POWER9);
    uint64_t base = bar(fake);

    write_status(fake, 3);
    store(fake, base, 4, 1);
    g_assert_cmphex(load(fake, base + 4, 4) & 1, ==, 1);
    store(fake, base + 8, 4, 1);
    store(fake, base + 12, 4, 1);
    write_status(fake, 11);
    g_assert_cmphex(load(fake, base + COMMON_STATUS, 1), ==, 11);
    g_assert_cmpuint(load(fake, base + 24, 2), ==, VIRTQUEUE_MAX_SIZE);
    store(fake, base + 24, 2, 8);
    store(fake, base + 32, 4, 0x1000);
    store(fake, base + 40, 8, 0x2000);
    store(fake, base + 48, 8, 0x3000);
    store(fake, base + 28, 2, 1);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, base + NOTIFY), ==, -1);
    write_status(fake, 15);
    g_assert_cmphex(load(fake, base + COMMON_STATUS, 1), ==, 15);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, base + NOTIFY), >=, 0);

    /* Kicks follow the BAR, and end with it. */
    config_write(fake, 0x18, 4, 0x7a0000);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, base + NOTIFY), ==, -1);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, bar(fake) + NOTIFY), >=, 0);
    config_write(fake, 4, 2, 0);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, bar(fake) + NOTIFY), ==, -1);
    config_write(fake, 4, 2, PCI_COMMAND_MEMORY);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, bar(fake) + NOTIFY), >=, 0);

    write_status(fake, 0);
    while (load(fake, bar(fake) + COMMON_STATUS, 1))
        g_usleep(100);
    g_assert_cmpint(hv_fake_store_fd(fake->vm.hv, bar(fake) + NOTIFY), ==, -1);
    g_assert_cmpuint(load(fake, bar(fake) + 28, 2), ==, 0);
}

/** The capability that shows a place in a BAR to who has configuration space only. */
static void test_window(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_POWER9);
    uint32_t at = config_read(fake, 0x34, 1), cap = 0;

    for (; at; at = config_read(fake, at + 1, 1)) {
        if (config_read(fake, at, 1) == PCI_CAP_VENDOR && config_read(fake, at + 3, 1) == 5)
            cap = at;
    }
    g_assert_cmpuint(cap, >, 0);
    config_write(fake, cap + 4, 1, 2);
    config_write(fake, cap + 8, 4, 18);
    config_write(fake, cap + 12, 4, 2);
    g_assert_cmpuint(config_read(fake, cap + 16, 2), ==, 1);
    config_write(fake, cap + 8, 4, UINT32_MAX);
    g_assert_cmpuint(config_read(fake, cap + 16, 2), ==, 0);
    config_write(fake, cap + 4, 1, 0xff);
    config_write(fake, cap + 16, 2, 1);
}

static void test_eeh(void)
{
    g_autoptr(FakeVm) fake = machine(FAKE_HV_POWER9);
    uint32_t rets[3];

    g_assert_cmpint(
        rtas(fake, "ibm,get-config-addr-info2", (uint32_t[8]){FUNCTION, HIGH, LOW, 0}, rets), ==,
        RTAS_SUCCESS);
    uint32_t endpoint = rets[0];
    g_assert_cmpuint(endpoint, !=, 0);
    g_assert_cmpint(
        rtas(fake, "ibm,read-slot-reset-state2", (uint32_t[8]){endpoint, HIGH, LOW}, rets), ==,
        RTAS_SUCCESS);
    g_assert_cmpuint(rets[0], ==, 0);
    g_assert_cmpuint(rets[1], ==, 1);
    write_status(fake, 3);
    g_assert_cmpint(rtas(fake, "ibm,set-slot-reset", (uint32_t[8]){endpoint, HIGH, LOW, 1}, rets),
                    ==, RTAS_SUCCESS);
    g_assert_cmpuint(load(fake, bar(fake) + COMMON_STATUS, 1), ==, 0);
    g_assert_cmpint(rtas(fake, "ibm,set-slot-reset", (uint32_t[8]){endpoint, HIGH, LOW, 2}, rets),
                    ==, RTAS_PARAM_ERROR);
    g_assert_cmpint(rtas(fake, "ibm,set-slot-reset", (uint32_t[8]){FUNCTION, HIGH, LOW, 1}, rets),
                    ==, RTAS_PARAM_ERROR);
}

static void test_plan(void)
{
    DiskConfig disks[IRQ_MAX_BRIDGES * (PCI_SLOTS - 1) + 1] = {0};
    VmConfig config = {.disks = disks, .n_disks = 40};
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(disks); i++)
        disks[i].queues = 1;
    g_autoptr(PciPlan) plan = pci_plan_new(&config, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->n_bridges, ==, 2);
    g_assert_cmpuint(plan->devices[31].bridge, ==, 1);
    for (unsigned i = 0; i < plan->count; i++) {
        for (unsigned j = 0; j < i; j++)
            g_assert_true(plan->devices[i].bridge != plan->devices[j].bridge ||
                          plan->devices[i].desc.bars[0].address !=
                              plan->devices[j].desc.bars[0].address);
    }
    config.n_disks = G_N_ELEMENTS(disks);
    g_assert_null(pci_plan_new(&config, &error));
    g_assert_nonnull(error);
}

/** Devices are where it was said, the others in what is free, all in the order of their slots. */
static void test_places(void)
{
    DiskConfig disks[4] = {{.queues = 1, .slot = 3}, {.queues = 1}, {.queues = 1}, {.queues = 1}};
    NetConfig nets[1] = {{.queues = 1, .slot = 1}};
    VmConfig config = {.disks = disks,
                       .n_disks = 4,
                       .nets = nets,
                       .n_nets = 1,
                       .rng = TRUE,
                       .rng_slot = PCI_SLOTS - 1,
                       .balloon = TRUE,
                       .balloon_slot = 5};
    static const struct {
        unsigned slot;
        PciDeviceKind kind;
        unsigned number;
    } wanted[] = {
        {1, PCI_DEVICE_NET, 0},  {2, PCI_DEVICE_DISK, 1},    {3, PCI_DEVICE_DISK, 0},
        {4, PCI_DEVICE_DISK, 2}, {5, PCI_DEVICE_BALLOON, 0}, {6, PCI_DEVICE_DISK, 3},
        {31, PCI_DEVICE_RNG, 0},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(PciPlan) plan = pci_plan_new(&config, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(plan->n_bridges, ==, 1);
    g_assert_cmpuint(plan->count, ==, G_N_ELEMENTS(wanted));
    for (unsigned i = 0; i < plan->count; i++) {
        g_assert_cmpuint(plan->devices[i].desc.devfn >> 3, ==, wanted[i].slot);
        g_assert_cmpint(plan->devices[i].kind, ==, wanted[i].kind);
        g_assert_cmpuint(plan->devices[i].number, ==, wanted[i].number);
    }
    nets[0].slot = 3;
    g_assert_null(pci_plan_new(&config, &error));
    g_assert_nonnull(strstr(error->message, "PCI slot 3"));
}

/** A bridge that is full but for what was said: the others go on behind it. */
static void test_places_full(void)
{
    DiskConfig disks[PCI_SLOTS] = {0};
    VmConfig config = {.disks = disks, .n_disks = PCI_SLOTS};
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < PCI_SLOTS; i++)
        disks[i].queues = 1;
    disks[7].slot = PCI_SLOTS - 1;
    g_autoptr(PciPlan) plan = pci_plan_new(&config, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(plan->n_bridges, ==, 2);
    g_assert_cmpuint(plan->devices[PCI_SLOTS - 2].number, ==, 7);
    g_assert_cmpuint(plan->devices[PCI_SLOTS - 1].bridge, ==, 1);
    g_assert_cmpuint(plan->devices[PCI_SLOTS - 1].desc.devfn >> 3, ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pci/config", test_config);
    g_test_add_func("/pci/bars", test_bars);
    g_test_add_func("/pci/msi", test_msi);
    g_test_add_func("/pci/msi-fd", test_msi_fd);
    g_test_add_func("/pci/msi-refused", test_msi_refused);
    g_test_add_func("/pci/virtio", test_virtio);
    g_test_add_func("/pci/window", test_window);
    g_test_add_func("/pci/eeh", test_eeh);
    g_test_add_func("/pci/plan", test_plan);
    g_test_add_func("/pci/places", test_places);
    g_test_add_func("/pci/places-full", test_places_full);
    return g_test_run();
}
