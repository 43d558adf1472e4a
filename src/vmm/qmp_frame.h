/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a stream of bytes to messages: a message ends where its brackets are
 * closed, or else with its line, so that what is malformed spoils one line.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

enum {
    /** Bytes of one message. */
    QMP_MESSAGE_MAX = 64 << 10,
};

typedef struct {
    GByteArray *bytes;
    /** How far bytes have been looked at, and what was found: the brackets that are open. */
    size_t scanned;
    unsigned depth;
    gboolean in_string, escaped;
} QmpFrame;

typedef enum {
    /** No whole message is there. */
    QMP_FRAME_MORE,
    QMP_FRAME_MESSAGE,
    /** One exceeds QMP_MESSAGE_MAX; the stream is of no use any more. */
    QMP_FRAME_TOO_LONG,
} QmpFrameStatus;

void qmp_frame_init(QmpFrame *frame);
void qmp_frame_finish(QmpFrame *frame);

/** Take in @length bytes. */
void qmp_frame_push(QmpFrame *frame, const void *data, size_t length);

/** The next message to @message, without white space at its ends; empty lines are left out. */
QmpFrameStatus qmp_frame_next(QmpFrame *frame, GString *message);
