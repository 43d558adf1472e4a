/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_net.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_devices.h"
#include "src/vmm/option_values.h"

enum {
    MIN_MTU = 68,
    MAX_MTU = 65535,
    /** Standard input, output and error are not handed over so. */
    FIRST_FD = 3,
    MAC_LENGTH = 17,
};

static gboolean net_tap(NetConfig *net, const char *text, GError **error)
{
    if (!*text || strlen(text) >= sizeof(net->tap) || strchr(text, '/'))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "an interface's name has 1 to %zu bytes, and no '/'",
                         sizeof(net->tap) - 1);
    g_strlcpy(net->tap, text, sizeof(net->tap));
    return TRUE;
}

/** "N:N:...": a descriptor for each queue. */
static gboolean net_fds(int *fds, const char *text, unsigned *count, GError **error)
{
    g_auto(GStrv) numbers = g_strsplit(text, ":", CONFIG_MAX_NET_QUEUES + 1);

    *count = g_strv_length(numbers);
    if (!*count || *count > CONFIG_MAX_NET_QUEUES)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there are 1 to %d descriptors",
                         CONFIG_MAX_NET_QUEUES);
    for (unsigned i = 0; i < *count; i++) {
        unsigned fd;

        if (!option_parse_number(numbers[i], "fd", FIRST_FD, G_MAXINT, &fd, error))
            return FALSE;
        for (unsigned j = 0; j < i; j++) {
            if (fds[j] == (int)fd)
                return error_set(error, PAPRIKA_ERROR_USAGE, "descriptor %u is given twice", fd);
        }
        fds[i] = (int)fd;
    }
    return TRUE;
}

/** Six pairs of digits with colons between. */
static gboolean parse_mac(const char *text, uint8_t mac[6])
{
    if (strlen(text) != MAC_LENGTH)
        return FALSE;
    for (unsigned i = 0; i < 6; i++, text += 3) {
        int high = g_ascii_xdigit_value(text[0]), low = g_ascii_xdigit_value(text[1]);

        if (high < 0 || low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return FALSE;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return TRUE;
}

gboolean option_parse_mac(const char *text, NetConfig *net, GError **error)
{
    static const uint8_t none[6] = {0};

    if (!parse_mac(text, net->mac))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "mac must be six pairs of hexadecimal digits, as in 02:00:00:12:34:56");
    if (net->mac[0] & 1 || !memcmp(net->mac, none, sizeof(none)))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "mac must be the address of one card: not all zeros, and the first byte "
                         "even");
    net->has_mac = TRUE;
    return TRUE;
}

static gboolean net_model(NetConfig *net, const char *text, GError **error)
{
    net->llan = !strcmp(text, "l-lan");
    if (net->llan || !strcmp(text, "virtio"))
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE, "model must be virtio or l-lan");
}

/** What a logical LAN can't have. */
static gboolean net_check_llan(const NetConfig *net, GError **error)
{
    if (net->mtu || net->queues > 1 || net->iommu || net->vhost == NET_VHOST_ON)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a card of model l-lan has no mtu=, one queue, always DMA windows, "
                         "and no vhost=");
    if (!*net->tap && !net->has_mac)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a card of model l-lan by fd= must have a mac=");
    return TRUE;
}

static gboolean net_vhost(NetConfig *net, const char *text, GError **error)
{
    static const char *const words[] = {
        [NET_VHOST_OFF] = "off", [NET_VHOST_AUTO] = "auto", [NET_VHOST_ON] = "on"};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (!strcmp(text, words[i])) {
            net->vhost = (NetVhostUse)i;
            return TRUE;
        }
    }
    return error_set(error, PAPRIKA_ERROR_USAGE, "vhost must be on, off, or auto");
}

static gboolean net_check_vhost(const NetConfig *net, GError **error)
{
    if (net->vhost == NET_VHOST_ON && net->iommu)
        return error_set(
            error, PAPRIKA_ERROR_USAGE,
            "vhost=on and iommu=on exclude each other: vhost-net knows no DMA windows");
    if (net->n_vhost_fds && net->vhost == NET_VHOST_OFF)
        return error_set(error, PAPRIKA_ERROR_USAGE, "vhostfd= needs vhost=on or vhost=auto");
    if (net->n_vhost_fds && net->n_vhost_fds != net->queues)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%u queues need as many vhostfd descriptors, not %u", net->queues,
                         net->n_vhost_fds);
    return TRUE;
}

static gboolean net_key(NetConfig *net, const char *part, GError **error)
{
    const char *text;

    if ((text = option_value_of(part, "mac")))
        return option_parse_mac(text, net, error);
    if ((text = option_value_of(part, "mtu")))
        return option_parse_number(text, "mtu", MIN_MTU, MAX_MTU, &net->mtu, error);
    if ((text = option_value_of(part, "queues")))
        return option_parse_number(text, "queues", 1, CONFIG_MAX_NET_QUEUES, &net->queues, error);
    if ((text = option_value_of(part, "iommu")))
        return option_parse_on_off(text, "iommu", &net->iommu, error);
    if ((text = option_value_of(part, "model")))
        return net_model(net, text, error);
    if ((text = option_value_of(part, "vhost")))
        return net_vhost(net, text, error);
    if ((text = option_value_of(part, "vhostfd")))
        return net_fds(net->vhost_fds, text, &net->n_vhost_fds, error);
    return error_set(
        error, PAPRIKA_ERROR_USAGE,
        "unknown '%s': there are mac=, model=, mtu=, queues=, iommu=, vhost=, vhostfd=", part);
}

gboolean option_parse_net(char **parts, NetConfig *net, GError **error)
{
    const char *tap = option_value_of(parts[0], "tap"), *fd = option_value_of(parts[0], "fd");
    unsigned n_fds = 0;

    *net = (NetConfig){.queues = 0};
    if (!tap && !fd)
        return error_set(error, PAPRIKA_ERROR_USAGE, "must begin with tap= or fd=");
    if (!(tap ? net_tap(net, tap, error) : net_fds(net->fds, fd, &n_fds, error)))
        return FALSE;
    for (char **part = parts + 1; *part; part++) {
        if (!net_key(net, *part, error))
            return FALSE;
    }
    if (fd && net->queues && net->queues != n_fds)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%u queues need as many descriptors, not %u",
                         net->queues, n_fds);
    net->queues = fd ? n_fds : MAX(net->queues, 1u);
    return net->llan ? net_check_llan(net, error) : net_check_vhost(net, error);
}

gboolean option_set_net(OptionContext *context, const char *value, GError **error)
{
    VmConfig *config = context->config;
    g_auto(GStrv) parts = option_split_parts(value);
    NetConfig net;

    if (config->n_nets >= CONFIG_MAX_NETS)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d network cards", CONFIG_MAX_NETS);
    if (!option_parse_net(parts, &net, error))
        return FALSE;
    config->nets = g_renew(NetConfig, config->nets, config->n_nets + 1);
    config->nets[config->n_nets++] = net;
    return TRUE;
}

void option_clear_nets(VmConfig *config)
{
    for (unsigned i = 0; i < config->n_nets; i++) {
        g_free(config->nets[i].id);
        g_free(config->nets[i].backend);
    }
    g_clear_pointer(&config->nets, g_free);
    config->n_nets = 0;
}
