/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/mmu_choose.h"

#include "src/base/error.h"

/** Processors in POWER8's mode have hash page tables only. */
static gboolean mmu_choose_power8(MmuChoice choice, const HvCaps *caps, gboolean *radix,
                                  GError **error)
{
    if (choice == MMU_RADIX)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--mmu radix: there is none with --max-cpu-compat power8, radix came with "
                         "POWER9; use --mmu hash or auto");
    if (!caps->hash)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--max-cpu-compat power8: such a guest needs a hash page table, which "
                         "this host does not give%s",
                         caps->nested ? ", as it is itself a partition (nested HV)" : "");
    *radix = FALSE;
    return TRUE;
}

gboolean mmu_choose(MmuChoice choice, CpuCompat limit, const HvCaps *caps, gboolean *radix,
                    GError **error)
{
    if (limit == CPU_COMPAT_POWER8)
        return mmu_choose_power8(choice, caps, radix, error);
    switch (choice) {
    case MMU_RADIX:
        if (!caps->radix)
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "--mmu radix: this host has hash page tables only (radix needs "
                             "POWER9 or later and a kernel in radix mode); use --mmu hash or auto");
        *radix = TRUE;
        return TRUE;
    case MMU_HASH:
        if (!caps->hash)
            return error_set(
                error, PAPRIKA_ERROR_USAGE,
                "--mmu hash: this host gives no hash page tables%s; use --mmu radix or "
                "auto",
                caps->nested ? ", as it is itself a partition (nested HV)" : "");
        *radix = FALSE;
        return TRUE;
    case MMU_AUTO:
        if (!caps->radix && !caps->hash)
            return error_set(error, PAPRIKA_ERROR_HOST,
                             "KVM offers neither radix nor hash translation for guests");
        *radix = caps->radix;
        return TRUE;
    }
    g_return_val_if_reached(FALSE);
}
