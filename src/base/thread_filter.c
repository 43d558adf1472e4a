/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/thread_filter.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>

/* Written once, by the main thread, before any thread may narrow itself; read-only afterwards. */
static ThreadFilter narrower[THREAD_FILTER_KINDS];
/** Atomic: they are there. */
static int started;

static int install(const ThreadFilter *filter, unsigned flags)
{
    struct sock_fprog program = {.len = filter->length, .filter = filter->code};
    long ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);

    /* With TSYNC a positive result is the thread that cannot follow. */
    return ret < 0 ? -errno : ret > 0 ? -ESRCH : 0;
}

int thread_filter_start(const ThreadFilter filters[THREAD_FILTER_KINDS])
{
    for (unsigned i = THREAD_FILTER_MAIN + 1; i < THREAD_FILTER_KINDS; i++) {
        narrower[i].length = filters[i].length;
        narrower[i].code =
            g_memdup2(filters[i].code, filters[i].length * sizeof(struct sock_filter));
    }

    int ret = install(&filters[THREAD_FILTER_MAIN], SECCOMP_FILTER_FLAG_TSYNC);
    if (ret == 0)
        __atomic_store_n(&started, TRUE, __ATOMIC_RELEASE);
    return ret;
}

int thread_filter_narrow(ThreadFilterKind kind)
{
    static __thread gboolean narrowed;

    if (narrowed || !__atomic_load_n(&started, __ATOMIC_ACQUIRE))
        return 0;
    if (!narrower[kind].length)
        return -ENOENT;

    int ret = install(&narrower[kind], 0);
    narrowed = ret == 0;
    return ret;
}
