/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/gdb_regs.h"

#include "src/base/endian.h"

int gdb_regs_load(Vcpu *cpu, GdbRegs *regs)
{
    const HvOps *ops = cpu->vm->ops;
    int ret = ops->vcpu_get_regs(cpu->hv, &regs->regs);

    return ret ? ret : ops->vcpu_get_vectors(cpu->hv, &regs->vectors);
}

int gdb_regs_store(Vcpu *cpu, const GdbRegs *regs)
{
    const HvOps *ops = cpu->vm->ops;
    int ret = ops->vcpu_set_regs(cpu->hv, &regs->regs);

    return ret ? ret : ops->vcpu_set_vectors(cpu->hv, &regs->vectors);
}

static gboolean is_vr(unsigned number) { return number >= GDB_REG_VR && number < GDB_REG_VSCR; }

size_t gdb_reg_size(unsigned number)
{
    if (number >= GDB_REG_COUNT)
        return 0;
    if (is_vr(number))
        return 16;
    return number == GDB_REG_CR || number == GDB_REG_XER || number == GDB_REG_VSCR ||
                   number == GDB_REG_VRSAVE
               ? 4
               : 8;
}

/** Where a register of 8 bytes is; NULL for the others. */
static uint64_t *place(GdbRegs *regs, unsigned number)
{
    if (number < GDB_REG_FPR)
        return &regs->regs.gpr[number];
    if (number < GDB_REG_PC)
        return &regs->vectors.vsr[number - GDB_REG_FPR][0];
    if (number >= GDB_REG_VSH)
        return &regs->vectors.vsr[number - GDB_REG_VSH][1];
    switch (number) {
    case GDB_REG_PC:
        return &regs->regs.pc;
    case GDB_REG_MSR:
        return &regs->regs.msr;
    case GDB_REG_CR:
        return &regs->regs.cr;
    case GDB_REG_LR:
        return &regs->regs.lr;
    case GDB_REG_CTR:
        return &regs->regs.ctr;
    case GDB_REG_XER:
        return &regs->regs.xer;
    case GDB_REG_FPSCR:
        return &regs->vectors.fpscr;
    default:
        return NULL;
    }
}

size_t gdb_reg_get(const GdbRegs *regs, unsigned number, uint8_t bytes[GDB_REG_SIZE_MAX])
{
    gboolean little = (regs->regs.msr & HV_MSR_LE) != 0;
    const uint64_t *value = place((GdbRegs *)regs, number);
    size_t size = gdb_reg_size(number);

    if (is_vr(number)) {
        const uint64_t *vr = regs->vectors.vsr[32 + number - GDB_REG_VR];

        endian_store(bytes + (little ? 8 : 0), 8, vr[0], little);
        endian_store(bytes + (little ? 0 : 8), 8, vr[1], little);
    } else if (value) {
        endian_store(bytes, size, *value, little);
    } else if (size) {
        endian_store(bytes, size,
                     number == GDB_REG_VSCR ? regs->vectors.vscr : regs->vectors.vrsave, little);
    }
    return size;
}

void gdb_reg_set(GdbRegs *regs, unsigned number, const uint8_t bytes[GDB_REG_SIZE_MAX])
{
    gboolean little = (regs->regs.msr & HV_MSR_LE) != 0;
    uint64_t *value = place(regs, number);
    size_t size = gdb_reg_size(number);

    if (is_vr(number)) {
        uint64_t *vr = regs->vectors.vsr[32 + number - GDB_REG_VR];

        vr[0] = endian_load(bytes + (little ? 8 : 0), 8, little);
        vr[1] = endian_load(bytes + (little ? 0 : 8), 8, little);
    } else if (value) {
        *value = endian_load(bytes, size, little);
    } else if (number == GDB_REG_VSCR) {
        regs->vectors.vscr = (uint32_t)endian_load(bytes, size, little);
    } else if (number == GDB_REG_VRSAVE) {
        regs->vectors.vrsave = (uint32_t)endian_load(bytes, size, little);
    }
}

/* --- the description ------------------------------------------------------------------ */

static void describe(GString *xml, const char *name, unsigned number, const char *type)
{
    g_string_append_printf(xml, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"/>", name,
                           (unsigned)gdb_reg_size(number) * 8, type, number);
}

/** Its 32 registers: their number between @before and @behind. */
static void describe_row(GString *xml, const char *before, const char *behind, unsigned first,
                         const char *type)
{
    for (unsigned i = 0; i < 32; i++) {
        g_autofree char *name = g_strdup_printf("%s%u%s", before, i, behind);

        describe(xml, name, first + i, type);
    }
}

static void begin_feature(GString *xml, const char *name)
{
    g_string_append_printf(xml, "<feature name=\"org.gnu.gdb.power.%s\">", name);
}

char *gdb_regs_describe(void)
{
    g_autoptr(GString) xml =
        g_string_new("<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                     "<target version=\"1.0\"><architecture>powerpc:common64</architecture>");

    begin_feature(xml, "core");
    describe_row(xml, "r", "", GDB_REG_GPR, "uint64");
    describe(xml, "pc", GDB_REG_PC, "code_ptr");
    describe(xml, "msr", GDB_REG_MSR, "uint64");
    describe(xml, "cr", GDB_REG_CR, "uint32");
    describe(xml, "lr", GDB_REG_LR, "code_ptr");
    describe(xml, "ctr", GDB_REG_CTR, "uint64");
    describe(xml, "xer", GDB_REG_XER, "uint32");
    g_string_append(xml, "</feature>");
    begin_feature(xml, "fpu");
    describe_row(xml, "f", "", GDB_REG_FPR, "ieee_double");
    describe(xml, "fpscr", GDB_REG_FPSCR, "uint64");
    g_string_append(xml, "</feature>");
    begin_feature(xml, "altivec");
    g_string_append(xml, "<vector id=\"floats\" type=\"ieee_single\" count=\"4\"/>"
                         "<vector id=\"words\" type=\"int32\" count=\"4\"/>"
                         "<vector id=\"halves\" type=\"int16\" count=\"8\"/>"
                         "<vector id=\"bytes\" type=\"int8\" count=\"16\"/>"
                         "<union id=\"vector\">"
                         "<field name=\"uint128\" type=\"uint128\"/>"
                         "<field name=\"v4_float\" type=\"floats\"/>"
                         "<field name=\"v4_int32\" type=\"words\"/>"
                         "<field name=\"v8_int16\" type=\"halves\"/>"
                         "<field name=\"v16_int8\" type=\"bytes\"/>"
                         "</union>");
    describe_row(xml, "vr", "", GDB_REG_VR, "vector");
    describe(xml, "vscr", GDB_REG_VSCR, "uint32");
    describe(xml, "vrsave", GDB_REG_VRSAVE, "uint32");
    g_string_append(xml, "</feature>");
    begin_feature(xml, "vsx");
    describe_row(xml, "vs", "h", GDB_REG_VSH, "uint64");
    g_string_append(xml, "</feature></target>");
    return g_string_free(g_steal_pointer(&xml), FALSE);
}
