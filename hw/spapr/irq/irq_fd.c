/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that raise interrupts: KVM watches them where it has the
 * controller. Where that was lost while the machine ran, the main loop does.
 */
#include <errno.h>
#include <unistd.h>

#include <glib-unix.h>

#include "hw/spapr/irq/irq_ops.h"
#include "src/base/log.h"
#include "src/base/trace.h"

typedef struct {
    uint32_t source;
    int fd;
    /** The main loop's watch; 0: KVM has it. */
    guint watch;
} IrqFd;

typedef struct {
    Irq *irq;
    uint32_t source;
} IrqFdEvent;

/** fd_lock held. */
static IrqFd *irq_fd_find(Irq *irq, uint32_t source)
{
    for (guint i = 0; irq->fds && i < irq->fds->len; i++) {
        IrqFd *entry = &g_array_index(irq->fds, IrqFd, i);
        if (entry->source == source)
            return entry;
    }
    return NULL;
}

/** Main thread. */
static gboolean irq_fd_event(int fd, GIOCondition condition, gpointer opaque)
{
    const IrqFdEvent *event = opaque;
    uint64_t count;

    /* Another thread may have unbound and closed it since the loop saw it. */
    g_mutex_lock(&event->irq->fd_lock);
    const IrqFd *entry = irq_fd_find(event->irq, event->source);
    gboolean bound = entry && entry->fd == fd && entry->watch;
    gboolean raised = bound && read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
    g_mutex_unlock(&event->irq->fd_lock);
    if (raised)
        irq_pulse(event->irq, event->source);
    return bound ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void irq_fd_watch(Irq *irq, IrqFd *entry)
{
    IrqFdEvent *event = g_new(IrqFdEvent, 1);

    *event = (IrqFdEvent){.irq = irq, .source = entry->source};
    entry->watch =
        g_unix_fd_add_full(G_PRIORITY_DEFAULT, entry->fd, G_IO_IN, irq_fd_event, event, g_free);
}

int irq_bind_fd(Irq *irq, uint32_t source, int eventfd)
{
    IrqFd entry = {.source = source, .fd = eventfd};

    if (!irq_source_exists(irq, source) || irq_source_is_lsi(source))
        return -EINVAL;
    g_mutex_lock(&irq->fd_lock);
    g_rw_lock_reader_lock(&irq->lock);
    int ret = irq->ops->in_kernel ? 0 : -ENOTSUP;
    if (ret == 0 && irq_fd_find(irq, source))
        ret = -EEXIST;
    if (ret == 0)
        ret = irq->vm->ops->irq_fd(irq->vm->hv, source, eventfd, TRUE);
    if (ret == 0) {
        irq->fds = irq->fds ? irq->fds : g_array_new(FALSE, FALSE, sizeof(IrqFd));
        g_array_append_val(irq->fds, entry);
    }
    g_rw_lock_reader_unlock(&irq->lock);
    g_mutex_unlock(&irq->fd_lock);
    trace(TRACE_IRQ, "source %#x from descriptor %d = %d", source, eventfd, ret);
    return ret;
}

/** Nobody watches @entry any more. fd_lock held. */
static void irq_fd_release(Irq *irq, IrqFd *entry)
{
    if (entry->watch)
        g_source_remove(entry->watch);
    else
        irq->vm->ops->irq_fd(irq->vm->hv, entry->source, entry->fd, FALSE);
    entry->watch = 0;
}

void irq_unbind_fd(Irq *irq, uint32_t source)
{
    g_mutex_lock(&irq->fd_lock);
    IrqFd *entry = irq_fd_find(irq, source);
    if (entry) {
        irq_fd_release(irq, entry);
        g_array_remove_index_fast(irq->fds, (guint)(entry - (IrqFd *)(void *)irq->fds->data));
    }
    g_mutex_unlock(&irq->fd_lock);
}

void irq_fds_suspend(Irq *irq)
{
    for (guint i = 0; irq->fds && i < irq->fds->len; i++)
        irq_fd_release(irq, &g_array_index(irq->fds, IrqFd, i));
}

void irq_fds_resume(Irq *irq)
{
    for (guint i = 0; irq->fds && i < irq->fds->len; i++) {
        IrqFd *entry = &g_array_index(irq->fds, IrqFd, i);
        int ret = irq->ops->in_kernel
                      ? irq->vm->ops->irq_fd(irq->vm->hv, entry->source, entry->fd, TRUE)
                      : -ENOTSUP;
        if (ret) {
            log_guest("interrupts: the main loop raises source %#x: %s", entry->source,
                      g_strerror(-ret));
            irq_fd_watch(irq, entry);
        }
    }
}

void irq_fds_free(Irq *irq)
{
    irq_fds_suspend(irq);
    g_clear_pointer(&irq->fds, g_array_unref);
}
