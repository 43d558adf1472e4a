/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command/response queue of a virtual I/O device (LoPAR 17.2.2.1): a ring in the
 * guest's memory that takes the platform's messages. The guest's own come by H_SEND_CRQ.
 * Where it lies is kept as an I/O address, and looked up for each message, since the
 * guest may map it anew.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/papr.h"

struct VioDevice;

/** Sixteen bytes; numbers in them are big-endian. */
typedef struct {
    uint8_t bytes[16];
} CrqMessage;

/** A message's first byte: the kind. */
enum {
    CRQ_HEADER_VALID = 0x80,
    CRQ_HEADER_INIT = 0xc0,
    /** Of the platform only. */
    CRQ_HEADER_TRANSPORT = 0xff,
};

/** The second byte after CRQ_HEADER_INIT. */
enum {
    CRQ_INIT = 1,
    CRQ_INIT_COMPLETE = 2,
};

typedef struct {
    /** I/O address, and bytes; no bytes: there is no queue. */
    uint64_t ioba, length;
    /** Offset of the next message. */
    uint64_t next;
    /** Messages are refused until H_ENABLE_CRQ: the device is about to be suspended. */
    gboolean disabled;
} Crq;

/* --- the guest's calls: vCPU's thread, nothing locked ----------------------------------- */

/**
 * H_REG_CRQ: H_PARAMETER where the queue is no whole number of pages of 4 KiB that the
 * device may read and write, H_RESOURCE where there is one already.
 */
HcallRet crq_register(struct VioDevice *dev, uint64_t ioba, uint64_t length);
/** H_FREE_CRQ. */
HcallRet crq_free(struct VioDevice *dev);
HcallRet crq_enable(struct VioDevice *dev);
/**
 * H_SEND_CRQ: H_PARAMETER for a header that no guest may send, H_CLOSED without a queue or
 * while it is disabled, H_DROPPED where there is no room for the answer.
 */
HcallRet crq_send(struct VioDevice *dev, const CrqMessage *message);

/* --- the device's: device locked --------------------------------------------------------- */

/** Whether the next message would go. */
gboolean crq_has_room(struct VioDevice *dev);
/** Put @message into the queue and tell the guest: false if there is no room, or no queue. */
gboolean crq_post(struct VioDevice *dev, const CrqMessage *message);
/** There is no queue any more, and no interrupt; the device is told. */
void crq_close(struct VioDevice *dev);
