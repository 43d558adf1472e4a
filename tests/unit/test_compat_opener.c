/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that opens disks for the sandbox: what it opens, and what it does not. */
#include "src/compat/compat_opener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

static char *image;

static void test_opens(void)
{
    int sock = compat_opener_start();
    char text[8] = {0};

    g_assert_cmpint(sock, >=, 0);
    for (unsigned i = 0; i < 3; i++) {
        int fd = compat_opener_open(&sock, image, O_RDWR | O_CLOEXEC | O_NONBLOCK);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(fcntl(fd, F_GETFL) & O_ACCMODE, ==, O_RDWR);
        g_assert_cmpint(fcntl(fd, F_GETFD), ==, FD_CLOEXEC);
        g_assert_cmpint(read(fd, text, sizeof(text) - 1), ==, 5);
        g_assert_cmpstr(text, ==, "image");
        close(fd);
        fd = compat_opener_open(&sock, image, O_RDONLY);
        g_assert_cmpint(fcntl(fd, F_GETFL) & O_ACCMODE, ==, O_RDONLY);
        close(fd);
    }
    close(sock);
    g_assert_cmpint(wait(NULL), >, 0);
}

static void test_refuses(void)
{
    g_autofree char *empty = g_strconcat(image, ".empty", NULL);
    g_autofree char *missing = g_strconcat(image, ".missing", NULL);
    g_autofree char *fifo = g_strconcat(image, ".fifo", NULL);
    g_autofree char *endless = g_strnfill(5000, 'x');
    int sock = compat_opener_start();

    g_assert_true(g_file_set_contents(empty, "", 0, NULL));
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    g_assert_cmpint(compat_opener_open(&sock, missing, O_RDWR), ==, -ENOENT);
    g_assert_cmpint(compat_opener_open(&sock, missing, O_RDWR | O_CREAT), ==, -EINVAL);
    g_assert_cmpint(compat_opener_open(&sock, image, O_RDWR | O_TRUNC), ==, -EINVAL);
    g_assert_cmpint(compat_opener_open(&sock, empty, O_RDONLY), ==, -ENOTBLK);
    g_assert_cmpint(compat_opener_open(&sock, fifo, O_RDONLY), ==, -ENOTBLK);
    g_assert_cmpint(compat_opener_open(&sock, "/dev/null", O_RDWR), ==, -ENOTBLK);
    g_assert_cmpint(compat_opener_open(&sock, "/proc/self/mem", O_RDWR), ==, -ENOTBLK);
    g_assert_cmpint(compat_opener_open(&sock, "/", O_RDONLY), ==, -ENOTBLK);
    g_assert_cmpint(compat_opener_open(&sock, "", O_RDONLY), ==, -ENAMETOOLONG);
    g_assert_cmpint(compat_opener_open(&sock, endless, O_RDONLY), ==, -ENAMETOOLONG);
    g_assert_cmpint(access(missing, F_OK), !=, 0);
    /* It works on after all that. */
    int fd = compat_opener_open(&sock, image, O_RDONLY);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    close(sock);
    g_assert_cmpint(wait(NULL), >, 0);
    g_unlink(empty);
    g_unlink(fifo);
}

/** Nothing that was open when it began stays open in it. */
static void test_keeps_nothing(void)
{
    int ends[2];
    char byte;

    g_assert_cmpint(pipe(ends), ==, 0);
    int sock = compat_opener_start();
    int fd = compat_opener_open(&sock, image, O_RDONLY);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    close(ends[1]);
    g_assert_cmpint(read(ends[0], &byte, 1), ==, 0);
    close(ends[0]);
    close(sock);
    g_assert_cmpint(wait(NULL), >, 0);
}

/** It is gone: that is said, and nobody waits. */
static void test_gone(void)
{
    int sock = compat_opener_start();

    /* A message that is none ends it. */
    g_assert_cmpint(send(sock, "x", 1, 0), ==, 1);
    g_assert_cmpint(wait(NULL), >, 0);
    g_assert_cmpint(compat_opener_open(&sock, image, O_RDONLY), ==, -EIO);
    g_assert_cmpint(sock, ==, -1);
    g_assert_cmpint(compat_opener_open(&sock, image, O_RDONLY), ==, -EIO);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    close(g_file_open_tmp("paprika-opener-XXXXXX", &image, NULL));
    g_assert_true(g_file_set_contents(image, "image", -1, NULL));
    g_test_add_func("/compat-opener/opens", test_opens);
    g_test_add_func("/compat-opener/refuses", test_refuses);
    g_test_add_func("/compat-opener/keeps-nothing", test_keeps_nothing);
    g_test_add_func("/compat-opener/gone", test_gone);
    int status = g_test_run();
    g_unlink(image);
    g_free(image);
    return status;
}
