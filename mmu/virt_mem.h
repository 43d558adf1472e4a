/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest memory by effective address, for those who look into a guest that is held. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "include/paprika/vm.h"

/**
 * Read @length bytes at @ea as @cpu would load them now; false with @error where a
 * page is not mapped, or not memory. Pages before that one have been read. Every
 * vCPU is parked. Main thread.
 */
gboolean mmu_virt_read(Vcpu *cpu, uint64_t ea, void *data, size_t length, GError **error);

/** As mmu_virt_read(), and whatever the page's protection is. Instructions may be among it. */
gboolean mmu_virt_write(Vcpu *cpu, uint64_t ea, const void *data, size_t length, GError **error);

/**
 * The real address of the instruction at @ea; false with @error where it is not
 * mapped, not memory, or not aligned.
 */
gboolean mmu_virt_instruction(Vcpu *cpu, uint64_t ea, uint64_t *real, GError **error);

/** An instruction in guest memory, 4 bytes as they are; false where there is no memory. */
gboolean mmu_instruction_read(const Vm *vm, uint64_t real, uint32_t *image);
/** Write one, and let the processors see it. */
gboolean mmu_instruction_write(const Vm *vm, uint64_t real, uint32_t image);
