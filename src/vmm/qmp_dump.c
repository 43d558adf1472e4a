/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_dump.h"

#include <string.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/dump.h"
#include "src/vmm/qmp_fd.h"
#include "src/vmm/save_job.h"

static void on_dumped(void *opaque, const GError *error) { qmp_call_finish(opaque, error); }

/** The client that waited has gone: the dump goes on, as in QEMU. */
static void on_gone(gpointer opaque)
{
    Vm *vm = opaque;

    if (vm->dump)
        dump_forget_done(vm->dump);
}

int qmp_dump_open(QmpCall *call, const char *target, GError **error)
{
    if (g_str_has_prefix(target, "fd:"))
        return qmp_fd_take(call, target + strlen("fd:"), error);
    if (call->vm->config->sandbox == SANDBOX_OFF)
        return save_job_open(target, error);
    /* The attempt would be this process' end. */
    error_set(error, PAPRIKA_ERROR_USAGE,
              "the sandbox opens no files: pass a descriptor by getfd, and fd:NAME here");
    return -1;
}

/** "file:PATH" or "fd:NAME". */
static int open_protocol(QmpCall *call, const char *protocol, GError **error)
{
    if (g_str_has_prefix(protocol, "fd:"))
        return qmp_dump_open(call, protocol, error);
    if (g_str_has_prefix(protocol, "file:") && protocol[strlen("file:")])
        return qmp_dump_open(call, protocol + strlen("file:"), error);
    error_set(error, PAPRIKA_ERROR_USAGE,
              "Parameter 'protocol' must be file:PATH, or fd:NAME of a descriptor from getfd");
    return -1;
}

gboolean qmp_run_dump(QmpCall *call, GError **error)
{
    const char *format = qmp_call_string(call, "format");
    gboolean detach = qmp_call_is_true(call, "detach");
    uint64_t begin = 0, length = UINT64_MAX;

    if (qmp_call_is_true(call, "paging"))
        return error_set(error, PAPRIKA_ERROR_USAGE, "paging is not offered: it must be false");
    if (format && strcmp(format, "elf") != 0)
        return error_set(error, PAPRIKA_ERROR_USAGE, "the only format is elf");
    if (qmp_call_uint(call, "begin", &begin) != qmp_call_uint(call, "length", &length))
        return error_set(error, PAPRIKA_ERROR_USAGE, "begin and length go together");
    if (call->vm->dump && dump_is_active(call->vm->dump))
        return error_set(error, PAPRIKA_ERROR_USAGE, "there is a dump in progress already");

    auto_fd fd = open_protocol(call, qmp_call_string(call, "protocol"), error);
    if (fd < 0 ||
        !dump_start(call->vm, fd_steal(&fd), begin, length, detach ? NULL : on_dumped, call, error))
        return FALSE;
    if (!detach)
        qmp_call_defer(call, call->vm, on_gone);
    return TRUE;
}

gboolean qmp_run_dump_query(QmpCall *call, GError **error)
{
    dump_write_progress(&call->out, "return", call->vm->dump);
    return TRUE;
}

gboolean qmp_run_dump_formats(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    json_out_begin_array(&call->out, "formats");
    json_out_string(&call->out, NULL, "elf");
    json_out_end(&call->out);
    json_out_end(&call->out);
    return TRUE;
}
