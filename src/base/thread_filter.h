/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filters of system calls that this process's threads run under. All threads get the
 * main thread's; a thread of another kind then narrows itself, once. What the filters let
 * through is decided in src/vmm/sandbox_filter.c.
 */
#pragma once

#include <stdint.h>

#include <linux/filter.h>

#include <glib.h>

typedef enum {
    THREAD_FILTER_MAIN,
    THREAD_FILTER_VCPU,
    THREAD_FILTER_IO,
    THREAD_FILTER_KINDS,
} ThreadFilterKind;

/** Instructions for the kernel's seccomp(2). */
typedef struct {
    struct sock_filter *code;
    unsigned short length;
} ThreadFilter;

/**
 * Put every thread of the process under the first of @filters, for good, and keep copies of the
 * others for thread_filter_narrow(). Once in a process; no new privileges must be set. Main
 * thread. 0 or a negative errno.
 */
int thread_filter_start(const ThreadFilter filters[THREAD_FILTER_KINDS]);

/**
 * The calling thread also gets @kind's filter, for good, once however often it asks: called
 * before each piece of a thread's work, the first of which comes when the process has its
 * filter. Without thread_filter_start(), nothing happens. 0 or a negative errno: then the thread
 * must not go on.
 */
int thread_filter_narrow(ThreadFilterKind kind);
