/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "interpret": the few words of Forth that clients use: numbers, arithmetic on
 * the stack, the console, the end of the machine. A word that is none of them
 * throws -13, as it does where it is not defined. One word after the other, no
 * definitions and no loops: the time is bounded by the text.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/of_private.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vty.h"

/** THROW codes of ANS Forth. */
enum {
    FORTH_ABORT = -1,
    FORTH_STACK_OVERFLOW = -3,
    FORTH_STACK_UNDERFLOW = -4,
    FORTH_DIVISION_BY_ZERO = -10,
    FORTH_UNDEFINED = -13,
};

typedef struct {
    OfCall *call;
    uint32_t *stack;
    unsigned depth, room;
} Forth;

typedef struct {
    const char *name;
    /** A THROW code, or 0. */
    int (*fn)(Forth *forth);
    /** Cells that must be there. */
    unsigned needs;
} ForthWord;

static uint32_t pop(Forth *forth) { return forth->stack[--forth->depth]; }

static int push(Forth *forth, uint32_t value)
{
    if (forth->depth >= forth->room)
        return FORTH_STACK_OVERFLOW;
    forth->stack[forth->depth++] = value;
    return 0;
}

/** The cell @below the top. */
static uint32_t pick(const Forth *forth, unsigned below)
{
    return forth->stack[forth->depth - 1 - below];
}

static int word_dup(Forth *forth) { return push(forth, pick(forth, 0)); }
static int word_over(Forth *forth) { return push(forth, pick(forth, 1)); }

static int word_drop(Forth *forth)
{
    forth->depth--;
    return 0;
}

static int word_swap(Forth *forth)
{
    uint32_t top = pop(forth), below = pop(forth);

    push(forth, top);
    return push(forth, below);
}

#define FORTH_BINARY(name, expression)                                                             \
    static int name(Forth *forth)                                                                  \
    {                                                                                              \
        uint32_t b = pop(forth), a = pop(forth);                                                   \
                                                                                                   \
        return push(forth, (expression));                                                          \
    }
FORTH_BINARY(word_plus, a + b)
FORTH_BINARY(word_minus, a - b)
FORTH_BINARY(word_times, a *b)
FORTH_BINARY(word_and, a &b)
FORTH_BINARY(word_or, a | b)
FORTH_BINARY(word_xor, a ^ b)
FORTH_BINARY(word_lshift, b < 32 ? a << b : 0)
FORTH_BINARY(word_rshift, b < 32 ? a >> b : 0)
FORTH_BINARY(word_equal, a == b ? UINT32_MAX : 0)

static int word_divide(Forth *forth)
{
    uint32_t b = pop(forth), a = pop(forth);

    return b ? push(forth, a / b) : FORTH_DIVISION_BY_ZERO;
}

static int word_invert(Forth *forth) { return push(forth, ~pop(forth)); }

/** A few characters to the console; where it is full they are lost, as on any terminal. */
static int forth_print(Forth *forth, const char *text)
{
    vty_put(forth->call->client->vm->platform->vty, (const uint8_t *)text, (unsigned)strlen(text));
    return 0;
}

static int word_cr(Forth *forth) { return forth_print(forth, "\r\n"); }

static int word_emit(Forth *forth)
{
    char text[2] = {(char)pop(forth), 0};

    return forth_print(forth, text);
}

static int word_dot(Forth *forth)
{
    char text[16];

    g_snprintf(text, sizeof(text), "%x ", pop(forth));
    return forth_print(forth, text);
}

static int word_get_msecs(Forth *forth)
{
    const OfClient *client = forth->call->client;

    return push(forth, (uint32_t)((g_get_monotonic_time() - client->start) / 1000));
}

/** The one console there is, as a string ( -- addr len ); only "output" and "input" know it. */
static int word_console(Forth *forth)
{
    int thrown = push(forth, 0);

    return thrown ? thrown : push(forth, 0);
}

/** ( addr len -- ): change to the console, which is in use already. */
static int word_select_console(Forth *forth)
{
    uint32_t length = pop(forth), addr = pop(forth);

    return addr || length ? FORTH_ABORT : 0;
}

/** The terminal behind the console shows its own cursor. */
static int word_cursor(Forth *forth) { return 0; }

/* From these nothing comes back, so that what follows them is not looked at. */
static int word_reset_all(Forth *forth)
{
    Vm *vm = forth->call->client->vm;

    vm->control->request(vm, VM_REQUEST_REBOOT, "reboot asked for by Open Firmware's reset-all");
    return FORTH_ABORT;
}

static int word_power_off(Forth *forth)
{
    Vm *vm = forth->call->client->vm;

    vm->control->request(vm, VM_REQUEST_POWEROFF, "power-off asked for by Open Firmware's word");
    return FORTH_ABORT;
}

static const ForthWord words[] = {
    {"dup", word_dup, 1},
    {"over", word_over, 2},
    {"drop", word_drop, 1},
    {"swap", word_swap, 2},
    {"+", word_plus, 2},
    {"-", word_minus, 2},
    {"*", word_times, 2},
    {"/", word_divide, 2},
    {"and", word_and, 2},
    {"or", word_or, 2},
    {"xor", word_xor, 2},
    {"invert", word_invert, 1},
    {"lshift", word_lshift, 2},
    {"rshift", word_rshift, 2},
    {"=", word_equal, 2},
    {"cr", word_cr, 0},
    {"emit", word_emit, 1},
    {".", word_dot, 1},
    {"get-msecs", word_get_msecs, 0},
    {"output-device", word_console, 0},
    {"input-device", word_console, 0},
    {"output", word_select_console, 2},
    {"input", word_select_console, 2},
    {"cursor-on", word_cursor, 0},
    {"cursor-off", word_cursor, 0},
    {"reset-all", word_reset_all, 0},
    {"power-off", word_power_off, 0},
    {"poweroff", word_power_off, 0},
    {"shut-down", word_power_off, 0},
};

/** Numbers are hexadecimal, as Open Firmware begins; a word is looked up first. */
static int forth_word(Forth *forth, const char *word)
{
    char *end;

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(words[i].name, word))
            continue;
        return forth->depth < words[i].needs ? FORTH_STACK_UNDERFLOW : words[i].fn(forth);
    }

    const char *digits = word + (*word == '-');
    if (!g_ascii_isxdigit(*digits) || strlen(digits) > 8)
        return FORTH_UNDEFINED;
    uint32_t value = (uint32_t)strtoul(digits, &end, 16);
    if (*end)
        return FORTH_UNDEFINED;
    return push(forth, digits > word ? -value : value);
}

uint32_t of_interpret(OfCall *call, const char *text, uint32_t *stack, unsigned *depth,
                      unsigned room)
{
    Forth forth = {.call = call, .stack = stack, .depth = *depth, .room = room};
    int thrown = 0;

    while (!thrown) {
        text += strspn(text, " \t\r\n");
        if (!*text)
            break;
        size_t length = strcspn(text, " \t\r\n");
        g_autofree char *word = g_strndup(text, length);

        thrown = forth_word(&forth, word);
        text += length;
    }
    *depth = forth.depth;
    return (uint32_t)thrown;
}
