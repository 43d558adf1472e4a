/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/send_buffer.h"

#include <errno.h>
#include <sys/socket.h>

void send_buffer_init(SendBuffer *buffer) { *buffer = (SendBuffer){.text = g_string_new(NULL)}; }

void send_buffer_finish(SendBuffer *buffer) { g_string_free(buffer->text, TRUE); }

void send_buffer_append(SendBuffer *buffer, const char *bytes, size_t length)
{
    g_string_append_len(buffer->text, bytes, (gssize)length);
}

void send_buffer_clear(SendBuffer *buffer)
{
    g_string_truncate(buffer->text, 0);
    buffer->sent = 0;
}

int send_buffer_flush(SendBuffer *buffer, int fd)
{
    while (send_buffer_unsent(buffer)) {
        ssize_t n = send(fd, buffer->text->str + buffer->sent, send_buffer_unsent(buffer),
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n >= 0)
            buffer->sent += (size_t)n;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            return -errno;
    }
    send_buffer_clear(buffer);
    return 0;
}
