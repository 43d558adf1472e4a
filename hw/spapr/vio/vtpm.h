/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual TPM (LoPAR, "Virtual Trusted Platform Module"): one command at a time comes by the
 * queue and lies in the guest's memory, where the response goes, too. A thread takes it to the TPM.
 *
 * Once the TPM has failed, commands get a response that says so (TPM_RC_FAILURE), as from a TPM
 * in failure mode, and not LoPAR's message VTPM_IN_FAIL_STATE: drivers that don't know that one,
 * as Linux's, would wait for a response for good.
 */
#pragma once

#include <glib.h>

#include "hw/spapr/vio/vio.h"

struct Tpm;

/** Message types, a message's second byte; answers have VTPM_ANSWER, too. */
enum {
    VTPM_GET_VERSION = 0x01,
    VTPM_COMMAND = 0x02,
    VTPM_GET_BUFFER_SIZE = 0x03,
    VTPM_PREPARE_TO_SUSPEND = 0x04,
    VTPM_COUNT_COMPONENTS = 0x05,
    VTPM_LIST_COMPONENTS = 0x06,
    VTPM_GET_DUMP_SIZE = 0x09,
    VTPM_ANSWER = 0x80,
    VTPM_ERROR = 0xff,
};

/** What VTPM_ERROR says. */
enum {
    VTPM_ERROR_TYPE = 1,
    VTPM_ERROR_LENGTH = 2,
    VTPM_ERROR_COPY_IN = 3,
    VTPM_ERROR_COPY_OUT = 4,
};

/** VTPM_GET_VERSION's answer: that of TPM 2.0. */
enum { VTPM_VERSION = 2 };

/** Takes @tpm over, on failure, too; it has been started. Without a thread until begin(). Main
 * thread. */
VioDevice *vtpm_new(Vm *vm, struct Tpm *tpm, GError **error);

/**
 * What there is to do for its thread, if there is something: a restart of the TPM, or a command.
 * False if not. Its thread, or, where that was not begun, any.
 */
gboolean vtpm_serve(VioDevice *dev);
