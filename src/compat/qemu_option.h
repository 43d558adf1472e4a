/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The value of an option in either of QEMU's forms, KEY=VALUE,... (QEMU's manual,
 * "Invocation": a comma is written twice) or a JSON object: a list of properties, each
 * of which somebody takes, or which is left over for a complaint. Any thread.
 */
#pragma once

#include <glib.h>

enum {
    /** Properties of one option. */
    QEMU_OPTION_MAX = 128,
};

typedef struct {
    /** Members of inner objects have names as in "cache.direct"; owned. */
    char *key;
    /** true and false of JSON are "on" and "off", numbers are decimal; owned. */
    char *value;
    gboolean taken;
} QemuProperty;

typedef struct {
    /** What messages call it: "-device virtio-blk-pci"; owned. */
    char *label;
    /** QemuProperty; owned. */
    GPtrArray *properties;
} QemuOption;

/**
 * Read @text, the value of option @name ("-device"). @implied is the key of a first part
 * without one; NULL: each has one. NULL with @error if it is neither form.
 */
QemuOption *qemu_option_parse(const char *name, const char *text, const char *implied,
                              GError **error);
void qemu_option_free(QemuOption *option);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuOption, qemu_option_free)

/** Have messages name what the option is about: its @what after its name. */
void qemu_option_label(QemuOption *option, const char *what);

/** The last value of @key, which counts, and take all of them; NULL: it was not given. */
const char *qemu_option_take(QemuOption *option, const char *key);

/** The next value of @key, which may be there several times; NULL: there is none left. */
const char *qemu_option_take_next(QemuOption *option, const char *key);

/** As qemu_option_take(), and it stays for somebody else. */
const char *qemu_option_peek(const QemuOption *option, const char *key);

/** Whether somebody has taken @key, or it was not given. */
gboolean qemu_option_is_taken(const QemuOption *option, const char *key);

/** A property that nobody took, which is taken by this; NULL: there is none. */
const QemuProperty *qemu_option_left_over(QemuOption *option);
