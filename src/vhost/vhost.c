/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vhost/vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>

#include "src/base/error.h"

/** Ranges of memory at most: what the kernel takes unless told otherwise. */
enum { MAX_RANGES = 64 };

int vhost_call(int fd, unsigned long request, void *argument)
{
    return ioctl(fd, request, argument) < 0 ? -errno : 0;
}

int vhost_open(const char *path, const char *module, GError **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                        "cannot open %s (is the kernel's module %s loaded, and may this user open "
                        "it?)",
                        path, module);
    return fd;
}

int vhost_features(const Vhost *vhost, uint64_t *features)
{
    return vhost->call(vhost->fd, VHOST_GET_FEATURES, features);
}

int vhost_own(const Vhost *vhost)
{
    int ret = vhost->call(vhost->fd, VHOST_SET_OWNER, NULL);

    /* By a device that was here before; whether that was ours is found out next. */
    return ret == -EBUSY ? 0 : ret;
}

int vhost_set_memory(const Vhost *vhost, const GuestMem *mem)
{
    g_autofree struct vhost_memory *table =
        g_malloc0(sizeof(*table) + MAX_RANGES * sizeof(table->regions[0]));
    uint64_t size;

    for (GuestAddr base = 0; guest_mem_next(mem, base, &base, &size); base += size) {
        if (table->nregions == MAX_RANGES)
            return -E2BIG;
        table->regions[table->nregions++] = (struct vhost_memory_region){
            .guest_phys_addr = base,
            .memory_size = size,
            .userspace_addr = (uintptr_t)guest_mem_ptr(mem, base, size),
        };
    }
    return vhost->call(vhost->fd, VHOST_SET_MEM_TABLE, table);
}

int vhost_set_eventfds(const Vhost *vhost, unsigned queue, int kick, int call, int err)
{
    const struct {
        unsigned long request;
        int fd;
    } table[] = {
        {VHOST_SET_VRING_KICK, kick}, {VHOST_SET_VRING_CALL, call}, {VHOST_SET_VRING_ERR, err}};

    for (unsigned i = 0; i < G_N_ELEMENTS(table); i++) {
        struct vhost_vring_file file = {.index = queue, .fd = table[i].fd};
        int ret = vhost->call(vhost->fd, table[i].request, &file);

        if (ret)
            return ret;
    }
    return 0;
}

int vhost_set_features(const Vhost *vhost, uint64_t features)
{
    return vhost->call(vhost->fd, VHOST_SET_FEATURES, &features);
}

int vhost_set_ring(const Vhost *vhost, unsigned queue, unsigned size, const void *desc,
                   const void *driver, const void *device)
{
    struct vhost_vring_state state = {.index = queue, .num = size};
    struct vhost_vring_addr addr = {
        .index = queue,
        .desc_user_addr = (uintptr_t)desc,
        .avail_user_addr = (uintptr_t)driver,
        .used_user_addr = (uintptr_t)device,
    };
    int ret = vhost->call(vhost->fd, VHOST_SET_VRING_NUM, &state);

    state.num = 0;
    if (!ret)
        ret = vhost->call(vhost->fd, VHOST_SET_VRING_BASE, &state);
    return ret ? ret : vhost->call(vhost->fd, VHOST_SET_VRING_ADDR, &addr);
}

int vhost_net_set_backend(const Vhost *vhost, unsigned queue, int fd)
{
    struct vhost_vring_file file = {.index = queue, .fd = fd};

    return vhost->call(vhost->fd, VHOST_NET_SET_BACKEND, &file);
}
