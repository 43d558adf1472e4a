/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the tables of allowed calls to the kernel's filters. */
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/late_library.h"
#include "src/base/thread_filter.h"
#include "src/vmm/sandbox.h"
#include "src/vmm/sandbox_report.h"
#include "src/vmm/sandbox_table.h"

#define SECCOMP(FUNCTION)                                                                          \
    FUNCTION(seccomp_init)                                                                         \
    FUNCTION(seccomp_rule_add)                                                                     \
    FUNCTION(seccomp_export_bpf) FUNCTION(seccomp_release) FUNCTION(seccomp_arch_native)

LATE_LIBRARY(seccomp, SECCOMP);

/** What sandbox_prepare() has made, for sandbox_filter(). */
static ThreadFilter prepared[THREAD_FILTER_KINDS];

/** What there is besides the main thread's, as in the tables' rows. */
static const SandboxThreads kind_bits[THREAD_FILTER_KINDS] = {
    [THREAD_FILTER_MAIN] = SANDBOX_MAIN_ONLY,
    [THREAD_FILTER_VCPU] = SANDBOX_VCPU,
    [THREAD_FILTER_IO] = SANDBOX_IO,
};

static gboolean is_for(ThreadFilterKind kind, SandboxThreads threads)
{
    return kind == THREAD_FILTER_MAIN || (threads & kind_bits[kind]);
}

/** Allow the ioctl requests that @config needs; request numbers have 32 bits in the kernel. */
static int add_ioctls(scmp_filter_ctx filter, const VmConfig *config, ThreadFilterKind kind)
{
    const SandboxIoctl *row;
    int ret = 0;

    for (size_t i = 0; ret == 0 && (row = sandbox_ioctl(i)); i++) {
        if (is_for(kind, row->threads) && sandbox_has_need(config, row->need))
            ret = seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                           SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, row->request));
    }
    return ret;
}

static int add_call(scmp_filter_ctx filter, const VmConfig *config, ThreadFilterKind kind,
                    const SandboxCall *row)
{
    const unsigned long thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
    int ret;

    switch (row->check) {
    case SANDBOX_ANY_ARGUMENTS:
        break;
    case SANDBOX_NO_EXEC:
        return seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 1,
                                        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    case SANDBOX_IOCTLS:
        return add_ioctls(filter, config, kind);
    case SANDBOX_NEW_THREAD:
        return seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 1,
                                        SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
    case SANDBOX_ABSENT:
        return seccomp.seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), row->number, 0);
    case SANDBOX_THREAD_NAME:
        ret = seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 1,
                                       SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
        return ret ? ret
                   : seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 1,
                                              SCMP_A0(SCMP_CMP_EQ, PR_GET_NAME));
    case SANDBOX_MORE_FILTERS:
        return seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 2,
                                        SCMP_A0(SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER),
                                        SCMP_A1(SCMP_CMP_EQ, 0));
    }
    return seccomp.seccomp_rule_add(filter, SCMP_ACT_ALLOW, row->number, 0);
}

static int add_calls(scmp_filter_ctx filter, const VmConfig *config, ThreadFilterKind kind)
{
    const SandboxCall *row;
    int ret = 0;

    for (size_t i = 0; ret == 0 && (row = sandbox_call(i)); i++) {
        if (row->number >= 0 && is_for(kind, row->threads) && sandbox_has_need(config, row->need))
            ret = add_call(filter, config, kind, row);
    }
    return ret;
}

/* KVM_RUN is asked for at each exit: let it through before anything else is looked at. */
enum { FAST_LENGTH = 7 };

static void fast_path(struct sock_filter code[FAST_LENGTH])
{
    enum { LOAD = BPF_LD | BPF_W | BPF_ABS, EQUAL = BPF_JMP | BPF_JEQ | BPF_K };
    const unsigned low = G_BYTE_ORDER == G_BIG_ENDIAN ? sizeof(uint32_t) : 0;
    const struct sock_filter lines[FAST_LENGTH] = {
        BPF_STMT(LOAD, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(EQUAL, (unsigned)SCMP_SYS(ioctl), 0, 5),
        BPF_STMT(LOAD, offsetof(struct seccomp_data, args[1]) + low),
        BPF_JUMP(EQUAL, kvm_sandbox_run, 0, 3),
        BPF_STMT(LOAD, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(EQUAL, seccomp.seccomp_arch_native(), 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };

    memcpy(code, lines, sizeof(lines));
}

/** What libseccomp makes of @filter, behind the fast path; @result->code is the caller's. */
static int export(scmp_filter_ctx filter, gboolean fast, ThreadFilter *result)
{
    const size_t line = sizeof(struct sock_filter);
    size_t head = fast ? FAST_LENGTH : 0;
    auto_fd fd = memfd_create("filter", MFD_CLOEXEC);
    int ret = fd < 0 ? -errno : seccomp.seccomp_export_bpf(filter, fd);

    if (ret)
        return ret;
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || (size_t)size % line || (size_t)size / line + head > BPF_MAXINSNS)
        return -EIO;
    result->length = (unsigned short)((size_t)size / line + head);
    result->code = g_new0(struct sock_filter, result->length);
    if (fast)
        fast_path(result->code);
    return pread(fd, result->code + head, (size_t)size, 0) == size ? 0 : -EIO;
}

/** Whether a machine as in @config has threads of @kind: some row is for them alone, or there are
 * devices, some of which need no more than all threads do. */
static gboolean has_kind(const VmConfig *config, ThreadFilterKind kind)
{
    const SandboxCall *row;

    for (size_t i = 0; kind == THREAD_FILTER_IO && (row = sandbox_call(i)); i++) {
        if (row->threads == SANDBOX_IO && sandbox_has_need(config, row->need))
            return TRUE;
    }
    return kind != THREAD_FILTER_IO || config_devices(config) || config_has_vio(config);
}

static int build(const VmConfig *config, ThreadFilterKind kind, ThreadFilter *result)
{
    scmp_filter_ctx filter =
        seccomp.seccomp_init(config->sandbox == SANDBOX_LOG ? SCMP_ACT_LOG : SCMP_ACT_TRAP);

    if (!filter)
        return -ENOMEM;
    int ret = add_calls(filter, config, kind);
    if (ret == 0)
        ret = export(filter, is_for(kind, SANDBOX_VCPU), result);
    seccomp.seccomp_release(filter);
    return ret;
}

gboolean sandbox_prepare(const VmConfig *config, GError **error)
{
    void *library = late_library_open("libseccomp.so.2", seccomp_names, &seccomp, error);
    int ret = 0;

    if (!library)
        return FALSE;
    for (unsigned i = 0; ret == 0 && i < THREAD_FILTER_KINDS; i++) {
        if (has_kind(config, (ThreadFilterKind)i))
            ret = build(config, (ThreadFilterKind)i, &prepared[i]);
    }
    late_library_close(library);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot make filters of system calls (--sandbox off does without)");
    return TRUE;
}

gboolean sandbox_filter(const VmConfig *config, GError **error)
{
    if (config->sandbox == SANDBOX_OFF)
        return TRUE;
    sandbox_report_start();

    int ret = thread_filter_start(prepared);
    for (unsigned i = 0; i < THREAD_FILTER_KINDS; i++)
        g_clear_pointer(&prepared[i].code, g_free);
    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "cannot filter system calls (--sandbox off does without)");
    return TRUE;
}
