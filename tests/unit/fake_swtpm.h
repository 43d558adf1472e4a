/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An emulator of a TPM for unit tests: a control socket as swtpm's, and commands by the descriptor
 * that comes over it. Answers repeat a command's bytes behind its header. Set what it shall do
 * before it is asked; what it counts is atomic.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

/** Control commands. */
enum {
    FAKE_SWTPM_INIT = 0x02,
    FAKE_SWTPM_SHUTDOWN = 0x03,
    FAKE_SWTPM_STOP = 0x0e,
    FAKE_SWTPM_SET_DATAFD = 0x10,
};

/** What it does with the next command. */
typedef enum {
    FAKE_SWTPM_ANSWER,
    /** Nothing at all. */
    FAKE_SWTPM_SILENT,
    /** It answers once it is told to do something else. */
    FAKE_SWTPM_LATE,
    /** Half of the answer, and no more. */
    FAKE_SWTPM_HALF,
    /** An answer that says it is longer than any may be, or shorter. */
    FAKE_SWTPM_LONG,
    FAKE_SWTPM_SHORT,
    /** Both sockets are closed. */
    FAKE_SWTPM_GONE,
    /** That of a TPM 1.2. */
    FAKE_SWTPM_OLD,
} FakeSwtpmMode;

typedef struct {
    char *folder, *path;
    int listener, control, data, stop;
    GThread *thread;
    /** Atomic. */
    int mode;
    /** The result of that control command, if not 0, is an error; atomic. */
    int refused;
    /** What TPM2_Startup is answered; atomic. */
    int startup;
    /** Of control commands, by number, and of others; atomic: for fake_swtpm_count(). */
    unsigned controls[32], commands;
} FakeSwtpm;

FakeSwtpm *fake_swtpm_new(void);
void fake_swtpm_free(FakeSwtpm *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeSwtpm, fake_swtpm_free)

static inline void fake_swtpm_set_mode(FakeSwtpm *fake, FakeSwtpmMode mode)
{
    __atomic_store_n(&fake->mode, mode, __ATOMIC_SEQ_CST);
}

static inline unsigned fake_swtpm_count(const unsigned *counter)
{
    return __atomic_load_n(counter, __ATOMIC_SEQ_CST);
}
