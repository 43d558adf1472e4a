/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XIVE in exploitation mode: the guest routes sources to event queues by
 * hypercall, and does the rest through the pages that it is given (LoPAR
 * 14.5.4.7). H_FUNCTION if the machine has no XIVE.
 *
 * It is KVM's XIVE or our own. A failure of KVM itself after all checks is
 * H_HARDWARE.
 */
#include <errno.h>

#include "hcall/hcall.h"
#include "hw/spapr/irq/xive.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"

enum {
    /** H_INT_GET_SOURCE_INFO: managed by H_INT_ESB only; level-triggered. */
    SOURCE_BY_H_INT_ESB = 1 << 3,
    SOURCE_LSI = 1 << 2,
    /** H_INT_SET_SOURCE_CONFIG: set the queue entry's number; mask. */
    SOURCE_SET_EISN = 1 << 1,
    SOURCE_MASK = 1 << 0,
    /** H_INT_SET_QUEUE_CONFIG, and as a result: each event notifies. */
    QUEUE_ALWAYS_NOTIFY = 1 << 0,
    /** H_INT_GET_QUEUE_CONFIG: tell where the hardware writes. */
    QUEUE_DEBUG = 1 << 0,
    QUEUE_GENERATION_SHIFT = 62,
    /** H_INT_ESB. */
    ESB_STORE = 1 << 0,
    /** Bytes of a cache line pair, and so of a reporting line's alignment. */
    REPORTING_LINE_SIZE = 256,
};

/** "No such page", "no such line". */
static const uint64_t xive_none = UINT64_MAX;

/** KVM's answer to what has passed all checks. */
static HcallRet xive_result(const char *what, int ret)
{
    if (ret == 0)
        return H_SUCCESS;
    log_guest("KVM's XIVE refuses %s: %s", what, g_strerror(-ret));
    return H_HARDWARE;
}

/** What r5 (and r6) name. */
typedef enum {
    OF_NOTHING,
    OF_SOURCE,
    OF_SERVER,
    /** A server and a priority. */
    OF_QUEUE,
} XiveSubject;

/**
 * What all these calls begin with: is there a XIVE, which goes to *@xive, has r4
 * no flags but @flags, does r5 name one of its @subject? H_SUCCESS, or what the call returns.
 */
static HcallRet xive_begin(const Vcpu *cpu, const uint64_t *args, uint64_t flags,
                           XiveSubject subject, Xive **xive)
{
    *xive = cpu->vm->irq->xive;
    if (!*xive)
        return H_FUNCTION;
    if (args[0] & ~flags)
        return H_PARAMETER;
    switch (subject) {
    case OF_NOTHING:
        break;
    case OF_SOURCE:
        return xive_has_source(*xive, args[1]) ? H_SUCCESS : H_P2;
    case OF_SERVER:
    case OF_QUEUE:
        if (!xive_has_server(*xive, args[1]))
            return H_P2;
        return subject == OF_QUEUE && args[2] >= XIVE_PRIORITIES ? H_P3 : H_SUCCESS;
    }
    return H_SUCCESS;
}

/**
 * H_INT_GET_SOURCE_INFO. In: r4 flags (0), r5 source. Out: r4 its properties
 * (none: an edge-triggered source with a trigger page of its own), r5 EOI and
 * management page, r6 trigger page, r7 log2 of a page's bytes. A level-triggered
 * source has no trigger page, and with KVM's XIVE, which knows no such source,
 * no other: H_INT_ESB is its way.
 */
static HcallRet h_int_get_source_info(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_SOURCE, &xive);

    if (ret)
        return ret;

    uint32_t lisn = (uint32_t)args[1];
    gboolean lsi = xive_source_is_lsi(xive, lisn), by_hcall = xive_source_by_hcall(xive, lisn);
    args[0] = (lsi ? SOURCE_LSI : 0) | (by_hcall ? SOURCE_BY_H_INT_ESB : 0);
    args[1] = by_hcall ? xive_none : xive_eoi_page(xive, lisn);
    args[2] = lsi ? xive_none : xive_trigger_page(xive, lisn);
    args[3] = xive_page_shift(xive);
    return H_SUCCESS;
}

/**
 * H_INT_SET_SOURCE_CONFIG. In: r4 flags, r5 source, r6 server, r7 priority
 * (0xff masks and makes the server meaningless), r8 number for the queue entry.
 * A priority without a queue is H_P4: where would the events go?
 */
