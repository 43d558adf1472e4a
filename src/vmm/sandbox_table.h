/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that the sandbox lets through, and why: the tables of src/vmm and of the other modules. */
#pragma once

#include <stddef.h>

#include "include/paprika/config.h"
#include "include/paprika/sandbox.h"

/** The @index'th system call that some machine is allowed, or NULL behind the last. Any thread. */
const SandboxCall *sandbox_call(size_t index);

/** The same of ioctl(2)'s requests. Any thread. */
const SandboxIoctl *sandbox_ioctl(size_t index);

/** Whether a machine as in @config has this need. Any thread. */
gboolean sandbox_has_need(const VmConfig *config, SandboxNeed need);

/** What @need and @check mean, in words for the documentation. */
const char *sandbox_need_text(SandboxNeed need);
const char *sandbox_check_text(SandboxCheck check);
