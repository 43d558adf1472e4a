/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's socket: clients that behave and clients that don't, and the file itself. */
#include "src/vmm/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "include/paprika/config.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/vmm/ctl_client.h"
#include "src/vmm/qmp_frame.h"
#include "tests/unit/fake_vm.h"
#include "tests/unit/settle.h"

static const char path[] = "monitor.sock";
static const char negotiation[] = "{\"execute\": \"qmp_capabilities\"}";
static const char status[] = "{\"execute\": \"query-status\"}";

typedef struct {
    FakeVm *fake;
    Monitor *monitor;
} World;

static void world_init(World *world)
{
    g_autoptr(GError) error = NULL;

    world->fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 16 * MIB);
    fake_vm_add_devices(world->fake);
    world->fake->vm.vcpus[0]->parked = TRUE;
    world->monitor = monitor_new(&world->fake->vm, NULL, path, 0, &error);
    g_assert_no_error(error);
}

static void world_clear(World *world)
{
    monitor_free(world->monitor);
    fake_vm_free(world->fake);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static int connect_client(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    strcpy(addr.sun_path, path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    settle();
    return fd;
}

/** All that there is to read; NULL if the other end has closed and nothing is left. */
static char *read_all(int fd)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char bytes[4096];
    ssize_t n;

    settle();
    while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        g_string_append_len(text, bytes, n);
        settle();
    }
    return n == 0 && !text->len ? NULL : g_strdup(text->str);
}

static void say(int fd, const char *text)
{
    g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==, (ssize_t)strlen(text));
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;

    while ((text = strstr(text, word))) {
        text += strlen(word);
        n++;
    }
    return n;
}

static int connect_negotiated(void)
{
    int fd = connect_client();

    say(fd, negotiation);
    g_autofree char *answer = read_all(fd);
    g_assert_cmpuint(count(answer, "\r\n"), ==, 2);
    g_assert_true(g_str_has_suffix(answer, "{\"return\": {}}\r\n"));
    return fd;
}

