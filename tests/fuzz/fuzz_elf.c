/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any file as an uncompressed kernel: parsed, and loaded into a small guest.
 * What is accepted must keep what firmware/elf_image.h promises.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <elf.h>
#include <glib.h>

#include "firmware/elf_image.h"
#include "include/paprika/config.h"
#include "src/base/guest_mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/elf_maker.h"

static void check_image(const ElfImage *image, uint64_t file_size)
{
    gboolean entered = FALSE;

    check(image->n_segments >= 1 && image->n_segments <= ELF_MAX_SEGMENTS,
          "segments out of bounds");
    check(image->start < image->end && image->entry % 4 == 0, "no image, or no entry");
    for (unsigned i = 0; i < image->n_segments; i++) {
        const ElfSegment *s = &image->segments[i];
        check(s->memsz > 0 && s->filesz <= s->memsz, "a segment of no size");
        check(s->addr >= image->start && s->memsz <= image->end - s->addr,
              "a segment beside the image");
        check(!s->filesz || (s->offset <= file_size && s->filesz <= file_size - s->offset),
              "a segment behind the file");
        entered |= image->entry >= s->addr && image->entry - s->addr < s->filesz;
        for (unsigned j = 0; j < i; j++) {
            const ElfSegment *t = &image->segments[j];
            check(s->addr >= t->addr + t->memsz || t->addr >= s->addr + s->memsz,
                  "segments overlap");
        }
    }
    check(entered, "an entry that is not in the file");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_auto(ImageFile) file = {.fd = -1};
    ElfImage image;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    if (!image_file_init_scratch(&file, fd, "kernel 'fuzz'", &error) ||
        !elf_image_parse(&file, &image, &error)) {
        check(error && !strchr(error->message, '\n'), "no error of one line");
        return 0;
    }
    check_image(&image, size);

    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    if (!guest_mem_add(mem, 0, 64 * MIB, NULL))
        return 0;
    gboolean loaded = elf_image_load(&image, &file, mem, 64 * MIB, &error);
    check(loaded == !error, "an error and success, or neither");
    check(!loaded || image.end <= 64 * MIB, "loaded beyond memory");
    for (unsigned i = 0; loaded && i < image.n_segments; i++) {
        const ElfSegment *s = &image.segments[i];
        check(!s->filesz ||
                  !memcmp(guest_mem_ptr(mem, s->addr, s->filesz), data + s->offset, s->filesz),
              "memory is not as the file");
    }
    return 0;
}

/** One of each: Linux of either order, descriptors, position-independent, wrapper, 32 bits. */
size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    ElfSpec spec = elf_maker_linux();
    gboolean note = FALSE;

    spec.segments[0] =
        (ElfMakerSegment){PT_LOAD, 0x200, 0xc000000000000000, 0, 0x200, 0x400, 0x10000};
    spec.size = 0x400;
    switch (index) {
    case 0:
        break;
    case 1:
        spec.little = TRUE;
        spec.flags = 2;
        spec.type = ET_DYN;
        spec.segments[1] = (ElfMakerSegment){PT_NOTE, 0x300, 0, 0, 0x80, 0, 4};
        note = TRUE;
        break;
    case 2:
        spec.flags = 1;
        spec.entry = 0xc000000000000100;
        spec.sections[0] = (ElfMakerSection){".text", 0xc000000000000000, 0x200, 0x100};
        spec.sections[1] = (ElfMakerSection){".opd", 0xc000000000000100, 0x300, 0x18};
        break;
    case 3:
        spec.type = ET_DYN;
        spec.segments[0].vaddr = spec.entry = 0;
        spec.segments[1] = (ElfMakerSegment){PT_LOAD, 0x380, 0x10380, 0x10380, 0x40, 0x100, 16};
        break;
    case 4:
        spec.sections[0] = (ElfMakerSection){".kernel:vmlinux.strip", 0, 0x200, 0x100};
        break;
    case 5:
        spec.is32 = TRUE;
        spec.machine = EM_PPC;
        spec.segments[1] = (ElfMakerSegment){PT_NOTE, 0x300, 0, 0, 0x80, 0, 4};
        note = TRUE;
        break;
    default:
        return 0;
    }

    g_autoptr(GByteArray) bytes = elf_maker_make(&spec);
    if (note)
        elf_maker_put_note(bytes, 0x300, spec.little, "PowerPC", 1, 4);
    if (index == 2)
        elf_maker_put(bytes, 0x300, 8, FALSE, 0xc000000000000040);
    if (bytes->len > room)
        return 0;
    memcpy(buffer, bytes->data, bytes->len);
    return bytes->len;
}
