/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/vm.h"

#include "firmware/of_client.h"
#include "hcall/hcall.h"
#include "hw/spapr/cas.h"
#include "hw/spapr/cpu_level.h"
#include "hw/spapr/fadump.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/machine_desc.h"
#include "hw/spapr/nvram.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vio/vio.h"
#include "mmu/mmu.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/mmio_bus.h"
#include "src/chardev/chardev.h"
#include "src/vmm/balloon.h"
#include "src/vmm/pause.h"
#include "src/vmm/plug.h"
#include "src/vmm/ports.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm_devices.h"

static gboolean vm_map_part(Vm *vm, unsigned slot, const GuestRegion *region, uint64_t offset,
                            uint64_t size, GError **error)
{
    int ret = vm->ops->vm_map(vm->hv, slot, region->base + offset, size, region->host + offset);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "KVM does not take %" G_GUINT64_FORMAT " MiB of guest memory",
                               size >> 20);
    return TRUE;
}

/**
 * The real mode area, at most, is a slot of its own: under hash KVM maps all of
 * the slot at 0 as virtual real mode area before the guest's first instruction,
 * an entry for each page.
 */
static gboolean vm_add_memory(Vm *vm, GError **error)
{
    const VmConfig *config = vm->config;
    GuestBacking backing;
    unsigned count;

    if (!guest_backing_open(&backing, config->memory_backing, config->memory_share,
                            config->memory_path, config_max_memory(config), error))
        return FALSE;
    vm->mem = guest_mem_new(&backing);
    if (!guest_mem_add(vm->mem, 0, config->memory, error))
        return FALSE;

    const GuestRegion *region = guest_mem_regions(vm->mem, &count);
    uint64_t first = MIN(region->size, MACHINE_RMA_MAX);

    if (!vm_map_part(vm, 0, region, 0, first, error) ||
        (region->size > first && !vm_map_part(vm, 1, region, first, region->size - first, error)))
        return FALSE;
    return config_max_memory(config) == config->memory ||
           guest_mem_reserve(vm->mem, config->memory, config_max_memory(config) - config->memory,
                             MACHINE_LMB_MIN, error);
}

/** Make vCPU number @index, without a thread yet. */
static Vcpu *vm_make_vcpu(Vm *vm, unsigned index, GError **error)
{
    Vcpu *cpu = vcpu_new(vm, index, error);

    if (!cpu)
        return NULL;
    vm->vcpu_by_index[index] = cpu;
    vm->vcpus[vm->n_vcpus++] = cpu;
    return cpu;
}

Vcpu *vm_add_vcpu(Vm *vm, unsigned index, GError **error)
{
    /* One without a thread: KVM would not take its number a second time, were it given back. */
    Vcpu *cpu = vm_vcpu_at(vm, index);

    if (!cpu)
        cpu = vm_make_vcpu(vm, index, error);
    if (!cpu)
        return NULL;
    int ret = cpu_level_apply_to(cpu, vm->platform->terms.cpu_pvr);
    if (ret) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                        "KVM does not show the guest vCPU %u as it does the others", cpu->id);
        return NULL;
    }
    cpu->isolated = TRUE;
    cpu->park |= VCPU_PARK_LOOK | (vm->stopped ? (uint32_t)VCPU_PARK_USER : 0);
    cpu->parked = FALSE;
    if (!vcpu_thread_start(cpu, error)) {
        cpu->parked = TRUE;
        return NULL;
    }
    vcpu_wait_parked(cpu);
    vcpu_unpark(cpu, VCPU_PARK_LIFE);
    return cpu;
}

static gboolean vm_add_vcpus(Vm *vm, GError **error)
{
    vm->vcpus = g_new0(Vcpu *, config_max_cpus(vm->config));
    vm->vcpu_by_index = g_new0(Vcpu *, config_max_cpus(vm->config));
    for (unsigned i = 0; i < vm->config->cpus; i++) {
        if (!vm_make_vcpu(vm, i, error))
            return FALSE;
    }
    return TRUE;
}

gboolean vm_start(Vm *vm, GError **error)
{
    if (!nvram_start(vm->platform->nvram, error) || !pci_hosts_begin(vm->pci, error) ||
        !vio_bus_begin(vm->vio, error))
        return FALSE;
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        if (!vcpu_thread_start(vm->vcpus[i], error))
            return FALSE;
    }
    /* One that is unparked before it ran at all would enter the guest unasked. */
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_wait_parked(vm->vcpus[i]);
    return TRUE;
}

static gboolean vm_check_vcpus(const Vm *vm, GError **error)
{
    const VmConfig *config = vm->config;
    unsigned cpus = config_max_cpus(config);
    uint64_t ids = (uint64_t)(cpus / config->threads - 1) * vm->stride + config->threads;

    if (vm->caps->max_vcpus && cpus > vm->caps->max_vcpus)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--cpus %u: KVM gives a guest at most %u vCPUs on this host", cpus,
                         vm->caps->max_vcpus);
    if (vm->caps->max_vcpu_id && ids > vm->caps->max_vcpu_id)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--cpus %u: KVM's vCPU numbers end at %u on this host", cpus,
                         vm->caps->max_vcpu_id - 1);
    return TRUE;
}

