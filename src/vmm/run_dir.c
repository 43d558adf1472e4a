/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/run_dir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"

static const char suffix[] = ".qmp";

char *run_dir_path(void)
{
    const char *user = g_getenv("XDG_RUNTIME_DIR");

    if (user && *user == '/')
        return g_build_filename(user, "paprika", NULL);
    return geteuid() == 0 ? g_strdup("/run/paprika") : NULL;
}

char *run_dir_make(GError **error)
{
    g_autofree char *folder = run_dir_path();
    struct stat st;

    if (!folder) {
        error_set(error, PAPRIKA_ERROR_USAGE, "XDG_RUNTIME_DIR is not set");
        return NULL;
    }
    if (g_mkdir_with_parents(folder, 0700) || stat(folder, &st)) {
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot make the folder '%s'", folder);
        return NULL;
    }
    /* Somebody else's could be emptied, or filled with sockets of theirs. */
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022)) {
        error_set(error, PAPRIKA_ERROR_HOST, "'%s' is not a folder of this user's alone", folder);
        return NULL;
    }
    return g_steal_pointer(&folder);
}

char *run_dir_socket(const char *folder, const char *name)
{
    return g_strdup_printf("%s/%s%s", folder, name, suffix);
}

char *run_dir_find(const char *text)
{
    g_autofree char *folder = run_dir_path();

    if (strchr(text, '/') || !folder || g_file_test(text, G_FILE_TEST_EXISTS))
        return g_strdup(text);
    return run_dir_socket(folder, text);
}

static gint compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *run_dir_names(const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = folder ? g_dir_open(folder, 0, NULL) : NULL;
    const char *entry;

    while (dir && (entry = g_dir_read_name(dir))) {
        size_t length = strlen(entry), end = strlen(suffix);

        if (length > end && g_str_has_suffix(entry, suffix))
            g_ptr_array_add(names, g_strndup(entry, length - end));
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, compare);
    return names;
}
