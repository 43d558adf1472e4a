/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole machine on the fake hypervisor, a client of its monitor, and a guest that takes devices
 * on PCI and gives them back.
 */
#pragma once

#include <stdint.h>

#include "include/paprika/vm.h"
#include "src/vmm/qmp.h"

enum {
    WORLD_DISK_SIZE = 1 << 20,
    /** The connector of slot 1 of the first bridge; the next one's is 8 more. */
    WORLD_SLOT = 0x40000008,
};

typedef struct {
    VmConfig config;
    HvHost *host;
    Vm *vm;
    QmpSession *session;
    /** What the client was answered, quotes being single ones; and what it was told of. */
    GString *sent, *events;
    /** What comes with the client's next message; -1: nothing. */
    int fd;
    /** An image of WORLD_DISK_SIZE bytes. */
    char *file;
    /** Of world_new_plain(); owned. */
    DiskConfig *own_disks;
} World;

/**
 * @config says what it has beyond 256 MiB and a processor; the devices that it names are the
 * caller's. @extension may be NULL.
 */
World *world_new(const VmConfig *config, const QmpExtension *extension);
/** The same without devices of its own, but with or without hotplug, and its image as a disk. */
World *world_new_plain(gboolean hotplug, gboolean with_disk);
void world_free(World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

#define OK "'return': {}"

/** @command is answered by what has @wanted in it; quotes are single ones. */
void say(World *world, const char *command, const char *arguments, const char *wanted);
/** The client hands over a descriptor, as @name. */
void pass(World *world, const char *name, int fd);
/** A node on the image, as a client makes it in the sandbox. */
void add_file(World *world, const char *node, const char *more, const char *wanted);
