/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake hypervisor's interrupt controllers. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/unit/fake_hv_private.h"

int fake_hv_irqchip_new(HvVm *vm, HvIrqchip kind, uint32_t n_servers)
{
    const HvCaps *caps = &vm->host->caps;
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_NEW);

    if (!ret && !(kind == HV_IRQCHIP_XIVE ? caps->irq_xive : caps->irq_xics))
        ret = -ENODEV;
    else if (!ret && vm->has_irqchip)
        ret = -EEXIST;
    if (!ret) {
        vm->has_irqchip = TRUE;
        vm->irqchip = kind;
        vm->n_servers = n_servers;
    }
    return fake_leave(vm->host, (FakeHvCall){.op = FAKE_IRQCHIP_NEW, .args = {kind, n_servers}},
                      ret);
}

void fake_release_irqchip(HvVm *vm)
{
    GHashTableIter iter;
    gpointer vcpu;

    for (unsigned i = 0; i < G_N_ELEMENTS(vm->areas); i++) {
        if (vm->areas[i])
            munmap(vm->areas[i], vm->area_sizes[i]);
        vm->areas[i] = NULL;
    }
    vm->has_irqchip = FALSE;
    g_mutex_lock(&vm->lock);
    g_hash_table_remove_all(vm->attrs);
    g_hash_table_iter_init(&iter, vm->vcpus);
    while (g_hash_table_iter_next(&iter, NULL, &vcpu))
        ((HvVcpu *)vcpu)->attached = FALSE;
    g_mutex_unlock(&vm->lock);
}

void fake_hv_irqchip_free(HvVm *vm)
{
    fake_enter(vm->host, FAKE_IRQCHIP_FREE);
    fake_release_irqchip(vm);
    fake_leave(vm->host, (FakeHvCall){.op = FAKE_IRQCHIP_FREE}, 0);
}

static uint64_t fake_attr_key(HvIrqAttr group, uint64_t attr)
{
    return ((uint64_t)group << 48) | (attr & ((UINT64_C(1) << 48) - 1));
}

/** What KVM's XIVE device says to a queue's description. */
static int fake_check_eq(HvVm *vm, uint64_t attr, const HvXiveEq *eq)
{
    unsigned server = (unsigned)(attr >> HV_XIVE_EQ_SERVER_SHIFT) & 0x1fffffff;
    HvVcpu *vcpu = hv_fake_vcpu(vm, server);

    if (!vcpu || !vcpu->attached)
        return -ENOENT;
    if ((attr & 7) == 7)
        return -EINVAL;
    if (!eq->qshift)
        return 0;
    if (eq->flags != HV_XIVE_EQ_ALWAYS_NOTIFY || eq->qshift != 16 ||
        eq->qaddr & ((UINT64_C(1) << eq->qshift) - 1))
        return -EINVAL;
    return 0;
}

int fake_hv_irqchip_attr_set(HvVm *vm, HvIrqAttr group, uint64_t attr, const void *value)
{
    FakeHvCall call = {.op = FAKE_IRQCHIP_ATTR_SET, .args = {group, attr}};
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_ATTR_SET);
    uint64_t key = fake_attr_key(group, attr);
    uint64_t source_key = fake_attr_key(HV_IRQ_ATTR_XIVE_SOURCE, attr);
    gboolean xics = group == HV_IRQ_ATTR_XICS_SOURCE;

    if (group == HV_IRQ_ATTR_XIVE_EQ_CONFIG)
        memcpy(&call.eq, value, sizeof(call.eq));
    else if (value)
        memcpy(&call.value, value, sizeof(call.value));

    if (!ret && (!vm->has_irqchip || xics != (vm->irqchip == HV_IRQCHIP_XICS)))
        ret = -ENXIO;
    if (!ret && group == HV_IRQ_ATTR_XIVE_EQ_CONFIG)
        ret = fake_check_eq(vm, attr, &call.eq);
    if (!ret && xics && attr < 16)
        ret = -ENOENT;

    g_mutex_lock(&vm->lock);
    if (!ret &&
        (group == HV_IRQ_ATTR_XIVE_SOURCE_CONFIG || group == HV_IRQ_ATTR_XIVE_SOURCE_SYNC) &&
        !g_hash_table_contains(vm->attrs, &source_key))
        ret = -ENOENT;
    if (!ret) {
        if (group == HV_IRQ_ATTR_XIVE_EQ_CONFIG)
            g_hash_table_replace(vm->attrs, g_memdup2(&key, sizeof(key)),
                                 g_memdup2(&call.eq, sizeof(call.eq)));
        else
            g_hash_table_replace(vm->attrs, g_memdup2(&key, sizeof(key)),
                                 g_memdup2(&call.value, sizeof(call.value)));
    }
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}

