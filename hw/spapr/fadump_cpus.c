/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/fadump_cpus.h"

#include <stdio.h>
#include <string.h>

#include "hw/spapr/fadump.h"
#include "src/base/endian.h"

typedef struct {
    char magic[8];
    be32 version;
    /** Where the number of processors is. */
    be32 count_offset;
} CpuStateHead;
G_STATIC_ASSERT(sizeof(CpuStateHead) == 16);

/** A name of up to 8 letters, filled with zeros; of the first and last the value is the CPU. */
typedef struct {
    char name[8];
    be64 value;
} CpuStateEntry;
G_STATIC_ASSERT(sizeof(CpuStateEntry) == 16);

enum {
    GPRS = 32,
    /** Begin, general registers, NIA, MSR, CR, XER, CTR, LR, DAR, DSISR, end. */
    ENTRIES = 1 + GPRS + 8 + 1,
    /** The list begins right behind the number. */
    LIST_OFFSET = sizeof(CpuStateHead) + sizeof(be32),
    /** What follows begins at a multiple of this. */
    SIZE_ALIGN = 64,
};

uint64_t fadump_cpu_state_size(unsigned cpus)
{
    uint64_t size = LIST_OFFSET + (uint64_t)cpus * ENTRIES * sizeof(CpuStateEntry);

    return (size + SIZE_ALIGN - 1) / SIZE_ALIGN * SIZE_ALIGN;
}

static void put(CpuStateEntry **entry, const char *name, uint64_t value)
{
    memset((*entry)->name, 0, sizeof((*entry)->name));
    memcpy((*entry)->name, name, MIN(strlen(name), sizeof((*entry)->name)));
    (*entry)->value = be64_of(value);
    ++*entry;
}

static gboolean read_cpu(const Vcpu *cpu, CpuStateEntry entries[ENTRIES])
{
    const HvOps *ops = cpu->vm->ops;
    CpuStateEntry *entry = entries;
    uint64_t dar, dsisr;
    HvRegs regs;

    if (ops->vcpu_get_regs(cpu->hv, &regs) || ops->vcpu_get_reg(cpu->hv, HV_REG_DAR, &dar) ||
        ops->vcpu_get_reg(cpu->hv, HV_REG_DSISR, &dsisr))
        return FALSE;
    /* The logical number, by which Linux knows it. */
    put(&entry, "CPUSTRT", cpu->index);
    for (unsigned i = 0; i < GPRS; i++) {
        char name[8];

        snprintf(name, sizeof(name), "GPR%02u", i);
        put(&entry, name, regs.gpr[i]);
    }
    put(&entry, "NIA", regs.pc);
    put(&entry, "MSR", regs.msr);
    put(&entry, "CR", regs.cr);
    put(&entry, "XER", regs.xer);
    put(&entry, "CTR", regs.ctr);
    put(&entry, "LR", regs.lr);
    put(&entry, "DAR", dar);
    put(&entry, "DSISR", dsisr);
    put(&entry, "CPUEND", cpu->index);
    return TRUE;
}

gboolean fadump_cpus_write(const Vm *vm, GuestAddr addr, uint64_t size)
{
    CpuStateHead head = {.version = be32_of(0), .count_offset = be32_of(sizeof(head))};
    GuestAddr at = addr + LIST_OFFSET, end = addr + size;
    CpuStateEntry entries[ENTRIES];
    uint32_t count = 0;

    memcpy(head.magic, "REGSAVE", sizeof("REGSAVE"));
    for (unsigned i = 0; i < vm->n_vcpus; i++) {
        Vcpu *cpu = vm->vcpus[i];

        if (vcpu_is_stopped(cpu))
            continue;
        if (at + sizeof(entries) > end || !read_cpu(cpu, entries) ||
            !guest_mem_write(vm->mem, at, entries, sizeof(entries)))
            return FALSE;
        at += sizeof(entries);
        count++;
    }
    return guest_mem_write(vm->mem, addr, &head, sizeof(head)) &&
           guest_mem_store_be32(vm->mem, addr + sizeof(head), count);
}
