/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mmu/virt_mem.h"

#include <inttypes.h>
#include <string.h>

#include "mmu/translate.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"

enum {
    /** No page is smaller. */
    VIRT_PAGE = 4096,
};

/** Where @ea is, and up to @length how many bytes are there in one piece. */
static gboolean find(Vcpu *cpu, uint64_t ea, size_t length, uint64_t *real, size_t *piece,
                     GError **error)
{
    Translation translation;

    if (!mmu_translate(cpu, ea, NULL, &translation, error))
        return FALSE;
    *real = translation.real;
    *piece = MIN(length, VIRT_PAGE - ea % VIRT_PAGE);
    if (guest_mem_ptr(cpu->vm->mem, *real, *piece))
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "0x%" PRIx64 ": there is no memory at its real address 0x%" PRIx64, ea, *real);
}

gboolean mmu_virt_read(Vcpu *cpu, uint64_t ea, void *data, size_t length, GError **error)
{
    uint8_t *to = data;
    uint64_t real;
    size_t piece;

    for (; length; ea += piece, to += piece, length -= piece) {
        if (!find(cpu, ea, length, &real, &piece, error))
            return FALSE;
        guest_mem_read(cpu->vm->mem, real, to, piece);
    }
    return TRUE;
}

/** Let processors see what was written for instructions. */
static void sync_instructions(const Vm *vm, uint64_t real, size_t length)
{
    char *host = guest_mem_ptr(vm->mem, real, length);

    if (host)
        __builtin___clear_cache(host, host + length);
}

gboolean mmu_virt_write(Vcpu *cpu, uint64_t ea, const void *data, size_t length, GError **error)
{
    const uint8_t *from = data;
    uint64_t real;
    size_t piece;

    for (; length; ea += piece, from += piece, length -= piece) {
        if (!find(cpu, ea, length, &real, &piece, error))
            return FALSE;
        guest_mem_write(cpu->vm->mem, real, from, piece);
        sync_instructions(cpu->vm, real, piece);
    }
    return TRUE;
}

gboolean mmu_virt_instruction(Vcpu *cpu, uint64_t ea, uint64_t *real, GError **error)
{
    size_t piece;

    if (ea % 4)
        return error_set(error, PAPRIKA_ERROR_USAGE, "0x%" PRIx64 " is no place of an instruction",
                         ea);
    return find(cpu, ea, 4, real, &piece, error);
}

gboolean mmu_instruction_read(const Vm *vm, uint64_t real, uint32_t *image)
{
    return guest_mem_read(vm->mem, real, image, sizeof(*image));
}

gboolean mmu_instruction_write(const Vm *vm, uint64_t real, uint32_t image)
{
    if (!guest_mem_write(vm->mem, real, &image, sizeof(image)))
        return FALSE;
    sync_instructions(vm, real, sizeof(image));
    return TRUE;
}