static HcallRet h_int_set_source_config(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, SOURCE_SET_EISN | SOURCE_MASK, OF_SOURCE, &xive);
    uint64_t flags = args[0], server = args[2], priority = args[3], eisn = args[4];
    XiveTarget target;

    if (ret)
        return ret;
    uint32_t lisn = (uint32_t)args[1];

    xive_get_target(xive, lisn, &target);
    if (priority != XIVE_MASKED) {
        if (!xive_has_server(xive, server))
            return H_P3;
        if (priority >= XIVE_PRIORITIES)
            return H_P4;
        target.server = (uint32_t)server;
    }
    if (flags & SOURCE_SET_EISN) {
        if (eisn > XIVE_EISN_MAX)
            return H_P5;
        target.eisn = (uint32_t)eisn;
    }
    target.priority = flags & SOURCE_MASK ? XIVE_MASKED : (uint8_t)priority;

    int err = xive_set_target(xive, lisn, &target);
    return err == -ENODEV ? H_P4 : xive_result("to route a source", err);
}

/**
 * H_INT_GET_SOURCE_CONFIG. In: r4 flags (0), r5 source. Out: r4 server, r5
 * priority (0xff: masked), r6 number for the queue entry.
 */
static HcallRet h_int_get_source_config(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_SOURCE, &xive);
    XiveTarget target;

    if (ret)
        return ret;
    xive_get_target(xive, (uint32_t)args[1], &target);
    args[0] = target.server;
    args[1] = target.priority;
    args[2] = target.eisn;
    return H_SUCCESS;
}

/**
 * H_INT_GET_QUEUE_INFO. In: r4 flags (0), r5 server, r6 priority. Out: r4 the
 * queue's own notification page, r5 log2 of its bytes. KVM's queues notify
 * always and have no such page: all ones, and 0.
 */
static HcallRet h_int_get_queue_info(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_QUEUE, &xive);

    if (ret)
        return ret;
    args[0] = xive_none;
    args[1] = 0;
    return H_SUCCESS;
}

/**
 * H_INT_SET_QUEUE_CONFIG. In: r4 flags, r5 server, r6 priority, r7 address, r8
 * log2 of bytes; 0 takes the queue away. KVM needs the flag for a notification
 * of each event, one size, the one in ibm,xive-eq-sizes, and one priority per
 * server: the first that gets a queue, which for all that read
 * ibm,plat-res-int-priorities is the only one not reserved. Our own is the same,
 * but takes all priorities.
 */
static HcallRet h_int_set_queue_config(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, QUEUE_ALWAYS_NOTIFY, OF_QUEUE, &xive);
    uint64_t flags = args[0], address = args[3], shift = args[4];

    if (ret)
        return ret;
    if (shift != 0) {
        if (!(flags & QUEUE_ALWAYS_NOTIFY))
            return H_PARAMETER;
        if (shift != IRQ_XIVE_QUEUE_SHIFT)
            return H_P5;
        if (address % (UINT64_C(1) << shift) ||
            !guest_mem_ptr(cpu->vm->mem, address, UINT64_C(1) << shift))
            return H_P4;
    }

    int err = xive_set_queue(xive, (uint32_t)args[1], (uint8_t)args[2], address, (uint32_t)shift);
    return err == -EEXIST ? H_P3 : xive_result("an event queue", err);
}

/**
 * H_INT_GET_QUEUE_CONFIG. In: r4 flags, r5 server, r6 priority. Out: r4 flags
 * (and the generation bit, if asked for debugging), r5 address, r6 log2 of
 * bytes, r7 next entry, if asked. No queue: all 0.
 */
static HcallRet h_int_get_queue_config(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, QUEUE_DEBUG, OF_QUEUE, &xive);
    uint64_t flags = args[0];
    XiveQueue queue;

    if (ret)
        return ret;

    int err =
        xive_get_queue(xive, (uint32_t)args[1], (uint8_t)args[2], !!(flags & QUEUE_DEBUG), &queue);
    if (err)
        return xive_result("to tell of an event queue", err);
    args[0] = (queue.shift ? QUEUE_ALWAYS_NOTIFY : 0) | (uint64_t)queue.generation
                                                            << QUEUE_GENERATION_SHIFT;
    args[1] = queue.address;
    args[2] = queue.shift;
    args[3] = queue.index;
    return H_SUCCESS;
}

/**
 * H_INT_SET_OS_REPORTING_LINE. In: r4 flags (0), r5 server, r6 where the
 * hardware reports a thread's context, or all ones for nowhere. KVM can't
 * set it: nowhere is what a guest has, anything else is H_UNSUPPORTED.
 */
