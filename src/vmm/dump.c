/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/dump.h"

#include <inttypes.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/guest_mem.h"
#include "src/vmm/debug.h"
#include "src/vmm/dump_elf.h"
#include "src/vmm/save_job.h"
#include "src/vmm/vm.h"

struct Dump {
    Vm *vm;
    /** NULL: it has ended. */
    SaveJob *job;
    GByteArray *head;
    GArray *ranges;
    /** What comes next: the head, or memory. */
    gboolean head_given;
    unsigned range;
    uint64_t at;
    gboolean failed;
    /** Event STOP was for this dump: the machine ran when it began. */
    gboolean told_stop;
    uint64_t written, total;
    DumpDone done;
    void *opaque;
};

static size_t next_piece(void *opaque, size_t room, const uint8_t **data, GError **error)
{
    Dump *dump = opaque;

    if (!dump->head_given) {
        dump->head_given = TRUE;
        *data = dump->head->data;
        return dump->head->len;
    }
    if (dump->range == dump->ranges->len)
        return 0;

    const DumpRange *range = &g_array_index(dump->ranges, DumpRange, dump->range);
    size_t piece = MIN(room, range->size - dump->at);
    *data = guest_mem_ptr(dump->vm->mem, range->base + dump->at, piece);
    if (!*data) {
        error_set(error, PAPRIKA_ERROR_HOST, "memory at 0x%" PRIx64 " has gone meanwhile",
                  range->base + dump->at);
        return 0;
    }
    dump->at += piece;
    if (dump->at == range->size) {
        dump->range++;
        dump->at = 0;
    }
    return piece;
}

/** But for a dump: neither the user nor a debugger has it stopped. */
static gboolean runs(const Vm *vm) { return !vm->stopped && !debug_is_held(vm->debug); }

static void tell(Dump *dump, const GError *error)
{
    const VmControl *control = dump->vm->control;
    JsonOut out;

    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    dump_write_progress(&out, "result", dump);
    if (error)
        json_out_string(&out, "error", error->message);
    g_autofree char *data = g_strchomp(json_out_finish(&out));
    control->event(dump->vm, "DUMP_COMPLETED", data);
    if (dump->told_stop && runs(dump->vm))
        control->event(dump->vm, "RESUME", NULL);
}

/** The job is over; vCPUs go on. */
static void end(Dump *dump)
{
    dump->written = save_job_written(dump->job);
    g_clear_pointer(&dump->job, save_job_free);
    g_clear_pointer(&dump->head, g_byte_array_unref);
    vm_unpark_for(dump->vm, VCPU_PARK_DUMP);
}

static void on_done(void *opaque, const GError *error)
{
    Dump *dump = opaque;
    DumpDone done = dump->done;

    dump->failed = error != NULL;
    dump->done = NULL;
    end(dump);
    tell(dump, error);
    if (done)
        done(dump->opaque, error);
}

static const SaveJobOps job_ops = {.next = next_piece, .done = on_done};

/** The parts of guest memory from @begin to @end, which is not among them. */
static GArray *find_ranges(const Vm *vm, uint64_t begin, uint64_t end, uint64_t *total)
{
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(DumpRange));
    GuestAddr base;
    uint64_t size;

    *total = 0;
    for (GuestAddr at = begin; at < end && guest_mem_next(vm->mem, at, &base, &size) && base < end;
         at = base + size) {
        DumpRange range = {.base = base, .size = MIN(size, end - base)};

        g_array_append_val(ranges, range);
        *total += range.size;
    }
    return ranges;
}

static gboolean prepare(Dump *dump, uint64_t begin, uint64_t length, GError **error)
{
    uint64_t end = length > UINT64_MAX - begin ? UINT64_MAX : begin + length;

    dump->ranges = find_ranges(dump->vm, begin, end, &dump->total);
    if (!dump->ranges->len)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the guest has no memory there");
    dump->head = dump_elf_head(dump->vm, (const DumpRange *)(void *)dump->ranges->data,
                               dump->ranges->len, error);
    if (!dump->head)
        return FALSE;
    dump->total += dump->head->len;
    return TRUE;
}

gboolean dump_start(Vm *vm, int fd, uint64_t begin, uint64_t length, DumpDone done, void *opaque,
                    GError **error)
{
    auto_fd out = fd;

    if (vm->dump && vm->dump->job)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there is a dump in progress already");
    g_clear_pointer(&vm->dump, dump_free);

    Dump *dump = g_new0(Dump, 1);
    dump->vm = vm;
    vm_park_for(vm, VCPU_PARK_DUMP);
    if (!prepare(dump, begin, length, error)) {
        vm_unpark_for(vm, VCPU_PARK_DUMP);
        dump_free(dump);
        return FALSE;
    }
    dump->done = done;
    dump->opaque = opaque;
    dump->job = save_job_new(fd_steal(&out), &job_ops, dump);
    vm->dump = dump;
    dump->told_stop = runs(vm);
    if (dump->told_stop)
        vm->control->event(vm, "STOP", NULL);
    return TRUE;
}

void dump_forget_done(Dump *dump) { dump->done = NULL; }

void dump_free(Dump *dump)
{
    if (!dump)
        return;
    if (dump->job)
        end(dump);
    if (dump->ranges)
        g_array_unref(dump->ranges);
    if (dump->head)
        g_byte_array_unref(dump->head);
    g_free(dump);
}

gboolean dump_is_active(const Dump *dump) { return dump->job != NULL; }

void dump_write_progress(JsonOut *out, const char *name, const Dump *dump)
{
    const char *status = !dump          ? "none"
                         : dump->job    ? "active"
                         : dump->failed ? "failed"
                                        : "completed";
    uint64_t total = dump ? dump->total : 0, written = dump ? dump->written : 0;

    json_out_begin_object(out, name);
    json_out_string(out, "status", status);
    json_out_uint(out, "completed", dump && dump->job ? save_job_written(dump->job) : written);
    json_out_uint(out, "total", total);
    json_out_end(out);
}
