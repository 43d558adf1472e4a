/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The base layer: errors, log lines and their limits, trace groups, byte order, memory in pieces.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/fd_pass.h"
#include "src/base/iov.h"
#include "src/base/late_library.h"
#include "src/base/log.h"
#include "src/base/trace.h"

static void test_error_message(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(error_set(&error, PAPRIKA_ERROR_USAGE, "no %s in '%s'", "kernel", "x"));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_cmpstr(error->message, ==, "no kernel in 'x'");
    g_assert_cmpint(error_exit_status(error), ==, 2);
}

static void test_error_errno(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(error_set_errno(&error, PAPRIKA_ERROR_HOST, ENOENT, "cannot open %d", 7));
    g_autofree char *want = g_strdup_printf("cannot open 7: %s", g_strerror(ENOENT));
    g_assert_cmpstr(error->message, ==, want);
    g_assert_cmpint(error_exit_status(error), ==, 1);
}

static void test_error_foreign(void)
{
    g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, PAPRIKA_ERROR_USAGE, "other");

    g_assert_cmpint(error_exit_status(error), ==, 1);
    /* A caller that does not want the message may pass NULL. */
    g_assert_false(error_set(NULL, PAPRIKA_ERROR_HOST, "unheard"));
}

static void test_fd_close(void)
{
    int kept;

    {
        auto_fd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        g_assert_cmpint(fd, >=, 0);
        kept = fd_steal(&fd);
        g_assert_cmpint(fd, ==, -1);
    }
    g_assert_cmpint(fcntl(kept, F_GETFD), >=, 0);

    int copy = kept;
    errno = EXDEV;
    fd_close(&copy);
    g_assert_cmpint(errno, ==, EXDEV);
    g_assert_cmpint(copy, ==, -1);
    g_assert_cmpint(fcntl(kept, F_GETFD), ==, -1);
    fd_close(&copy);
}

/** What comes beside the bytes is the same file; and sockets that are full, or that nobody has. */
static void test_fd_pass(void)
{
    char bytes[4], byte = 0;
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {bytes, sizeof(bytes)};
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control),
    };
    int pair[2], pipe_fds[2], ret;

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), ==,
                    0);
    g_assert_cmpint(pipe2(pipe_fds, O_CLOEXEC), ==, 0);
    auto_fd ours = pair[0], theirs = pair[1], in = pipe_fds[0], out = pipe_fds[1];

    g_assert_cmpint(fd_pass(ours, out, "abcd", 4), ==, 0);
    g_assert_cmpint(recvmsg(theirs, &message, MSG_CMSG_CLOEXEC), ==, 4);
    g_assert_cmpmem(bytes, 4, "abcd", 4);
    auto_fd came = -1;
    g_assert_cmpint(CMSG_FIRSTHDR(&message)->cmsg_type, ==, SCM_RIGHTS);
    memcpy(&came, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    g_assert_cmpint(write(came, "x", 1), ==, 1);
    g_assert_cmpint(read(in, &byte, 1), ==, 1);
    g_assert_cmpint(byte, ==, 'x');

    int taken;
    g_assert_cmpint(fd_take(theirs, &taken, bytes, sizeof(bytes)), ==, -EAGAIN);
    g_assert_cmpint(taken, ==, -1);
    g_assert_cmpint(send(ours, "efg", 3, 0), ==, 3);
    g_assert_cmpint(fd_take(theirs, &taken, bytes, sizeof(bytes)), ==, 3);
    g_assert_cmpint(taken, ==, -1);
    g_assert_cmpint(fd_pass(ours, out, "hi", 2), ==, 0);
    g_assert_cmpint(fd_take(theirs, &taken, bytes, sizeof(bytes)), ==, 2);
    g_assert_cmpmem(bytes, 2, "hi", 2);
    g_assert_cmpint(write(taken, "y", 1), ==, 1);
    g_assert_cmpint(read(in, &byte, 1), ==, 1);
    g_assert_cmpint(byte, ==, 'y');
    g_assert_cmpint(fcntl(taken, F_GETFD), ==, FD_CLOEXEC);
    fd_close(&taken);

    for (unsigned i = 0; i < 100000 && (ret = fd_pass(ours, out, "abcd", 4)) == 0; i++)
        continue;
    g_assert_cmpint(ret, <, 0);
    fd_close(&theirs);
    g_assert_cmpint(fd_pass(ours, out, "abcd", 4), ==, -EPIPE);
    g_assert_cmpint(fd_pass(ours, -1, "abcd", 4), ==, -EBADF);
}

