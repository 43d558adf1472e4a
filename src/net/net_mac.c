/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/net/net_mac.h"

#include <string.h>

/** Bits of an address's first byte. */
enum { MAC_MULTICAST = 1, MAC_LOCAL = 2 };

void net_mac(const VmConfig *config, const NetConfig *card, const char *name, const char *interface,
             uint8_t mac[6])
{
    if (card->has_mac) {
        memcpy(mac, card->mac, 6);
        return;
    }
    g_autofree char *text = g_strdup_printf("%s/%s", config->name ? config->name : interface, name);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    for (unsigned i = 0; i < 6; i++)
        mac[i] =
            (uint8_t)(g_ascii_xdigit_value(sum[2 * i]) << 4 | g_ascii_xdigit_value(sum[2 * i + 1]));
    mac[0] = (uint8_t)((mac[0] & ~MAC_MULTICAST) | MAC_LOCAL);
}