int fake_hv_irqchip_attr_get(HvVm *vm, HvIrqAttr group, uint64_t attr, void *value)
{
    FakeHvCall call = {.op = FAKE_IRQCHIP_ATTR_GET, .args = {group, attr}};
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_ATTR_GET);
    uint64_t key = fake_attr_key(group, attr);

    if (!ret && (!vm->has_irqchip ||
                 (group != HV_IRQ_ATTR_XICS_SOURCE && group != HV_IRQ_ATTR_XIVE_EQ_CONFIG)))
        ret = -ENXIO;
    g_mutex_lock(&vm->lock);
    void *stored = g_hash_table_lookup(vm->attrs, &key);
    if (!ret && group == HV_IRQ_ATTR_XIVE_EQ_CONFIG) {
        memset(value, 0, sizeof(HvXiveEq));
        if (stored)
            memcpy(value, stored, sizeof(HvXiveEq));
    } else if (!ret && stored) {
        memcpy(value, stored, sizeof(uint64_t));
    } else if (!ret) {
        ret = -ENOENT;
    }
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}

void *fake_hv_irqchip_map(HvVm *vm, HvXiveArea area, size_t size)
{
    FakeHvCall call = {.op = FAKE_IRQCHIP_MAP, .args = {area, size}};
    int ret = fake_enter(vm->host, FAKE_IRQCHIP_MAP);
    void *host = NULL;

    if (!ret && (!vm->has_irqchip || vm->irqchip != HV_IRQCHIP_XIVE))
        ret = -ENXIO;
    else if (!ret && (vm->areas[area] || !size))
        ret = -EINVAL;
    if (!ret) {
        host = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                    -1, 0);
        if (host == MAP_FAILED) {
            host = NULL;
            ret = -ENOMEM;
        }
    }
    if (!ret) {
        vm->areas[area] = host;
        vm->area_sizes[area] = size;
    }
    fake_leave(vm->host, call, ret);
    errno = -ret;
    return host;
}

int fake_hv_irq_line(HvVm *vm, uint32_t source, gboolean level)
{
    int ret = fake_enter(vm->host, FAKE_IRQ_LINE);

    if (!ret && !vm->has_irqchip)
        ret = -ENXIO;
    return fake_leave(vm->host,
                      (FakeHvCall){.op = FAKE_IRQ_LINE, .args = {source, (uint64_t) !!level}}, ret);
}

int fake_hv_irq_fd(HvVm *vm, uint32_t source, int eventfd, gboolean bind)
{
    int ret = fake_enter(vm->host, FAKE_IRQ_FD);

    if (!ret && bind && !vm->has_irqchip)
        ret = -EAGAIN;
    return fake_leave(
        vm->host,
        (FakeHvCall){.op = FAKE_IRQ_FD, .args = {source, (uint64_t)eventfd, (uint64_t) !!bind}},
        ret);
}

gboolean hv_fake_attr(HvVm *vm, HvIrqAttr group, uint64_t attr, uint64_t *value)
{
    uint64_t key = fake_attr_key(group, attr);

    g_mutex_lock(&vm->lock);
    const uint64_t *stored = g_hash_table_lookup(vm->attrs, &key);
    if (stored)
        *value = *stored;
    g_mutex_unlock(&vm->lock);
    return stored != NULL;
}

gboolean hv_fake_irqchip(HvVm *vm, HvIrqchip *kind, uint32_t *n_servers)
{
    if (vm->has_irqchip) {
        *kind = vm->irqchip;
        *n_servers = vm->n_servers;
    }
    return vm->has_irqchip;
}

void *hv_fake_area(HvVm *vm, HvXiveArea area, size_t *size)
{
    *size = vm->area_sizes[area];
    return vm->areas[area];
}
