/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/net/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/fd.h"

#define DEVICE "/dev/net/tun"
#define FLAGS (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)
#define ALL_OFFLOADS (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)

static gboolean ask_interface(const char *name, void *question)
{
    struct ifreq request = {.ifr_data = question};
    auto_fd fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    g_strlcpy(request.ifr_name, name, sizeof(request.ifr_name));
    return fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static gboolean is_tap(const char *name)
{
    struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};

    return ask_interface(name, &info) && !strcmp(info.driver, "tun") &&
           !strcmp(info.bus_info, "tap");
}

/** Whether somebody is attached to @name: a tap that is up has a carrier then. */
static gboolean has_carrier(const char *name)
{
    struct ethtool_value link = {.cmd = ETHTOOL_GLINK};

    return ask_interface(name, &link) && link.data;
}

static gboolean attach_failed(const char *name, int err, GError **error)
{
    switch (err) {
    case EBUSY:
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "tap '%s' is in use: by another guest, or given twice", name);
    case EPERM:
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "tap '%s' is not ours: 'ip tuntap add %s mode tap user ...' says whose "
                         "it is",
                         name, name);
    case EINVAL:
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "tap '%s' was made without multi_queue, and has one queue only", name);
    }
    return error_set_errno(error, PAPRIKA_ERROR_HOST, err, "cannot attach to tap '%s'", name);
}

/** One more queue of tap->name; 0 or a positive errno. */
static int attach(Tap *tap, int flags)
{
    struct ifreq request = {.ifr_flags = (short)flags};
    auto_fd fd = open(DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

    g_strlcpy(request.ifr_name, tap->name, sizeof(request.ifr_name));
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
        return errno;
    tap->fds[tap->queues++] = fd_steal(&fd);
    return 0;
}

/** What all queues share. */
static gboolean prepare(Tap *tap, GError **error)
{
    const int header = TAP_HEADER, little = 1, unlimited = INT_MAX;
    const int fd = tap->fds[0];

    if (ioctl(fd, TUNSETVNETHDRSZ, &header) || ioctl(fd, TUNSETVNETLE, &little) ||
        ioctl(fd, TUNSETSNDBUF, &unlimited))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "tap '%s' takes no virtio 1 headers", tap->name);
    tap->offloads = ALL_OFFLOADS;
    if (tap_set_offloads(tap, ALL_OFFLOADS))
        tap->offloads = 0;
    int ret = tap_set_offloads(tap, 0);
    if (!ret)
        ret = tap_set_queues(tap, 1);
    if (!ret)
        ret = tap_set_filter(tap, &(TapFilter){.count = 0});
    return ret == 0 ||
           error_set_errno(error, PAPRIKA_ERROR_HOST, -ret, "cannot set up tap '%s'", tap->name);
}

static gboolean open_queues(Tap *tap, unsigned queues, GError **error)
{
    /* The kernel would make the interface, if it may. */
    if (!if_nametoindex(tap->name))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "there is no interface '%s': 'ip tuntap add %s mode tap%s' makes it",
                         tap->name, tap->name, queues > 1 ? " multi_queue" : "");
    if (!is_tap(tap->name))
        return error_set(error, PAPRIKA_ERROR_USAGE, "'%s' is no tap interface", tap->name);
    if (access(DEVICE, F_OK))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                               "no " DEVICE " (is the kernel's module tun loaded?)");
    /* More may attach to one with several queues: the kernel does not mind, we do. */
    if (has_carrier(tap->name))
        return attach_failed(tap->name, EBUSY, error);

    int flags = queues > 1 ? FLAGS | IFF_MULTI_QUEUE : FLAGS, err = attach(tap, flags);
    /* One queue of an interface that could have several will do. */
    if (err == EINVAL && queues == 1)
        err = attach(tap, FLAGS | IFF_MULTI_QUEUE);
    while (!err && tap->queues < queues)
        err = attach(tap, flags);
    return !err || attach_failed(tap->name, err, error);
}

Tap *tap_open(const char *name, unsigned queues, GError **error)
{
    g_autoptr(Tap) tap = g_new0(Tap, 1);

    g_strlcpy(tap->name, name, sizeof(tap->name));
    if (!open_queues(tap, queues, error) || !prepare(tap, error))
        return NULL;
    return g_steal_pointer(&tap);
}

/** Whether @fd is attached as it must be, and all to the same interface. */
static gboolean examine(Tap *tap, int fd, unsigned queues, GError **error)
{
    const int wanted = FLAGS | (queues > 1 ? IFF_MULTI_QUEUE : 0);
    struct ifreq request = {0};

    if (ioctl(fd, TUNGETIFF, &request))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno,
                               "descriptor %d is no tap that is attached to an interface", fd);
    if ((request.ifr_flags & wanted) != wanted)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "descriptor %d is attached without all of IFF_TAP, IFF_NO_PI, "
                         "IFF_VNET_HDR%s",
                         fd, queues > 1 ? " and IFF_MULTI_QUEUE" : "");
    if (*tap->name && strcmp(tap->name, request.ifr_name))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "descriptor %d is of '%s', and not of '%s' as the one before", fd,
                         request.ifr_name, tap->name);
    g_strlcpy(tap->name, request.ifr_name, sizeof(tap->name));
    return TRUE;
}

