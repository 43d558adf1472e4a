/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vhost/vhost_vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>

#include "src/base/error.h"
#include "src/base/fd.h"

gboolean vhost_vsock_set_cid(const Vhost *vhost, uint32_t cid, GError **error)
{
    uint64_t value = cid;
    int ret = vhost->call(vhost->fd, VHOST_VSOCK_SET_GUEST_CID, &value);

    if (ret == -EADDRINUSE)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "CID %u is in use: each guest of a host needs its own", cid);
    return !ret || error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "a descriptor of " VHOST_VSOCK_DEVICE " takes no CID %u", cid);
}

int vhost_vsock_open(uint32_t cid, int fd, GError **error)
{
    auto_fd worker =
        fd ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : vhost_open(VHOST_VSOCK_DEVICE, "vhost_vsock", error);
    const Vhost vhost = {worker, vhost_call};

    if (worker < 0 && fd)
        error_set_errno(error, PAPRIKA_ERROR_USAGE, errno, "descriptor %d", fd);
    if (worker < 0 || !vhost_vsock_set_cid(&vhost, cid, error))
        return -1;
    return fd_steal(&worker);
}

int vhost_vsock_set_running(const Vhost *vhost, gboolean run)
{
    int value = run ? 1 : 0;

    return vhost->call(vhost->fd, VHOST_VSOCK_SET_RUNNING, &value);
}
