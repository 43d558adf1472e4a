/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the process is and sees: user, root directory, namespaces, files, capabilities. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cap-ng.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/late_library.h"
#include "src/base/log.h"
#include "src/vmm/landlock.h"
#include "src/vmm/sandbox.h"

#define CAPNG(FUNCTION)                                                                            \
    FUNCTION(capng_get_caps_process)                                                               \
    FUNCTION(capng_have_capability) FUNCTION(capng_clear) FUNCTION(capng_apply)

LATE_LIBRARY(capng, CAPNG);

enum {
    SANDBOX_HEAPS = 1,
    /** More than a heap can have at its end. */
    SANDBOX_KEEP = 1 << 30,
};

typedef struct {
    uid_t uid;
    gid_t gid;
    const char *name;
} Identity;

/** Whom --user means, looked up while the files that say so can be read. */
static gboolean find_user(const char *name, Identity *user, GError **error)
{
    errno = 0;
    const struct passwd *entry = getpwnam(name);

    if (!entry && errno)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "--user: cannot look up '%s'",
                               name);
    if (!entry)
        return error_set(error, PAPRIKA_ERROR_USAGE, "--user: there is no user '%s'", name);
    *user = (Identity){.uid = entry->pw_uid, .gid = entry->pw_gid, .name = name};
    return TRUE;
}

static gboolean become_user(const Identity *user, GError **error)
{
    if (initgroups(user->name, user->gid) || setresgid(user->gid, user->gid, user->gid) ||
        setresuid(user->uid, user->uid, user->uid))
        return error_set_errno(error, errno == EPERM ? PAPRIKA_ERROR_USAGE : PAPRIKA_ERROR_HOST,
                               errno, "--user: cannot become '%s'", user->name);
    return TRUE;
}

static gboolean change_root(const char *folder, GError **error)
{
    if (chroot(folder) || chdir("/"))
        return error_set_errno(error, PAPRIKA_ERROR_USAGE, errno,
                               "--chroot: cannot make '%s' the root directory", folder);
    return TRUE;
}

static gboolean put_text(const char *path, const char *text)
{
    auto_fd fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/** In a user namespace of our own we stay who we are, for whoever looks from outside or inside. */
static gboolean map_ids(uid_t uid, gid_t gid)
{
    char text[32];

    snprintf(text, sizeof(text), "%u %u 1\n", uid, uid);
    if (!put_text("/proc/self/uid_map", text) || !put_text("/proc/self/setgroups", "deny"))
        return FALSE;
    snprintf(text, sizeof(text), "%u %u 1\n", gid, gid);
    return put_text("/proc/self/gid_map", text);
}

/**
 * Nothing of the network, of others' System V objects and of the host's name is to be seen.
 * Sockets and descriptors that are open stay. Without privileges that takes a user namespace,
 * which hosts may forbid: so it is done where it goes.
 */
static const char *leave_namespaces(void)
{
    const int flags = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (!unshare(flags))
        return "network, ipc, uts";
    if (unshare(flags | CLONE_NEWUSER))
        return "none";
    if (!map_ids(uid, gid))
        log_debug("sandbox: no ids in the user namespace");
    return "user, network, ipc, uts";
}

/** Tables for DMA count as locked memory: who was not bound by that limit must not become so. */
static void keep_locked_memory(void)
{
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};

    if (capng.capng_have_capability(CAPNG_EFFECTIVE, CAP_IPC_LOCK) &&
        setrlimit(RLIMIT_MEMLOCK, &unlimited))
        log_debug("sandbox: the limit of locked memory stays");
}

/** Nothing can come back by a program that is executed, either. */
static gboolean drop_bounding_set(GError **error)
{
    if (!capng.capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
        return TRUE;
    capng.capng_clear(CAPNG_SELECT_BOUNDS);
    if (capng.capng_apply(CAPNG_SELECT_BOUNDS))
        return error_set(error, PAPRIKA_ERROR_HOST, "cannot limit capabilities");
    return TRUE;
}

static gboolean drop_capabilities(GError **error)
{
    capng.capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
    if (capng.capng_apply(CAPNG_SELECT_CAPS) || capng.capng_apply(CAPNG_SELECT_AMBIENT))
        return error_set(error, PAPRIKA_ERROR_HOST, "cannot drop capabilities");
    return TRUE;
}

/**
 * The C library would look up in a file how many processors there are, before it makes a
 * heap for the ninth thread; in another how the host overcommits memory, before it makes a
 * thread's heap smaller; and in others how texts of errors are encoded. What threads allocate
 * is little: one heap is enough for any number of them (each more would take 128 KiB on hosts
 * with 64K pages), and it need not become smaller, since a large block is a mapping of its own.
 */
static void settle_libraries(void)
{
    /* Of no use otherwise, so that a compiler may not leave it out. */
    const char *volatile text = g_strerror(EIO);

    mallopt(M_ARENA_MAX, text ? SANDBOX_HEAPS : 0);
    mallopt(M_TRIM_THRESHOLD, SANDBOX_KEEP);
}

/** The steps in an order in which none takes from a later one what that needs. */
static gboolean confine(const VmConfig *config, GError **error)
{
    gboolean sandbox = config->sandbox != SANDBOX_OFF;
    const char *namespaces = "none";
    Identity user;
    int landlock = 0;
    auto_fd rules = -1;

    if (config->user && !find_user(config->user, &user, error))
        return FALSE;
    if (sandbox) {
        if (!sandbox_prepare(config, error))
            return FALSE;
        if (capng.capng_get_caps_process())
            return error_set(error, PAPRIKA_ERROR_HOST, "cannot read capabilities");
        keep_locked_memory();
        namespaces = leave_namespaces();
        if (!landlock_prepare(config, &rules, &landlock, error) || !drop_bounding_set(error))
            return FALSE;
    }
    if (config->chroot && !change_root(config->chroot, error))
        return FALSE;
    if (config->user && !become_user(&user, error))
        return FALSE;
    if (!sandbox)
        return TRUE;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot refuse new privileges");
    if (!landlock_confine(rules, error) || !drop_capabilities(error))
        return FALSE;
    log_debug("sandbox: own namespaces: %s; Landlock version %d", namespaces, landlock);
    return TRUE;
}

gboolean sandbox_confine(const VmConfig *config, GError **error)
{
    gboolean ok = TRUE;
    void *library = NULL;

    settle_libraries();
    if (config->sandbox != SANDBOX_OFF)
        ok = !!(library = late_library_open("libcap-ng.so.0", capng_names, &capng, error));
    ok = ok && confine(config, error);
    late_library_close(library);
    if (ok)
        return TRUE;
    if (config->sandbox != SANDBOX_OFF)
        g_prefix_error(error, "sandbox: ");
    return FALSE;
}
