/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "src/base/error.h"
#include "src/vhost/vhost_vsock.h"
#include "src/vmm/option_devices.h"
#include "src/vmm/option_values.h"

/** Standard input, output and error are not handed over so. */
enum { FIRST_FD = 3 };

static gboolean vsock_key(const char *part, unsigned *fd, GError **error)
{
    gboolean iommu = FALSE;
    const char *text;

    if ((text = option_value_of(part, "vhostfd")))
        return option_parse_number(text, "vhostfd", FIRST_FD, G_MAXINT, fd, error);
    if (!(text = option_value_of(part, "iommu")))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "unknown '%s': there are vhostfd=, iommu=", part);
    if (!option_parse_on_off(text, "iommu", &iommu, error))
        return FALSE;
    /* As with a network card, the kernel would have to be told each translation. */
    return !iommu || error_set(error, PAPRIKA_ERROR_USAGE,
                               "iommu=on is not there: vhost-vsock knows no DMA windows");
}

gboolean option_set_vsock(OptionContext *context, const char *value, GError **error)
{
    g_auto(GStrv) parts = option_split_parts(value);
    const char *text = option_value_of(parts[0], "cid");
    guint64 cid;
    unsigned fd = 0;

    if (!g_ascii_string_to_unsigned(text ? text : parts[0], 10, VHOST_VSOCK_MIN_CID,
                                    VHOST_VSOCK_MAX_CID, &cid, NULL))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a guest's CID must be from %u to %u: others mean hosts, or anyone",
                         VHOST_VSOCK_MIN_CID, VHOST_VSOCK_MAX_CID);
    for (char **part = parts + 1; *part; part++) {
        if (!vsock_key(*part, &fd, error))
            return FALSE;
    }
    context->config->vsock_cid = (uint32_t)cid;
    context->config->vsock_fd = (int)fd;
    return TRUE;
}
