/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <elf.h>

#include "firmware/elf_image.h"
#include "firmware/elf_sections.h"
#include "firmware/image_kind.h"
#include "src/base/error.h"

G_STATIC_ASSERT(sizeof(Elf64_Ehdr) == ELF_HEADER_SIZE);

/** Bits of e_flags that hold the ABI version; 0 where the linker did not say. */
#define ELF_FLAGS_ABI 3
/** The highest guest real address that is thought of. */
#define ELF_ADDR_MAX (UINT64_C(1) << 60)
#define ELF_PIE_LOW UINT64_C(0x10000)

uint64_t elf_get(const uint8_t *raw, size_t width, gboolean big_endian)
{
    uint64_t value = 0;

    for (size_t i = 0; i < width; i++)
        value = value << 8 | raw[big_endian ? i : width - 1 - i];
    return value;
}

static gboolean check_machine(const char *label, const ElfHeader *h, GError **error)
{
    if (h->machine == EM_PPC64 || (h->machine == EM_PPC && !h->is64))
        return TRUE;

    const char *name = image_kind_machine(h->machine);
    if (name)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is for %s, not for 64-bit POWER", label,
                         name);
    return error_set(error, PAPRIKA_ERROR_USAGE, "%s is for ELF machine %u, not for 64-bit POWER",
                     label, h->machine);
}

static gboolean check_type(const char *label, const ElfHeader *h, GError **error)
{
    switch (h->type) {
    case ET_EXEC:
    case ET_DYN:
        return TRUE;
    case ET_REL:
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is an object file or module, not a linked kernel", label);
    case ET_CORE:
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is a core dump, not a kernel", label);
    default:
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is an ELF file of type %u, not a kernel",
                         label, h->type);
    }
}

gboolean elf_header_parse(const char *label, const uint8_t *head, size_t length, ElfHeader *h,
                          GError **error)
{
    memset(h, 0, sizeof(*h));
    if (length < SELFMAG || memcmp(head, ELFMAG, SELFMAG))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is no ELF file", label);
    if (length < EI_NIDENT)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is cut short within its ELF header",
                         label);
    if (head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s has unknown ELF class %u", label,
                         head[EI_CLASS]);
    if (head[EI_DATA] != ELFDATA2LSB && head[EI_DATA] != ELFDATA2MSB)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s has unknown ELF byte order %u", label,
                         head[EI_DATA]);
    h->is64 = head[EI_CLASS] == ELFCLASS64;
    h->big_endian = head[EI_DATA] == ELFDATA2MSB;
    if (length < (h->is64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s is cut short within its ELF header",
                         label);

    h->type = (uint16_t)ELF_GET(h, head, Ehdr, e_type);
    h->machine = (uint16_t)ELF_GET(h, head, Ehdr, e_machine);
    h->flags = (uint32_t)ELF_GET(h, head, Ehdr, e_flags);
    h->entry = ELF_GET(h, head, Ehdr, e_entry);
    h->phoff = ELF_GET(h, head, Ehdr, e_phoff);
    h->phentsize = (uint16_t)ELF_GET(h, head, Ehdr, e_phentsize);
    h->phnum = (uint16_t)ELF_GET(h, head, Ehdr, e_phnum);
    h->shoff = ELF_GET(h, head, Ehdr, e_shoff);
    h->shentsize = (uint16_t)ELF_GET(h, head, Ehdr, e_shentsize);
    h->shnum = (uint16_t)ELF_GET(h, head, Ehdr, e_shnum);
    h->shstrndx = (uint16_t)ELF_GET(h, head, Ehdr, e_shstrndx);
    return check_machine(label, h, error) && check_type(label, h, error);
}

