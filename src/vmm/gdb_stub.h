/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GDB's remote protocol: what is answered to one debugger's packets. docs/gdb.md says
 * what there is. What the debugger sends is taken to be hostile: it may read and write
 * the guest, and nothing else. Main thread.
 */
#pragma once

#include <glib.h>

#include "include/paprika/vm.h"

typedef struct GdbStub GdbStub;

/** What a stub needs of its owner: @length bytes go to the debugger. */
typedef void (*GdbSend)(void *opaque, const char *bytes, size_t length);

/** For @vm, whose vm->debug it makes; a debugger is yet to come. */
GdbStub *gdb_stub_new(Vm *vm, GdbSend send, void *opaque);
/** A debugger that is there is told of the guest's end. NULL is fine. */
void gdb_stub_free(GdbStub *stub);

/** A debugger has come: the guest is held. */
gboolean gdb_stub_attach(GdbStub *stub, GError **error);
/** It has gone, with leave or without: the guest goes on. */
void gdb_stub_detach(GdbStub *stub);
/** Whether it is there, and has not said that it goes. */
gboolean gdb_stub_is_attached(const GdbStub *stub);

/** Bytes from the debugger. */
void gdb_stub_receive(GdbStub *stub, const void *bytes, size_t length);
