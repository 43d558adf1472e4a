/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/boot_choose.h"

#include <string.h>

/** What Linux looks for in its prom_init, to ask firmware for something else than the best. */
static const char *const negotiated[] = {
    "disable_radix",
    "xive=off",
    "radix_hcall_invalidate=on",
};

gboolean boot_choose_of(const VmConfig *config)
{
    if (config->boot != BOOT_AUTO)
        return config->boot == BOOT_OF;
    for (unsigned i = 0; i < G_N_ELEMENTS(negotiated); i++) {
        /* Anywhere in the line, as Linux does it. */
        if (config->append && strstr(config->append, negotiated[i]))
            return TRUE;
    }
    return FALSE;
}