static void test_file(void)
{
    g_autoptr(GError) error = NULL;
    struct stat st;

    {
        g_auto(World) world;

        world_init(&world);
        g_assert_cmpint(stat(path, &st), ==, 0);
        g_assert_cmphex(st.st_mode, ==, S_IFSOCK | 0600);
        /* In use: not taken over. */
        g_assert_null(monitor_new(&world.fake->vm, NULL, path, 0, &error));
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
        g_assert_nonnull(strstr(error->message, "of the monitor: Address already in use"));
    }
    g_assert_cmpint(stat(path, &st), ==, -1);

    /* Left behind by the dead: replaced. */
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    strcpy(addr.sun_path, path);
    int dead = socket(AF_UNIX, SOCK_STREAM, 0);
    g_assert_cmpint(bind(dead, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    close(dead);
    g_auto(World) world;
    world_init(&world);
    auto_fd client = connect_negotiated();
}

/** A socket that was inherited: its file is somebody else's. */
static void test_inherited(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    g_autoptr(GError) error = NULL;
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    FakeVm *fake = fake_vm_new(FAKE_HV_POWER9, 1, 1, 1, 16 * MIB);

    /* None that listens yet, and none at all. */
    g_assert_null(monitor_new(&fake->vm, NULL, NULL, listener, &error));
    g_assert_nonnull(strstr(error->message, "no listening UNIX stream socket"));
    g_clear_error(&error);
    g_assert_null(monitor_new(&fake->vm, NULL, NULL, 9999, &error));
    g_clear_error(&error);

    strcpy(addr.sun_path, path);
    g_assert_cmpint(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    Monitor *monitor = monitor_new(&fake->vm, NULL, NULL, listener, &error);
    g_assert_no_error(error);
    /* Whoever goes away may come back. */
    for (unsigned i = 0; i < 2; i++)
        close(connect_negotiated());
    monitor_free(monitor);
    g_assert_cmpint(access(path, F_OK), ==, 0);
    g_assert_cmpint(fcntl(listener, F_GETFD), ==, -1);
    unlink(path);
    fake_vm_free(fake);
}

static void test_several(void)
{
    g_auto(World) world;

    world_init(&world);
    auto_fd first = connect_negotiated();
    auto_fd second = connect_negotiated();
    auto_fd silent = connect_client();
    /* Two messages at once, one in pieces, without and with line ends. */
    say(first, "{\"execute\": \"stop\"}{\"execute\": \"query-status\", \"id\": 1}");
    say(second, "{\"execute\": \"query");
    g_autofree char *answers = read_all(first);
    g_assert_cmpuint(count(answers, "\"return\""), ==, 2);
    g_assert_nonnull(strstr(answers, "\"paused\"}, \"id\": 1}\r\n"));
    g_assert_cmpuint(count(answers, "\"STOP\""), ==, 1);
    say(second, "-name\"}\r\n");
    g_autofree char *other = read_all(second);
    g_assert_cmpuint(count(other, "\"STOP\""), ==, 1);
    g_assert_true(g_str_has_suffix(other, "{\"return\": {}}\r\n"));
    /* Who has not negotiated gets no events. */
    g_autofree char *greeting = read_all(silent);
    g_assert_cmpuint(count(greeting, "\r\n"), ==, 1);
    /* Who says no more gets the last answer. */
    say(first, "{\"execute\": \"cont\"}\n");
    shutdown(first, SHUT_WR);
    g_autofree char *last = read_all(first);
    g_assert_cmpuint(count(last, "\"return\""), ==, 1);
    g_assert_null(read_all(first));
}

static void test_too_many(void)
{
    int fds[MONITOR_CLIENTS_MAX];
    g_auto(World) world;

    world_init(&world);
    for (unsigned i = 0; i < MONITOR_CLIENTS_MAX; i++)
        fds[i] = connect_negotiated();
    int late = connect_client();
    g_autofree char *refusal = read_all(late);
    g_assert_nonnull(strstr(refusal, "too many clients"));
    g_assert_null(read_all(late));
    close(late);
    close(fds[3]);
    settle();
    fds[3] = connect_negotiated();
    for (unsigned i = 0; i < MONITOR_CLIENTS_MAX; i++)
        close(fds[i]);
    settle();
}

/** Lines that are none: each is answered, and others are served meanwhile. */
static void test_malformed(void)
{
    static const char *const lines[] = {
        "{\"execute\": \"stop\", }\n", "[[[[[[\n", "}\n", "\"execute\n", "\xff\xfe\n",
        "{\"execute\": {}}\n",         "null\n"};
    g_auto(World) world;

    world_init(&world);
    auto_fd bad = connect_negotiated();
    auto_fd good = connect_negotiated();
    unsigned answered = 0;
    for (unsigned i = 0; i < 10000; i++) {
        say(bad, lines[i % G_N_ELEMENTS(lines)]);
        if (i % 50 != 49)
            continue;
        g_autofree char *answers = read_all(bad);
        answered += count(answers, "GenericError");
    }
    g_assert_cmpuint(answered, ==, 10000);
    say(good, status);
    g_autofree char *answer = read_all(good);
    g_assert_nonnull(strstr(answer, "\"running\": true"));
}

static void test_too_long(void)
{
    g_auto(World) world;
    g_autofree char *bytes = g_strnfill(4096, '[');

    world_init(&world);
    auto_fd bad = connect_negotiated();
    auto_fd good = connect_negotiated();
    for (unsigned i = 0; i < QMP_MESSAGE_MAX / 4096; i++) {
        say(bad, bytes);
        settle();
    }
    g_autofree char *answer = read_all(bad);
    g_assert_nonnull(strstr(answer, "too long"));
    g_assert_null(read_all(bad));
    say(good, status);
    g_autofree char *other = read_all(good);
    g_assert_nonnull(strstr(other, "\"running\": true"));
}

/** Who sends and never reads is no longer listened to; a flood of events ends it. */
static void test_deaf(void)
{
    g_auto(World) world;

    world_init(&world);
    auto_fd deaf = connect_negotiated();
    auto_fd good = connect_negotiated();
    static const char question[] = "{\"execute\": \"query-commands\"}\n";
    size_t sent = 0;
    ssize_t n;
    while ((n = send(deaf, question, strlen(question), MSG_NOSIGNAL)) > 0) {
        sent += (size_t)n;
        settle();
    }
    g_assert_cmpint(errno, ==, EAGAIN);
    g_assert_cmpuint(sent, <, 4 << 20);

    g_autofree char *held = NULL;
    for (unsigned i = 0; i < 4000; i++) {
        say(good, i % 2 ? "{\"execute\": \"cont\"}" : "{\"execute\": \"stop\"}");
        g_autofree char *answer = read_all(good);
        g_assert_cmpuint(count(answer, "\"return\""), ==, 1);
    }
    /* What was in the kernel's buffers, and then the end. */
    held = read_all(deaf);
    g_assert_null(read_all(deaf));
}

/** Gone in the middle of a message, or of a command that takes its time. */
static void test_gone(void)
{
    g_auto(World) world;

    world_init(&world);
    for (unsigned i = 0; i < 100; i++) {
        int fd = connect_negotiated();

        say(fd, i % 2 ? "{\"execute\": \"query-" : "{\"execute\": \"query-mmu\"}{");
        close(fd);
        settle();
    }
    auto_fd left = connect_negotiated();
    say(left, status);
}

/** Descriptors along with a message: named, too many, and all closed in the end. */
static void test_rights(void)
{
    enum { SENT = MONITOR_FDS_MAX + 3 };
    static const char getfd[] = "{\"execute\": \"getfd\", \"arguments\": {\"fdname\": \"a\"}}\n";
    union {
        struct cmsghdr align;
        uint8_t bytes[CMSG_SPACE(SENT * sizeof(int))];
    } control = {0};
    struct iovec part = {.iov_base = (char *)getfd, .iov_len = strlen(getfd)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int ends[2], fds[SENT];
    uint8_t byte;
    g_auto(World) world;

    world_init(&world);
    auto_fd client = connect_negotiated();
    g_assert_cmpint(pipe2(ends, O_NONBLOCK | O_CLOEXEC), ==, 0);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(fds));
    for (unsigned i = 0; i < SENT; i++)
        fds[i] = ends[1];
    memcpy(CMSG_DATA(header), fds, sizeof(fds));
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(sendmsg(client, &message, MSG_NOSIGNAL), ==, (ssize_t)strlen(getfd));
        g_autofree char *answer = read_all(client);
        g_assert_nonnull(strstr(answer, "{\"return\": {}}"));
    }
    close(ends[1]);
    g_assert_cmpint(read(ends[0], &byte, 1), ==, -1);
    close(fd_steal(&client));
    settle();
    g_assert_cmpint(read(ends[0], &byte, 1), ==, 0);
    close(ends[0]);
}

/** From any thread, and more of them than there is room for. */
static void test_events(void)
{
    g_auto(World) world;

    world_init(&world);
    auto_fd client = connect_negotiated();
    monitor_event(world.monitor, "RESET", "{\"guest\": true, \"reason\": \"guest-reset\"}");
    g_autofree char *one = read_all(client);
    g_assert_true(g_str_has_prefix(one, "{\"timestamp\": {\"seconds\": "));
    g_assert_true(g_str_has_suffix(
        one,
        "\"event\": \"RESET\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\r\n"));
    for (unsigned i = 0; i < 3 * MONITOR_EVENTS_MAX; i++)
        monitor_event(world.monitor, "STOP", NULL);
    g_autofree char *many = read_all(client);
    g_assert_cmpuint(count(many, "STOP"), ==, MONITOR_EVENTS_MAX);
    monitor_event(world.monitor, "SHUTDOWN", NULL);
    monitor_flush_events(world.monitor);
}

static gpointer run_ctl(gpointer opaque)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CtlClient) client = ctl_client_new(path, &error);

    g_assert_no_error(error);
    g_autofree char *first = ctl_client_ask(client, "{\"execute\": \"stop\"}", &error);
    g_assert_cmpstr(first, ==, "{\"return\": {}}");
    g_autofree char *second = ctl_client_ask(client, "{\"execute\": \"nonsense\"}", &error);
    g_assert_nonnull(strstr(second, "CommandNotFound"));
    __atomic_store_n((int *)opaque, TRUE, __ATOMIC_SEQ_CST);
    g_main_context_wakeup(NULL);
    return NULL;
}

