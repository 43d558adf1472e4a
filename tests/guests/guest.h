/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run time of the bare-metal test guests. Every program defines
 * guest_main(); when that returns, the guest powers itself off. guest_fail()
 * ends it as a crash (ibm,os-term), so that the VMM's exit status tells.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

enum { HCALL_ARGS = 9, STACK_SIZE = 1 << STACK_SHIFT };

/** Registers at an interrupt; start.S stores it. */
struct trap_frame {
    u64 gpr[32];
    u64 srr0, srr1, lr, ctr, cr, xer, dar, dsisr, vector;
    u64 le_r5, le_srr0, le_srr1;
};

/* Interrupt vectors that are more than an error. */
enum {
    VECTOR_SYSTEM_RESET = 0x100,
    VECTOR_MACHINE_CHECK = 0x200,
    VECTOR_DATA_STORAGE = 0x300,
    VECTOR_DATA_SEGMENT = 0x380,
    VECTOR_EXTERNAL = 0x500,
    VECTOR_ALIGNMENT = 0x600,
    VECTOR_PROGRAM = 0x700,
    VECTOR_DECREMENTER = 0x900,
    VECTOR_DOORBELL = 0xa00,
    VECTOR_TRACE = 0xd00,
};

/* --- entry points of a program --------------------------------------------- */

void guest_main(void);

/** A CPU that start-cpu sent to secondary_entry with r3 = @index (1 .. MAX_CPUS - 1). */
void secondary_main(u64 index);
extern char secondary_entry[];

/** The image's constant part is [0, core_const_end), all of it is [0, core_end). */
extern char core_const_end[], core_end[];

/* --- hypercalls -------------------------------------------------------------- */

/** r4 to r12 come from @args and go back there. */
long hcall_raw(u64 number, u64 *args);
/** Up to four arguments, results dropped. */
long hcall(u64 number, u64 a, u64 b, u64 c, u64 d);

/* --- console ------------------------------------------------------------------ */

void put_bytes(const char *bytes, size_t length);
/** %s %d %u %x and their %l forms, %c, with width and 0 as in printf. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- end ------------------------------------------------------------------------ */

void power_off(void) __attribute__((noreturn));
/** Print "FAIL: " and the text, then end as a crash. */
void guest_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* --- traps ------------------------------------------------------------------------ */

/** How often each vector was taken, by vector / 32; all CPUs together. */
extern u64 trap_counts[256];
/** While set, a fault at the CPU's next access is counted and skipped. */
extern volatile bool trap_expected;
/** Faults skipped so. */
extern volatile u64 trap_skipped;
/** If set, sees every trap first; true if it is dealt with. */
extern bool (*trap_hook)(struct trap_frame *frame);

/* --- device tree -------------------------------------------------------------------- */

/** A node; 0 is none. */
typedef u64 tree_node;

tree_node tree_find(const char *path);
tree_node tree_child(tree_node node);
tree_node tree_sibling(tree_node node);
/** Up to @size bytes of a property to @buffer; its whole length, or -1. */
long tree_get(tree_node node, const char *name, void *buffer, size_t size);
/** A property's first cell, or @fallback. */
u32 tree_cell(tree_node node, const char *name, u32 fallback);
/** Where the flattened tree is; both 0 if there is none. */
void tree_place(u64 *address, u64 *size);

/** Back ends of the above. */
bool fdt_open(const void *blob);
void of_open(void);

/* --- the machine, read from the tree at start ---------------------------------------- */

struct machine {
    char bootargs[1024];
    /** Bytes: first memory node, and the end of the last one. */
    u64 rma, ram_end;
    u32 timebase;
    /** /chosen says that translation is radix; else it is hash. */
    bool radix;
    unsigned n_cpus;
    /** Interrupt server numbers of all threads, ours first. */
    u32 cpu_ids[MAX_CPUS];
};
extern struct machine machine;

/** The number after "NAME=" in bootargs, or @fallback. */
u64 option(const char *name, u64 fallback);

/* --- RTAS ------------------------------------------------------------------------------ */

enum { RTAS_NO_TOKEN = 0, RTAS_BUFFER_CELLS = 32 };

/** A token by name, RTAS_NO_TOKEN if the tree has none. */
u32 rtas_token(const char *name);
/**
 * Call by name with @nargs words after @nret; the results but the status go to
 * @rets, which may be NULL if @nret is 1. Returns the status, or -1000 if there
 * is no such service and -1001 if the hypervisor refused the buffer.
 */
int rtas_call(const char *name, unsigned nargs, unsigned nret, u32 *rets, ...);

/* --- NVRAM -------------------------------------------------------------------------------- */

/** Boots before this one, of which there is one more now: NVRAM outlives a reboot, and counts
 * them behind @magic. */
u32 count_boot(u32 magic);

/* --- small things ------------------------------------------------------------------------ */

void *memcpy(void *to, const void *from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *a, const void *b, size_t length);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);

u64 random_next(void);
void random_seed(u64 seed);
/** One of the numbers from 0 to @n - 1. */
static inline u64 random_below(u64 n) { return random_next() % n; }

static inline u64 timebase(void)
{
    u64 value;

    asm volatile("mftb %0" : "=r"(value));
    return value;
}

static inline void set_decrementer(u64 ticks) { asm volatile("mtdec %0" : : "r"(ticks)); }
static inline void barrier(void) { asm volatile("sync" : : : "memory"); }

/** Ticks in @ms milliseconds. */
u64 milliseconds(u64 ms);

/* Hypercalls that the run time itself uses. */
enum {
    H_SUCCESS = 0,
    H_BUSY = 1,
    H_CONTINUE = 18,
    H_FUNCTION = -2,
    H_PARAMETER = -4,
    H_GET_TERM_CHAR = 0x54,
    H_PUT_TERM_CHAR = 0x58,
    H_CEDE = 0xe0,
    H_CONFER = 0xe4,
    H_PROD = 0xe8,
    H_JOIN = 0x298,
    H_SET_MODE = 0x31c,
    H_REGISTER_PROC_TBL = 0x37c,
    H_SIGNAL_SYS_RESET = 0x380,
    H_RTAS = 0xf000,
};
