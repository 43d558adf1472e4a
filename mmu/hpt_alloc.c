/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/hpt_alloc.h"

#include <errno.h>

#include "mmu/hpt_size.h"
#include "src/base/error.h"
#include "src/base/log.h"

/** What an errno of KVM_PPC_ALLOCATE_HTAB means for the one who started the guest. */
static const char *hpt_refusal_advice(int err)
{
    switch (err) {
    case ENOMEM:
        return " (the host has no contiguous memory for it; free some, or boot the host with a "
               "larger kvm_cma_resv_ratio)";
    case EBUSY:
        return " (vCPUs of this guest are running)";
    case EOPNOTSUPP:
        return " (the host is itself a partition, which gives radix only; use --mmu radix)";
    case ENOTTY:
        return " (the kvm-hv module does not serve this guest; is it loaded?)";
    default:
        return "";
    }
}

gboolean hpt_allocate(const HvOps *ops, HvVm *vm, uint32_t wanted, uint32_t *granted,
                      GError **error)
{
    static LogSite smaller;
    uint32_t left_out;
    int ret = -EINVAL;

    for (uint32_t try = MIN(wanted, (uint32_t)HPT_ORDER_MAX); try >= HPT_ORDER_MIN; try--) {
        uint32_t order = try;

        ret = ops->vm_allocate_htab(vm, &order);
        if (ret == 0) {
            /* A guest can bring this about again and again. */
            if (order != wanted && log_site_allows(&smaller, &left_out))
                log_warn("the hash page table has order %u instead of %u: the host refused the "
                         "larger one, the guest may be slower",
                         order, wanted);
            *granted = order;
            return TRUE;
        }
        if (ret != -ENOMEM)
            break;
    }
    return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                           "cannot allocate a hash page table of order %u%s", wanted,
                           hpt_refusal_advice(-ret));
}
