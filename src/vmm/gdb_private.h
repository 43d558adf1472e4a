/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the debugger's protocol share. Main thread. */
#pragma once

#include <stddef.h>

#include <glib.h>

#include "include/paprika/vm.h"
#include "src/vmm/gdb_packet.h"
#include "src/vmm/gdb_stub.h"

/** GDB's numbers of signals, and what our errors are numbered by: errno's, of old. */
enum {
    GDB_SIGNAL_INT = 2,
    GDB_SIGNAL_TRAP = 5,
    GDB_ERROR_THREAD = 3,
    GDB_ERROR_REGISTERS = 5,
    GDB_ERROR_STEP = 11,
    GDB_ERROR_MEMORY = 14,
    GDB_ERROR_FORM = 22,
    GDB_ERROR_ROOM = 28,
};

enum {
    /** Bytes of memory in one answer: twice as many digits fit into a packet. */
    GDB_MEMORY_MAX = GDB_PACKET_MAX / 2 - 64,
};

struct GdbStub {
    Vm *vm;
    GdbSend send;
    void *opaque;
    GdbPacket in;
    /** What is answered to the packet at hand. */
    GString *reply;
    /** The last packet sent, to be sent again; owned. */
    char *last;
    size_t last_length;
    /** Whose registers and memory are asked for. */
    Vcpu *cpu;
    gboolean attached, running, no_ack, swbreak;
    /** The monitor was told that the guest stands still; steps are not worth telling. */
    gboolean told;
};

/** GDB's number of @cpu: 0 and -1 mean other things. */
static inline unsigned gdb_thread_of(const Vcpu *cpu) { return cpu->index + 1; }

/** The thread at *@text, hexadecimal; -1 and 0 leave *@cpu as it is. False if there is none. */
gboolean gdb_parse_thread(const GdbStub *stub, const char **text, Vcpu **cpu);
/** A hexadecimal number at *@text, which is moved behind it, and behind @end if that is not 0. */
gboolean gdb_parse_number(const char **text, char end, uint64_t *number);

void gdb_reply_error(GdbStub *stub, unsigned code);

/** q, Q, H and T: what there is, and which thread is meant. */
void gdb_handle_query(GdbStub *stub, const char *text);
/** Registers, memory and breakpoints. */
void gdb_handle_state(GdbStub *stub, const char *text, size_t length);