/** Paprika's own client. */
static void test_ctl(void)
{
    g_autoptr(GError) error = NULL;
    int done = FALSE;

    g_assert_null(ctl_client_new("no-such-socket", &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_auto(World) world;
    world_init(&world);
    GThread *thread = g_thread_new("ctl", run_ctl, &done);
    while (!__atomic_load_n(&done, __ATOMIC_SEQ_CST))
        g_main_context_iteration(NULL, TRUE);
    g_thread_join(thread);
    g_assert_true(world.fake->vm.stopped);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *folder = g_dir_make_tmp("monitor-XXXXXX", NULL);
    g_assert_cmpint(chdir(folder), ==, 0);
    g_test_add_func("/monitor/file", test_file);
    g_test_add_func("/monitor/inherited", test_inherited);
    g_test_add_func("/monitor/several", test_several);
    g_test_add_func("/monitor/too-many", test_too_many);
    g_test_add_func("/monitor/malformed", test_malformed);
    g_test_add_func("/monitor/too-long", test_too_long);
    g_test_add_func("/monitor/deaf", test_deaf);
    g_test_add_func("/monitor/gone", test_gone);
    g_test_add_func("/monitor/rights", test_rights);
    g_test_add_func("/monitor/events", test_events);
    g_test_add_func("/monitor/ctl", test_ctl);
    int result = g_test_run();
    rmdir(folder);
    return result;
}