/** A library that is there, one that is not, and one that lacks something. */
static void test_late_library(void)
{
    static const char *const names[] = {"cos", "hypot", NULL};
    static const char *const other[] = {"cos", "no_such_function", NULL};
    struct {
        double (*cos)(double);
        double (*hypot)(double, double);
    } math = {0};
    g_autoptr(GError) error = NULL, none = NULL, lacks = NULL;

    void *library = late_library_open("libm.so.6", names, &math, &error);
    g_assert_no_error(error);
    g_assert_nonnull(library);
    g_assert_true(math.cos(0) > 0.99 && math.hypot(3, 4) > 4.99);
    late_library_close(library);
    late_library_close(NULL);

    g_assert_null(late_library_open("libnone-of-that.so.1", names, &math, &none));
    g_assert_error(none, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_nonnull(strstr(none->message, "libnone-of-that.so.1"));
    g_assert_null(late_library_open("libm.so.6", other, &math, &lacks));
    g_assert_error(lacks, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
    g_assert_nonnull(strstr(lacks->message, "no_such_function"));
}

static void test_endian(void)
{
    const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    be16 h;
    be32 w;
    be64 d;

    memcpy(&h, bytes, 2);
    memcpy(&w, bytes, 4);
    memcpy(&d, bytes, 8);
    g_assert_cmphex(be16_get(h), ==, 0x0102);
    g_assert_cmphex(be32_get(w), ==, 0x01020304);
    g_assert_cmphex(be64_get(d), ==, 0x0102030405060708);
    g_assert_cmphex(be64_of(0x0102030405060708).raw, ==, d.raw);
    g_assert_cmphex(be32_of(0x01020304).raw, ==, w.raw);
    g_assert_cmphex(be16_of(0x0102).raw, ==, h.raw);
}

static void test_log_site_limit(void)
{
    LogSite site = {0};
    uint32_t suppressed;

    for (int i = 0; i < LOG_SITE_BURST; i++) {
        g_assert_true(log_site_allows(&site, &suppressed));
        g_assert_cmpuint(suppressed, ==, 0);
    }
    for (int i = 0; i < 1000; i++)
        g_assert_false(log_site_allows(&site, &suppressed));

    /* The next window tells of them, once. */
    site.window -= LOG_SITE_WINDOW;
    g_assert_true(log_site_allows(&site, &suppressed));
    g_assert_cmpuint(suppressed, ==, 1000);
    g_assert_true(log_site_allows(&site, &suppressed));
    g_assert_cmpuint(suppressed, ==, 0);

    /* A window that stayed within the burst leaves nothing to tell. */
    site.window -= LOG_SITE_WINDOW;
    g_assert_true(log_site_allows(&site, &suppressed));
    g_assert_cmpuint(suppressed, ==, 0);
}

static gpointer site_flood(gpointer data)
{
    LogSite *site = data;
    uint32_t suppressed;
    unsigned allowed = 0;

    for (int i = 0; i < 10000; i++)
        allowed += log_site_allows(site, &suppressed);
    return GUINT_TO_POINTER(allowed);
}

static void test_log_site_threads(void)
{
    LogSite site = {0};
    GThread *threads[4];
    unsigned allowed = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("flood", site_flood, &site);
    for (unsigned i = 0; i < G_N_ELEMENTS(threads); i++)
        allowed += GPOINTER_TO_UINT(g_thread_join(threads[i]));
    /* A window may begin in the middle, and be seen late by a thread; no more than that. */
    g_assert_cmpuint(allowed, >=, LOG_SITE_BURST);
    g_assert_cmpuint(allowed, <=, 2 * LOG_SITE_BURST);
}

static void test_log_level(void)
{
    LogLevel level = LOG_ERROR;

    g_assert_true(log_level_parse("debug", &level));
    g_assert_cmpint(level, ==, LOG_DEBUG);
    g_assert_true(log_level_parse("error", &level));
    g_assert_cmpint(level, ==, LOG_ERROR);
    g_assert_false(log_level_parse("Debug", &level));
    g_assert_false(log_level_parse("", &level));
    g_assert_false(log_level_parse("warning", &level));
}

static unsigned count_lines(const char *text)
{
    unsigned lines = 0;

    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void guest_does_it(unsigned i) { log_guest("call %u", i); }

static void test_log_file(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("paprika-log-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "log", NULL);
    g_autofree char *bad = g_build_filename(dir, "none", "log", NULL);
    g_autofree char *text = NULL;

    g_assert_false(log_open(bad, LOG_INFO, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, bad));

    g_assert_true(log_open(path, LOG_INFO, NULL));
    log_set_name("test");
    log_info("started %d", 1);
    log_warn("odd");
    log_debug("not wanted");
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "test: started 1\ntest: warn: odd\n");
    g_clear_pointer(&text, g_free);

    /* What is too long is cut to one line. */
    g_autofree char *xs = g_strnfill(5000, 'x');
    log_error("%s", xs);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpuint(count_lines(text), ==, 3);
    g_assert_cmpuint(strlen(text), <, 2000);
    g_assert_true(g_str_has_suffix(text, "xxx\n"));
    g_clear_pointer(&text, g_free);

    for (unsigned i = 0; i < 1000; i++)
        guest_does_it(i);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpuint(count_lines(text), >=, 3 + LOG_SITE_BURST);
    g_assert_cmpuint(count_lines(text), <=, 3 + 2 * LOG_SITE_BURST + 1);
    g_assert_nonnull(strstr(text, "test: warn: guest: call 0\n"));

    g_unlink(path);
    g_rmdir(dir);
}

/** GLib's messages go where ours do. The writer cannot be taken back: in a process of its own. */
static void test_log_glib(void)
{
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("*paprika: GLib: something 7*");
        return;
    }
    g_assert_true(log_open(NULL, LOG_INFO, NULL));
    log_take_glib();
    g_log_structured("Some", G_LOG_LEVEL_MESSAGE, "OTHER", "field", "MESSAGE", "something %d", 7);
    g_log_structured("Some", G_LOG_LEVEL_DEBUG, "MESSAGE", "not wanted");
}

/** Far more than a pipe holds, with nobody to read it: the writer goes on. */
static void test_log_full_pipe(void)
{
    g_autoptr(GError) error = NULL;
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", ends[1]);
    g_assert_true(log_open(path, LOG_INFO, &error));
    for (unsigned i = 0; i < 4000; i++)
        log_info("%0100u", i);
    close(ends[0]);
    close(ends[1]);
    g_assert_true(log_open("/dev/null", LOG_WARN, &error));
}

static void test_trace_groups(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmphex(trace_mask, ==, 0);
    g_assert_true(trace_enable("hcall,irq", NULL));
    g_assert_cmphex(trace_mask, ==, TRACE_HCALL | TRACE_IRQ);
    g_assert_true(trace_on(TRACE_HCALL));
    g_assert_false(trace_on(TRACE_RTAS));

    /* An unknown name switches nothing on, and the message lists the known ones. */
    g_assert_false(trace_enable("rtas,hcal", &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "'hcal'"));
    g_assert_nonnull(strstr(error->message, "virtio"));
    g_assert_false(trace_on(TRACE_RTAS));
    g_assert_false(trace_enable("rtas,", NULL));
    g_assert_true(trace_enable("", NULL));
    g_assert_cmphex(trace_mask, ==, TRACE_HCALL | TRACE_IRQ);

    g_assert_true(trace_enable("all", NULL));
    g_assert_true(trace_on(TRACE_VIRTIO));
    trace_mask = 0;
}

/** Pieces of 2, 0, 3 and 4 bytes, from every place on, in every length. */
static void test_iov(void)
{
    static const size_t lengths[] = {2, 0, 3, 4};
    enum { TOTAL = 9 };

    for (unsigned offset = 0; offset <= TOTAL + 1; offset++) {
        for (unsigned length = 0; length <= TOTAL + 1; length++) {
            uint8_t memory[TOTAL + 4] = "abcdefghi", data[TOTAL + 2] = "", *at = memory;
            struct iovec iov[G_N_ELEMENTS(lengths)];
            size_t there = offset < TOTAL ? MIN(length, TOTAL - offset) : 0;

            /* A byte between two pieces is of neither. */
            for (unsigned i = 0; i < G_N_ELEMENTS(iov); at += lengths[i], i++) {
                iov[i] = (struct iovec){at + i, lengths[i]};
                memmove(at + i + lengths[i] + 1, at + i + lengths[i],
                        (size_t)(memory + sizeof(memory) - (at + i + lengths[i] + 1)));
                at[i + lengths[i]] = '.';
            }
            g_assert_cmpuint(iov_copy(iov, G_N_ELEMENTS(iov), offset, data, length, FALSE), ==,
                             there);
            g_assert_cmpint(memcmp(data, &"abcdefghi"[MIN(offset, TOTAL)], there), ==, 0);
            g_assert_cmpuint(data[there], ==, 0);

            memset(data, 'X', sizeof(data));
            g_assert_cmpuint(iov_copy(iov, G_N_ELEMENTS(iov), offset, data, length, TRUE), ==,
                             there);
            memset(data, 0, sizeof(data));
            iov_copy(iov, G_N_ELEMENTS(iov), 0, data, TOTAL, FALSE);
            for (unsigned i = 0; i < TOTAL; i++)
                g_assert_cmpuint(data[i], ==,
                                 i >= offset && i < offset + there ? 'X' : "abcdefghi"[i]);
            g_assert_cmpuint(memory[2], ==, '.');
            g_assert_cmpuint(memory[TOTAL + 3], ==, '.');
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/error/message", test_error_message);
    g_test_add_func("/base/error/errno", test_error_errno);
    g_test_add_func("/base/error/foreign", test_error_foreign);
    g_test_add_func("/base/fd/close", test_fd_close);
    g_test_add_func("/base/fd/pass", test_fd_pass);
    g_test_add_func("/base/late-library", test_late_library);
    g_test_add_func("/base/endian", test_endian);
    g_test_add_func("/base/log/site-limit", test_log_site_limit);
    g_test_add_func("/base/log/site-threads", test_log_site_threads);
    g_test_add_func("/base/iov", test_iov);
    g_test_add_func("/base/log/level", test_log_level);
    g_test_add_func("/base/log/file", test_log_file);
    g_test_add_func("/base/log/glib", test_log_glib);
    g_test_add_func("/base/log/full-pipe", test_log_full_pipe);
    g_test_add_func("/base/trace/groups", test_trace_groups);
    return g_test_run();
}
