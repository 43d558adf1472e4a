// SPDX-License-Identifier: GPL-2.0-or-later
/* How often which call returned what. */
#include "hostile.h"

enum { CODES = 8, HCALLS = 0x504 / 4, EXTRA = 64, TOKENS = 128 };

struct codes {
    u64 key;
    u64 calls;
    s64 code[CODES];
    u64 count[CODES];
    unsigned n;
    u64 others;
};

/* Multiples of four up to 0x500; then the others as they come; the last takes the rest. */
static struct codes hcalls[HCALLS], extra[EXTRA], odd, tokens[TOKENS];

static void codes_add(struct codes *codes, s64 code)
{
    codes->calls++;
    for (unsigned i = 0; i < codes->n; i++) {
        if (codes->code[i] == code) {
            codes->count[i]++;
            return;
        }
    }
    if (codes->n == CODES) {
        codes->others++;
        return;
    }
    codes->code[codes->n] = code;
    codes->count[codes->n++] = 1;
}

static struct codes *codes_find(struct codes *table, unsigned size, u64 key)
{
    for (unsigned i = 0; i < size - 1; i++) {
        if (!table[i].calls)
            table[i].key = key;
        if (table[i].key == key)
            return &table[i];
    }
    return &table[size - 1];
}

void stats_hcall(u64 number, long ret)
{
    if (number & 3)
        codes_add(&odd, ret);
    else if (number / 4 < HCALLS)
        codes_add(&hcalls[number / 4], ret);
    else
        codes_add(codes_find(extra, EXTRA, number), ret);
}

void stats_rtas(u32 token, int status) { codes_add(codes_find(tokens, TOKENS, token), status); }

static void codes_print(const char *what, u64 key, const struct codes *codes)
{
    print("%s %lx:", what, key);
    for (unsigned i = 0; i < codes->n; i++)
        print(" %ldx%lu", codes->code[i], codes->count[i]);
    if (codes->others)
        print(" othersx%lu", codes->others);
    print("\n");
}

/** Calls that nobody serves are counted, not listed. */
void stats_print(void)
{
    unsigned unserved = 0;

    for (u64 i = 0; i < HCALLS; i++) {
        if (!hcalls[i].calls)
            guest_fail("hypercall %lx was never made", 4 * i);
        if (hcalls[i].n == 1 && hcalls[i].code[0] == H_FUNCTION)
            unserved++;
        else
            codes_print("hcall", 4 * i, &hcalls[i]);
    }
    for (unsigned i = 0; i < EXTRA; i++) {
        if (extra[i].calls)
            codes_print(i < EXTRA - 1 ? "hcall" : "hcall, all others like", extra[i].key,
                        &extra[i]);
    }
    codes_print("hcalls no multiple of four", 0, &odd);
    print("hcalls not served: %u of %u\n", unserved, HCALLS);
    for (unsigned i = 0; i < TOKENS; i++) {
        if (tokens[i].calls && !(tokens[i].n == 1 && tokens[i].code[0] == -3))
            codes_print(i < TOKENS - 1 ? "rtas" : "rtas, all others like", tokens[i].key,
                        &tokens[i]);
    }
}
