/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of a core file of the guest: ELF header, program headers, and notes with the
 * registers of each vCPU (generic ELF; the notes as Linux' binfmt_elf writes them).
 */
#pragma once

#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

/** A piece of guest memory that goes into the file. */
typedef struct {
    uint64_t base, size;
} DumpRange;

/**
 * All that comes before the memory of @ranges, which follows in this order; in the byte order in
 * which the guest takes interrupts. vCPUs are parked. Main thread.
 */
GByteArray *dump_elf_head(Vm *vm, const DumpRange *ranges, unsigned count, GError **error);
