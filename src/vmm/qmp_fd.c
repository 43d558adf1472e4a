/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_fd.h"

#include <string.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/option_label.h"

/** A name begins with no digit, as in QEMU, where such ones are numbers of descriptors. */
static gboolean check_name(const char *name, GError **error)
{
    if (*name && !g_ascii_isdigit(*name) && strlen(name) <= QMP_FD_NAME_MAX)
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "Parameter 'fdname' must be a name of up to %d characters that does not begin "
                     "with a digit",
                     QMP_FD_NAME_MAX);
}

gboolean qmp_run_getfd(QmpCall *call, GError **error)
{
    const char *name = qmp_call_string(call, "fdname");
    GHashTable *fds = qmp_call_fds(call);
    auto_fd fd = qmp_call_take_fd(call);

    if (fd < 0)
        return error_set(error, PAPRIKA_ERROR_USAGE, "No file descriptor supplied via SCM_RIGHTS");
    if (!check_name(name, error))
        return FALSE;
    if (g_hash_table_size(fds) >= QMP_FDS_MAX && !g_hash_table_contains(fds, name))
        return error_set(error, PAPRIKA_ERROR_USAGE, "there are %d descriptors already",
                         QMP_FDS_MAX);
    /* One of the same name is closed, as in QEMU. */
    g_hash_table_replace(fds, g_strdup(name), GINT_TO_POINTER(fd_steal(&fd) + 1));
    return TRUE;
}

int qmp_fd_take(QmpCall *call, const char *name, GError **error)
{
    gpointer key, value;

    if (!g_hash_table_steal_extended(qmp_call_fds(call), name, &key, &value)) {
        g_autofree char *shown = option_value_label(name);
        error_set(error, PAPRIKA_ERROR_USAGE, "File descriptor named '%s' not found", shown);
        return -1;
    }
    g_free(key);
    return GPOINTER_TO_INT(value) - 1;
}

gboolean qmp_run_closefd(QmpCall *call, GError **error)
{
    auto_fd fd = qmp_fd_take(call, qmp_call_string(call, "fdname"), error);

    return fd >= 0;
}
