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

/** Where @ea is, and up to @length how many bytes are there in one piece; NULL: nowhere. */
static void *find(Vcpu *cpu, uint64_t ea, size_t length, uint64_t *real, size_t *piece,
                  GError **error)
{
    Translation translation;

    if (!mmu_translate(cpu, ea, NULL, &translation, error))
        return NULL;
    *real = translation.real;
    *piece = MIN(length, VIRT_PAGE - ea % VIRT_PAGE);
    void *host = guest_mem_ptr(cpu->vm->mem, *real, *piece);
    if (!host)
        error_set(error, PAPRIKA_ERROR_USAGE,
                  "0x%" PRIx64 ": there is no memory at its real address 0x%" PRIx64, ea, *real);
    return host;
}

gboolean mmu_virt_read(Vcpu *cpu, uint64_t ea, void *data, size_t length, GError **error)
{
    uint8_t *to = data;
    uint64_t real;
    size_t piece;

    for (; length; ea += piece, to += piece, length -= piece) {
        const void *host = find(cpu, ea, length, &real, &piece, error);
        if (!host)
            return FALSE;
        memcpy(to, host, piece);
    }
    return TRUE;
}

/** Let processors see what was written for instructions. */
static void sync_instructions(char *host, size_t length)
{
    __builtin___clear_cache(host, host + length);
}

gboolean mmu_virt_write(Vcpu *cpu, uint64_t ea, const void *data, size_t length, GError **error)
{
    const uint8_t *from = data;
    uint64_t real;
    size_t piece;

    for (; length; ea += piece, from += piece, length -= piece) {
        void *host = find(cpu, ea, length, &real, &piece, error);
        if (!host)
            return FALSE;
        memcpy(host, from, piece);
        sync_instructions(host, piece);
    }
    return TRUE;
}

gboolean mmu_virt_instruction(Vcpu *cpu, uint64_t ea, uint64_t *real, GError **error)
{
    size_t piece;

    if (ea % 4)
        return error_set(error, PAPRIKA_ERROR_USAGE, "0x%" PRIx64 " is no place of an instruction",
                         ea);
    return find(cpu, ea, 4, real, &piece, error) != NULL;
}

gboolean mmu_instruction_read(const Vm *vm, uint64_t real, uint32_t *image)
{
    return guest_mem_read(vm->mem, real, image, sizeof(*image));
}

gboolean mmu_instruction_write(const Vm *vm, uint64_t real, uint32_t image)
{
    void *host = guest_mem_ptr(vm->mem, real, sizeof(image));

    if (!host)
        return FALSE;
    memcpy(host, &image, sizeof(image));
    sync_instructions(host, sizeof(image));
    return TRUE;
}
