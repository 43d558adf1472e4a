/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox around this process, in two steps: first what it is and sees (user, root
 * directory, namespaces, files, capabilities), before any other thread exists; then what it may
 * ask of the kernel, before the guest's first instruction. docs/threat-model.md says what of.
 */
#pragma once

#include <glib.h>

#include "include/paprika/config.h"

/**
 * All files that @config names are open: give up what this process needs no more. Nothing
 * without a sandbox but what --user and --chroot ask for. Main thread, the only one there is.
 */
gboolean sandbox_confine(const VmConfig *config, GError **error);

/**
 * Make the filters that sandbox_filter() sets, while the library for that can be loaded: part of
 * sandbox_confine().
 */
gboolean sandbox_prepare(const VmConfig *config, GError **error);

/**
 * Filter system calls, after sandbox_confine(): at once for each thread that exists, narrower for
 * others than the main thread when they begin their work (src/base/thread_filter.h). A call that is
 * blocked ends the program with status 1 and a message. Nothing without a sandbox. Main thread.
 */
gboolean sandbox_filter(const VmConfig *config, GError **error);