static HcallRet h_int_set_os_reporting_line(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_SERVER, &xive);
    uint64_t line = args[2];

    if (ret)
        return ret;
    if (line == xive_none)
        return H_SUCCESS;
    if (line % REPORTING_LINE_SIZE || !guest_mem_ptr(cpu->vm->mem, line, REPORTING_LINE_SIZE))
        return H_P3;
    return H_UNSUPPORTED;
}

/** H_INT_GET_OS_REPORTING_LINE. In: r4 flags (0), r5 server. Out: r4 nowhere, see above. */
static HcallRet h_int_get_os_reporting_line(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_SERVER, &xive);

    if (ret)
        return ret;
    args[0] = xive_none;
    return H_SUCCESS;
}

/**
 * H_INT_ESB. In: r4 flags (store or load), r5 source, r6 offset in its
 * management page, r7 what to store. Out: r4 what was loaded, all ones after a
 * store. Deviation: an offset that is not that of a doubleword is H_P3 too,
 * since the hardware would take the access for a fault of ours.
 */
static HcallRet h_int_esb(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, ESB_STORE, OF_SOURCE, &xive);
    uint64_t flags = args[0], offset = args[2];

    if (ret)
        return ret;
    if (offset >> xive_page_shift(xive) || offset % sizeof(uint64_t))
        return H_P3;

    uint32_t lisn = (uint32_t)args[1];
    if (flags & ESB_STORE) {
        xive_esb_store(xive, lisn, offset, args[3]);
        args[0] = xive_none;
    } else {
        args[0] = xive_esb_load(xive, lisn, offset);
    }
    return H_SUCCESS;
}

/** H_INT_SYNC. In: r4 flags (0), r5 source whose events shall have arrived. */
static HcallRet h_int_sync(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_SOURCE, &xive);

    if (ret)
        return ret;
    return xive_result("to wait for a source", xive_sync(xive, (uint32_t)args[1]));
}

/**
 * H_INT_RESET. In: r4 flags (0). All sources masked, all queues gone. A large
 * machine is reset in several calls: H_LONG_BUSY_1_MSEC until it is done.
 */
static HcallRet h_int_reset(Vcpu *cpu, uint64_t *args)
{
    Xive *xive;
    HcallRet ret = xive_begin(cpu, args, 0, OF_NOTHING, &xive);

    if (ret)
        return ret;

    int busy = xive_reset_slice(xive);
    return busy > 0 ? H_LONG_BUSY_1_MSEC : xive_result("a reset", busy);
}

const HcallDef h_xive_defs[] = {
    {H_INT_GET_SOURCE_INFO, "H_INT_GET_SOURCE_INFO", h_int_get_source_info, "LoPAR 14.5.4.7.6",
     HCALL_HERE},
    {H_INT_SET_SOURCE_CONFIG, "H_INT_SET_SOURCE_CONFIG", h_int_set_source_config,
     "LoPAR 14.5.4.7.7", HCALL_HERE},
    {H_INT_GET_SOURCE_CONFIG, "H_INT_GET_SOURCE_CONFIG", h_int_get_source_config,
     "LoPAR 14.5.4.7.8", HCALL_HERE},
    {H_INT_GET_QUEUE_INFO, "H_INT_GET_QUEUE_INFO", h_int_get_queue_info, "LoPAR 14.5.4.7.9",
     HCALL_HERE},
    {H_INT_SET_QUEUE_CONFIG, "H_INT_SET_QUEUE_CONFIG", h_int_set_queue_config, "LoPAR 14.5.4.7.10",
     HCALL_HERE},
    {H_INT_GET_QUEUE_CONFIG, "H_INT_GET_QUEUE_CONFIG", h_int_get_queue_config, "LoPAR 14.5.4.7.11",
     HCALL_HERE},
    {H_INT_SET_OS_REPORTING_LINE, "H_INT_SET_OS_REPORTING_LINE", h_int_set_os_reporting_line,
     "LoPAR 14.5.4.7.12", HCALL_HERE},
    {H_INT_GET_OS_REPORTING_LINE, "H_INT_GET_OS_REPORTING_LINE", h_int_get_os_reporting_line,
     "LoPAR 14.5.4.7.13", HCALL_HERE},
    {H_INT_ESB, "H_INT_ESB", h_int_esb, "LoPAR 14.5.4.7.14", HCALL_HERE},
    {H_INT_SYNC, "H_INT_SYNC", h_int_sync, "LoPAR 14.5.4.7.15", HCALL_HERE},
    {H_INT_RESET, "H_INT_RESET", h_int_reset, "LoPAR 14.5.4.7.16", HCALL_HERE},
    {0},
};
