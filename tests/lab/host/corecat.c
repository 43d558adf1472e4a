// SPDX-License-Identifier: GPL-2.0-or-later
//
// corecat FILE ADDRESS LENGTH: says what there is in a core file of a little-endian guest, and
// prints memory at an address. An independent look at what dump-guest-memory wrote.

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int file;

static void read_at(void *data, size_t size, unsigned long at)
{
    if (pread(file, data, size, (off_t)at) != (ssize_t)size) {
        printf("corecat: cannot read %zu bytes at %#lx\n", size, at);
        exit(1);
    }
}

static void print_notes(const Elf64_Phdr *segment)
{
    unsigned long at = segment->p_offset, end = at + segment->p_filesz;
    Elf64_Nhdr note;

    while (at < end) {
        char name[9] = {0};
        unsigned long nip = 0;

        read_at(&note, sizeof(note), at);
        at += sizeof(note);
        read_at(name, note.n_namesz < 8 ? note.n_namesz : 8, at);
        at += (note.n_namesz + 3u) & ~3u;
        if (note.n_type == NT_PRSTATUS)
            read_at(&nip, sizeof(nip), at + 112 + 32 * 8);
        printf("note %s %x size %u pc %lx\n", name, note.n_type, note.n_descsz, nip);
        at += (note.n_descsz + 3u) & ~3u;
    }
}

int main(int argc, char **argv)
{
    Elf64_Ehdr head;
    Elf64_Phdr segment;

    if (argc != 4)
        return 2;
    unsigned long address = strtoul(argv[2], NULL, 16), length = strtoul(argv[3], NULL, 10);
    file = open(argv[1], O_RDONLY);
    read_at(&head, sizeof(head), 0);
    printf("class %u data %u type %u machine %u\n", head.e_ident[EI_CLASS], head.e_ident[EI_DATA],
           head.e_type, head.e_machine);
    for (unsigned i = 0; i < head.e_phnum; i++) {
        char *bytes;

        read_at(&segment, sizeof(segment), head.e_phoff + i * sizeof(segment));
        if (segment.p_type == PT_NOTE)
            print_notes(&segment);
        if (segment.p_type != PT_LOAD)
            continue;
        printf("memory at %lx real %lx size %lu\n", segment.p_vaddr, segment.p_paddr,
               segment.p_filesz);
        if (address < segment.p_vaddr || address - segment.p_vaddr > segment.p_filesz - length)
            continue;
        bytes = calloc(1, length + 1);
        read_at(bytes, length, segment.p_offset + address - segment.p_vaddr);
        printf("text %s\n", bytes);
    }
    return 0;
}
