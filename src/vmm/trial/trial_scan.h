/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads one guest's console as it comes: follows a script, recognizes a kernel
 * that has failed, and keeps the lines that a report quotes. One thread.
 */
#pragma once

#include "src/vmm/trial/trial_lines.h"
#include "src/vmm/trial/trial_script.h"
#include "src/vmm/trial/trial_trouble.h"

enum {
    /** Last lines that are kept for the report. */
    TRIAL_TAIL_LINES = 12,
    /** Lines that are kept from the first oops on, and as many from a panic on. */
    TRIAL_QUOTE_LINES = 32,
    /** Bytes of a kept line, and of all that is kept of either. */
    TRIAL_KEPT_LINE = 240,
    TRIAL_QUOTE_BYTES = 4096,
};

typedef struct {
    /** Type these bytes. */
    void (*send)(GBytes *bytes, void *opaque);
} TrialScanOps;

typedef struct {
    const TrialScript *script;
    const TrialScanOps *ops;
    void *opaque;
    TrialLines lines;
    /** One bit for each expected pattern that has come. */
    guint64 seen;
    /** Index of the next thing to send, and from where in this line on its line is looked for. */
    unsigned next_send;
    size_t send_from;
    /** The first pattern of the script's fail that came, or NULL. */
    const TrialPattern *failed;
    /** A pattern that needed too much work for a line, or NULL. */
    const TrialPattern *given_up;
    Trouble trouble;
    /** The line that told of the gravest trouble; owned. */
    char *trouble_line;
    /** Lines from the first trouble on, each with its end. */
    GString *quote;
    unsigned quote_lines;
    /** The last lines, from the oldest, which is at tail_next if all are used. */
    char *tail[TRIAL_TAIL_LINES];
    unsigned tail_next;
} TrialScan;

/** @script and @ops must outlive it. */
void trial_scan_init(TrialScan *scan, const TrialScript *script, const TrialScanOps *ops,
                     void *opaque);
void trial_scan_finish(TrialScan *scan);

void trial_scan_feed(TrialScan *scan, const uint8_t *bytes, size_t length);

/** Nothing has come for a moment: look at the line that has no end yet, a prompt maybe. */
void trial_scan_idle(TrialScan *scan);

/** Whether all that is expected has come; true without any expectation. */
gboolean trial_scan_complete(const TrialScan *scan);

/** The first pattern that is expected and has not come, or NULL. */
const TrialPattern *trial_scan_missing(const TrialScan *scan);

/** The lines to quote: those about trouble, else the last ones. Each with its end; new. */
char *trial_scan_quote(const TrialScan *scan);
