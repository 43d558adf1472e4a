/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where guests with names have their monitors. */
#include "src/vmm/run_dir.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "src/base/error.h"
#include "src/base/unix_listen.h"

static void test_folder(void)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *wanted = g_build_filename(here, "paprika", NULL);
    g_autoptr(GError) error = NULL;
    struct stat st;

    g_setenv("XDG_RUNTIME_DIR", here, TRUE);
    g_autofree char *folder = run_dir_make(&error);
    g_assert_no_error(error);
    g_assert_cmpstr(folder, ==, wanted);
    g_assert_cmpint(stat(folder, &st), ==, 0);
    g_assert_cmphex(st.st_mode & 0777, ==, 0700);

    g_autofree char *socket_path = run_dir_socket(folder, "a.b");
    g_autofree char *by_name = run_dir_find("a.b");
    g_assert_cmpstr(by_name, ==, socket_path);
    g_autofree char *by_path = run_dir_find("./a.b");
    g_assert_cmpstr(by_path, ==, "./a.b");
    g_assert_true(g_file_set_contents("file", "", 0, NULL));
    g_autofree char *by_file = run_dir_find("file");
    g_assert_cmpstr(by_file, ==, "file");
    g_unlink("file");

    /* One that others may write to is not taken. */
    g_assert_cmpint(chmod(folder, 0777), ==, 0);
    g_assert_null(run_dir_make(&error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_clear_error(&error);
    g_assert_cmpint(rmdir(folder), ==, 0);
    g_assert_true(g_file_set_contents(wanted, "", 0, NULL));
    g_assert_null(run_dir_make(&error));
    g_assert_nonnull(error);
    g_unlink(wanted);

    g_setenv("XDG_RUNTIME_DIR", "relative", TRUE);
    g_autofree char *none = run_dir_path();
    g_assert_cmpstr(none, ==, geteuid() ? NULL : "/run/paprika");
}

static void test_names(void)
{
    g_autofree char *folder = g_dir_make_tmp("names-XXXXXX", NULL);
    static const char *const files[] = {"b.qmp", "a-1.qmp", ".qmp", "c.sock", "d"};

    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_assert_true(g_file_set_contents(path, "", 0, NULL));
    }
    g_autoptr(GPtrArray) names = run_dir_names(folder);
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(names, 0), ==, "a-1");
    g_assert_cmpstr(g_ptr_array_index(names, 1), ==, "b");
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_unlink(path);
    }
    rmdir(folder);
    g_autoptr(GPtrArray) gone = run_dir_names(folder);
    g_assert_cmpuint(gone->len, ==, 0);
    g_autoptr(GPtrArray) none = run_dir_names(NULL);
    g_assert_cmpuint(none->len, ==, 0);
}

/** Only a socket without a listener is left over: files and live ones are not. */
static void test_stale(void)
{
    g_autoptr(GError) error = NULL;
    struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "dead.sock"};
    UnixListener live;

    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(bind(dead, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    close(dead);
    g_assert_true(unix_socket_is_stale("dead.sock"));
    g_unlink("dead.sock");
    g_assert_false(unix_socket_is_stale("dead.sock"));
    g_assert_true(unix_listener_open(&live, "live.sock", "a test", 1, &error));
    g_assert_false(unix_socket_is_stale("live.sock"));
    unix_listener_close(&live);
    g_assert_true(g_file_set_contents("file", "", 0, NULL));
    g_assert_false(unix_socket_is_stale("file"));
    g_unlink("file");
    g_autofree char *endless = g_strnfill(200, 'a');
    g_assert_false(unix_socket_is_stale(endless));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *folder = g_dir_make_tmp("run-dir-XXXXXX", NULL);
    g_assert_cmpint(chdir(folder), ==, 0);
    g_test_add_func("/run-dir/folder", test_folder);
    g_test_add_func("/run-dir/names", test_names);
    g_test_add_func("/run-dir/stale", test_stale);
    int result = g_test_run();
    rmdir(folder);
    return result;
}
