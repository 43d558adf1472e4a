/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's answers as text for people. Each prints to @out what "return" holds. */
#pragma once

#include <glib.h>

#include "src/base/json_in.h"

void ctl_print_status(GString *out, const JsonValue *answer);
void ctl_print_version(GString *out, const JsonValue *answer);
void ctl_print_commands(GString *out, const JsonValue *answer);
void ctl_print_translate(GString *out, const JsonValue *answer);
void ctl_print_mmu(GString *out, const JsonValue *answer);
void ctl_print_cores(GString *out, const JsonValue *answer);
void ctl_print_disks(GString *out, const JsonValue *answer);
void ctl_print_memory_devices(GString *out, const JsonValue *answer);
void ctl_print_memory_use(GString *out, const JsonValue *answer);
void ctl_print_hpt(GString *out, const JsonValue *answer);
void ctl_print_cpus(GString *out, const JsonValue *answer);
void ctl_print_memory(GString *out, const JsonValue *answer);
