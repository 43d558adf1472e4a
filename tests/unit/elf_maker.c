/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/elf_maker.h"

#include <stddef.h>
#include <string.h>

#include <elf.h>

uint8_t elf_maker_byte(uint64_t offset) { return (uint8_t)(offset * 7 + (offset >> 8) + 3); }

void elf_maker_put(GByteArray *file, uint64_t offset, unsigned width, gboolean little,
                   uint64_t value)
{
    g_assert_cmpuint(offset + width, <=, file->len);
    for (unsigned i = 0; i < width; i++)
        file->data[offset + i] = (uint8_t)(value >> (8 * (little ? i : width - 1 - i)));
}

#define PUT(file, spec, base, Type, field, value)                                                  \
    elf_maker_put(                                                                                 \
        file,                                                                                      \
        (base) + ((spec)->is32 ? offsetof(Elf32_##Type, field) : offsetof(Elf64_##Type, field)),   \
        (spec)->is32 ? sizeof(((Elf32_##Type *)0)->field) : sizeof(((Elf64_##Type *)0)->field),    \
        (spec)->little, value)

ElfSpec elf_maker_linux(void)
{
    return (ElfSpec){
        .type = ET_EXEC,
        .machine = EM_PPC64,
        .entry = 0xc000000000000000,
        .segments = {{PT_LOAD, 0x1000, 0xc000000000000000, 0, 0x1000, 0x2000, 0x10000}},
        .size = 0x2000,
    };
}

static unsigned count_segments(const ElfSpec *spec)
{
    static const ElfMakerSegment none;
    unsigned n = 0;

    while (n < ELF_MAKER_SEGMENTS && memcmp(&spec->segments[n], &none, sizeof(none)))
        n++;
    return n;
}

static void put_sections(GByteArray *file, const ElfSpec *spec)
{
    size_t entry = spec->is32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
    g_autoptr(GString) names = g_string_new_len("", 1);
    unsigned n = 1;

    while (n <= ELF_MAKER_SECTIONS && spec->sections[n - 1].name)
        n++;
    /* The empty one, those asked for, the names; then the names themselves. */
    uint64_t at = file->len, strings = at + entry * (n + 1);
    g_byte_array_set_size(file, (guint)strings);
    memset(file->data + at, 0, strings - at);
    for (unsigned i = 1; i < n; i++) {
        const ElfMakerSection *s = &spec->sections[i - 1];
        uint64_t raw = at + entry * i;
        PUT(file, spec, raw, Shdr, sh_name, names->len);
        PUT(file, spec, raw, Shdr, sh_type, SHT_PROGBITS);
        PUT(file, spec, raw, Shdr, sh_addr, s->addr);
        PUT(file, spec, raw, Shdr, sh_offset, s->offset);
        PUT(file, spec, raw, Shdr, sh_size, s->size);
        g_string_append_len(names, s->name, (gssize)strlen(s->name) + 1);
    }
    uint64_t raw = at + entry * n;
    PUT(file, spec, raw, Shdr, sh_name, names->len);
    PUT(file, spec, raw, Shdr, sh_type, SHT_STRTAB);
    PUT(file, spec, raw, Shdr, sh_offset, strings);
    g_string_append_len(names, ".shstrtab", sizeof(".shstrtab"));
    PUT(file, spec, raw, Shdr, sh_size, names->len);
    g_byte_array_append(file, (const guint8 *)names->str, (guint)names->len);

    PUT(file, spec, 0, Ehdr, e_shoff, at);
    PUT(file, spec, 0, Ehdr, e_shnum, n + 1);
    PUT(file, spec, 0, Ehdr, e_shstrndx, n);
}

GByteArray *elf_maker_make(const ElfSpec *spec)
{
    GByteArray *file = g_byte_array_new();
    size_t header = spec->is32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
    size_t entry = spec->is32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
    unsigned n = count_segments(spec);

    g_byte_array_set_size(file, (guint)spec->size);
    for (uint64_t i = 0; i < spec->size; i++)
        file->data[i] = elf_maker_byte(i);
    memset(file->data, 0, header);
    memcpy(file->data, ELFMAG, SELFMAG);
    file->data[EI_CLASS] = spec->is32 ? ELFCLASS32 : ELFCLASS64;
    file->data[EI_DATA] = spec->little ? ELFDATA2LSB : ELFDATA2MSB;
    file->data[EI_VERSION] = EV_CURRENT;
    PUT(file, spec, 0, Ehdr, e_type, spec->type);
    PUT(file, spec, 0, Ehdr, e_machine, spec->machine);
    PUT(file, spec, 0, Ehdr, e_version, EV_CURRENT);
    PUT(file, spec, 0, Ehdr, e_flags, spec->flags);
    PUT(file, spec, 0, Ehdr, e_entry, spec->entry);
    PUT(file, spec, 0, Ehdr, e_ehsize, header);
    PUT(file, spec, 0, Ehdr, e_phoff, header);
    PUT(file, spec, 0, Ehdr, e_phentsize, entry);
    PUT(file, spec, 0, Ehdr, e_phnum, n);
    PUT(file, spec, 0, Ehdr, e_shentsize, spec->is32 ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr));
    for (unsigned i = 0; i < n; i++) {
        const ElfMakerSegment *s = &spec->segments[i];
        uint64_t raw = header + entry * i;
        PUT(file, spec, raw, Phdr, p_type, s->type);
        PUT(file, spec, raw, Phdr, p_flags, PF_R | PF_W | PF_X);
        PUT(file, spec, raw, Phdr, p_offset, s->offset);
        PUT(file, spec, raw, Phdr, p_vaddr, s->vaddr);
        PUT(file, spec, raw, Phdr, p_paddr, s->paddr);
        PUT(file, spec, raw, Phdr, p_filesz, s->filesz);
        PUT(file, spec, raw, Phdr, p_memsz, s->memsz);
        PUT(file, spec, raw, Phdr, p_align, s->align);
    }
    if (spec->sections[0].name)
        put_sections(file, spec);
    return file;
}

uint64_t elf_maker_put_note(GByteArray *file, uint64_t offset, gboolean little, const char *name,
                            uint32_t type, uint32_t desc_size)
{
    uint32_t namesz = (uint32_t)strlen(name) + 1;
    uint64_t padded = (namesz + 3) & ~3u;

    elf_maker_put(file, offset, 4, little, namesz);
    elf_maker_put(file, offset + 4, 4, little, desc_size);
    elf_maker_put(file, offset + 8, 4, little, type);
    g_assert_cmpuint(offset + 12 + padded + desc_size, <=, file->len);
    memset(file->data + offset + 12, 0, padded + desc_size);
    memcpy(file->data + offset + 12, name, namesz);
    return 12 + padded + ((desc_size + 3) & ~3u);
}
