/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "firmware/elf_sections.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include <elf.h>

#include "src/base/error.h"

enum {
    /** Bytes of section names, and of one note segment, that are looked at. */
    SECTION_NAMES_MAX = 1 << 20,
    NOTES_MAX = 1 << 16,
    NOTE_TYPE_OF_CLIENT = 0x1275,
};

/** The table of section headers; NULL and no error where there is none. */
static gboolean sections_read(const ImageFile *file, const ElfHeader *h, uint8_t **table,
                              GError **error)
{
    size_t entry = h->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    uint64_t length = (uint64_t)entry * h->shnum;

    *table = NULL;
    if (!h->shoff || !h->shnum || h->shentsize != entry)
        return TRUE;
    if (h->shoff > file->size || length > file->size - h->shoff)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%s is cut short: its section headers end at byte %" PRIu64
                         ", the file at %" PRIu64,
                         file->label, h->shoff + length, file->size);
    /* At most 65,535 headers of 64 bytes. */
    *table = g_try_malloc(length);
    if (!*table)
        return error_set(error, PAPRIKA_ERROR_HOST, "not enough memory to read %s", file->label);
    if (image_file_read(file, h->shoff, *table, length, error))
        return TRUE;
    g_clear_pointer(table, g_free);
    return FALSE;
}

static void section_get(const ElfHeader *h, const uint8_t *raw, ElfSection *section)
{
    section->addr = ELF_GET(h, raw, Shdr, sh_addr);
    section->offset = ELF_GET(h, raw, Shdr, sh_offset);
    section->size = ELF_GET(h, raw, Shdr, sh_size);
}

/** Whether the name at @at of @names (not necessarily terminated) is @name. */
static gboolean name_matches(const char *names, size_t length, uint64_t at, const char *name,
                             gboolean prefix)
{
    size_t n = strlen(name) + (prefix ? 0 : 1);

    return at < length && n <= length - at && !memcmp(names + at, name, n);
}

gboolean elf_section_find(const ImageFile *file, const ElfHeader *h, const char *name,
                          gboolean prefix, gboolean *found, ElfSection *section, GError **error)
{
    g_autofree uint8_t *table = NULL;
    size_t entry = h->is64 ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    ElfSection strings;

    *found = FALSE;
    if (!sections_read(file, h, &table, error))
        return FALSE;
    if (!table || h->shstrndx >= h->shnum)
        return TRUE;

    section_get(h, table + entry * h->shstrndx, &strings);
    if (strings.size > SECTION_NAMES_MAX || strings.offset > file->size ||
        strings.size > file->size - strings.offset)
        return TRUE;
    g_autofree char *names = g_malloc(strings.size + 1);
    if (!image_file_read(file, strings.offset, names, strings.size, error))
        return FALSE;

    for (unsigned i = 0; i < h->shnum && !*found; i++) {
        const uint8_t *raw = table + entry * i;
        if (!name_matches(names, strings.size, ELF_GET(h, raw, Shdr, sh_name), name, prefix))
            continue;
        section_get(h, raw, section);
        *found = TRUE;
    }
    return TRUE;
}

/** Whether one of the notes in data[0 .. length) marks a client of Open Firmware. */
static gboolean notes_have_client(const uint8_t *data, size_t length, gboolean big_endian)
{
    static const char *const names[] = {"PowerPC", "IBM,RPA-Client-Config"};

    /* Three words, the name, the description; both padded to words. */
    for (size_t at = 0; length - at >= 12;) {
        uint64_t namesz = elf_get(data + at, 4, big_endian);
        uint64_t descsz = elf_get(data + at + 4, 4, big_endian);
        uint64_t type = elf_get(data + at + 8, 4, big_endian);
        uint64_t total = 12 + ((namesz + 3) & ~UINT64_C(3)) + ((descsz + 3) & ~UINT64_C(3));

        for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
            size_t n = strlen(names[i]) + 1;
            /* The configuration note has another type, 0x12759999 as a rule. */
            if ((type == NOTE_TYPE_OF_CLIENT || i == 1) && namesz == n && n <= length - at - 12 &&
                !memcmp(data + at + 12, names[i], n))
                return TRUE;
        }
        if (total > length - at)
            return FALSE;
        at += total;
    }
    return FALSE;
}

gboolean elf_is_wrapper(const ImageFile *file, const ElfHeader *h, const uint8_t *phdrs,
                        gboolean *wrapper, GError **error)
{
    ElfSection section;

    *wrapper = FALSE;
    for (unsigned i = 0; i < h->phnum && !*wrapper; i++) {
        const uint8_t *raw = phdrs + (size_t)h->phentsize * i;
        uint64_t offset = ELF_GET(h, raw, Phdr, p_offset);
        uint64_t size = ELF_GET(h, raw, Phdr, p_filesz);

        if (ELF_GET(h, raw, Phdr, p_type) != PT_NOTE || size > NOTES_MAX || offset > file->size ||
            size > file->size - offset)
            continue;
        g_autofree uint8_t *notes = g_malloc(size + 1);
        if (!image_file_read(file, offset, notes, size, error))
            return FALSE;
        *wrapper = notes_have_client(notes, size, h->big_endian);
    }
    if (*wrapper)
        return TRUE;
    return elf_section_find(file, h, ".kernel:", TRUE, wrapper, &section, error);
}
