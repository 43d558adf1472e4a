/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fake hypervisor's hash page table: its size, its resize, its stream. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mmu/hpt_engine.h"
#include "mmu/hpt_rehash.h"
#include "mmu/hpt_stream.h"
#include "tests/unit/fake_hv_private.h"

enum { FAKE_HPT_MIN = 18, FAKE_HPT_MAX = 46 };

/** What KVM says while a table is being made. */
enum { FAKE_PREPARE_MS = 100 };

void hv_fake_set_max_htab_order(HvHost *host, uint32_t order) { host->max_htab_order = order; }
void hv_fake_set_prepare_polls(HvHost *host, unsigned polls) { host->prepare_polls = polls; }
void hv_fake_set_commit_loses(HvHost *host, gboolean loses) { host->commit_loses = loses; }
void hv_fake_set_stream_limit(HvHost *host, unsigned opening, size_t bytes)
{
    host->stream_opening = opening;
    host->stream_limit = bytes;
}

unsigned hv_fake_disturbed(HvHost *host) { return (unsigned)g_atomic_int_get(&host->disturbed); }

/** The guest ought to stand still now. */
static void note_running(HvVm *vm)
{
    if (g_atomic_int_get(&vm->running))
        g_atomic_int_inc(&vm->host->disturbed);
}

void hv_fake_set_htab(HvVm *vm, struct HptTable *table)
{
    hpt_table_free(vm->htab);
    vm->htab = table;
    vm->htab_order = table ? table->geometry.order : vm->htab_order;
}

struct HptTable *hv_fake_htab(HvVm *vm) { return vm->htab; }
uint32_t hv_fake_htab_order(HvVm *vm) { return vm->htab_order; }
uint32_t hv_fake_prepared_order(HvVm *vm) { return vm->prepared_order; }

int fake_hv_vm_allocate_htab(HvVm *vm, uint32_t *order)
{
    FakeHvCall call = {.op = FAKE_VM_ALLOCATE_HTAB, .args = {*order}};
    int ret = fake_enter(vm->host, FAKE_VM_ALLOCATE_HTAB);

    if (!ret && !vm->host->caps.hash)
        ret = -EOPNOTSUPP;
    else if (!ret && (*order < FAKE_HPT_MIN || *order > FAKE_HPT_MAX))
        ret = -EINVAL;
    else if (!ret && *order > vm->host->max_htab_order)
        ret = -ENOMEM;
    if (!ret) {
        g_mutex_lock(&vm->lock);
        vm->htab_order = *order;
        vm->radix = FALSE;
        g_clear_pointer(&vm->htab, hpt_table_free);
        g_mutex_unlock(&vm->lock);
    }
    return fake_leave(vm->host, call, ret);
}

/** Lock held. */
static int prepare_locked(HvVm *vm, uint32_t order)
{
    if (vm->radix || (order && (order < FAKE_HPT_MIN || order > FAKE_HPT_MAX)))
        return -EINVAL;
    if (order && vm->prepared_order == order) {
        if (vm->prepare_polls) {
            vm->prepare_polls--;
            return FAKE_PREPARE_MS;
        }
        if (order <= vm->host->max_htab_order)
            return 0;
        vm->prepared_order = 0;
        return -ENOMEM;
    }
    vm->prepared_order = order;
    vm->prepare_polls = order ? vm->host->prepare_polls : 0;
    return order ? FAKE_PREPARE_MS : 0;
}

int fake_hv_vm_resize_htab_prepare(HvVm *vm, uint32_t order)
{
    FakeHvCall call = {.op = FAKE_VM_RESIZE_HTAB_PREPARE, .args = {order}};
    int ret = fake_enter(vm->host, FAKE_VM_RESIZE_HTAB_PREPARE);

    g_mutex_lock(&vm->lock);
    if (!ret)
        ret = prepare_locked(vm, order);
    else if (vm->prepared_order == order)
        vm->prepared_order = 0;
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}

/** Lock held. */
static int commit_locked(HvVm *vm, uint32_t order)
{
    if (vm->radix || (order && (order < FAKE_HPT_MIN || order > FAKE_HPT_MAX)))
        return -EINVAL;
    if (!vm->prepared_order || vm->prepared_order != order)
        return -ENXIO;
    if (vm->prepare_polls)
        return -EBUSY;
    if (vm->htab) {
        g_autoptr(HptTable) table = hpt_table_new(order, NULL);

        g_assert_nonnull(table);
        HcallRet ret = hpt_rehash(vm->htab, table, HPT_REHASH_BOLTED, NULL);
        if (ret != H_SUCCESS)
            return ret == H_PTEG_FULL ? -ENOSPC : -EIO;
        hpt_table_pivot(vm->htab, table);
        for (uint64_t i = 0; vm->host->commit_loses && i < vm->htab->geometry.entries; i++) {
            if (hpte_is_present(vm->htab->entries[i])) {
                hpt_table_clear(vm->htab, i, 1);
                break;
            }
        }
    }
    vm->htab_order = order;
    return 0;
}

int fake_hv_vm_resize_htab_commit(HvVm *vm, uint32_t order)
{
    FakeHvCall call = {.op = FAKE_VM_RESIZE_HTAB_COMMIT, .args = {order}};
    int ret = fake_enter(vm->host, FAKE_VM_RESIZE_HTAB_COMMIT);

    note_running(vm);
    g_mutex_lock(&vm->lock);
    if (!ret)
        ret = commit_locked(vm, order);
    vm->prepared_order = 0;
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}

/** A file with the stream of @table from entry @start on, or a negative errno. */
static int write_stream(const HptTable *table, gboolean bolted_only, uint64_t start, size_t limit)
{
    HptStreamWriter writer;
    uint8_t buffer[4096];
    size_t size;
    int fd = memfd_create("htab", MFD_CLOEXEC);

    if (fd < 0)
        return -errno;
    g_assert_true(hpt_stream_writer_init(&writer, table, HPT_STREAM_HOST, bolted_only, NULL));
    writer.index = start;
    while ((size = hpt_stream_writer_fill(&writer, buffer, sizeof(buffer))) && limit) {
        size = MIN(size, limit);
        limit -= size;
        g_assert_cmpint(write(fd, buffer, size), ==, (ssize_t)size);
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

int fake_hv_vm_get_htab_fd(HvVm *vm, uint32_t flags, uint64_t start)
{
    FakeHvCall call = {.op = FAKE_VM_GET_HTAB_FD, .args = {flags, start}};
    int ret = fake_enter(vm->host, FAKE_VM_GET_HTAB_FD);
    size_t limit = SIZE_MAX;

    note_running(vm);
    g_assert_cmphex(flags & ~(uint32_t)HV_HTAB_BOLTED_ONLY, ==, 0);
    g_mutex_lock(&vm->lock);
    if (vm->host->stream_opening && --vm->host->stream_opening == 0)
        limit = vm->host->stream_limit;
    if (!ret) {
        g_autoptr(HptTable) empty = vm->htab ? NULL : hpt_table_new(vm->htab_order, NULL);

        ret = write_stream(vm->htab ? vm->htab : empty, (flags & HV_HTAB_BOLTED_ONLY) != 0, start,
                           limit);
    }
    g_mutex_unlock(&vm->lock);
    return fake_leave(vm->host, call, ret);
}
