/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/vio/vtpm.h"

#include <string.h>

#include "src/base/endian.h"
#include "src/base/log.h"
#include "src/base/thread.h"
#include "src/base/thread_filter.h"
#include "src/tpm/tpm.h"

/** LoPAR's message format 1; of format 2 the data is the error. */
typedef struct {
    uint8_t header;
    uint8_t type;
    be16 length;
    be32 data;
    uint64_t reserved;
} VtpmMessage;
G_STATIC_ASSERT(sizeof(VtpmMessage) == sizeof(CrqMessage));

typedef struct {
    VioDevice dev;
    struct Tpm *tpm;
    GThread *thread;
    /** The thread's: the response, and whether its failure was logged. */
    uint8_t response[TPM_BUFFER_SIZE];
    gboolean reported;

    /* Under dev.lock. */
    GCond wake;
    gboolean quit;
    /** The TPM was used since its last restart, and shall be restarted. */
    gboolean used, restart;
    /** A command waits for the thread. */
    gboolean waiting;
    /** The guest waits for an answer to a command. */
    gboolean busy;
    /** Goes up when nobody wants answers to earlier commands any more. */
    unsigned epoch;
    /** The command, and where it was. */
    uint8_t command[TPM_BUFFER_SIZE];
    uint32_t length, ioba;
} Vtpm;

static Vtpm *vtpm_of(VioDevice *dev)
{
    G_STATIC_ASSERT(offsetof(Vtpm, dev) == 0);
    return (Vtpm *)dev;
}

static gboolean post(Vtpm *vtpm, unsigned type, uint32_t length, uint32_t data)
{
    VtpmMessage message = {
        .header = CRQ_HEADER_VALID,
        .type = (uint8_t)type,
        .length = be16_of((uint16_t)length),
        .data = be32_of(data),
    };
    CrqMessage raw;

    memcpy(&raw, &message, sizeof(raw));
    return crq_post(&vtpm->dev, &raw);
}

static HcallRet answer(Vtpm *vtpm, unsigned type, uint32_t length, uint32_t data)
{
    return post(vtpm, type, length, data) ? H_SUCCESS : H_DROPPED;
}

static HcallRet refuse(Vtpm *vtpm, uint32_t why) { return answer(vtpm, VTPM_ERROR, 0, why); }

/** Take the command in and let the thread have it. */
static HcallRet take_command(Vtpm *vtpm, uint32_t length, uint32_t ioba)
{
    if (length > TPM_BUFFER_SIZE)
        return refuse(vtpm, VTPM_ERROR_LENGTH);
    if (!dma_read(&vtpm->dev.dma, ioba, vtpm->command, length))
        return refuse(vtpm, VTPM_ERROR_COPY_IN);
    vtpm->length = length;
    vtpm->ioba = ioba;
    vtpm->busy = vtpm->waiting = vtpm->used = TRUE;
    g_cond_signal(&vtpm->wake);
    return H_SUCCESS;
}

/**
 * H_DROPPED, as for a queue that is full, while a command is carried out: nothing is answered
 * out of order, and one answer is all that ever needs room.
 */
static HcallRet vtpm_message(VioDevice *dev, const CrqMessage *raw)
{
    Vtpm *vtpm = vtpm_of(dev);
    VtpmMessage message;

    memcpy(&message, raw, sizeof(message));
    if (vtpm->busy || !crq_has_room(dev))
        return H_DROPPED;
    switch (message.type) {
    case VTPM_COMMAND:
        return take_command(vtpm, be16_get(message.length), be32_get(message.data));
    case VTPM_GET_VERSION:
        return answer(vtpm, message.type | VTPM_ANSWER, 0, VTPM_VERSION);
    case VTPM_GET_BUFFER_SIZE:
        return answer(vtpm, message.type | VTPM_ANSWER, TPM_BUFFER_SIZE, 0);
    case VTPM_PREPARE_TO_SUSPEND:
        dev->crq.disabled = TRUE;
        return answer(vtpm, message.type | VTPM_ANSWER, 0, 0);
    case VTPM_COUNT_COMPONENTS:
    case VTPM_GET_DUMP_SIZE:
        /* There are no components that could be traced, and there is no dump. */
        return answer(vtpm, message.type | VTPM_ANSWER, 0, 0);
    case VTPM_LIST_COMPONENTS:
        return answer(vtpm, message.type | VTPM_ANSWER, 0, be32_get(message.data));
    default:
        return refuse(vtpm, VTPM_ERROR_TYPE);
    }
}

static void vtpm_closed(VioDevice *dev)
{
    Vtpm *vtpm = vtpm_of(dev);

    vtpm->waiting = vtpm->busy = FALSE;
    vtpm->epoch++;
}

static void vtpm_reset(VioDevice *dev)
{
    Vtpm *vtpm = vtpm_of(dev);

    if (!vtpm->used)
        return;
    vtpm->used = FALSE;
    vtpm->restart = TRUE;
    g_cond_signal(&vtpm->wake);
}

/** A TPM that has failed is told of once: the guest may go on asking. */
static void report(Vtpm *vtpm, const GError *error)
{
    g_mutex_lock(&vtpm->dev.lock);
    gboolean quit = vtpm->quit;
    g_mutex_unlock(&vtpm->dev.lock);
    if (!vtpm->reported && !quit)
        log_error("vtpm: %s; the guest's commands fail from now on", error->message);
    vtpm->reported = TRUE;
}

