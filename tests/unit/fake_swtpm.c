/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake_swtpm.h"

#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/base/endian.h"
#include "src/base/fd.h"
#include "src/base/fd_pass.h"

enum { HEADER = 10, CC_STARTUP = 0x144, BUFFER = 8192 };

static void get_all(int fd, void *data, size_t length)
{
    uint8_t *to = data;

    while (length) {
        ssize_t got = read(fd, to, length);

        g_assert_cmpint(got, >, 0);
        to += got;
        length -= (size_t)got;
    }
}

static void put_all(int fd, const void *data, size_t length)
{
    /* Whoever does not wait for the answer is none of its business. */
    if (send(fd, data, length, MSG_NOSIGNAL) != (ssize_t)length)
        return;
}

static uint32_t load(const uint8_t *data) { return (uint32_t)endian_load(data, 4, FALSE); }

static void serve_control(FakeSwtpm *fake)
{
    uint8_t number[4];
    int fd;
    ssize_t got = fd_take(fake->control, &fd, number, sizeof(number));

    if (got <= 0) {
        fd_close(&fake->control);
        return;
    }
    g_assert_cmpint(got, ==, sizeof(number));
    uint32_t command = load(number);
    if (fd >= 0) {
        g_assert_cmpuint(command, ==, FAKE_SWTPM_SET_DATAFD);
        g_assert_cmpint(fake->data, <, 0);
        fake->data = fd;
    }
    if (command == FAKE_SWTPM_INIT) {
        uint8_t flags[4];

        get_all(fake->control, flags, sizeof(flags));
        g_assert_cmpuint(load(flags), ==, 0);
    }
    g_assert_cmpuint(command, <, G_N_ELEMENTS(fake->controls));
    __atomic_fetch_add(&fake->controls[command], 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&fake->mode, __ATOMIC_SEQ_CST) == FAKE_SWTPM_SILENT)
        return;
    uint8_t result[4] = {0, 0, 0,
                         __atomic_load_n(&fake->refused, __ATOMIC_SEQ_CST) == (int)command ? 9 : 0};
    put_all(fake->control, result, sizeof(result));
}

static void serve_data(FakeSwtpm *fake)
{
    uint8_t buffer[BUFFER];
    FakeSwtpmMode mode = (FakeSwtpmMode)__atomic_load_n(&fake->mode, __ATOMIC_SEQ_CST);

    if (recv(fake->data, buffer, 1, MSG_PEEK) <= 0) {
        fd_close(&fake->data);
        return;
    }
    get_all(fake->data, buffer, HEADER);
    uint32_t length = load(buffer + 2), code = load(buffer + 6);
    g_assert_cmpuint(length, >=, HEADER);
    g_assert_cmpuint(length, <=, BUFFER);
    get_all(fake->data, buffer + HEADER, length - HEADER);
    __atomic_fetch_add(&fake->commands, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&fake->mode, __ATOMIC_SEQ_CST) == FAKE_SWTPM_LATE)
        g_usleep(500);
    endian_store(buffer, 2, mode == FAKE_SWTPM_OLD ? 0xc4 : 0x8001, FALSE);
    endian_store(buffer + 6, 4, code == CC_STARTUP ? (unsigned)fake->startup : 0, FALSE);
    if (mode == FAKE_SWTPM_LONG || mode == FAKE_SWTPM_SHORT)
        endian_store(buffer + 2, 4, mode == FAKE_SWTPM_LONG ? 4097 : 9, FALSE);
    if (mode == FAKE_SWTPM_GONE) {
        fd_close(&fake->data);
        fd_close(&fake->control);
    } else if (mode != FAKE_SWTPM_SILENT) {
        put_all(fake->data, buffer, mode == FAKE_SWTPM_HALF ? length / 2 : length);
    }
}

static gpointer run(gpointer opaque)
{
    FakeSwtpm *fake = opaque;

    for (;;) {
        struct pollfd fds[] = {{.fd = fake->stop, .events = POLLIN},
                               {.fd = fake->control < 0 ? fake->listener : -1, .events = POLLIN},
                               {.fd = fake->control, .events = POLLIN},
                               {.fd = fake->data, .events = POLLIN}};

        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0)
            continue;
        if (fds[0].revents)
            return NULL;
        if (fds[1].revents)
            fake->control = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);
        else if (fds[2].revents)
            serve_control(fake);
        else if (fds[3].revents)
            serve_data(fake);
    }
}

FakeSwtpm *fake_swtpm_new(void)
{
    FakeSwtpm *fake = g_new0(FakeSwtpm, 1);
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    fake->folder = g_dir_make_tmp("paprika-tpm-XXXXXX", NULL);
    fake->path = g_build_filename(fake->folder, "ctrl", NULL);
    fake->control = fake->data = -1;
    fake->stop = eventfd(0, EFD_CLOEXEC);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(addr.sun_path, fake->path, sizeof(addr.sun_path));
    g_assert_cmpint(bind(fake->listener, (struct sockaddr *)&addr, sizeof(addr)), ==, 0);
    g_assert_cmpint(listen(fake->listener, 1), ==, 0);
    fake->thread = g_thread_new("swtpm", run, fake);
    return fake;
}

void fake_swtpm_free(FakeSwtpm *fake)
{
    uint64_t one = 1;

    if (!fake)
        return;
    g_assert_cmpint(write(fake->stop, &one, sizeof(one)), ==, sizeof(one));
    g_thread_join(fake->thread);
    fd_close(&fake->stop);
    fd_close(&fake->control);
    fd_close(&fake->data);
    fd_close(&fake->listener);
    unlink(fake->path);
    rmdir(fake->folder);
    g_free(fake->folder);
    g_free(fake->path);
    g_free(fake);
}
