/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/chardev/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/chardev/leave_key.h"
#include "src/chardev/stdio_fd.h"
#include "src/chardev/terminal.h"

/** A front end that remembers. */
typedef struct {
    GString *got;
    /** Bytes that input() takes at most per call. */
    size_t appetite;
    unsigned inputs, writables, leaves, opens, closes;
} Front;

static size_t front_input(void *opaque, const uint8_t *data, size_t length)
{
    Front *front = opaque;
    size_t taken = MIN(length, front->appetite);

    front->inputs++;
    g_string_append_len(front->got, (const char *)data, (gssize)taken);
    return taken;
}

static void front_writable(void *opaque) { ((Front *)opaque)->writables++; }

static void front_leave(void *opaque) { ((Front *)opaque)->leaves++; }

static void front_opened(void *opaque, gboolean open)
{
    Front *front = opaque;

    *(open ? &front->opens : &front->closes) += 1;
}

static const ChardevHandler front_handler = {
    .input = front_input, .writable = front_writable, .leave = front_leave, .opened = front_opened};

static void front_init(Front *front)
{
    *front = (Front){.got = g_string_new(NULL), .appetite = SIZE_MAX};
}

static void front_finish(Front *front) { g_string_free(front->got, TRUE); }

static gboolean on_tick(gpointer data) { return G_SOURCE_CONTINUE; }

/** Run the main loop until *@value is at least @least, 10 seconds at most. */
static gboolean wait_for(const unsigned *value, unsigned least)
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    guint tick = g_timeout_add(20, on_tick, NULL);

    while (*value < least && g_get_monotonic_time() < end)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(tick);
    return *value >= least;
}

/** Run the main loop until @front has got @length bytes, 10 seconds at most. */
static void wait_got(Front *front, size_t length)
{
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    guint tick = g_timeout_add(20, on_tick, NULL);

    while (front->got->len < length && g_get_monotonic_time() < end)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(tick);
}

static void run_pending(void)
{
    for (unsigned i = 0; i < 50 && g_main_context_iteration(NULL, FALSE); i++)
        ;
}

/** Exactly @length bytes of @fd, waiting at most 10 seconds for each part. */
static char *read_exactly(int fd, size_t length)
{
    char *text = g_malloc0(length + 1);
    size_t done = 0;

    while (done < length) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 10000) <= 0)
            break;
        ssize_t n = read(fd, text + done, length - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return text;
}

static Chardev *open_kind(ConsoleKind kind, const char *path)
{
    VmConfig config = {.console = kind, .console_path = (char *)path};
    g_autoptr(GError) error = NULL;
    Chardev *chardev = chardev_open(&config, &error);

    g_assert_no_error(error);
    g_assert_nonnull(chardev);
    return chardev;
}

static size_t write_text(Chardev *chardev, const char *text)
{
    return chardev_write(chardev, (const uint8_t *)text, strlen(text));
}

/** Write until nothing more is taken; the bytes taken. Fails if that never happens. */
static size_t fill(Chardev *chardev)
{
    uint8_t block[4096];
    size_t total = 0;

    memset(block, 'f', sizeof(block));
    /* A pseudo-terminal passes bytes on in the background: full is what stays full. */
    for (unsigned idle = 0; idle < 3;) {
        size_t n = chardev_write(chardev, block, sizeof(block));
        total += n;
        g_assert_cmpuint(total, <, 64 << 20);
        if (n < sizeof(block))
            g_usleep(10000);
        idle = n ? 0 : idle + 1;
    }
    return total;
}

/** Read @total bytes from @fd while the main loop runs. */
static void drain(int fd, size_t total)
{
    char block[4096];

    while (total) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        g_assert_cmpint(poll(&p, 1, 10000), ==, 1);
        ssize_t n = read(fd, block, MIN(sizeof(block), total));
        g_assert_cmpint(n, >, 0);
        total -= (size_t)n;
        run_pending();
    }
}

static void test_null(void)
{
    g_autoptr(Chardev) chardev = open_kind(CONSOLE_NONE, NULL);
    Front front;

    front_init(&front);
    chardev_set_handler(chardev, &front_handler, &front);
    g_assert_cmpuint(write_text(chardev, "hello"), ==, 5);
    chardev_resume_input(chardev);
    g_assert_null(chardev_location(chardev));
    run_pending();
    g_assert_cmpuint(front.inputs, ==, 0);
    front_finish(&front);
}

