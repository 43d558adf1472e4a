/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hv_kvm_open() where there is no KVM for POWER guests. */
#include <sys/utsname.h>

#include "include/paprika/hv.h"
#include "src/base/error.h"

HvHost *hv_kvm_open(const HvOps **ops, GError **error)
{
    struct utsname name;

    if (uname(&name) < 0)
        g_strlcpy(name.machine, "unknown", sizeof(name.machine));
    error_set(error, PAPRIKA_ERROR_HOST,
              "this machine (%s) is no POWER host, so its KVM cannot run pseries guests; ./try in "
              "the source tree shows one on an emulated POWER9 host",
              name.machine);
    return NULL;
}