static gboolean phdrs_read(const ImageFile *file, const ElfHeader *h, uint8_t **phdrs,
                           GError **error)
{
    size_t entry = h->is64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);

    if (!h->phnum)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s has no program headers, so nothing to load", file->label);
    if (h->phnum > ELF_MAX_SEGMENTS)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s has %u program headers; at most %d are taken", file->label, h->phnum,
                         ELF_MAX_SEGMENTS);
    if (h->phentsize != entry)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s has program headers of %u bytes, where ELF has %zu", file->label,
                         h->phentsize, entry);
    uint64_t length = (uint64_t)entry * h->phnum;
    if (h->phoff > file->size || length > file->size - h->phoff)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is cut short: its program headers lie beyond its end", file->label);
    *phdrs = g_malloc(length);
    return image_file_read(file, h->phoff, *phdrs, length, error);
}

static gboolean refuse_wrapper(const ImageFile *file, const ElfHeader *h, const uint8_t *phdrs,
                               GError **error)
{
    gboolean wrapper;

    if (!elf_is_wrapper(file, h, phdrs, &wrapper, error))
        return FALSE;
    if (wrapper)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is a boot wrapper (zImage) that needs Open Firmware, which Paprika "
                         "does not offer yet; use the vmlinux that it was made from",
                         file->label);
    if (!h->is64)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is a 32-bit PowerPC program; a kernel for 64-bit POWER is needed",
                         file->label);
    return TRUE;
}

static gboolean segment_parse(const ImageFile *file, const ElfHeader *h, unsigned index,
                              const uint8_t *raw, ElfSegment *s, GError **error)
{
    *s = (ElfSegment){
        .offset = ELF_GET(h, raw, Phdr, p_offset),
        .filesz = ELF_GET(h, raw, Phdr, p_filesz),
        .vaddr = ELF_GET(h, raw, Phdr, p_vaddr),
        .addr = ELF_GET(h, raw, Phdr, p_paddr),
        .memsz = ELF_GET(h, raw, Phdr, p_memsz),
    };
    if (s->memsz < s->filesz)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is damaged: segment %u is larger in the file than in memory",
                         file->label, index);
    if (s->addr > ELF_ADDR_MAX || s->memsz > ELF_ADDR_MAX - s->addr ||
        s->memsz > UINT64_MAX - s->vaddr)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s has segment %u of %#" PRIx64 " bytes at %#" PRIx64
                         ", which is no address to load at",
                         file->label, index, s->memsz, s->addr);
    if (s->filesz && (s->offset > file->size || s->filesz > file->size - s->offset))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is cut short: segment %u needs %" PRIu64 " bytes at byte %" PRIu64
                         ", the file ends at %" PRIu64,
                         file->label, index, s->filesz, s->offset, file->size);
    return TRUE;
}

static gboolean check_overlap(const ImageFile *file, const ElfImage *image, GError **error)
{
    for (unsigned i = 0; i < image->n_segments; i++) {
        const ElfSegment *a = &image->segments[i];
        for (unsigned j = 0; j < i; j++) {
            const ElfSegment *b = &image->segments[j];
            if (a->addr < b->addr + b->memsz && b->addr < a->addr + a->memsz)
                return error_set(error, PAPRIKA_ERROR_USAGE,
                                 "%s has segments that overlap: %#" PRIx64 " bytes at %#" PRIx64
                                 " and %#" PRIx64 " at %#" PRIx64,
                                 file->label, b->memsz, b->addr, a->memsz, a->addr);
        }
    }
    return TRUE;
}

/** Where a position-independent image that is linked at 0 goes; see elf_image.h. */
static void place_independent(ElfImage *image, uint64_t max_align)
{
    uint64_t base = ELF_PIE_BASE, low = UINT64_MAX;

    for (unsigned i = 0; i < image->n_segments; i++)
        low = MIN(low, MAX(image->segments[i].vaddr, image->segments[i].addr));
    if (image->header.type != ET_DYN || low >= ELF_PIE_LOW)
        return;
    if (max_align > base && max_align <= UINT64_C(1) << 30 && !(max_align & (max_align - 1)))
        base = max_align;
    for (unsigned i = 0; i < image->n_segments; i++)
        image->segments[i].addr += base;
}