Tap *tap_adopt(const int *fds, unsigned queues, GError **error)
{
    g_autoptr(Tap) tap = g_new0(Tap, 1);

    for (unsigned i = 0; i < queues; i++) {
        if (!examine(tap, fds[i], queues, error))
            return NULL;
        int fd = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
        if (fd < 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)) {
            fd_close(&fd);
            error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "descriptor %d", fds[i]);
            return NULL;
        }
        tap->fds[tap->queues++] = fd;
    }
    return prepare(tap, error) ? g_steal_pointer(&tap) : NULL;
}

gboolean tap_add_vhost(Tap *tap, const int *fds, GError **error)
{
    tap->vhost_call = vhost_call;
    while (tap->n_vhost < tap->queues) {
        Vhost vhost = {.fd = fds ? fcntl(fds[tap->n_vhost], F_DUPFD_CLOEXEC, 0)
                                 : vhost_open(VHOST_NET_DEVICE, "vhost_net", error),
                       .call = vhost_call};
        uint64_t features;

        if (vhost.fd < 0)
            return fds ? error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "descriptor %d",
                                         fds[tap->n_vhost])
                       : FALSE;
        int ret = vhost_features(&vhost, &features);
        if (ret) {
            fd_close(&vhost.fd);
            return error_set_errno(error, PAPRIKA_ERROR_USAGE, -ret,
                                   "descriptor %d is none of " VHOST_NET_DEVICE,
                                   fds ? fds[tap->n_vhost] : -1);
        }
        tap->vhost_fds[tap->n_vhost++] = vhost.fd;
    }
    return TRUE;
}

void tap_drop_vhost(Tap *tap)
{
    while (tap->n_vhost)
        fd_close(&tap->vhost_fds[--tap->n_vhost]);
}

/** Copies of @count descriptors, of which *@done are made. */
static gboolean share_fds(const int *fds, unsigned count, int *copies, unsigned *done,
                          GError **error)
{
    for (; *done < count; ++*done) {
        copies[*done] = fcntl(fds[*done], F_DUPFD_CLOEXEC, 0);
        if (copies[*done] < 0)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                                   "no further descriptor of a tap");
    }
    return TRUE;
}

Tap *tap_share(const Tap *tap, GError **error)
{
    g_autoptr(Tap) shared = g_memdup2(tap, sizeof(*tap));

    shared->queues = shared->n_vhost = 0;
    if (!share_fds(tap->fds, tap->queues, shared->fds, &shared->queues, error) ||
        !share_fds(tap->vhost_fds, tap->n_vhost, shared->vhost_fds, &shared->n_vhost, error))
        return NULL;
    return g_steal_pointer(&shared);
}

void tap_close(Tap *tap)
{
    if (!tap)
        return;
    /* The interface outlives us. */
    if (tap->queues)
        tap_set_filter(tap, &(TapFilter){.count = 0});
    for (unsigned i = 0; i < tap->queues; i++)
        fd_close(&tap->fds[i]);
    tap_drop_vhost(tap);
    g_free(tap);
}

int tap_set_offloads(const Tap *tap, unsigned offloads)
{
    if (!tap->offloads && !offloads)
        return 0;
    /* Segments are never left without their checksums. */
    return ioctl(tap->fds[0], TUNSETOFFLOAD, offloads & TUN_F_CSUM ? offloads : 0) ? -errno : 0;
}

int tap_set_queues(const Tap *tap, unsigned count)
{
    for (unsigned i = 1; i < tap->queues; i++) {
        struct ifreq request = {.ifr_flags = i < count ? IFF_ATTACH_QUEUE : IFF_DETACH_QUEUE};

        /* EINVAL: it is so already. */
        if (ioctl(tap->fds[i], TUNSETQUEUE, &request) && errno != EINVAL)
            return -errno;
    }
    return 0;
}

int tap_set_filter(const Tap *tap, const TapFilter *filter)
{
    struct {
        struct tun_filter head;
        uint8_t addresses[G_N_ELEMENTS(filter->addresses)][ETH_ALEN];
    } request = {.head = {.flags = filter->all_multicast ? TUN_FLT_ALLMULTI : 0,
                          .count = (uint16_t)filter->count}};

    memcpy(request.addresses, filter->addresses, sizeof(request.addresses));
    return ioctl(tap->fds[0], TUNSETTXFILTER, &request) < 0 ? -errno : 0;
}
