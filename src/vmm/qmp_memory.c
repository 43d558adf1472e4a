/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memsave, pmemsave, read-memory. */
#include <inttypes.h>

#include "mmu/virt_mem.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/vmm/qmp_dump.h"
#include "src/vmm/save_job.h"
#include "src/vmm/vm.h"

/** Memory that is being saved. */
typedef struct {
    QmpCall *call;
    SaveJob *job;
    /** Whose addresses they are; NULL: real ones. */
    Vcpu *cpu;
    uint64_t at, left;
    uint8_t *buffer;
} MemorySave;

static gboolean no_memory(uint64_t address, GError **error)
{
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "the guest has no memory at real address 0x%" PRIx64, address);
}

/** @length bytes at @at, of @cpu's addresses or real ones. */
static gboolean read_memory(Vm *vm, Vcpu *cpu, uint64_t at, void *data, size_t length,
                            GError **error)
{
    gboolean ok;

    if (!cpu)
        return guest_mem_read(vm->mem, at, data, length) || no_memory(at, error);
    vm_look_begin(vm);
    ok = mmu_virt_read(cpu, at, data, length, error);
    vm_look_end(vm);
    return ok;
}

static size_t next_piece(void *opaque, size_t room, const uint8_t **data, GError **error)
{
    MemorySave *save = opaque;
    size_t piece = MIN(room, save->left);

    if (piece && !read_memory(save->call->vm, save->cpu, save->at, save->buffer, piece, error))
        return 0;
    *data = save->buffer;
    save->at += piece;
    save->left -= piece;
    return piece;
}

static void on_saved(void *opaque, const GError *error)
{
    MemorySave *save = opaque;

    qmp_call_finish(save->call, error);
}

static const SaveJobOps save_ops = {.next = next_piece, .done = on_saved};

static void save_free(gpointer opaque)
{
    MemorySave *save = opaque;

    save_job_free(save->job);
    g_free(save->buffer);
    g_free(save);
}

static gboolean start(QmpCall *call, Vcpu *cpu, GError **error)
{
    enum { BUFFER = 64 << 10 };
    uint64_t at = 0, left = 0;

    qmp_call_uint(call, "val", &at);
    qmp_call_uint(call, "size", &left);
    int fd = qmp_dump_open(call, qmp_call_string(call, "filename"), error);
    if (fd < 0)
        return FALSE;
    MemorySave *save = g_new0(MemorySave, 1);
    save->call = call;
    save->cpu = cpu;
    save->at = at;
    save->left = left;
    save->buffer = g_malloc(BUFFER);
    save->job = save_job_new(fd, &save_ops, save);
    qmp_call_defer(call, save, save_free);
    return TRUE;
}

gboolean qmp_run_memsave(QmpCall *call, GError **error)
{
    Vcpu *cpu = qmp_call_cpu(call, "cpu-index", error);

    return cpu && start(call, cpu, error);
}

gboolean qmp_run_pmemsave(QmpCall *call, GError **error) { return start(call, NULL, error); }

gboolean qmp_run_read_memory(QmpCall *call, GError **error)
{
    uint8_t bytes[QMP_MEMORY_MAX];
    uint64_t address = 0, size = 0;
    Vcpu *cpu = NULL;

    qmp_call_uint(call, "address", &address);
    qmp_call_uint(call, "size", &size);
    if (size > sizeof(bytes))
        return error_set(error, PAPRIKA_ERROR_USAGE, "size can be up to %zu", sizeof(bytes));
    if (!qmp_call_is_true(call, "real") && !(cpu = qmp_call_cpu(call, "cpu", error)))
        return FALSE;
    if (!read_memory(call->vm, cpu, address, bytes, size, error))
        return FALSE;

    g_autoptr(GString) hex = g_string_sized_new(2 * size + 1);
    for (uint64_t i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", bytes[i]);
    json_out_begin_object(&call->out, "return");
    json_out_uint(&call->out, "address", address);
    json_out_string(&call->out, "data", hex->str);
    json_out_end(&call->out);
    return TRUE;
}
