/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/papr_errno.h"

#include <errno.h>

HcallRet papr_from_errno(int err)
{
    switch (err) {
    case 0:
        return H_SUCCESS;
    case EPERM:
        return H_AUTHORITY;
    case EINVAL:
        return H_PARAMETER;
    case ENXIO:
        return H_CLOSED;
    case ENOSPC:
        return H_PTEG_FULL;
    case EBUSY:
        return H_BUSY;
    case ENOMEM:
        return H_NO_MEM;
    default:
        return H_HARDWARE;
    }
}

HcallRet papr_long_busy(unsigned ms)
{
    HcallRet code = H_LONG_BUSY_1_MSEC;

    for (unsigned covered = 1; covered < ms && code < H_LONG_BUSY_100_SEC; covered *= 10)
        code++;
    return code;
}
