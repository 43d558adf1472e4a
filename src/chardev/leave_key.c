/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/chardev/leave_key.h"

enum { CTRL_A = 1 };

unsigned leave_key_filter(LeaveKey *key, const uint8_t *in, size_t length, uint8_t *out,
                          size_t *out_length)
{
    unsigned commands = 0;
    size_t n = 0;

    for (size_t i = 0; i < length && !(commands & LEAVE_KEY_LEAVE); i++) {
        if (!key->pending) {
            if (in[i] == CTRL_A)
                key->pending = TRUE;
            else
                out[n++] = in[i];
            continue;
        }
        key->pending = FALSE;
        switch (in[i]) {
        case 'x':
        case 'X':
            commands |= LEAVE_KEY_LEAVE;
            break;
        case 'h':
        case 'H':
        case '?':
            commands |= LEAVE_KEY_HELP;
            break;
        case CTRL_A:
            out[n++] = CTRL_A;
            break;
        default:
            out[n++] = CTRL_A;
            out[n++] = in[i];
            break;
        }
    }
    *out_length = n;
    return commands;
}
