/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_lines.h"

void trial_lines_init(TrialLines *lines)
{
    lines->text[0] = 0;
    lines->length = 0;
    lines->escape = TRIAL_ESCAPE_NONE;
}

/** Whether @byte belongs to an escape sequence, whose state it moves on. */
static gboolean in_escape(TrialLines *lines, uint8_t byte)
{
    switch (lines->escape) {
    case TRIAL_ESCAPE_BEGUN:
        lines->escape = byte == '[' ? TRIAL_ESCAPE_CSI : TRIAL_ESCAPE_NONE;
        return TRUE;
    case TRIAL_ESCAPE_CSI:
        if (byte >= 0x40 && byte <= 0x7e)
            lines->escape = TRIAL_ESCAPE_NONE;
        return TRUE;
    case TRIAL_ESCAPE_NONE:
        break;
    }
    if (byte == 0x1b)
        lines->escape = TRIAL_ESCAPE_BEGUN;
    return byte == 0x1b;
}

static void give_out(TrialLines *lines, TrialLineFn fn, void *opaque)
{
    fn(lines->text, lines->length, opaque);
    lines->length = 0;
    lines->text[0] = 0;
}

void trial_lines_feed(TrialLines *lines, const uint8_t *bytes, size_t length, TrialLineFn fn,
                      void *opaque)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == '\n') {
            /* An escape sequence that was cut off must not swallow the next line. */
            lines->escape = TRIAL_ESCAPE_NONE;
            give_out(lines, fn, opaque);
        } else if (!in_escape(lines, bytes[i]) && bytes[i] && bytes[i] != '\r') {
            lines->text[lines->length++] = (char)bytes[i];
            lines->text[lines->length] = 0;
            if (lines->length == TRIAL_LINE_MAX)
                give_out(lines, fn, opaque);
        }
    }
}

char *trial_lines_printable(const char *text, size_t length)
{
    char *valid = g_utf8_make_valid(text, (gssize)length);

    for (char *p = valid; *p; p++) {
        if (*p == '\t')
            *p = ' ';
        else if (g_ascii_iscntrl(*p))
            *p = '?';
    }
    return valid;
}