static void test_file(void)
{
    g_autofree char *folder = g_dir_make_tmp("paprika-chardev-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "console.log", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(path, "what was there before", -1, NULL));
    Chardev *chardev = open_kind(CONSOLE_FILE, path);
    g_assert_cmpuint(write_text(chardev, "one\n"), ==, 4);
    g_assert_cmpuint(write_text(chardev, "two\n"), ==, 4);
    g_assert_cmpstr(chardev_location(chardev), ==, path);
    chardev_free(chardev);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "one\ntwo\n");

    /* A FIFO without a reader fails at once rather than waiting for one. */
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    VmConfig config = {.console = CONSOLE_FILE, .console_path = fifo};
    g_assert_null(chardev_open(&config, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, fifo));

    /* With a slow reader it comes short, and tells when there is room. */
    auto_fd reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    Front front;
    front_init(&front);
    chardev = open_kind(CONSOLE_FILE, fifo);
    chardev_set_handler(chardev, &front_handler, &front);
    size_t total = fill(chardev);
    run_pending();
    g_assert_cmpuint(front.writables, ==, 0);
    drain(reader, total);
    g_assert_true(wait_for(&front.writables, 1));
    /* A reader that goes away takes the output with it. */
    fill(chardev);
    fd_close(&reader);
    g_assert_true(wait_for(&front.writables, 2));
    g_assert_cmpuint(write_text(chardev, "lost"), ==, 4);
    chardev_free(chardev);
    front_finish(&front);

    g_unlink(path);
    g_unlink(fifo);
    g_rmdir(folder);
}

/** Output that the device does not take is dropped, not waited for. */
static void test_file_full(void)
{
    g_autoptr(Chardev) chardev = open_kind(CONSOLE_FILE, "/dev/full");

    g_assert_cmpuint(write_text(chardev, "lost"), ==, 4);
    g_assert_cmpuint(write_text(chardev, "lost"), ==, 4);
}

static void test_pty(void)
{
    g_autoptr(Chardev) chardev = open_kind(CONSOLE_PTY, NULL);
    Front front;

    front_init(&front);
    chardev_set_handler(chardev, &front_handler, &front);
    g_assert_true(g_str_has_prefix(chardev_location(chardev), "/dev/pts/"));

    /* Nobody there: all is dropped, however much it is, and the loop can sleep. */
    for (unsigned i = 0; i < 10000; i++)
        g_assert_cmpuint(write_text(chardev, "dropped\n"), ==, 8);
    run_pending();
    g_assert_false(g_main_context_pending(NULL));

    size_t left = 0;
    for (unsigned round = 0; round < 2; round++) {
        g_string_truncate(front.got, 0);
        auto_fd client = open(chardev_location(chardev), O_RDWR | O_NOCTTY | O_CLOEXEC);
        g_assert_cmpint(client, >=, 0);
        /* What the one before left unread is the kernel's to keep. */
        drain(client, left);
        g_assert_cmpint(write(client, "in\r\x03", 4), ==, 4);
        wait_got(&front, 4);
        g_assert_cmpstr(front.got->str, ==, "in\r\x03");
        g_assert_cmpuint(front.opens, ==, round + 1);
        g_assert_cmpuint(front.closes, ==, round);
        g_assert_true(chardev_is_open(chardev));

        g_assert_cmpuint(write_text(chardev, "out\r\n"), ==, 5);
        g_autofree char *text = read_exactly(client, 5);
        g_assert_cmpstr(text, ==, "out\r\n");

        /* A slow reader. */
        unsigned before = front.writables;
        size_t total = fill(chardev);
        run_pending();
        g_assert_cmpuint(front.writables, ==, before);
        drain(client, total);
        g_assert_true(wait_for(&front.writables, before + 1));

        /* A reader that goes away while we wait for room. */
        before = front.writables;
        left = fill(chardev);
        fd_close(&client);
        g_assert_true(wait_for(&front.writables, before + 1));
        g_assert_cmpuint(write_text(chardev, "dropped\n"), ==, 8);
    }
    front_finish(&front);
}

static int connect_unix(const char *path)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    g_assert_cmpint(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    return fd;
}

static void send_text(int fd, const char *text)
{
    g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==, (gssize)strlen(text));
}

