/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Libraries that few guests need, or only the start of one: loaded where they are needed, so that
 * the others' memory, start and attack surface are without them. Each library costs 192 KiB and
 * more on hosts with 64K pages.
 */
#pragma once

#include <glib.h>

/**
 * FUNCTIONS(X) says X(name) for each function that is wanted of the library whose header has been
 * included. Defines @variable, which has a pointer of each one's name and type, for
 * late_library_open().
 */
#define LATE_LIBRARY(variable, FUNCTIONS)                                                          \
    static const char *const variable##_names[] = {FUNCTIONS(LATE_LIBRARY_NAME) NULL};             \
    static struct {                                                                                \
        FUNCTIONS(LATE_LIBRARY_POINTER)                                                            \
    } variable

#define LATE_LIBRARY_NAME(name) #name,
#define LATE_LIBRARY_POINTER(name) __typeof__(name) *name;

/**
 * Load the library @file ("libz.so.1") and set pointers, which are at @functions one behind the
 * other, to what it has by the names of the list @names, which ends with NULL. For
 * late_library_close(); one that is never closed stays. NULL: no such library, or it lacks
 * something (PAPRIKA_ERROR_HOST). Opens files: not behind the sandbox.
 */
void *late_library_open(const char *file, const char *const names[], void *functions,
                        GError **error);

/** The library's functions are used no more, by any thread. NULL is no library. */
void late_library_close(void *library);
