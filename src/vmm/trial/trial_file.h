/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that takes so many bytes of what a guest prints, and no more. One thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct {
    /** -1 if it is not open. */
    int fd;
    size_t room;
    /** errno of what went wrong; 0. */
    int failed;
    /** There was more than it takes. */
    gboolean cut;
} TrialFile;

/**
 * Make the file NAME.SUFFIX in the folder @output, empty if it was there, for
 * @room bytes; its path to *@path, newly allocated also if that fails.
 */
gboolean trial_file_open(TrialFile *file, const char *output, const char *name, const char *suffix,
                         size_t room, char **path, GError **error);

/** Write what there is room for; a failure is noted in @file. */
void trial_file_write(TrialFile *file, const uint8_t *bytes, size_t length);

void trial_file_close(TrialFile *file);
