/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel answers, in PAPR's terms; the only place that converts them. */
#pragma once

#include <stdint.h>

#include "include/paprika/papr.h"

/**
 * The return code for a positive errno value, or 0: EPERM H_AUTHORITY, EINVAL
 * H_PARAMETER, ENXIO H_CLOSED, ENOSPC H_PTEG_FULL, EBUSY H_BUSY, ENOMEM
 * H_NO_MEM, all others H_HARDWARE. Any thread.
 */
HcallRet papr_from_errno(int err);

/** The shortest H_LONG_BUSY_* that is no less than @ms milliseconds, up to 100 seconds. */
HcallRet papr_long_busy(unsigned ms);
