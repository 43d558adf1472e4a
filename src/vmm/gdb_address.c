/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/gdb_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "src/base/error.h"

static gboolean parse_host(const char *host, uint16_t port, GdbAddress *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    size_t length = strlen(host);

    if (!strcmp(host, "localhost"))
        host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&address->address, &v4, sizeof(v4));
        address->length = sizeof(v4);
        return TRUE;
    }
    if (length < 2 || host[0] != '[' || host[length - 1] != ']')
        return FALSE;
    g_autofree char *inner = g_strndup(host + 1, length - 2);
    memcpy(&address->address, &v6, sizeof(v6));
    if (inet_pton(AF_INET6, inner, &((struct sockaddr_in6 *)&address->address)->sin6_addr) != 1)
        return FALSE;
    address->length = sizeof(v6);
    return TRUE;
}

gboolean gdb_address_parse(const char *text, GdbAddress *address, GError **error)
{
    *address = (GdbAddress){0};
    if (g_str_has_prefix(text, "unix:") && text[strlen("unix:")]) {
        address->path = g_strdup(text + strlen("unix:"));
        return TRUE;
    }
    if (!g_str_has_prefix(text, "tcp:"))
        return error_set(error, PAPRIKA_ERROR_USAGE, "must be tcp:[HOST:]PORT or unix:PATH");
    text += strlen("tcp:");

    const char *colon = strrchr(text, ':');
    g_autofree char *host = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup("localhost");
    guint64 port;
    if (!g_ascii_string_to_unsigned(colon ? colon + 1 : text, 10, 1, UINT16_MAX, &port, NULL))
        return error_set(error, PAPRIKA_ERROR_USAGE, "the port must be a number from 1 to 65535");
    if (!parse_host(host, (uint16_t)port, address))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the host must be an address in numbers, or localhost");
    return TRUE;
}

void gdb_address_clear(GdbAddress *address) { g_clear_pointer(&address->path, g_free); }
