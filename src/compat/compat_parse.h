/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the command line's reader share. */
#pragma once

#include "src/compat/compat.h"
#include "src/compat/qemu_option.h"

enum {
    /** Messages, and options of one kind. */
    COMPAT_PARSE_MAX = 256,
};

typedef struct {
    CompatConfig *compat;
    VmConfig *vm;
    /** Lines; owned. */
    GPtrArray *messages;
    /** QemuOption, in their order; owned. They are looked at once all are there. */
    GPtrArray *objects, *blockdevs, *netdevs, *chardevs, *devices, *numa, *fds;
    /** Monitors: the chardev's id; owned. */
    char *monitor_chardev;
    /** The id of the memory's object; owned. */
    char *memory_backend;
    gboolean has_machine, has_vty;
} CompatParse;

/** What a table says of a property that has one meaning only. */
typedef struct {
    const char *key;
    /** What is so already, separated by "|"; NULL: whatever it is. */
    const char *values;
    /** Ends the message about another value. */
    const char *why;
} CompatFact;

/* Tables of what the command line and the monitor both take; each ends with a key NULL. */

/** Every PCI device's, and every virtio device's. */
extern const CompatFact compat_pci_facts[], compat_virtio_facts[];
extern const CompatFact compat_disk_facts[], compat_net_facts[];
/** Of -netdev. */
extern const CompatFact compat_netdev_facts[];
extern const CompatFact compat_node_facts[];
/** Objects that are entropy. */
extern const CompatFact compat_random_facts[];

/** Note that something of @option (NULL: of the whole) is refused. */
void compat_refuse(CompatParse *parse, const QemuOption *option, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/** The same, of @error's text, which is freed. */
void compat_refuse_error(CompatParse *parse, const QemuOption *option, GError *error);

/** Take what @facts, whose last key is NULL, name, and refuse other values of them. */
void compat_take_facts(CompatParse *parse, QemuOption *option, const CompatFact *facts);
/** Refuse each property that nobody took. */
void compat_refuse_rest(CompatParse *parse, QemuOption *option);
/** @key as a switch; @fallback if it was not given. */
gboolean compat_take_switch(CompatParse *parse, QemuOption *option, const char *key,
                            gboolean fallback);
/** @key as a number up to @max; false if it was not given, or is refused. */
gboolean compat_take_number(CompatParse *parse, QemuOption *option, const char *key, guint64 max,
                            guint64 *number);
/** @key, which must be there and not empty; "" and a message otherwise. */
const char *compat_take_needed(CompatParse *parse, QemuOption *option, const char *key);
/** Set @key of `paprika run`'s table (src/vmm/option_keys.h) to @value. */
gboolean compat_set(CompatParse *parse, const QemuOption *option, const char *key,
                    const char *value);

/** The option of @list whose @key is @value, or NULL. */
QemuOption *compat_find(const GPtrArray *list, const char *key, const char *value);
/** The path that is meant: /dev/fdset/N is a descriptor of -add-fd; newly allocated, or NULL. */
char *compat_take_path(CompatParse *parse, QemuOption *option, const char *key);

/* The options of each file; each takes and checks all of its option. */

void compat_option_machine(CompatParse *parse, QemuOption *option);
void compat_option_accel(CompatParse *parse, QemuOption *option);
void compat_option_cpu(CompatParse *parse, QemuOption *option);
void compat_option_memory(CompatParse *parse, QemuOption *option);
void compat_option_smp(CompatParse *parse, QemuOption *option);
void compat_option_name(CompatParse *parse, QemuOption *option);
void compat_option_rtc(CompatParse *parse, QemuOption *option);
void compat_option_uuid(CompatParse *parse, QemuOption *option);
void compat_option_mon(CompatParse *parse, QemuOption *option);
void compat_option_qmp(CompatParse *parse, QemuOption *option);

/* Once all options are there. */

void compat_check_objects(CompatParse *parse);
void compat_check_nodes(CompatParse *parse);
void compat_check_devices(CompatParse *parse);
void compat_check_chardevs(CompatParse *parse);

/** The name by which the monitor is asked about it; newly allocated, NULL: it was given none. */
char *compat_take_id(CompatParse *parse, QemuOption *option);
/** What a virtio device has of which there is one at most: its slot, 0 if none was given, and its
 * name, which is replaced. */
void compat_take_card(CompatParse *parse, QemuOption *option, unsigned *slot, char **id);

/* Of compat_device.c's table: ports. */

void compat_add_port_device(CompatParse *parse, QemuOption *option);
void compat_add_port(CompatParse *parse, QemuOption *option);
void compat_add_port_console(CompatParse *parse, QemuOption *option);

/** What the chardev @id is, for @user; *@path is replaced. False if refused. */
gboolean compat_use_chardev(CompatParse *parse, const QemuOption *user, const char *id,
                            ConsoleKind *kind, char **path, int *fd);
/** Have the console of the chardev @id. */
void compat_use_console(CompatParse *parse, const QemuOption *option, const char *id);
/** A disk of `paprika run` from the node @name, with @rest (",serial=x"); false if refused. */
gboolean compat_use_node(CompatParse *parse, const QemuOption *option, const char *name,
                         const char *rest);
/** Entropy may be named @name. */
void compat_add_rng(CompatConfig *config, const char *name);
/** A network card of the netdev @id, with @rest. */
gboolean compat_use_netdev(CompatParse *parse, const QemuOption *option, const char *id,
                           const char *rest);
