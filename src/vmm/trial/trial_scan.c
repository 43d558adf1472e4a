/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_scan.h"

G_STATIC_ASSERT(TRIAL_PATTERNS_MAX <= 64);

void trial_scan_init(TrialScan *scan, const TrialScript *script, const TrialScanOps *ops,
                     void *opaque)
{
    *scan = (TrialScan){.script = script, .ops = ops, .opaque = opaque};
    trial_lines_init(&scan->lines);
    scan->quote = g_string_new(NULL);
}

void trial_scan_finish(TrialScan *scan)
{
    for (unsigned i = 0; i < TRIAL_TAIL_LINES; i++)
        g_free(scan->tail[i]);
    g_string_free(scan->quote, TRUE);
    g_free(scan->trouble_line);
}

static gboolean matches(TrialScan *scan, const TrialPattern *pattern, const char *text,
                        size_t length, size_t from, gboolean complete)
{
    TrialMatch match = trial_pattern_match(pattern, text, length, from, complete);

    if (match == TRIAL_MATCH_GIVEN_UP && !scan->given_up)
        scan->given_up = pattern;
    return match == TRIAL_MATCH_YES;
}

/** Follow the script over a line, which may still be growing (@complete is false). */
static void follow(TrialScan *scan, const char *text, size_t length, gboolean complete)
{
    const TrialScript *script = scan->script;

    for (unsigned i = 0; i < script->fail->len && !scan->failed; i++) {
        const TrialPattern *pattern = g_ptr_array_index(script->fail, i);
        if (matches(scan, pattern, text, length, 0, complete))
            scan->failed = pattern;
    }
    for (unsigned i = 0; i < script->expect->len; i++) {
        if (!(scan->seen >> i & 1) &&
            matches(scan, g_ptr_array_index(script->expect, i), text, length, 0, complete))
            scan->seen |= UINT64_C(1) << i;
    }
    if (scan->next_send < script->send->len) {
        const TrialSend *send = g_ptr_array_index(script->send, scan->next_send);
        if (matches(scan, &send->after, text, length, MIN(scan->send_from, length), complete)) {
            scan->next_send++;
            /* What the next one waits for must come later than this. */
            scan->send_from = length;
            scan->ops->send(send->bytes, scan->opaque);
        }
    }
}

static void note_trouble(TrialScan *scan, const char *text, const char *shown)
{
    Trouble trouble = trial_trouble(text);

    if (trouble > scan->trouble) {
        scan->trouble = trouble;
        g_free(scan->trouble_line);
        scan->trouble_line = g_strdup(shown);
    }
    /* A panic may come long after an oops: there is as much room again for it. */
    unsigned share = scan->trouble == TROUBLE_PANIC ? 2 : 1;
    if (scan->trouble == TROUBLE_NONE || scan->quote_lines >= share * TRIAL_QUOTE_LINES ||
        scan->quote->len >= share * TRIAL_QUOTE_BYTES)
        return;
    scan->quote_lines++;
    g_string_append_printf(scan->quote, "%s\n", shown);
}

static void on_line(const char *text, size_t length, void *opaque)
{
    TrialScan *scan = opaque;
    char *shown = trial_lines_printable(text, MIN(length, TRIAL_KEPT_LINE));

    note_trouble(scan, text, shown);
    g_free(scan->tail[scan->tail_next]);
    scan->tail[scan->tail_next] = shown;
    scan->tail_next = (scan->tail_next + 1) % TRIAL_TAIL_LINES;
    follow(scan, text, length, TRUE);
    scan->send_from = 0;
}

void trial_scan_feed(TrialScan *scan, const uint8_t *bytes, size_t length)
{
    trial_lines_feed(&scan->lines, bytes, length, on_line, scan);
}

void trial_scan_idle(TrialScan *scan)
{
    if (scan->lines.length)
        follow(scan, scan->lines.text, scan->lines.length, FALSE);
}

const TrialPattern *trial_scan_missing(const TrialScan *scan)
{
    for (unsigned i = 0; i < scan->script->expect->len; i++) {
        if (!(scan->seen >> i & 1))
            return g_ptr_array_index(scan->script->expect, i);
    }
    return NULL;
}

gboolean trial_scan_complete(const TrialScan *scan) { return !trial_scan_missing(scan); }

char *trial_scan_quote(const TrialScan *scan)
{
    GString *out = g_string_new(NULL);

    if (scan->trouble != TROUBLE_NONE) {
        g_string_append_len(out, scan->quote->str, (gssize)scan->quote->len);
        return g_string_free(out, FALSE);
    }
    for (unsigned i = 0; i < TRIAL_TAIL_LINES; i++) {
        const char *line = scan->tail[(scan->tail_next + i) % TRIAL_TAIL_LINES];
        if (line)
            g_string_append_printf(out, "%s\n", line);
    }
    if (scan->lines.length) {
        g_autofree char *shown =
            trial_lines_printable(scan->lines.text, MIN(scan->lines.length, TRIAL_KEPT_LINE));
        g_string_append_printf(out, "%s\n", shown);
    }
    return g_string_free(out, FALSE);
}