static gboolean segments_parse(const ImageFile *file, ElfImage *image, const uint8_t *phdrs,
                               GError **error)
{
    const ElfHeader *h = &image->header;
    uint64_t max_align = 0;

    for (unsigned i = 0; i < h->phnum; i++) {
        const uint8_t *raw = phdrs + (size_t)h->phentsize * i;
        ElfSegment segment;
        if (ELF_GET(h, raw, Phdr, p_type) != PT_LOAD)
            continue;
        if (!segment_parse(file, h, i, raw, &segment, error))
            return FALSE;
        if (!segment.memsz)
            continue;
        image->segments[image->n_segments++] = segment;
        max_align = MAX(max_align, ELF_GET(h, raw, Phdr, p_align));
    }
    if (!image->n_segments)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s has no segment to load", file->label);
    if (!check_overlap(file, image, error))
        return FALSE;

    place_independent(image, max_align);
    image->start = UINT64_MAX;
    for (unsigned i = 0; i < image->n_segments; i++) {
        const ElfSegment *s = &image->segments[i];
        image->start = MIN(image->start, s->addr);
        image->end = MAX(image->end, s->addr + s->memsz);
    }
    return TRUE;
}

/** The segment whose bytes in the file hold 4 at virtual address @vaddr, or NULL. */
static const ElfSegment *segment_at(const ElfImage *image, uint64_t vaddr)
{
    for (unsigned i = 0; i < image->n_segments; i++) {
        const ElfSegment *s = &image->segments[i];
        if (vaddr >= s->vaddr && s->filesz >= 4 && vaddr - s->vaddr <= s->filesz - 4)
            return s;
    }
    return NULL;
}

/** Follow a function descriptor of ABI version 1, if *@entry is the address of one. */
static gboolean resolve_descriptor(const ImageFile *file, const ElfHeader *h, uint64_t *entry,
                                   GError **error)
{
    gboolean found;
    ElfSection opd;
    uint8_t raw[8];

    if ((h->flags & ELF_FLAGS_ABI) == 2)
        return TRUE;
    if (!elf_section_find(file, h, ".opd", FALSE, &found, &opd, error))
        return FALSE;
    if (!found || *entry < opd.addr || opd.size < sizeof(raw) ||
        *entry - opd.addr > opd.size - sizeof(raw))
        return TRUE;
    if (opd.offset > file->size - sizeof(raw) ||
        *entry - opd.addr > file->size - sizeof(raw) - opd.offset)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is cut short: its entry's descriptor lies beyond its end",
                         file->label);
    if (!image_file_read(file, opd.offset + (*entry - opd.addr), raw, sizeof(raw), error))
        return FALSE;
    *entry = elf_get(raw, sizeof(raw), h->big_endian);
    return TRUE;
}

static gboolean resolve_entry(const ImageFile *file, ElfImage *image, GError **error)
{
    uint64_t entry = image->header.entry;

    if (!resolve_descriptor(file, &image->header, &entry, error))
        return FALSE;

    const ElfSegment *s = segment_at(image, entry);
    if (s) {
        image->entry = s->addr + (entry - s->vaddr);
    } else {
        image->entry = entry & (ELF_ADDR_MAX - 1);
        for (unsigned i = 0; i < image->n_segments && !s; i++) {
            const ElfSegment *c = &image->segments[i];
            if (image->entry >= c->addr && c->filesz >= 4 &&
                image->entry - c->addr <= c->filesz - 4)
                s = c;
        }
    }
    if (!s || image->entry % 4)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s has its entry point at %#" PRIx64 ", where it has no code",
                         file->label, entry);
    return TRUE;
}

gboolean elf_image_parse(const ImageFile *file, ElfImage *image, GError **error)
{
    uint8_t head[ELF_HEADER_SIZE];
    size_t length = MIN(file->size, sizeof(head));
    g_autofree uint8_t *phdrs = NULL;

    memset(image, 0, sizeof(*image));
    return image_file_read(file, 0, head, length, error) &&
           elf_header_parse(file->label, head, length, &image->header, error) &&
           phdrs_read(file, &image->header, &phdrs, error) &&
           refuse_wrapper(file, &image->header, phdrs, error) &&
           segments_parse(file, image, phdrs, error) && resolve_entry(file, image, error);
}
