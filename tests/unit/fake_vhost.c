/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/fake_vhost.h"

#include <errno.h>
#include <string.h>

FakeVhost fake_vhost;

void fake_vhost_begin(uint64_t offered)
{
    memset(&fake_vhost, 0, sizeof(fake_vhost));
    fake_vhost.offered = offered;
    fake_vhost.backend[0] = fake_vhost.backend[1] = -1;
}

static int take_ring(unsigned long request, const void *argument)
{
    const struct vhost_vring_file *file = argument;
    const struct vhost_vring_state *state = argument;

    /* All of them begin with the queue's number. */
    if (file->index > 1)
        return -ENOBUFS;
    switch (request) {
    case VHOST_SET_VRING_NUM:
        fake_vhost.num[state->index] = state->num;
        return fake_vhost.backend[state->index] < 0 ? 0 : -EBUSY;
    case VHOST_SET_VRING_BASE:
        fake_vhost.base[state->index] = state->num;
        return fake_vhost.backend[state->index] < 0 ? 0 : -EBUSY;
    case VHOST_SET_VRING_ADDR:
        fake_vhost.addr[file->index] = *(const struct vhost_vring_addr *)argument;
        return 0;
    case VHOST_SET_VRING_KICK:
        fake_vhost.kick[file->index] = file->fd;
        return 0;
    case VHOST_SET_VRING_CALL:
        fake_vhost.call[file->index] = file->fd;
        return 0;
    case VHOST_SET_VRING_ERR:
        fake_vhost.err[file->index] = file->fd;
        return 0;
    case VHOST_NET_SET_BACKEND:
        fake_vhost.backend[file->index] = file->fd;
        return 0;
    }
    return -ENOTTY;
}

static int play_request(unsigned long request, void *argument)
{
    const struct vhost_memory *memory = argument;

    if (request == fake_vhost.refused && fake_vhost.error)
        return fake_vhost.error;
    switch (request) {
    case VHOST_GET_FEATURES:
        *(uint64_t *)argument = fake_vhost.offered;
        return 0;
    case VHOST_SET_FEATURES:
        fake_vhost.features = *(const uint64_t *)argument;
        return fake_vhost.features & ~fake_vhost.offered ? -EOPNOTSUPP : 0;
    case VHOST_SET_OWNER:
        fake_vhost.owned = TRUE;
        return 0;
    case VHOST_SET_MEM_TABLE:
        g_assert_true(fake_vhost.owned);
        g_assert_cmpuint(memory->nregions, <=, G_N_ELEMENTS(fake_vhost.ranges));
        fake_vhost.n_ranges = memory->nregions;
        for (unsigned i = 0; i < memory->nregions; i++) {
            fake_vhost.ranges[i][0] = memory->regions[i].guest_phys_addr;
            fake_vhost.ranges[i][1] = memory->regions[i].memory_size;
        }
        return 0;
    case VHOST_VSOCK_SET_GUEST_CID:
        fake_vhost.cid = *(const uint64_t *)argument;
        return 0;
    case VHOST_VSOCK_SET_RUNNING:
        g_assert_true(fake_vhost.owned);
        fake_vhost.backend[0] = fake_vhost.backend[1] = *(const int *)argument ? 1 : -1;
        return 0;
    }
    return take_ring(request, argument);
}

int fake_vhost_call(int fd, unsigned long request, void *argument)
{
    g_mutex_lock(&fake_vhost.lock);
    int ret = play_request(request, argument);
    g_mutex_unlock(&fake_vhost.lock);
    return ret;
}

int fake_vhost_backend(unsigned queue)
{
    g_mutex_lock(&fake_vhost.lock);
    int fd = fake_vhost.backend[queue];
    g_mutex_unlock(&fake_vhost.lock);
    return fd;
}

void fake_vhost_await(unsigned queue, gboolean served)
{
    for (unsigned t = 0; (fake_vhost_backend(queue) >= 0) != served; t++) {
        g_assert_cmpuint(t, <, 20000);
        g_usleep(500);
    }
}

void fake_vhost_refuse(unsigned long request, int error)
{
    g_mutex_lock(&fake_vhost.lock);
    fake_vhost.refused = request;
    fake_vhost.error = error;
    g_mutex_unlock(&fake_vhost.lock);
}
