/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The debugger reads and writes registers and memory, and sets breakpoints. */

#include "mmu/virt_mem.h"
#include "src/vmm/debug.h"
#include "src/vmm/gdb_private.h"
#include "src/vmm/gdb_regs.h"

static void append_hex(GString *text, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < length; i++) {
        g_string_append_c(text, digits[bytes[i] >> 4]);
        g_string_append_c(text, digits[bytes[i] & 0xf]);
    }
}

/** @length bytes of hexadecimal digits; false if there are fewer. */
static gboolean parse_hex(const char *text, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[2 * i + 1]);

        if (low < 0)
            return FALSE;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return TRUE;
}

/* --- registers -------------------------------------------------------------------------- */

static void read_registers(GdbStub *stub, unsigned first, unsigned count)
{
    uint8_t bytes[GDB_REG_SIZE_MAX];
    GdbRegs regs;

    if (gdb_regs_load(stub->cpu, &regs)) {
        gdb_reply_error(stub, GDB_ERROR_REGISTERS);
        return;
    }
    for (unsigned i = first; i < first + count; i++)
        append_hex(stub->reply, bytes, gdb_reg_get(&regs, i, bytes));
}

/** @text has the values of registers from @first on. */
static void write_registers(GdbStub *stub, unsigned first, unsigned count, const char *text)
{
    uint8_t bytes[GDB_REG_SIZE_MAX] = {0};
    GdbRegs regs;

    if (gdb_regs_load(stub->cpu, &regs)) {
        gdb_reply_error(stub, GDB_ERROR_REGISTERS);
        return;
    }
    uint64_t old_msr = regs.regs.msr, msr = old_msr;
    for (unsigned i = first; i < first + count; i++) {
        size_t size = gdb_reg_size(i);

        if (!parse_hex(text, bytes, size)) {
            gdb_reply_error(stub, GDB_ERROR_FORM);
            return;
        }
        text += 2 * size;
        gdb_reg_set(&regs, i, bytes);
        /* The byte order stays what it was for those that follow. */
        if (i == GDB_REG_MSR) {
            msr = regs.regs.msr;
            regs.regs.msr = old_msr;
        }
    }
    regs.regs.msr = msr;
    if (gdb_regs_store(stub->cpu, &regs))
        gdb_reply_error(stub, GDB_ERROR_REGISTERS);
    else
        g_string_assign(stub->reply, "OK");
}

static void one_register(GdbStub *stub, const char *text)
{
    gboolean write = *text++ == 'P';
    uint64_t number;

    if (!gdb_parse_number(&text, write ? '=' : 0, &number) || number >= GDB_REG_COUNT)
        gdb_reply_error(stub, GDB_ERROR_FORM);
    else if (write)
        write_registers(stub, (unsigned)number, 1, text);
    else
        read_registers(stub, (unsigned)number, 1);
}

/* --- memory ------------------------------------------------------------------------------ */

static void read_memory(GdbStub *stub, uint64_t address, uint64_t length)
{
    uint8_t bytes[256];
    uint64_t end = address + MIN(length, GDB_MEMORY_MAX);

    /* As far as it is there: a part is an answer. */
    for (uint64_t at = address; at != end;) {
        size_t piece = MIN(end - at, sizeof(bytes) - at % sizeof(bytes));

        if (!mmu_virt_read(stub->cpu, at, bytes, piece, NULL))
            break;
        debug_hide_breakpoints(stub->vm->debug, at, bytes, piece);
        append_hex(stub->reply, bytes, piece);
        at += piece;
    }
    if (length && !stub->reply->len)
        gdb_reply_error(stub, GDB_ERROR_MEMORY);
}

static void write_memory(GdbStub *stub, uint64_t address, const uint8_t *bytes, uint64_t length)
{
    if (mmu_virt_write(stub->cpu, address, bytes, length, NULL) &&
        debug_keep_breakpoints(stub->vm->debug, address, bytes, length))
        g_string_assign(stub->reply, "OK");
    else
        gdb_reply_error(stub, GDB_ERROR_MEMORY);
}

static void memory(GdbStub *stub, const char *text, size_t size)
{
    const char *end = text + size;
    char kind = *text++;
    uint64_t address, length;

    if (!gdb_parse_number(&text, ',', &address) ||
        !gdb_parse_number(&text, kind == 'm' ? 0 : ':', &length)) {
        gdb_reply_error(stub, GDB_ERROR_FORM);
    } else if (kind == 'm') {
        read_memory(stub, address, length);
    } else if (kind == 'X') {
        if ((uint64_t)(end - text) == length)
            write_memory(stub, address, (const uint8_t *)text, length);
        else
            gdb_reply_error(stub, GDB_ERROR_FORM);
    } else {
        g_autofree uint8_t *bytes = g_malloc((size_t)(end - text) / 2 + 1);

        if ((uint64_t)(end - text) / 2 == length && parse_hex(text, bytes, length))
            write_memory(stub, address, bytes, length);
        else
            gdb_reply_error(stub, GDB_ERROR_FORM);
    }
}

/* --- breakpoints -------------------------------------------------------------------------- */

/** "Z0,ADDRESS,KIND": the kind 0 alone, which KVM has. */
static void breakpoint(GdbStub *stub, const char *text)
{
    gboolean set = *text++ == 'Z';
    uint64_t address, kind;

    if (*text != '0')
        return;
    text++;
    if (*text++ != ',' || !gdb_parse_number(&text, ',', &address) ||
        !gdb_parse_number(&text, 0, &kind)) {
        gdb_reply_error(stub, GDB_ERROR_FORM);
        return;
    }
    if (!set)
        debug_remove(stub->vm->debug, address);
    else if (!debug_insert(stub->vm->debug, stub->cpu, address, NULL)) {
        gdb_reply_error(stub, GDB_ERROR_ROOM);
        return;
    }
    g_string_assign(stub->reply, "OK");
}

void gdb_handle_state(GdbStub *stub, const char *text, size_t length)
{
    switch (text[0]) {
    case 'g':
        read_registers(stub, 0, GDB_REG_COUNT);
        break;
    case 'G':
        write_registers(stub, 0, GDB_REG_COUNT, text + 1);
        break;
    case 'p':
    case 'P':
        one_register(stub, text);
        break;
    case 'm':
    case 'M':
    case 'X':
        memory(stub, text, length);
        break;
    case 'Z':
    case 'z':
        breakpoint(stub, text);
        break;
    }
}
