/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The syntax of each option's value. Each function checks @value whole and
 * stores it in context->config; on failure it stores nothing, and the message
 * tells what is wrong without naming the option, which the caller does.
 */
#pragma once

#include <glib.h>

#include "src/vmm/option_keys.h"

/** Bytes, from @least to CONFIG_MAX_MEMORY, a multiple of CONFIG_MEMORY_STEP. */
gboolean option_parse_size(const char *value, uint64_t least, uint64_t *size, GError **error);
/**
 * Make *@place, which is freed, the path that the user means: one in a file is
 * relative to the file's folder.
 */
gboolean option_set_path(OptionContext *context, char **place, const char *value, GError **error);
/** The value of @part if it is "@key=value", else NULL. */
const char *option_value_of(const char *part, const char *key);
/** yes or no. */
gboolean option_parse_switch(const char *value, gboolean *on, GError **error);

gboolean option_set_kernel(OptionContext *context, const char *value, GError **error);
gboolean option_set_initrd(OptionContext *context, const char *value, GError **error);
gboolean option_set_append(OptionContext *context, const char *value, GError **error);
gboolean option_set_memory(OptionContext *context, const char *value, GError **error);
gboolean option_set_max_memory(OptionContext *context, const char *value, GError **error);
gboolean option_set_hugepages(OptionContext *context, const char *value, GError **error);
gboolean option_set_memory_backing(OptionContext *context, const char *value, GError **error);
gboolean option_set_cpus(OptionContext *context, const char *value, GError **error);
gboolean option_set_boot(OptionContext *context, const char *value, GError **error);
gboolean option_set_mmu(OptionContext *context, const char *value, GError **error);
gboolean option_set_hpt_order(OptionContext *context, const char *value, GError **error);
gboolean option_set_hpt_resize(OptionContext *context, const char *value, GError **error);
gboolean option_set_hpt_verify(OptionContext *context, const char *value, GError **error);
gboolean option_set_irq(OptionContext *context, const char *value, GError **error);
gboolean option_set_max_cpu_compat(OptionContext *context, const char *value, GError **error);
gboolean option_set_rpt_invalidate(OptionContext *context, const char *value, GError **error);
gboolean option_set_pool_stats(OptionContext *context, const char *value, GError **error);
gboolean option_set_rtc(OptionContext *context, const char *value, GError **error);
gboolean option_set_name(OptionContext *context, const char *value, GError **error);
gboolean option_set_no_reboot(OptionContext *context, const char *value, GError **error);
/** Where a console or port leads; *@path is replaced, and NULL where it has none. */
gboolean option_parse_chardev(OptionContext *context, const char *value, ConsoleKind *kind,
                              char **path, GError **error);
gboolean option_set_console(OptionContext *context, const char *value, GError **error);
gboolean option_set_qmp(OptionContext *context, const char *value, GError **error);
gboolean option_set_tpm(OptionContext *context, const char *value, GError **error);
gboolean option_set_nvram(OptionContext *context, const char *value, GError **error);
gboolean option_set_gdb(OptionContext *context, const char *value, GError **error);
gboolean option_set_log(OptionContext *context, const char *value, GError **error);
gboolean option_set_trace(OptionContext *context, const char *value, GError **error);
gboolean option_set_sandbox(OptionContext *context, const char *value, GError **error);
gboolean option_set_user(OptionContext *context, const char *value, GError **error);
gboolean option_set_chroot(OptionContext *context, const char *value, GError **error);
