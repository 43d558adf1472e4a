/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake hypervisor's vCPUs. */
#include <errno.h>
#include <string.h>

#include "src/base/error.h"
#include "tests/unit/fake_hv_private.h"

enum { FAKE_MAX_VCPUS = 16384 };

HvVcpu *fake_hv_vcpu_new(HvVm *vm, unsigned id, GError **error)
{
    int ret = fake_enter(vm->host, FAKE_VCPU_NEW);

    if (!ret && (id >= vm->host->caps.max_vcpu_id || id >= FAKE_MAX_VCPUS))
        ret = -EINVAL;
    if (!ret && hv_fake_vcpu(vm, id))
        ret = -EEXIST;
    fake_leave(vm->host, (FakeHvCall){.op = FAKE_VCPU_NEW, .args = {id}}, ret);
    if (ret) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot create vCPU %u", id);
        return NULL;
    }
    HvVcpu *vcpu = g_new0(HvVcpu, 1);
    fake_count_object(vm->host, 1);
    vcpu->vm = vm;
    vcpu->id = id;
    g_mutex_init(&vcpu->lock);
    g_cond_init(&vcpu->wake);
    vcpu->one_regs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    g_mutex_lock(&vm->lock);
    g_hash_table_insert(vm->vcpus, GUINT_TO_POINTER(id), vcpu);
    g_mutex_unlock(&vm->lock);
    return vcpu;
}

void fake_hv_vcpu_free(HvVcpu *vcpu)
{
    if (!vcpu)
        return;
    fake_count_object(vcpu->vm->host, -1);
    g_mutex_lock(&vcpu->vm->lock);
    g_hash_table_remove(vcpu->vm->vcpus, GUINT_TO_POINTER(vcpu->id));
    g_mutex_unlock(&vcpu->vm->lock);
    g_hash_table_unref(vcpu->one_regs);
    g_cond_clear(&vcpu->wake);
    g_mutex_clear(&vcpu->lock);
    g_free(vcpu);
}

int fake_hv_vcpu_attach_irqchip(HvVcpu *vcpu, HvIrqchip kind, uint32_t server)
{
    HvVm *vm = vcpu->vm;
    int ret = fake_enter(vm->host, FAKE_VCPU_ATTACH_IRQCHIP);

    if (!ret && (!vm->has_irqchip || vm->irqchip != kind))
        ret = -EPERM;
    else if (!ret && vcpu->attached)
        ret = -EBUSY;
    else if (!ret && server >= vm->n_servers)
        ret = -EINVAL;
    if (!ret)
        vcpu->attached = TRUE;
    return fake_leave(
        vm->host, (FakeHvCall){.op = FAKE_VCPU_ATTACH_IRQCHIP, .args = {vcpu->id, kind, server}},
        ret);
}

void fake_hv_vcpu_bind(HvVcpu *vcpu)
{
    if (vcpu->vm->host->bind_delay_us)
        g_usleep(vcpu->vm->host->bind_delay_us);
}

/**
 * Take in the results of an exit, for which KVM is entered with an exit asked
 * for; a kick that comes meanwhile is taken back with that.
 */
static void fake_settle(HvVcpu *vcpu)
{
    g_mutex_lock(&vcpu->lock);
    gboolean kicked = vcpu->kicked;
    if (vcpu->pending) {
        g_mutex_unlock(&vcpu->lock);
        g_usleep(20);
        g_mutex_lock(&vcpu->lock);
        vcpu->kicked &= kicked;
        vcpu->pending = FALSE;
    }
    g_mutex_unlock(&vcpu->lock);
}

void fake_hv_vcpu_run(HvVcpu *vcpu, HvExit *exit)
{
    HvHost *host = vcpu->vm->host;
    int ret = fake_enter(host, FAKE_VCPU_RUN);

    g_atomic_int_inc(&vcpu->vm->running);
    fake_leave(host, (FakeHvCall){.op = FAKE_VCPU_RUN, .args = {vcpu->id}}, ret);
    *exit = (HvExit){.reason = HV_EXIT_INTERRUPTED};
    if (ret) {
        exit->reason = HV_EXIT_FAIL;
        exit->fail.what = "a failure that the test asked for";
        exit->fail.code = (uint64_t)-ret;
    } else if (host->run && !hv_fake_vcpu_kicked(vcpu)) {
        host->run(vcpu, vcpu->id, exit, host->run_data);
    } else {
        hv_fake_wait_kick(vcpu);
    }
    g_atomic_int_add(&vcpu->vm->running, -1);
    g_mutex_lock(&vcpu->lock);
    vcpu->pending = exit->reason == HV_EXIT_HCALL || exit->reason == HV_EXIT_MMIO;
    g_mutex_unlock(&vcpu->lock);
}

void hv_fake_wait_kick(HvVcpu *vcpu)
{
    g_mutex_lock(&vcpu->lock);
    while (!vcpu->kicked)
        g_cond_wait(&vcpu->wake, &vcpu->lock);
    g_mutex_unlock(&vcpu->lock);
}

static void fake_vcpu_set_kick(HvVcpu *vcpu, FakeHvOp op, gboolean kicked)
{
    HvHost *host = vcpu->vm->host;

    fake_enter(host, op);
    g_mutex_lock(&vcpu->lock);
    vcpu->kicked = kicked;
    g_cond_broadcast(&vcpu->wake);
    g_mutex_unlock(&vcpu->lock);
    fake_leave(host, (FakeHvCall){.op = op, .args = {vcpu->id}}, 0);
}

