/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake_vm.h"

#include <errno.h>
#include <stddef.h>

#include "firmware/of_client.h"
#include "hcall/hcall.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vio/vio.h"
#include "mmu/mmu.h"
#include "src/base/guest_mem.h"
#include "src/base/mmio_bus.h"
#include "src/vmm/balloon.h"
#include "src/vmm/plug.h"
#include "tests/unit/fake_chardev.h"

static FakeVm *fake_of(Vm *vm) { return (FakeVm *)((char *)vm - offsetof(FakeVm, vm)); }

static void fake_request(Vm *vm, VmRequest request, const char *why)
{
    fake_of(vm)->request = request;
    fake_of(vm)->requests++;
    g_free(fake_of(vm)->why);
    fake_of(vm)->why = g_strdup(why);
}

static void fake_event(Vm *vm, const char *event, const char *data)
{
    FakeVm *fake = fake_of(vm);

    g_free(fake->event);
    fake->event = g_strdup_printf("%s %s", event, data ? data : "{}");
    fake->events++;
}

static void fake_post_event(Vcpu *cpu, VcpuEvent event)
{
    __atomic_fetch_or(&cpu->events, (uint32_t)event, __ATOMIC_SEQ_CST);
}

static int fake_start_cpu(Vcpu *cpu, uint64_t pc, uint64_t r3)
{
    if (cpu->state != VCPU_STOPPED)
        return -EBUSY;
    cpu->state = VCPU_STARTING;
    cpu->start = (VcpuEntry){.pc = pc, .r3 = r3};
    return 0;
}

static void fake_stop_self(Vcpu *cpu) { cpu->state = VCPU_STOPPED; }

static HcallRet fake_client_call(Vcpu *cpu, uint64_t args)
{
    return cpu->vm->of ? of_client_call(cpu->vm->of, cpu, args) : H_FUNCTION;
}

static gboolean fake_hold_others(Vcpu *cpu)
{
    FakeVm *fake = fake_of(cpu->vm);

    if (fake->hold_refused || fake->holder)
        return FALSE;
    fake->holder = cpu;
    fake->holds++;
    return TRUE;
}

static void fake_release_others(Vcpu *cpu)
{
    FakeVm *fake = fake_of(cpu->vm);

    g_assert_true(fake->holder == cpu);
    fake->holder = NULL;
}

static const VmControl fake_control = {
    .request = fake_request,
    .event = fake_event,
    .post_event = fake_post_event,
    .start_cpu = fake_start_cpu,
    .stop_self = fake_stop_self,
    .client_call = fake_client_call,
    .hold_others = fake_hold_others,
    .release_others = fake_release_others,
};

FakeVm *fake_vm_new(FakeHvProfile profile, unsigned cpus, unsigned threads, unsigned stride,
                    uint64_t memory)
{
    FakeVm *fake = g_new0(FakeVm, 1);
    Vm *vm = &fake->vm;
    GError *error = NULL;

    fake->config.cpus = cpus;
    fake->config.threads = threads;
    fake->config.memory = memory;
    fake->host = hv_fake_new(profile, &vm->ops);
    vm->config = &fake->config;
    vm->control = &fake_control;
    vm->host = fake->host;
    vm->caps = vm->ops->host_caps(fake->host);
    vm->stride = stride;
    vm->hv = vm->ops->vm_new(fake->host, &error);
    g_assert_no_error(error);
    vm->mmio = mmio_bus_new();
    vm->mem = guest_mem_new(NULL);
    if (memory && !guest_mem_add(vm->mem, 0, memory, &error))
        g_error("%s", error->message);
    g_mutex_init(&vm->mode_lock);
    g_mutex_init(&vm->last_lock);

    vm->vcpus = g_new0(Vcpu *, cpus);
    vm->vcpu_by_index = g_new0(Vcpu *, cpus);
    vm->n_vcpus = cpus;
    for (unsigned i = 0; i < cpus; i++) {
        Vcpu *cpu = vm->vcpus[i] = g_new0(Vcpu, 1);

        vm->vcpu_by_index[i] = cpu;
        cpu->vm = vm;
        cpu->index = i;
        cpu->id = i / threads * stride + i % threads;
        g_mutex_init(&cpu->lock);
        g_cond_init(&cpu->wake);
    }
    return fake;
}

void fake_vm_add_vcpus(FakeVm *fake)
{
    GError *error = NULL;

    for (unsigned i = 0; i < fake->vm.n_vcpus; i++) {
        Vcpu *cpu = fake->vm.vcpus[i];

        cpu->hv = fake->vm.ops->vcpu_new(fake->vm.hv, cpu->id, &error);
        g_assert_no_error(error);
    }
}

void fake_vm_add_devices(FakeVm *fake)
{
    Vm *vm = &fake->vm;
    GError *error = NULL;

    vm->mmu = mmu_new(vm, &error);
    g_assert_no_error(error);
    mmu_reset(vm->mmu, &error);
    g_assert_no_error(error);
    vm->hcalls = hcall_table_new();
    hcall_enable_kernel(vm);
    vm->irq = irq_new(vm, &error);
    g_assert_no_error(error);
    fake->console = fake_chardev_new();
    vm->platform = platform_new(vm, fake->console);
    vm->plug = plug_new(vm);
    fake_vm_add_vcpus(fake);
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        irq_attach_vcpu(vm->irq, vm->vcpus[i], &error);
        g_assert_no_error(error);
    }
    irq_reset(vm->irq, &error);
    g_assert_no_error(error);
}

void fake_vm_free(FakeVm *fake)
{
    if (!fake)
        return;
    Vm *vm = &fake->vm;
    plug_free(vm->plug);
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        Vcpu *cpu = vm->vcpus[i];

        vm->ops->vcpu_free(cpu->hv);
        g_cond_clear(&cpu->wake);
        g_mutex_clear(&cpu->lock);
        g_free(cpu);
    }
    g_free(vm->vcpus);
    g_free(vm->vcpu_by_index);
    of_client_free(vm->of);
    g_free(fake->why);
    g_free(fake->event);
    pci_hosts_free(vm->pci);
    vio_bus_free(vm->vio);
    balloon_free(vm->balloon);
    platform_free(fake->console ? vm->platform : NULL);
    irq_free(fake->console ? vm->irq : NULL);
    hcall_table_free(fake->console ? vm->hcalls : NULL);
    mmu_free(fake->console ? vm->mmu : NULL);
    guest_mem_free(vm->mem);
    mmio_bus_free(vm->mmio);
    g_mutex_clear(&vm->last_lock);
    g_mutex_clear(&vm->mode_lock);
    vm->ops->vm_free(vm->hv);
    vm->ops->host_free(fake->host);
    g_free(fake);
}