Vm *vm_new(const VmConfig *config, HvHost *host, const HvOps *ops, struct Chardev *console,
           const VmControl *control, GError **error)
{
    g_autoptr(Chardev) terminal = console;
    g_autoptr(Vm) vm = g_new0(Vm, 1);

    vm->config = config;
    vm->control = control;
    vm->ops = ops;
    vm->host = host;
    vm->caps = ops->host_caps(host);
    g_mutex_init(&vm->mode_lock);
    g_mutex_init(&vm->last_lock);

    vm->mmu = mmu_new(vm, error);
    if (!vm->mmu)
        return NULL;
    vm->hv = ops->vm_new(host, error);
    if (!vm->hv || !ops->vm_set_smt(vm->hv, config->threads, &vm->stride, error) ||
        !vm_check_vcpus(vm, error) || !vm_add_memory(vm, error))
        return NULL;
    vm->mmio = mmio_bus_new();
    vm->hcalls = hcall_table_new();
    hcall_enable_kernel(vm);
    vm->irq = irq_new(vm, error);
    if (!vm->irq)
        return NULL;
    vm->console_place = chardev_location(terminal);
    vm->platform = platform_new(vm, g_steal_pointer(&terminal));
    if (config->nvram_path && !nvram_attach(vm->platform->nvram, config->nvram_path, error))
        return NULL;
    if (!vm_devices_add(vm, error) || !vm_add_vcpus(vm, error))
        return NULL;
    vm->plug = plug_new(vm);
    return g_steal_pointer(&vm);
}

void vm_free(Vm *vm)
{
    if (!vm)
        return;
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_thread_end(vm->vcpus[i]);
    plug_free(vm->plug);
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_free(vm->vcpus[i]);
    g_free(vm->vcpus);
    g_free(vm->vcpu_by_index);
    of_client_free(vm->of);
    pci_hosts_free(vm->pci);
    vio_bus_free(vm->vio);
    balloon_free(vm->balloon);
    ports_free(vm->ports);
    platform_free(vm->platform);
    irq_free(vm->irq);
    hcall_table_free(vm->hcalls);
    mmio_bus_free(vm->mmio);
    mmu_free(vm->mmu);
    /* The VM goes before the memory that it maps. */
    vm->ops->vm_free(vm->hv);
    guest_mem_free(vm->mem);
    vm->ops->host_free(vm->host);
    g_mutex_clear(&vm->last_lock);
    g_mutex_clear(&vm->mode_lock);
    g_free(vm);
}

void vm_park_for(Vm *vm, VcpuPark why)
{
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_park(vm->vcpus[i], why);
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_wait_parked(vm->vcpus[i]);
}

void vm_unpark_for(Vm *vm, VcpuPark why)
{
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_unpark(vm->vcpus[i], why);
}

void vm_park(Vm *vm) { vm_park_for(vm, VCPU_PARK_LIFE); }
void vm_unpark(Vm *vm) { vm_unpark_for(vm, VCPU_PARK_LIFE); }
void vm_look_begin(Vm *vm) { vm_park_for(vm, VCPU_PARK_LOOK); }
void vm_look_end(Vm *vm) { vm_unpark_for(vm, VCPU_PARK_LOOK); }

gboolean vm_stop(Vm *vm)
{
    if (vm->stopped)
        return FALSE;
    vm_park_for(vm, VCPU_PARK_USER);
    vm->stopped = TRUE;
    pci_hosts_pause(vm->pci, TRUE);
    pause_begin(vm);
    return TRUE;
}

gboolean vm_cont(Vm *vm)
{
    if (!vm->stopped)
        return FALSE;
    vm->stopped = FALSE;
    pause_end(vm);
    pci_hosts_pause(vm->pci, FALSE);
    vm_unpark_for(vm, VCPU_PARK_USER);
    return TRUE;
}

/** Interrupts big-endian and at their real addresses; the decrementer as wide as it gets. */
static void vm_reset_mode(Vm *vm)
{
    g_mutex_lock(&vm->mode_lock);
    vm->lpcr_mask = HV_LPCR_ILE | HV_LPCR_AIL | HV_LPCR_LD;
    vm->lpcr_value = vm->caps->large_decrementer ? HV_LPCR_LD : 0;
    __atomic_fetch_add(&vm->mode_seq, 1, __ATOMIC_RELEASE);
    g_mutex_unlock(&vm->mode_lock);
}

/** All zeros; a kernel that finds a dump finds the rest of it, too. */
static gboolean vm_clear_memory(Vm *vm, GError **error)
{
    struct Fadump *fadump = vm->platform->fadump;

    return fadump_is_active(fadump) ? fadump_clear_copied(fadump, error)
                                    : guest_mem_clear(vm->mem, error);
}

gboolean vm_reset(Vm *vm, GError **error)
{
    g_clear_pointer(&vm->of, of_client_free);
    /* Devices come to rest before the controller and the memory that they use. */
    balloon_reset(vm->balloon);
    pci_hosts_reset(vm->pci);
    vio_bus_reset(vm->vio);
    plug_reset(vm->plug);
    vm_reset_mode(vm);
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        if (!vcpu_reset(vm->vcpus[i], error))
            return FALSE;
    }
    int ret = cas_reset(vm);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "KVM does not show the guest an older processor "
                               "(--max-cpu-compat)");
    if (!irq_reset(vm->irq, error))
        return FALSE;
    platform_reset(vm->platform);
    /* Fresh memory is left alone: KVM walks every page of it when it is cleared. */
    if (vm->mem_used && !vm_clear_memory(vm, error))
        return FALSE;
    vm->mem_used = TRUE;
    return mmu_reset(vm->mmu, error);
}