void fake_hv_vcpu_kick(HvVcpu *vcpu) { fake_vcpu_set_kick(vcpu, FAKE_VCPU_KICK, TRUE); }
void fake_hv_vcpu_unkick(HvVcpu *vcpu) { fake_vcpu_set_kick(vcpu, FAKE_VCPU_UNKICK, FALSE); }

int fake_hv_vcpu_interrupt(HvVcpu *vcpu, gboolean level)
{
    HvHost *host = vcpu->vm->host;
    int ret = fake_enter(host, FAKE_VCPU_INTERRUPT);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        vcpu->line = !!level;
        g_cond_broadcast(&vcpu->wake);
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(
        host, (FakeHvCall){.op = FAKE_VCPU_INTERRUPT, .args = {vcpu->id, (uint64_t) !!level}}, ret);
}

int fake_hv_vcpu_get_regs(HvVcpu *vcpu, HvRegs *regs)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_GET_REGS);

    fake_settle(vcpu);
    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        *regs = vcpu->regs;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_GET_REGS, .args = {vcpu->id}},
                      ret);
}

int fake_hv_vcpu_set_regs(HvVcpu *vcpu, const HvRegs *regs)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_SET_REGS);

    fake_settle(vcpu);
    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        vcpu->regs = *regs;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_SET_REGS, .args = {vcpu->id}},
                      ret);
}

int fake_hv_vcpu_get_reg(HvVcpu *vcpu, HvReg reg, uint64_t *value)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_GET_REG);

    fake_settle(vcpu);
    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        const uint64_t *stored = g_hash_table_lookup(vcpu->one_regs, GUINT_TO_POINTER(reg));
        *value = stored                     ? *stored
                 : reg == HV_REG_PVR        ? vcpu->vm->host->caps.cpu.pvr
                 : reg == HV_REG_DEBUG_INST ? FAKE_HV_DEBUG_INST
                                            : 0;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host,
                      (FakeHvCall){.op = FAKE_VCPU_GET_REG, .args = {vcpu->id, reg}}, ret);
}

int fake_hv_vcpu_set_reg(HvVcpu *vcpu, HvReg reg, uint64_t value)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_SET_REG);

    fake_settle(vcpu);
    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        g_hash_table_replace(vcpu->one_regs, GUINT_TO_POINTER(reg),
                             g_memdup2(&value, sizeof(value)));
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host,
                      (FakeHvCall){.op = FAKE_VCPU_SET_REG, .args = {vcpu->id, reg, value}}, ret);
}

int fake_hv_vcpu_get_slb(HvVcpu *vcpu, HvSlbEntry slb[HV_MAX_SLB])
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_GET_SLB);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        memcpy(slb, vcpu->slb, sizeof(vcpu->slb));
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_GET_SLB, .args = {vcpu->id}},
                      ret);
}

void hv_fake_set_slb(HvVcpu *vcpu, const HvSlbEntry *slb, unsigned count)
{
    g_mutex_lock(&vcpu->lock);
    memset(vcpu->slb, 0, sizeof(vcpu->slb));
    memcpy(vcpu->slb, slb, count * sizeof(*slb));
    g_mutex_unlock(&vcpu->lock);
}

int fake_hv_vcpu_get_vectors(HvVcpu *vcpu, HvVectors *vectors)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_GET_VECTORS);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        *vectors = vcpu->vectors;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_GET_VECTORS, .args = {vcpu->id}},
                      ret);
}

int fake_hv_vcpu_set_vectors(HvVcpu *vcpu, const HvVectors *vectors)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_SET_VECTORS);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        vcpu->vectors = *vectors;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_SET_VECTORS, .args = {vcpu->id}},
                      ret);
}

int fake_hv_vcpu_set_debug(HvVcpu *vcpu, gboolean on)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_SET_DEBUG);

    if (!ret) {
        g_mutex_lock(&vcpu->lock);
        vcpu->debug = on;
        g_mutex_unlock(&vcpu->lock);
    }
    return fake_leave(vcpu->vm->host,
                      (FakeHvCall){.op = FAKE_VCPU_SET_DEBUG, .args = {vcpu->id, (uint64_t) !!on}},
                      ret);
}

gboolean fake_hv_vcpu_reset(HvVcpu *vcpu, GError **error)
{
    int ret = fake_enter(vcpu->vm->host, FAKE_VCPU_RESET);

    fake_leave(vcpu->vm->host, (FakeHvCall){.op = FAKE_VCPU_RESET, .args = {vcpu->id}}, ret);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot reset vCPU %u", vcpu->id);
    g_mutex_lock(&vcpu->lock);
    memset(&vcpu->regs, 0, sizeof(vcpu->regs));
    memset(vcpu->slb, 0, sizeof(vcpu->slb));
    memset(&vcpu->vectors, 0, sizeof(vcpu->vectors));
    g_hash_table_remove_all(vcpu->one_regs);
    g_mutex_unlock(&vcpu->lock);
    return TRUE;
}

gboolean hv_fake_vcpu_line(HvVcpu *vcpu)
{
    g_mutex_lock(&vcpu->lock);
    gboolean line = vcpu->line;
    g_mutex_unlock(&vcpu->lock);
    return line;
}

gboolean hv_fake_vcpu_kicked(HvVcpu *vcpu)
{
    g_mutex_lock(&vcpu->lock);
    gboolean kicked = vcpu->kicked;
    g_mutex_unlock(&vcpu->lock);
    return kicked;
}

HvVcpu *hv_fake_vcpu(HvVm *vm, unsigned id)
{
    g_mutex_lock(&vm->lock);
    HvVcpu *vcpu = g_hash_table_lookup(vm->vcpus, GUINT_TO_POINTER(id));
    g_mutex_unlock(&vm->lock);
    return vcpu;
}
