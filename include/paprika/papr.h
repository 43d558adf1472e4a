/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAPR guest ABI: hypercall numbers and return codes, RTAS status words.
 *
 * Numbers are those of the public LoPAR ("Linux on Power Architecture
 * Reference"), chapter 14, and of the kernel's own use of them. Only facts of
 * the ABI live here.
 */
#pragma once

#include <stdint.h>

/** A hypercall's return code, as it goes to the guest's r3. */
typedef int64_t HcallRet;

enum {
    H_SUCCESS = 0,
    H_BUSY = 1,
    H_CLOSED = 2,
    H_NOT_AVAILABLE = 3,
    H_CONSTRAINED = 4,
    H_PARTIAL = 5,
    H_IN_PROGRESS = 14,
    H_PAGE_REGISTERED = 15,
    H_PARTIAL_STORE = 16,
    H_PENDING = 17,
    H_CONTINUE = 18,
    H_LONG_BUSY_1_MSEC = 9900,
    H_LONG_BUSY_10_MSEC = 9901,
    H_LONG_BUSY_100_MSEC = 9902,
    H_LONG_BUSY_1_SEC = 9903,
    H_LONG_BUSY_10_SEC = 9904,
    H_LONG_BUSY_100_SEC = 9905,
    H_HARDWARE = -1,
    H_FUNCTION = -2,
    H_PRIVILEGE = -3,
    H_PARAMETER = -4,
    H_BAD_MODE = -5,
    H_PTEG_FULL = -6,
    H_NOT_FOUND = -7,
    H_RESERVED_DABR = -8,
    H_NO_MEM = -9,
    H_AUTHORITY = -10,
    H_PERMISSION = -11,
    H_DROPPED = -12,
    H_SOURCE_PARM = -13,
    H_DEST_PARM = -14,
    H_REMOTE_PARM = -15,
    H_RESOURCE = -16,
    H_ADAPTER_PARM = -17,
    H_SLB_FULL = -20,
    H_P2 = -55,
    H_P3 = -56,
    H_P4 = -57,
    H_P5 = -58,
    H_P6 = -59,
    H_P7 = -60,
    H_P8 = -61,
    H_P9 = -62,
    H_NOOP = -63,
    H_UNSUPPORTED = -67,
    H_OVERLAP = -68,
    H_INTERRUPT = -69,
    H_BAD_DATA = -70,
    H_NOT_ACTIVE = -71,
    H_STATE = -75,
    H_IN_USE = -77,
    H_ABORTED = -78,
    H_UNSUPPORTED_FLAG_START = -256,
};

/* Hypercall numbers: multiples of 4 up to PAPR_HCALL_MAX, then private ranges. */
enum {
    H_REMOVE = 0x04,
    H_ENTER = 0x08,
    H_READ = 0x0c,
    H_CLEAR_MOD = 0x10,
    H_CLEAR_REF = 0x14,
    H_PROTECT = 0x18,
    H_GET_TCE = 0x1c,
    H_PUT_TCE = 0x20,
    H_SET_SPRG0 = 0x24,
    H_SET_DABR = 0x28,
    H_PAGE_INIT = 0x2c,
    H_LOGICAL_CI_LOAD = 0x3c,
    H_LOGICAL_CI_STORE = 0x40,
    H_LOGICAL_CACHE_LOAD = 0x44,
    H_LOGICAL_CACHE_STORE = 0x48,
    H_LOGICAL_ICBI = 0x4c,
    H_LOGICAL_DCBF = 0x50,
    H_GET_TERM_CHAR = 0x54,
    H_PUT_TERM_CHAR = 0x58,
    H_EOI = 0x64,
    H_CPPR = 0x68,
    H_IPI = 0x6c,
    H_IPOLL = 0x70,
    H_XIRR = 0x74,
    H_PERFMON = 0x7c,
    H_REGISTER_VPA = 0xdc,
    H_CEDE = 0xe0,
    H_CONFER = 0xe4,
    H_PROD = 0xe8,
    H_GET_PPP = 0xec,
    H_SET_PPP = 0xf0,
    H_PURR = 0xf4,
    H_PIC = 0xf8,
    H_REG_CRQ = 0xfc,
    H_FREE_CRQ = 0x100,
    H_VIO_SIGNAL = 0x104,
    H_SEND_CRQ = 0x108,
    H_BULK_REMOVE = 0x124,
    H_SET_XDABR = 0x134,
    H_STUFF_TCE = 0x138,
    H_PUT_TCE_INDIRECT = 0x13c,
    H_GET_CPU_CHARACTERISTICS = 0x1c8,
    H_POLL_PENDING = 0x1d8,
    H_JOIN = 0x298,
    H_ENABLE_CRQ = 0x2b0,
    H_GET_EM_PARMS = 0x2b8,
    H_SET_MPP = 0x2d0,
    H_GET_MPP = 0x2d4,
    H_HOME_NODE_ASSOCIATIVITY = 0x2ec,
    H_BEST_ENERGY = 0x2f4,
    H_XIRR_X = 0x2fc,
    H_RANDOM = 0x300,
    H_GET_MPP_X = 0x314,
    H_SET_MODE = 0x31c,
    H_BLOCK_REMOVE = 0x328,
    H_CLEAR_HPT = 0x358,
    H_RESIZE_HPT_PREPARE = 0x36c,
    H_RESIZE_HPT_COMMIT = 0x370,
    H_CLEAN_SLB = 0x374,
    H_INVALIDATE_PID = 0x378,
    H_REGISTER_PROC_TBL = 0x37c,
    H_SIGNAL_SYS_RESET = 0x380,
    H_INT_GET_SOURCE_INFO = 0x3a8,
    H_INT_SET_SOURCE_CONFIG = 0x3ac,
    H_INT_GET_SOURCE_CONFIG = 0x3b0,
    H_INT_GET_QUEUE_INFO = 0x3b4,
    H_INT_SET_QUEUE_CONFIG = 0x3b8,
    H_INT_GET_QUEUE_CONFIG = 0x3bc,
    H_INT_SET_OS_REPORTING_LINE = 0x3c0,
    H_INT_GET_OS_REPORTING_LINE = 0x3c4,
    H_INT_ESB = 0x3c8,
    H_INT_SYNC = 0x3cc,
    H_INT_RESET = 0x3d0,
    H_RPT_INVALIDATE = 0x448,
    H_WATCHDOG = 0x45c,
    PAPR_HCALL_MAX = 0x4fc,

    /* Private to the hypervisor and its own guest-side stubs; Linux's KVM
     * passes exactly this number on for RTAS (arch/powerpc/kvm/book3s_hv.c). */
    H_PRIVATE_BASE = 0xf000,
    H_RTAS = 0xf000,
    H_OF_CLIENT = 0xf004,
    H_PRIVATE_MAX = 0xf00c,
};

/** An RTAS call's status word, as it goes to the guest's first return cell. */
typedef int32_t RtasStatus;

enum {
    RTAS_SUCCESS = 0,
    RTAS_NO_ERRORS_FOUND = 1,
    RTAS_MORE_DATA = 1,
    RTAS_BUSY = -2,
    RTAS_HW_ERROR = -1,
    RTAS_PARAM_ERROR = -3,
    RTAS_NOT_SUPPORTED = -3,
    RTAS_NO_SUCH_INDICATOR = -3,
    /** Something still uses what is to be isolated. */
    RTAS_OUTSTANDING = -9001,
    RTAS_DUMP_REGISTERED = -9,
    RTAS_DUMP_ACTIVE = -10,
    RTAS_NOT_AUTHORIZED = -9002,
    RTAS_SYSPARM_PARAM_ERROR = -9999,
};

/** POWER processor version register: the families that can host a guest. */
enum {
    PVR_FAMILY_POWER8E = 0x004b,
    PVR_FAMILY_POWER8NVL = 0x004c,
    PVR_FAMILY_POWER8 = 0x004d,
    PVR_FAMILY_POWER9 = 0x004e,
    PVR_FAMILY_POWER10 = 0x0080,
    PVR_FAMILY_POWER11 = 0x0082,
};

/** Logical processor versions: "complies with this level of the architecture" (LoPAR B.6.2.1). */
enum {
    PVR_LOGICAL_207 = 0x0f000004,
    PVR_LOGICAL_300 = 0x0f000005,
    PVR_LOGICAL_310 = 0x0f000006,
};
