/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_frame.h"

#include <string.h>

void qmp_frame_init(QmpFrame *frame) { *frame = (QmpFrame){.bytes = g_byte_array_new()}; }

void qmp_frame_finish(QmpFrame *frame) { g_clear_pointer(&frame->bytes, g_byte_array_unref); }

void qmp_frame_push(QmpFrame *frame, const void *data, size_t length)
{
    g_byte_array_append(frame->bytes, data, (guint)length);
}

static gboolean is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/** Whether the message ends with @c. */
static gboolean ends_with(QmpFrame *frame, uint8_t c)
{
    if (c == '\n')
        return TRUE;
    if (frame->in_string) {
        if (!frame->escaped && c == '"')
            frame->in_string = FALSE;
        frame->escaped = !frame->escaped && c == '\\';
        return FALSE;
    }
    if (c == '"')
        frame->in_string = TRUE;
    else if (c == '{' || c == '[')
        frame->depth++;
    else if ((c == '}' || c == ']') && frame->depth)
        return --frame->depth == 0;
    return FALSE;
}

/** Forget the first @length bytes. */
static void drop(QmpFrame *frame, size_t length)
{
    g_byte_array_remove_range(frame->bytes, 0, (guint)length);
    frame->scanned = 0;
    frame->depth = 0;
    frame->in_string = frame->escaped = FALSE;
}

QmpFrameStatus qmp_frame_next(QmpFrame *frame, GString *message)
{
    size_t space = 0;

    if (frame->scanned == 0) {
        while (space < frame->bytes->len && is_space(frame->bytes->data[space]))
            space++;
        if (space)
            drop(frame, space);
    }
    while (frame->scanned < frame->bytes->len && frame->scanned < QMP_MESSAGE_MAX) {
        if (!ends_with(frame, frame->bytes->data[frame->scanned++]))
            continue;
        g_string_truncate(message, 0);
        g_string_append_len(message, (const char *)frame->bytes->data, (gssize)frame->scanned);
        drop(frame, frame->scanned);
        while (is_space((uint8_t)message->str[message->len - 1]))
            g_string_truncate(message, message->len - 1);
        return QMP_FRAME_MESSAGE;
    }
    return frame->scanned >= QMP_MESSAGE_MAX ? QMP_FRAME_TOO_LONG : QMP_FRAME_MORE;
}
