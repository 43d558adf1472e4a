/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/dump_elf.h"

#include <elf.h>
#include <string.h>

#include "include/paprika/config.h"
#include "src/base/endian.h"
#include "src/base/error.h"
#include "src/vmm/plug.h"

enum {
    /** Memory begins at a multiple of this in the file. */
    DUMP_ALIGN = 64 << 10,
    /** Sizes of Linux' structures for 64-bit POWER, and where things are in them. */
    PRSTATUS_SIZE = 504,
    PRSTATUS_PID = 32,
    PRSTATUS_REGS = 112,
    FPREGS_SIZE = 33 * 8,
    VMX_SIZE = 34 * 16,
    VSX_SIZE = 32 * 8,
};

/** Where Linux has all memory: the address that a debugger finds the kernel at. */
#define LINUX_LINEAR UINT64_C(0xc000000000000000)

typedef struct {
    GByteArray *bytes;
    gboolean little;
} Head;

static void append(Head *head, uint64_t value, unsigned size)
{
    uint8_t bytes[8];

    endian_store(bytes, size, value, head->little);
    g_byte_array_append(head->bytes, bytes, size);
}

static void append_zeros(Head *head, size_t count)
{
    guint old = head->bytes->len;

    g_byte_array_set_size(head->bytes, (guint)(old + count));
    memset(head->bytes->data + old, 0, count);
}

/** The head of a note of @size bytes, which must be a multiple of 4. */
static void append_note(Head *head, const char *name, uint32_t type, uint32_t size)
{
    uint8_t padded[8] = {0};

    memcpy(padded, name, strlen(name));
    append(head, strlen(name) + 1, 4);
    append(head, size, 4);
    append(head, type, 4);
    g_byte_array_append(head->bytes, padded, sizeof(padded));
}

/* --- notes ------------------------------------------------------------------------------- */

static void append_prstatus(Head *head, const Vcpu *cpu, const HvRegs *regs)
{
    uint8_t status[PRSTATUS_SIZE] = {0};
    const uint64_t rest[] = {regs->pc, regs->msr, regs->gpr[3], regs->ctr,
                             regs->lr, regs->xer, regs->cr};

    /* A process id is not 0. */
    endian_store(status + PRSTATUS_PID, 4, cpu->index + 1, head->little);
    for (unsigned i = 0; i < 32; i++)
        endian_store(status + PRSTATUS_REGS + 8 * i, 8, regs->gpr[i], head->little);
    for (unsigned i = 0; i < G_N_ELEMENTS(rest); i++)
        endian_store(status + PRSTATUS_REGS + 8 * (32 + i), 8, rest[i], head->little);
    append_note(head, "CORE", NT_PRSTATUS, sizeof(status));
    g_byte_array_append(head->bytes, status, sizeof(status));
}

/** A register of 16 bytes: the two halves, in the order that memory has them. */
static void append_pair(Head *head, const uint64_t pair[2])
{
    append(head, pair[head->little ? 1 : 0], 8);
    append(head, pair[head->little ? 0 : 1], 8);
}

static void append_vectors(Head *head, const HvVectors *vectors)
{
    append_note(head, "CORE", NT_PRFPREG, FPREGS_SIZE);
    for (unsigned i = 0; i < 32; i++)
        append(head, vectors->vsr[i][0], 8);
    append(head, vectors->fpscr, 8);

    append_note(head, "LINUX", NT_PPC_VMX, VMX_SIZE);
    for (unsigned i = 32; i < 64; i++)
        append_pair(head, vectors->vsr[i]);
    append_pair(head, (const uint64_t[]){0, vectors->vscr});
    append(head, vectors->vrsave, 4);
    append_zeros(head, 12);

    append_note(head, "LINUX", NT_PPC_VSX, VSX_SIZE);
    for (unsigned i = 0; i < 32; i++)
        append(head, vectors->vsr[i][1], 8);
}

static gboolean append_notes(Head *head, Vm *vm, GError **error)
{
    for (unsigned i = 0; i < config_max_cpus(vm->config); i++) {
        Vcpu *cpu = plug_vcpu(vm->plug, i);
        HvVectors vectors;
        HvRegs regs;

        if (!cpu)
            continue;
        int ret = vm->ops->vcpu_get_regs(cpu->hv, &regs);
        if (!ret)
            ret = vm->ops->vcpu_get_vectors(cpu->hv, &vectors);
        if (ret)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                                   "cannot read the registers of vCPU %u", cpu->id);
        append_prstatus(head, cpu, &regs);
        append_vectors(head, &vectors);
    }
    return TRUE;
}

/* --- headers ------------------------------------------------------------------------------ */

static void append_elf_header(Head *head, unsigned segments)
{
    const uint8_t ident[EI_NIDENT] = {
        ELFMAG0,    ELFMAG1,       ELFMAG2,
        ELFMAG3,    ELFCLASS64,    head->little ? ELFDATA2LSB : ELFDATA2MSB,
        EV_CURRENT, ELFOSABI_NONE,
    };

    g_byte_array_append(head->bytes, ident, sizeof(ident));
    append(head, ET_CORE, 2);
    append(head, EM_PPC64, 2);
    append(head, EV_CURRENT, 4);
    append(head, 0, 8);
    append(head, sizeof(Elf64_Ehdr), 8);
    append(head, 0, 8);
    append(head, 0, 4);
    append(head, sizeof(Elf64_Ehdr), 2);
    append(head, sizeof(Elf64_Phdr), 2);
    append(head, segments, 2);
    append_zeros(head, 6);
}

static void append_segment(Head *head, uint32_t type, uint64_t offset, uint64_t virt, uint64_t real,
                           uint64_t size)
{
    append(head, type, 4);
    append(head, type == PT_LOAD ? PF_R | PF_W | PF_X : 0, 4);
    append(head, offset, 8);
    append(head, virt, 8);
    append(head, real, 8);
    append(head, size, 8);
    append(head, type == PT_LOAD ? size : 0, 8);
    append(head, 0, 8);
}

GByteArray *dump_elf_head(Vm *vm, const DumpRange *ranges, unsigned count, GError **error)
{
    g_autoptr(GByteArray) notes = g_byte_array_new();
    size_t start = sizeof(Elf64_Ehdr) + (count + 1) * sizeof(Elf64_Phdr);

    g_mutex_lock(&vm->mode_lock);
    gboolean little = (vm->lpcr_value & HV_LPCR_ILE) != 0;
    g_mutex_unlock(&vm->mode_lock);
    Head head = {.bytes = notes, .little = little};
    if (!append_notes(&head, vm, error))
        return NULL;

    head.bytes = g_byte_array_new();
    append_elf_header(&head, count + 1);
    append_segment(&head, PT_NOTE, start, 0, 0, notes->len);
    uint64_t offset = (start + notes->len + DUMP_ALIGN - 1) / DUMP_ALIGN * DUMP_ALIGN;
    for (unsigned i = 0; i < count; i++) {
        append_segment(&head, PT_LOAD, offset, LINUX_LINEAR | ranges[i].base, ranges[i].base,
                       ranges[i].size);
        offset += ranges[i].size;
    }
    g_byte_array_append(head.bytes, notes->data, notes->len);
    append_zeros(&head, (DUMP_ALIGN - head.bytes->len % DUMP_ALIGN) % DUMP_ALIGN);
    return head.bytes;
}
