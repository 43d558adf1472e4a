/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TPM 2.0 that another process plays: swtpm, by its control socket. One thread at a time
 * talks to it, with a limit to every wait; a TPM that fails once, by silence, by nonsense or by
 * going away, has failed for good. SIGPIPE is ignored by then.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** Bytes of the longest command and response: libtpms' own limit for TPM 2.0. */
    TPM_BUFFER_SIZE = 4096,
    /** Tag, length, code: every command and response begins so. */
    TPM_HEADER_SIZE = 10,
};

/** Response codes that are given here in the TPM's name. */
enum {
    TPM_RC_FAILURE = 0x101,
    TPM_RC_COMMAND_SIZE = 0x142,
};

typedef struct Tpm Tpm;

/** Whether there is a socket at @path; whose it is shows when it is opened. */
gboolean tpm_check(const char *path, GError **error);
/**
 * Connect to swtpm's control socket at @path, hand it one end of a socket for commands, and
 * start the TPM. Main thread, before the sandbox.
 */
Tpm *tpm_open(const char *path, GError **error);
/**
 * A TPM behind two connected sockets that do not block, which are taken over; nothing is said yet.
 * NULL if the host has no descriptor left.
 */
Tpm *tpm_new(int control, int data, GError **error);
/** Lets the emulator save its state and end. NULL is fine. */
void tpm_free(Tpm *tpm);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tpm, tpm_free)

/** Another limit for waits than the usual ones, in milliseconds. */
void tpm_set_limit(Tpm *tpm, unsigned ms);

/**
 * Power it off and on, and start it up: what is volatile, as PCRs, is as after power-on; what is
 * not stays.
 */
gboolean tpm_start(Tpm *tpm, GError **error);

/**
 * Carry out the command of @length bytes, whose header says so, too: the bytes of the response, at
 * most TPM_BUFFER_SIZE, which goes to @response. On failure 0 and an error.
 */
size_t tpm_transmit(Tpm *tpm, const uint8_t *command, size_t length, uint8_t *response,
                    GError **error);

/** A response of TPM_HEADER_SIZE bytes that says only @code. */
void tpm_fill_response(uint8_t *response, uint32_t code);
/** How long a command or response of at least a header says that it is. */
uint32_t tpm_length(const uint8_t *message);

/** The thread that talks to it gives up now, and whenever it tries again. Any thread. */
void tpm_interrupt(Tpm *tpm);
