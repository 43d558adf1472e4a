/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All of the guest's memory and registers to a core file, with the vCPUs held meanwhile.
 * vm->dump is the last one. Main thread.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"
#include "src/base/json_out.h"

typedef struct Dump Dump;

/** The dump has ended, well or with @error. */
typedef void (*DumpDone)(void *opaque, const GError *error);

/**
 * Begin to write guest memory from real address @begin on, @length bytes or all, to @fd, which
 * is taken over, on failure too. The former dump is forgotten; one that is being made is an
 * error. @done may be NULL. Events STOP, DUMP_COMPLETED and RESUME.
 */
gboolean dump_start(Vm *vm, int fd, uint64_t begin, uint64_t length, DumpDone done, void *opaque,
                    GError **error);

/** Nobody waits for its end any more. */
void dump_forget_done(Dump *dump);

/** Gives one up that is being made, without a word. NULL is fine. */
void dump_free(Dump *dump);

gboolean dump_is_active(const Dump *dump);
/** An object @name of how far @dump is, in bytes of its file; NULL: there was none. */
void dump_write_progress(JsonOut *out, const char *name, const Dump *dump);
