/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a debugger may connect: the value of --gdb. */
#pragma once

#include <stdint.h>
#include <sys/socket.h>

#include <glib.h>

typedef struct {
    /** UNIX socket; owned, NULL for TCP. */
    char *path;
    /** TCP. */
    struct sockaddr_storage address;
    socklen_t length;
} GdbAddress;

/**
 * Parse "unix:PATH" or "tcp:[HOST:]PORT", where HOST is a numeric address, that of IPv6 in
 * brackets, or "localhost", which is the default.
 */
gboolean gdb_address_parse(const char *text, GdbAddress *address, GError **error);
void gdb_address_clear(GdbAddress *address);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GdbAddress, gdb_address_clear)
