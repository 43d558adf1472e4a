/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "src/base/error.h"
#include "src/base/fd.h"

/* What older headers do not have; the numbers are the kernel's. */
enum {
    FS_V1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEV = 1 << 15,
    NET_TCP = 3,
    SCOPE_ABSTRACT_SOCKETS = 1 << 0,
    SCOPE_SIGNALS = 1 << 1,
};

/** The kernel's struct landlock_ruleset_attr with all that it has by version 6. */
typedef struct {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
} Ruleset;

/** All that a kernel of that version can deny. */
static Ruleset everything(int version, size_t *size)
{
    Ruleset rules = {.fs = FS_V1};

    if (version >= 2)
        rules.fs |= FS_REFER;
    if (version >= 3)
        rules.fs |= FS_TRUNCATE;
    if (version >= 4)
        rules.net = NET_TCP;
    if (version >= 5)
        rules.fs |= FS_IOCTL_DEV;
    if (version >= 6)
        rules.scoped = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS;
    *size = version >= 6 ? sizeof(rules) : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    return rules;
}

/** Allow @access at @path; a path that is not there any more needs no rule. */
static gboolean allow(int rules, const char *path, uint64_t access, GError **error)
{
    if (!path)
        return TRUE;

    auto_fd fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return TRUE;
    if (fd < 0 || syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot keep access to '%s'",
                               path);
    return TRUE;
}

/** A socket's file is removed at the end: the right to do so is its folder's. */
static gboolean allow_socket(int rules, const char *path, GError **error)
{
    g_autofree char *folder = path ? g_path_get_dirname(path) : NULL;

    return allow(rules, folder, LANDLOCK_ACCESS_FS_REMOVE_FILE, error);
}

/** What the console, or a port, is connected to. */
static gboolean allow_chardev(int rules, ConsoleKind kind, const char *path, GError **error)
{
    return (kind != CONSOLE_FILE || allow(rules, path, LANDLOCK_ACCESS_FS_WRITE_FILE, error)) &&
           (kind != CONSOLE_UNIX || allow_socket(rules, path, error));
}

static gboolean allow_ports(int rules, const VmConfig *config, GError **error)
{
    for (unsigned i = 0; i < config->n_ports; i++) {
        if (!allow_chardev(rules, config->ports[i].kind, config->ports[i].path, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean allow_files(int rules, const VmConfig *config, GError **error)
{
    const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE, write = LANDLOCK_ACCESS_FS_WRITE_FILE;
    gboolean gdb_unix = config->gdb && g_str_has_prefix(config->gdb, "unix:");

    return allow(rules, config->kernel, read, error) && allow(rules, config->initrd, read, error) &&
           allow(rules, config->log_file, write, error) &&
           allow(rules, config->nvram_path, read | write, error) &&
           allow_chardev(rules, config->console, config->console_path, error) &&
           allow_ports(rules, config, error) && allow_socket(rules, config->qmp_path, error) &&
           (!gdb_unix || allow_socket(rules, config->gdb + strlen("unix:"), error));
}

gboolean landlock_prepare(const VmConfig *config, int *rules, int *version, GError **error)
{
    size_t size;

    *rules = -1;
    *version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (*version < 1) {
        gboolean absent = *version == 0 || errno == ENOSYS || errno == EOPNOTSUPP;

        *version = 0;
        return absent || error_set_errno(error, PAPRIKA_ERROR_HOST, errno,
                                         "Landlock does not tell its version");
    }
    Ruleset attributes = everything(*version, &size);
    auto_fd fd = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    if (fd < 0)
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "Landlock makes no rules");
    if (!allow_files(fd, config, error))
        return FALSE;
    *rules = fd_steal(&fd);
    return TRUE;
}

gboolean landlock_confine(int rules, GError **error)
{
    if (rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0))
        return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "Landlock takes no rules");
    return TRUE;
}
