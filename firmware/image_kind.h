/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file that is no kernel for this machine is instead, for messages. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    /** Bytes from the beginning of a file that are enough to tell. */
    IMAGE_KIND_HEAD = 4096,
};

/**
 * A few words for what begins with @head, such as "a cpio archive (an
 * initrd?)", or NULL if it is nothing known. ELF files are not told further.
 */
const char *image_kind_name(const uint8_t *head, size_t length);

/** The name of ELF machine number @machine, such as "x86-64", or NULL. */
const char *image_kind_machine(uint16_t machine);
