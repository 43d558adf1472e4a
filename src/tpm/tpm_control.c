/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * swtpm's control channel (swtpm_ioctls(3)): a command is a number and what belongs to it, an
 * answer begins with a result; all numbers have four bytes, big-endian.
 */
#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/base/fd_pass.h"
#include "src/tpm/tpm_private.h"

enum {
    CMD_INIT = 0x02,
    CMD_SHUTDOWN = 0x03,
    CMD_STOP = 0x0e,
    CMD_SET_DATAFD = 0x10,
    /** Milliseconds: state is read from files, and keys may have to be made. */
    CONTROL_LIMIT = 60000,
    /** Who has a client already lets the next one wait. */
    FIRST_LIMIT = 10000,
    SHUTDOWN_LIMIT = 2000,
};

static gboolean answer(Tpm *tpm, const char *what, gint64 end, GError **error)
{
    be32 result;
    int ret = tpm_read(tpm, tpm->control, &result, sizeof(result), end);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "the TPM's emulator does not answer to %s", what);
    if (be32_get(result))
        return error_set(error, PAPRIKA_ERROR_HOST, "the TPM's emulator answers error %#x to %s",
                         be32_get(result), what);
    return TRUE;
}

/** Send @count numbers, and read the result. */
static gboolean control(Tpm *tpm, const char *what, const be32 *numbers, unsigned count,
                        unsigned limit, GError **error)
{
    gint64 end = tpm_deadline(tpm, limit);
    int ret = tpm_write(tpm, tpm->control, numbers, count * sizeof(*numbers), end);

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "the TPM's emulator takes no %s",
                               what);
    return answer(tpm, what, end, error);
}

gboolean tpm_control_stop(Tpm *tpm, GError **error)
{
    const be32 command = be32_of(CMD_STOP);

    return control(tpm, "CMD_STOP", &command, 1, CONTROL_LIMIT, error);
}

gboolean tpm_control_init(Tpm *tpm, GError **error)
{
    const be32 command[] = {be32_of(CMD_INIT), be32_of(0)};

    return control(tpm, "CMD_INIT", command, G_N_ELEMENTS(command), CONTROL_LIMIT, error);
}

void tpm_control_shutdown(Tpm *tpm)
{
    const be32 command = be32_of(CMD_SHUTDOWN);

    control(tpm, "CMD_SHUTDOWN", &command, 1, SHUTDOWN_LIMIT, NULL);
}

gboolean tpm_control_set_data(Tpm *tpm, int fd, GError **error)
{
    const be32 command = be32_of(CMD_SET_DATAFD);
    int ret = fd_pass(tpm->control, fd, &command, sizeof(command));

    if (ret)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "the TPM's emulator takes no descriptor");
    return answer(tpm, "CMD_SET_DATAFD (has it a client already?)", tpm_deadline(tpm, FIRST_LIMIT),
                  error);
}
