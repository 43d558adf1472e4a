/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing something long to a descriptor, in slices on the main loop, so that the
 * monitor is answered meanwhile, and a reader that takes its time stops nobody.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

typedef struct {
    /**
     * The next piece, best of @room bytes, to *@data, which stays valid until the next
     * call, and its length; 0 at the end, or with @error.
     */
    size_t (*next)(void *opaque, size_t room, const uint8_t **data, GError **error);
    /** All is written, or @error; the job may be freed here. */
    void (*done)(void *opaque, const GError *error);
} SaveJobOps;

typedef struct SaveJob SaveJob;

/** Where to write: "PATH", a file that is made or emptied; a FIFO must have a reader. -1 with
 * @error. */
int save_job_open(const char *path, GError **error);

/**
 * Begin to write to @fd, which is taken over. In a regular file whose end is there, blocks of
 * zeros become holes.
 */
SaveJob *save_job_new(int fd, const SaveJobOps *ops, void *opaque);
/** Given up, if it is not done. NULL is fine. */
void save_job_free(SaveJob *job);

/** Bytes written so far. */
uint64_t save_job_written(const SaveJob *job);
