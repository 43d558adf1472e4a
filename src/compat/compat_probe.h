/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -machine none: a monitor without a machine, for those who want to know what there is. */
#pragma once

#include "src/compat/compat.h"
#include "src/vmm/qmp.h"

/**
 * Answer questions until a signal or `quit` comes; as a daemon if @config says so: this returns
 * in the first process once the socket listens and the file with the process's number is
 * written. Says itself what goes wrong; returns the exit status. Main thread, the only one.
 */
int compat_probe(const CompatConfig *config, const QmpExtension *extension);