static void restart(Vtpm *vtpm)
{
    g_autoptr(GError) error = NULL;

    if (!tpm_start(vtpm->tpm, &error))
        report(vtpm, error);
}

/** Carry out a command: the length of vtpm->response, never 0. */
static size_t execute(Vtpm *vtpm, const uint8_t *command, uint32_t length)
{
    g_autoptr(GError) error = NULL;

    /* One that is not as long as it says would leave the emulator waiting for the rest of it. */
    if (length < TPM_HEADER_SIZE || tpm_length(command) != length) {
        tpm_fill_response(vtpm->response, TPM_RC_COMMAND_SIZE);
        return TPM_HEADER_SIZE;
    }
    size_t got = tpm_transmit(vtpm->tpm, command, length, vtpm->response, &error);
    if (got)
        return got;
    report(vtpm, error);
    tpm_fill_response(vtpm->response, TPM_RC_FAILURE);
    return TPM_HEADER_SIZE;
}

/** Give the guest what is in vtpm->response, if it still waits for it. */
static void respond(Vtpm *vtpm, unsigned epoch, uint32_t ioba, size_t length)
{
    gboolean posted = TRUE;

    g_mutex_lock(&vtpm->dev.lock);
    if (epoch == vtpm->epoch) {
        vtpm->busy = FALSE;
        if (dma_write(&vtpm->dev.dma, ioba, vtpm->response, length))
            posted = post(vtpm, VTPM_COMMAND | VTPM_ANSWER, (uint32_t)length, ioba);
        else
            posted = post(vtpm, VTPM_ERROR, 0, VTPM_ERROR_COPY_OUT);
    }
    g_mutex_unlock(&vtpm->dev.lock);
    if (!posted)
        log_guest("vtpm: no room in the queue for an answer");
}

gboolean vtpm_serve(VioDevice *dev)
{
    Vtpm *vtpm = vtpm_of(dev);
    uint8_t command[TPM_BUFFER_SIZE];

    g_mutex_lock(&dev->lock);
    gboolean again = vtpm->restart, waiting = vtpm->waiting;
    uint32_t length = vtpm->length, ioba = vtpm->ioba;
    unsigned epoch = vtpm->epoch;
    vtpm->restart = FALSE;
    vtpm->waiting = FALSE;
    if (waiting)
        memcpy(command, vtpm->command, length);
    g_mutex_unlock(&dev->lock);
    /* A command that waits came after the reset. */
    if (again)
        restart(vtpm);
    if (waiting)
        respond(vtpm, epoch, ioba, execute(vtpm, command, length));
    return again || waiting;
}

/** False at the end. */
static gboolean wait_for_work(Vtpm *vtpm)
{
    g_mutex_lock(&vtpm->dev.lock);
    while (!vtpm->quit && !vtpm->restart && !vtpm->waiting)
        g_cond_wait(&vtpm->wake, &vtpm->dev.lock);
    gboolean quit = vtpm->quit;
    g_mutex_unlock(&vtpm->dev.lock);
    return !quit;
}

static gpointer vtpm_thread(gpointer opaque)
{
    Vtpm *vtpm = opaque;

    /* By the first command, the process has its filter. */
    while (wait_for_work(vtpm)) {
        if (thread_filter_narrow(THREAD_FILTER_IO)) {
            log_error("vtpm: its thread cannot filter its system calls, and ends");
            break;
        }
        vtpm_serve(&vtpm->dev);
    }
    return NULL;
}

static gboolean vtpm_begin(VioDevice *dev, GError **error)
{
    Vtpm *vtpm = vtpm_of(dev);

    vtpm->thread = thread_start("vtpm", vtpm_thread, vtpm, error);
    return vtpm->thread != NULL;
}

static void vtpm_free(VioDevice *dev)
{
    Vtpm *vtpm = vtpm_of(dev);

    if (vtpm->thread) {
        g_mutex_lock(&dev->lock);
        vtpm->quit = TRUE;
        g_cond_signal(&vtpm->wake);
        g_mutex_unlock(&dev->lock);
        tpm_interrupt(vtpm->tpm);
        g_thread_join(vtpm->thread);
    }
    tpm_free(vtpm->tpm);
    g_cond_clear(&vtpm->wake);
    vio_device_finish(dev);
    g_free(vtpm);
}

static const VioDeviceOps vtpm_ops = {
    .message = vtpm_message,
    .closed = vtpm_closed,
    .begin = vtpm_begin,
    .reset = vtpm_reset,
    .free = vtpm_free,
};

VioDevice *vtpm_new(Vm *vm, struct Tpm *tpm, GError **error)
{
    Vtpm *vtpm = g_new0(Vtpm, 1);

    vtpm->tpm = tpm;
    g_cond_init(&vtpm->wake);
    if (vio_device_init(&vtpm->dev, &vtpm_ops, vm, VIO_SLOT_VTPM, VIO_WINDOW_SMALL, error))
        return &vtpm->dev;
    vtpm_free(&vtpm->dev);
    return NULL;
}