static void test_unix(void)
{
    g_autofree char *folder = g_dir_make_tmp("paprika-chardev-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "console.sock", NULL);
    Chardev *chardev = open_kind(CONSOLE_UNIX, path);
    struct stat st;
    Front front;

    g_assert_cmpint(lstat(path, &st), ==, 0);
    g_assert_cmpuint(st.st_mode & 07777, ==, 0600);
    front_init(&front);
    chardev_set_handler(chardev, &front_handler, &front);
    g_assert_cmpuint(write_text(chardev, "nobody hears"), ==, 12);
    g_assert_false(chardev_is_open(chardev));

    auto_fd first = connect_unix(path);
    send_text(first, "in");
    wait_got(&front, 2);
    g_assert_cmpstr(front.got->str, ==, "in");
    g_assert_true(chardev_is_open(chardev) && front.opens == 1 && !front.closes);
    g_assert_cmpuint(write_text(chardev, "out"), ==, 3);
    g_autofree char *text = read_exactly(first, 3);
    g_assert_cmpstr(text, ==, "out");

    /* A second one waits for the first to leave. */
    auto_fd second = connect_unix(path);
    send_text(second, "second");
    for (unsigned i = 0; i < 10; i++)
        run_pending();
    g_assert_cmpstr(front.got->str, ==, "in");

    /* A slow reader, which then goes away. */
    fill(chardev);
    g_assert_cmpuint(write_text(chardev, "x"), ==, 0);
    run_pending();
    g_assert_cmpuint(front.writables, ==, 0);
    fd_close(&first);
    g_assert_true(wait_for(&front.writables, 1));
    wait_got(&front, 8);
    g_assert_cmpstr(front.got->str, ==, "insecond");
    g_assert_true(chardev_is_open(chardev) && front.opens == 2 && front.closes == 1);

    size_t total = fill(chardev);
    drain(second, total);
    g_assert_true(wait_for(&front.writables, 2));

    /* What a client sent before it left is not lost while the guest is slow. */
    front.appetite = 0;
    g_string_truncate(front.got, 0);
    send_text(second, "last ");
    g_assert_true(wait_for(&front.inputs, 3));
    send_text(second, "words");
    fd_close(&second);
    auto_fd third = connect_unix(path);
    gint64 end = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;
    struct pollfd p = {.fd = third, .events = POLLIN};
    while (poll(&p, 1, 0) == 0 && g_get_monotonic_time() < end) {
        run_pending();
        write_text(chardev, "hello third");
    }
    g_assert_cmpint(p.revents & POLLIN, !=, 0);
    front.appetite = SIZE_MAX;
    chardev_resume_input(chardev);
    g_assert_cmpstr(front.got->str, ==, "last words");

    /* It is in use: another one can't take the path. */
    VmConfig config = {.console = CONSOLE_UNIX, .console_path = path};
    g_autoptr(GError) error = NULL;
    g_assert_null(chardev_open(&config, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, path));
    g_clear_error(&error);

    chardev_free(chardev);
    g_assert_cmpint(lstat(path, &st), ==, -1);

    /* A file that is no socket is not replaced. */
    g_assert_true(g_file_set_contents(path, "precious", -1, NULL));
    g_assert_null(chardev_open(&config, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_cmpint(lstat(path, &st), ==, 0);
    g_assert_true(S_ISREG(st.st_mode));
    g_unlink(path);

    /* What a dead process left is. */
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    g_strlcpy(addr.sun_path, path, sizeof(addr.sun_path));
    auto_fd dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(dead, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    fd_close(&dead);
    chardev = open_kind(CONSOLE_UNIX, path);

    /* The socket file of somebody who replaced ours stays. */
    g_unlink(path);
    g_assert_true(g_file_set_contents(path, "precious", -1, NULL));
    chardev_free(chardev);
    g_assert_cmpint(lstat(path, &st), ==, 0);
    g_unlink(path);

    front_finish(&front);
    g_rmdir(folder);
}

/** A front end that takes a little at a time. */
static void test_held(void)
{
    g_autofree char *folder = g_dir_make_tmp("paprika-chardev-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "console.sock", NULL);
    Chardev *chardev = open_kind(CONSOLE_UNIX, path);
    auto_fd client = connect_unix(path);
    Front front;

    /* Nothing is read before there is a handler. */
    send_text(client, "abcdefgh");
    run_pending();
    front_init(&front);
    front.appetite = 3;
    chardev_set_handler(chardev, &front_handler, &front);
    wait_got(&front, 3);
    g_assert_cmpstr(front.got->str, ==, "abc");
    send_text(client, "ij");
    run_pending();
    g_assert_cmpuint(front.inputs, ==, 1);
    chardev_resume_input(chardev);
    g_assert_cmpstr(front.got->str, ==, "abcdef");
    chardev_resume_input(chardev);
    wait_got(&front, 10);
    g_assert_cmpstr(front.got->str, ==, "abcdefghij");

    chardev_set_handler(chardev, NULL, NULL);
    send_text(client, "k");
    run_pending();
    g_assert_cmpstr(front.got->str, ==, "abcdefghij");
    chardev_free(chardev);
    front_finish(&front);
    g_rmdir(folder);
}

static void test_leave_key(void)
{
    static const struct {
        /** Parts that come one by one, up to NULL. */
        const char *in[4];
        const char *out;
        unsigned commands;
    } rows[] = {
        {{"plain"}, "plain", 0},
        {{"a\001xb"}, "a", LEAVE_KEY_LEAVE},
        {{"a\001", "x"}, "a", LEAVE_KEY_LEAVE},
        {{"\001\001"}, "\001", 0},
        {{"\001", "\001", "x"}, "\001x", 0},
        {{"\001\001\001x"}, "\001", LEAVE_KEY_LEAVE},
        {{"\001h1"}, "1", LEAVE_KEY_HELP},
        {{"\001?"}, "", LEAVE_KEY_HELP},
        {{"\001b"}, "\001b", 0},
        {{"\001"}, "", 0},
        {{"x"}, "x", 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GString) all = g_string_new(NULL);
        LeaveKey key = {0};
        unsigned commands = 0;

        for (unsigned j = 0; rows[i].in[j]; j++) {
            uint8_t out[64];
            size_t n;
            commands |= leave_key_filter(&key, (const uint8_t *)rows[i].in[j],
                                         strlen(rows[i].in[j]), out, &n);
            g_assert_cmpuint(n, <=, strlen(rows[i].in[j]) + 1);
            g_string_append_len(all, (const char *)out, (gssize)n);
        }
        g_assert_cmpstr(all->str, ==, rows[i].out);
        g_assert_cmpuint(commands, ==, rows[i].commands);
    }
}

/** Standard input and output for the time of a test. */
typedef struct {
    int in, out;
} Swapped;

static Swapped swap_stdio(int in, int out)
{
    Swapped saved = {.in = fcntl(0, F_DUPFD_CLOEXEC, 10), .out = fcntl(1, F_DUPFD_CLOEXEC, 10)};

    fflush(stdout);
    if (in >= 0)
        dup2(in, 0);
    else
        close(0);
    dup2(out, 1);
    return saved;
}

static void swap_back(Swapped saved)
{
    dup2(saved.in, 0);
    dup2(saved.out, 1);
    close(saved.in);
    close(saved.out);
}

static void test_terminal(void)
{
    auto_fd master = -1, slave = -1;
    struct termios before, during, after;
    Front front;

    g_assert_cmpint(openpty(&master, &slave, NULL, NULL, NULL), ==, 0);
    g_assert_cmpint(tcgetattr(slave, &before), ==, 0);
    front_init(&front);
    Swapped saved = swap_stdio(slave, slave);
    Chardev *chardev = open_kind(CONSOLE_STDIO, NULL);
    chardev_set_handler(chardev, &front_handler, &front);
    tcgetattr(slave, &during);
    int flags = fcntl(slave, F_GETFL);

    g_assert_cmpint(write(master, "ls\r\003\001\001", 6), ==, 6);
    wait_got(&front, 5);
    size_t written = write_text(chardev, "out");
    g_autofree char *out = read_exactly(master, 3);

    /* A guest that reads nothing can still be left. */
    front.appetite = 0;
    g_assert_cmpint(write(master, "aaaa", 4), ==, 4);
    gboolean offered = wait_for(&front.inputs, front.inputs + 1);
    g_assert_cmpint(write(master, "bbbb\001x", 6), ==, 6);
    gboolean left = wait_for(&front.leaves, 1);
    unsigned offers = front.inputs;
    front.appetite = SIZE_MAX;
    chardev_resume_input(chardev);

    /* A reader that stops: short, and no wait. */
    size_t filled = fill(chardev);
    unsigned early = front.writables;
    drain(master, filled);
    gboolean room = wait_for(&front.writables, 1);

    chardev_free(chardev);
    swap_back(saved);
    tcgetattr(slave, &after);

    g_assert_cmpint(during.c_lflag & (ECHO | ICANON | ISIG), ==, 0);
    g_assert_cmpint(flags & O_NONBLOCK, ==, 0);
    g_assert_cmpuint(written, ==, 3);
    g_assert_cmpstr(out, ==, "out");
    g_assert_true(offered);
    g_assert_true(left);
    g_assert_cmpuint(offers, ==, front.inputs - 1);
    g_assert_cmpstr(front.got->str, ==, "ls\r\003\001aaaabbbb");
    g_assert_cmpuint(early, ==, 0);
    g_assert_true(room);
    g_assert_cmpint(before.c_lflag, ==, after.c_lflag);
    g_assert_cmpint(before.c_iflag, ==, after.c_iflag);
    g_assert_cmpint(before.c_oflag, ==, after.c_oflag);
    front_finish(&front);
}

/** The mode comes back when the program ends by @number, or by exit() for 0. */
static void check_restored(int number)
{
    auto_fd master = -1, slave = -1;
    struct termios before, after;
    int status;

    g_assert_cmpint(openpty(&master, &slave, NULL, NULL, NULL), ==, 0);
    g_assert_cmpint(tcgetattr(slave, &before), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        struct termios during;
        /* Handlers of a sanitizer, or a parent that ignores hang-ups, would keep ours away. */
        if (number)
            signal(number, SIG_DFL);
        if (!terminal_make_raw(slave) || tcgetattr(slave, &during) || (during.c_lflag & ECHO))
            _exit(100);
        if (!number)
            exit(0);
        raise(number);
        _exit(101);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    if (number) {
        g_assert_true(WIFSIGNALED(status));
        g_assert_cmpint(WTERMSIG(status), ==, number);
    } else {
        g_assert_true(WIFEXITED(status));
        g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    }
    g_assert_cmpint(tcgetattr(slave, &after), ==, 0);
    g_assert_cmpint(before.c_lflag, ==, after.c_lflag);
    g_assert_cmpint(before.c_iflag, ==, after.c_iflag);
}

static void test_terminal_signals(void)
{
    check_restored(0);
    check_restored(SIGTERM);
    check_restored(SIGINT);
    check_restored(SIGHUP);
    check_restored(SIGSEGV);
    check_restored(SIGABRT);
}

static void test_stdin_nothing(void)
{
    auto_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int inputs[] = {null, -1};

    for (unsigned i = 0; i < G_N_ELEMENTS(inputs); i++) {
        Front front;
        unsigned turns = 0;

        front_init(&front);
        Swapped saved = swap_stdio(inputs[i], null);
        Chardev *chardev = open_kind(CONSOLE_STDIO, NULL);
        chardev_set_handler(chardev, &front_handler, &front);
        while (turns < 100 && g_main_context_iteration(NULL, FALSE))
            turns++;
        size_t written = write_text(chardev, "x");
        chardev_free(chardev);
        swap_back(saved);
        /* The end of input is seen once; after that the loop sleeps. */
        g_assert_cmpuint(turns, <=, 2);
        g_assert_cmpuint(front.inputs, ==, 0);
        g_assert_cmpuint(written, ==, 1);
        front_finish(&front);
    }
}

/** Pipes and files: no leave key, no O_NONBLOCK on what is shared. */
static void test_pipes(void)
{
    int in[2], out[2];
    Front front;

    g_assert_cmpint(pipe2(in, O_CLOEXEC), ==, 0);
    g_assert_cmpint(pipe2(out, O_CLOEXEC), ==, 0);
    front_init(&front);
    Swapped saved = swap_stdio(in[0], out[1]);
    Chardev *chardev = open_kind(CONSOLE_STDIO, NULL);
    chardev_set_handler(chardev, &front_handler, &front);
    g_assert_cmpint(write(in[1], "a\001x", 3), ==, 3);
    wait_got(&front, 3);
    size_t filled = fill(chardev);
    unsigned early = front.writables;
    int flags = fcntl(in[0], F_GETFL) | fcntl(out[1], F_GETFL);
    drain(out[0], filled);
    gboolean room = wait_for(&front.writables, 1);
    /* The reader goes away: output is dropped, nobody dies. */
    close(out[0]);
    size_t lost = write_text(chardev, "lost");
    /* The writer goes away: that was the input. */
    close(in[1]);
    run_pending();
    gboolean busy = g_main_context_pending(NULL);
    chardev_free(chardev);
    swap_back(saved);
    close(in[0]);
    close(out[1]);

    g_assert_cmpstr(front.got->str, ==, "a\001x");
    g_assert_cmpuint(front.leaves, ==, 0);
    g_assert_cmpuint(early, ==, 0);
    g_assert_true(room);
    g_assert_cmpint(flags & O_NONBLOCK, ==, 0);
    g_assert_cmpuint(lost, ==, 4);
    g_assert_false(busy);
    front_finish(&front);
}

static void test_stdin_file(void)
{
    g_autofree char *path = NULL;
    auto_fd file = g_file_open_tmp("paprika-chardev-XXXXXX", &path, NULL);
    auto_fd null = open("/dev/null", O_RDWR | O_CLOEXEC);
    Front front;

    g_assert_cmpint(write(file, "from a file", 11), ==, 11);
    g_assert_cmpint(lseek(file, 5, SEEK_SET), ==, 5);
    front_init(&front);
    Swapped saved = swap_stdio(file, null);
    Chardev *chardev = open_kind(CONSOLE_STDIO, NULL);
    chardev_set_handler(chardev, &front_handler, &front);
    wait_got(&front, 6);
    run_pending();
    gboolean busy = g_main_context_pending(NULL);
    chardev_free(chardev);
    swap_back(saved);
    g_assert_cmpstr(front.got->str, ==, "a file");
    g_assert_false(busy);
    front_finish(&front);
    g_unlink(path);
}

/** A descriptor that can't be reopened never makes us wait either. */
static void test_shared(void)
{
    auto_fd master = -1, slave = -1;
    uint8_t bytes[8];
    int ends[2];

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    StdioFd out = {.fd = ends[1], .kind = STDIO_FD_SHARED};
    StdioFd in = {.fd = ends[0], .kind = STDIO_FD_SHARED};
    g_assert_cmpint(stdio_fd_read(&in, bytes, sizeof(bytes)), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    unsigned n = 0;
    while (stdio_fd_write(&out, (const uint8_t *)"xy", 2) == 1)
        n++;
    g_assert_cmpint(errno, ==, EAGAIN);
    g_assert_cmpuint(n, >=, 4096);
    g_assert_cmpint(stdio_fd_read(&in, bytes, sizeof(bytes)), ==, sizeof(bytes));
    close(ends[0]);
    close(ends[1]);

    g_assert_cmpint(openpty(&master, &slave, NULL, NULL, NULL), ==, 0);
    StdioFd terminal = {.fd = slave, .kind = STDIO_FD_SHARED};
    for (n = 0; n < 1 << 20 && stdio_fd_write(&terminal, (const uint8_t *)"x", 1) == 1;)
        n++;
    g_assert_cmpint(errno, ==, EAGAIN);
    g_assert_cmpuint(n, >, 0);

    /* Sockets: non-blocking per call. */
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    StdioFd sock;
    stdio_fd_init(&sock, ends[0], TRUE);
    g_assert_cmpint(sock.kind, ==, STDIO_FD_SOCKET);
    g_assert_cmpint(stdio_fd_read(&sock, bytes, sizeof(bytes)), ==, -1);
    g_assert_cmpint(errno, ==, EAGAIN);
    for (n = 0; n < 1 << 20 && stdio_fd_write(&sock, bytes, sizeof(bytes)) > 0;)
        n++;
    g_assert_cmpint(errno, ==, EAGAIN);
    close(ends[1]);
    g_assert_cmpint(stdio_fd_write(&sock, bytes, sizeof(bytes)), ==, -1);
    g_assert_cmpint(errno, ==, EPIPE);
    stdio_fd_finish(&sock);
    close(ends[0]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN);
    log_open(NULL, LOG_ERROR, NULL);
    g_test_add_func("/chardev/null", test_null);
    g_test_add_func("/chardev/file", test_file);
    g_test_add_func("/chardev/file-full", test_file_full);
    g_test_add_func("/chardev/pty", test_pty);
    g_test_add_func("/chardev/unix", test_unix);
    g_test_add_func("/chardev/held", test_held);
    g_test_add_func("/chardev/leave-key", test_leave_key);
    g_test_add_func("/chardev/terminal", test_terminal);
    g_test_add_func("/chardev/terminal-signals", test_terminal_signals);
    g_test_add_func("/chardev/stdin-nothing", test_stdin_nothing);
    g_test_add_func("/chardev/pipes", test_pipes);
    g_test_add_func("/chardev/stdin-file", test_stdin_file);
    g_test_add_func("/chardev/shared", test_shared);
    return g_test_run();
}
