/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's XICS and XIVE devices. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "src/base/fd.h"
#include "src/base/trace.h"
#include "src/kvm/kvm_private.h"

int kvm_irqchip_new(HvVm *vm, HvIrqchip kind, uint32_t n_servers)
{
    struct kvm_create_device create = {
        .type = kind == HV_IRQCHIP_XIVE ? KVM_DEV_TYPE_XIVE : KVM_DEV_TYPE_XICS,
    };
    int ret = kvm_ioctl_ptr(vm->fd, KVM_CREATE_DEVICE, &create);

    if (ret < 0)
        return ret;
    vm->irqchip = (int)create.fd;
    vm->irqchip_kind = kind;

    /* Fewer servers cost the host fewer virtual processors; old kernels can't be told. */
    struct kvm_device_attr attr = {
        .group = kind == HV_IRQCHIP_XIVE ? KVM_DEV_XIVE_GRP_CTRL : KVM_DEV_XICS_GRP_CTRL,
        .attr = kind == HV_IRQCHIP_XIVE ? KVM_DEV_XIVE_NR_SERVERS : KVM_DEV_XICS_NR_SERVERS,
        .addr = (uintptr_t)&n_servers,
    };
    if (kvm_ioctl_ptr(vm->irqchip, KVM_HAS_DEVICE_ATTR, &attr) == 0) {
        ret = kvm_ioctl_ptr(vm->irqchip, KVM_SET_DEVICE_ATTR, &attr);
        if (ret < 0) {
            fd_close(&vm->irqchip);
            return ret;
        }
    }
    return 0;
}

void kvm_irqchip_free(HvVm *vm)
{
    /*
     * A mapping holds the device as its descriptor does: KVM lets go of it with
     * the last. The addresses stay ours, with nothing behind them: should KVM
     * have refused to take them from the guest, it must not find there what is
     * mapped next.
     */
    for (unsigned i = 0; i < G_N_ELEMENTS(vm->areas); i++) {
        if (vm->areas[i].address)
            mmap(vm->areas[i].address, vm->areas[i].size, PROT_NONE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    }
    fd_close(&vm->irqchip);
}

static uint32_t irqchip_group(HvIrqAttr group)
{
    static const uint32_t groups[] = {
        [HV_IRQ_ATTR_XICS_SOURCE] = KVM_DEV_XICS_GRP_SOURCES,
        [HV_IRQ_ATTR_XIVE_CTRL] = KVM_DEV_XIVE_GRP_CTRL,
        [HV_IRQ_ATTR_XIVE_SOURCE] = KVM_DEV_XIVE_GRP_SOURCE,
        [HV_IRQ_ATTR_XIVE_SOURCE_CONFIG] = KVM_DEV_XIVE_GRP_SOURCE_CONFIG,
        [HV_IRQ_ATTR_XIVE_EQ_CONFIG] = KVM_DEV_XIVE_GRP_EQ_CONFIG,
        [HV_IRQ_ATTR_XIVE_SOURCE_SYNC] = KVM_DEV_XIVE_GRP_SOURCE_SYNC,
    };

    return groups[group];
}

static int irqchip_attr(HvVm *vm, unsigned long request, HvIrqAttr group, uint64_t attr,
                        const void *value)
{
    struct kvm_device_attr access = {
        .group = irqchip_group(group),
        .attr = attr,
        .addr = (uintptr_t)value,
    };
    int ret = kvm_ioctl_ptr(vm->irqchip, request, &access);

    trace(TRACE_HV, "irqchip %s group %u attribute %#" G_GINT64_MODIFIER "x = %d",
          request == KVM_SET_DEVICE_ATTR ? "set" : "get", access.group, attr, ret);
    return ret;
}

int kvm_irqchip_attr_set(HvVm *vm, HvIrqAttr group, uint64_t attr, const void *value)
{
    return irqchip_attr(vm, KVM_SET_DEVICE_ATTR, group, attr, value);
}

int kvm_irqchip_attr_get(HvVm *vm, HvIrqAttr group, uint64_t attr, void *value)
{
    return irqchip_attr(vm, KVM_GET_DEVICE_ATTR, group, attr, value);
}

void *kvm_irqchip_map(HvVm *vm, HvXiveArea area, size_t size)
{
    off_t page = area == HV_XIVE_TIMA ? KVM_XIVE_TIMA_PAGE_OFFSET : KVM_XIVE_ESB_PAGE_OFFSET;
    void *before = vm->areas[area].address;

    /* Of a VM's controllers each has as many pages. */
    if (before && size != vm->areas[area].size) {
        errno = EINVAL;
        return NULL;
    }
    void *address =
        mmap(before, size, PROT_READ | PROT_WRITE, MAP_SHARED | (before ? MAP_FIXED : 0),
             vm->irqchip, page * sysconf(_SC_PAGESIZE));

    if (address == MAP_FAILED)
        return NULL;
    vm->areas[area].address = address;
    vm->areas[area].size = size;
    return address;
}

int kvm_irq_line(HvVm *vm, uint32_t source, gboolean level)
{
    struct kvm_irq_level line = {.irq = source, .level = level ? 1u : 0u};

    return kvm_ioctl_ptr(vm->fd, KVM_IRQ_LINE, &line);
}

int kvm_irq_fd(HvVm *vm, uint32_t source, int eventfd, gboolean bind)
{
    struct kvm_irqfd irqfd = {
        .fd = (uint32_t)eventfd,
        .gsi = source,
        .flags = bind ? 0 : KVM_IRQFD_FLAG_DEASSIGN,
    };

    return kvm_ioctl_ptr(vm->fd, KVM_IRQFD, &irqfd);
}

int kvm_vcpu_attach_irqchip(HvVcpu *vcpu, HvIrqchip kind, uint32_t server)
{
    uint32_t cap = kind == HV_IRQCHIP_XIVE ? KVM_CAP_PPC_IRQ_XIVE : KVM_CAP_IRQ_XICS;

    return kvm_enable_cap(vcpu->fd, cap, (uint64_t)vcpu->vm->irqchip, server);
}
