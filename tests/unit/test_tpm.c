/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The TPM's emulator, as it should be, and as it should not. */
#include "src/tpm/tpm.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "src/base/endian.h"
#include "src/base/error.h"
#include "tests/unit/fake_swtpm.h"

enum { SHORT_MS = 50, CC_GET_RANDOM = 0x17b };

static Tpm *open_good(FakeSwtpm *fake)
{
    GError *error = NULL;
    Tpm *tpm = tpm_open(fake->path, &error);

    g_assert_no_error(error);
    g_assert_nonnull(tpm);
    return tpm;
}

static size_t make_command(uint8_t *command, size_t length)
{
    endian_store(command, 2, 0x8001, FALSE);
    endian_store(command + 2, 4, length, FALSE);
    endian_store(command + 6, 4, CC_GET_RANDOM, FALSE);
    for (size_t i = TPM_HEADER_SIZE; i < length; i++)
        command[i] = (uint8_t)i;
    return length;
}

/** Commands of all sizes, a restart, and the end, which the emulator is told of. */
static void test_life(void)
{
    static const size_t sizes[] = {TPM_HEADER_SIZE, TPM_HEADER_SIZE + 2, 100, TPM_BUFFER_SIZE};
    g_autoptr(FakeSwtpm) fake = fake_swtpm_new();
    GError *error = NULL;
    Tpm *tpm = open_good(fake);
    uint8_t command[TPM_BUFFER_SIZE], response[TPM_BUFFER_SIZE];

    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_SET_DATAFD]), ==, 1);
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_INIT]), ==, 1);
    g_assert_cmpuint(fake_swtpm_count(&fake->commands), ==, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        make_command(command, sizes[i]);
        g_assert_cmpuint(tpm_transmit(tpm, command, sizes[i], response, &error), ==, sizes[i]);
        g_assert_no_error(error);
        g_assert_cmpuint(tpm_length(response), ==, sizes[i]);
        g_assert_cmpmem(response + TPM_HEADER_SIZE, sizes[i] - TPM_HEADER_SIZE,
                        command + TPM_HEADER_SIZE, sizes[i] - TPM_HEADER_SIZE);
    }
    g_assert_true(tpm_start(tpm, &error));
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_INIT]), ==, 2);
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_STOP]), ==, 2);
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_SHUTDOWN]), ==, 0);
    tpm_free(tpm);
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_SHUTDOWN]), ==, 1);
    tpm_free(NULL);
}

/** One that was started up by itself is fine, too. */
static void test_started(void)
{
    g_autoptr(FakeSwtpm) fake = fake_swtpm_new();

    fake->startup = 0x100;
    tpm_free(open_good(fake));
}

static void expect_refused(FakeSwtpm *fake, int code, const char *words)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(tpm_open(fake->path, &error));
    g_assert_error(error, PAPRIKA_ERROR, code);
    g_assert_nonnull(strstr(error->message, words));
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_SHUTDOWN]), ==, 0);
}

static void test_refused(void)
{
    static const int commands[] = {FAKE_SWTPM_SET_DATAFD, FAKE_SWTPM_STOP, FAKE_SWTPM_INIT};

    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(FakeSwtpm) fake = fake_swtpm_new();

        fake->refused = commands[i];
        expect_refused(fake, PAPRIKA_ERROR_HOST, "error 0x9");
    }
    g_autoptr(FakeSwtpm) old = fake_swtpm_new();
    fake_swtpm_set_mode(old, FAKE_SWTPM_OLD);
    expect_refused(old, PAPRIKA_ERROR_USAGE, "--tpm2");

    g_autoptr(FakeSwtpm) ill = fake_swtpm_new();
    ill->startup = 0x101;
    expect_refused(ill, PAPRIKA_ERROR_HOST, "0x101");
}

static void test_nobody(void)
{
    g_autoptr(FakeSwtpm) fake = fake_swtpm_new();
    g_autofree char *none = g_build_filename(fake->folder, "none", NULL);
    g_autoptr(GError) error = NULL, check = NULL, kind = NULL;

    g_assert_null(tpm_open(none, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_false(tpm_check(none, &check));
    g_assert_error(check, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_false(tpm_check(fake->folder, &kind));
    g_assert_error(kind, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_true(tpm_check(fake->path, NULL));
}

/** Whatever is wrong with one answer, no other one is taken for it afterwards. */
static void test_failures(void)
{
    static const FakeSwtpmMode modes[] = {FAKE_SWTPM_SILENT, FAKE_SWTPM_HALF, FAKE_SWTPM_LONG,
                                          FAKE_SWTPM_SHORT, FAKE_SWTPM_GONE};
    uint8_t command[64], response[TPM_BUFFER_SIZE];

    make_command(command, sizeof(command));
    for (unsigned i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autoptr(FakeSwtpm) fake = fake_swtpm_new();
        g_autoptr(Tpm) tpm = open_good(fake);
        g_autoptr(GError) first = NULL, second = NULL, third = NULL;

        tpm_set_limit(tpm, SHORT_MS);
        fake_swtpm_set_mode(fake, modes[i]);
        g_assert_cmpuint(tpm_transmit(tpm, command, sizeof(command), response, &first), ==, 0);
        g_assert_error(first, PAPRIKA_ERROR, PAPRIKA_ERROR_HOST);
        unsigned commands = fake_swtpm_count(&fake->commands);
        fake_swtpm_set_mode(fake, FAKE_SWTPM_ANSWER);
        g_assert_cmpuint(tpm_transmit(tpm, command, sizeof(command), response, &second), ==, 0);
        g_assert_nonnull(second);
        g_assert_false(tpm_start(tpm, &third));
        g_assert_nonnull(third);
        g_assert_cmpuint(fake_swtpm_count(&fake->commands), ==, commands);
    }
}

static gpointer interrupt_later(gpointer tpm)
{
    g_usleep(20000);
    tpm_interrupt(tpm);
    return NULL;
}

/** A wait ends at once; the emulator is still told of the end. */
static void test_interrupt(void)
{
    g_autoptr(FakeSwtpm) fake = fake_swtpm_new();
    g_autoptr(GError) error = NULL;
    uint8_t command[64], response[TPM_BUFFER_SIZE];
    Tpm *tpm = open_good(fake);

    make_command(command, sizeof(command));
    fake_swtpm_set_mode(fake, FAKE_SWTPM_SILENT);
    GThread *thread = g_thread_new("later", interrupt_later, tpm);
    g_assert_cmpuint(tpm_transmit(tpm, command, sizeof(command), response, &error), ==, 0);
    g_assert_nonnull(error);
    g_thread_join(thread);
    fake_swtpm_set_mode(fake, FAKE_SWTPM_ANSWER);
    tpm_free(tpm);
    g_assert_cmpuint(fake_swtpm_count(&fake->controls[FAKE_SWTPM_SHUTDOWN]), ==, 1);
}

static void test_fill(void)
{
    static const uint8_t failure[] = {0x80, 0x01, 0, 0, 0, 10, 0, 0, 1, 1};
    uint8_t response[TPM_HEADER_SIZE];

    tpm_fill_response(response, TPM_RC_FAILURE);
    g_assert_cmpmem(response, sizeof(response), failure, sizeof(failure));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    /* As the program does. */
    signal(SIGPIPE, SIG_IGN);
    g_test_add_func("/tpm/life", test_life);
    g_test_add_func("/tpm/started", test_started);
    g_test_add_func("/tpm/refused", test_refused);
    g_test_add_func("/tpm/nobody", test_nobody);
    g_test_add_func("/tpm/failures", test_failures);
    g_test_add_func("/tpm/interrupt", test_interrupt);
    g_test_add_func("/tpm/fill", test_fill);
    return g_test_run();
}
