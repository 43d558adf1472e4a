/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What boot-test reads: a matrix file, or the console and the messages of a
 * guest. The first byte says which. A file gives tests within their bounds or an
 * error of one line; a console gives quotes within theirs.
 */
#include <string.h>

#include "src/base/error.h"
#include "src/vmm/trial/trial_log.h"
#include "src/vmm/trial/trial_matrix.h"
#include "src/vmm/trial/trial_scan.h"
#include "tests/fuzz/fuzz.h"

static const char *const seeds[] = {
    "m[matrix]\nkernel=vmlinux-4k;vmlinux-64k\nmmu=radix;hash\ncpus=1;2;4,threads=2\nappend=a\\; "
    "b\n"
    "[exclude hash]\nmmu=hash\ncpus=1\n[test]\nexpect=login:\nfail=FAIL\ntimeout=60\nrepeat=2\n",
    "m[matrix]\ninitrd=/a/b\nmemory=128M\n[exclude 1]\nmemory=128M\n[test]\npoweroff=yes\n",
    "c\x1b[0;32m[  OK  ]\x1b[0m up\r\nlogin: aaaaaaaaaaaaaaaaaaaaaaaab\nOops: bad\n"
    "[ 1.0] Kernel panic - not syncing: no init\nfound it\n",
    "lguest: reboot: RTAS system-reboot\nguest: (7 similar lines left out)\n"
    "guest: reboot: RTAS system-reboot\nguest: error: no\n",
};

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    return fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, buffer, room);
}

static void read_matrix(const char *data, size_t size)
{
    g_autoptr(TrialPlan) plan = trial_plan_new();
    g_autoptr(GError) error = NULL;

    if (!trial_matrix_parse(plan, "fuzz.conf", "/base", data, size, &error)) {
        check(error && error->domain == PAPRIKA_ERROR, "failure without an error of ours");
        check(!strpbrk(error->message, "\r\n\t\v\f\x1b\x7f"), "an error of more than one line");
        return;
    }
    check(!error, "success with an error");
    check(plan->tests->len >= 1 && plan->tests->len <= TRIAL_TESTS_MAX, "tests out of bounds");
    for (unsigned i = 0; i < plan->tests->len; i++) {
        const TrialTest *test = g_ptr_array_index(plan->tests, i);
        check(*test->name && strlen(test->name) < TRIAL_NAME_MAX + 8 && *test->name != '.' &&
                  !strchr(test->name, '/'),
              "a name that is no file's");
    }
    check(plan->timeout >= 1 && plan->repeat >= 1, "numbers out of bounds");
}

static void on_send(GBytes *bytes, void *opaque) { *(unsigned *)opaque += 1; }

static void read_console(const uint8_t *data, size_t size)
{
    static const TrialScanOps ops = {.send = on_send};
    g_autoptr(TrialScript) script = trial_script_new();
    unsigned sent = 0;
    TrialScan scan;

    check(trial_script_add(script->expect, "^found it$", NULL) &&
              trial_script_add(script->fail, "(a+)+$", NULL) &&
              trial_script_add_send(script, "root\\n", "login: ", NULL),
          "a pattern of ours is refused");
    trial_scan_init(&scan, script, &ops, &sent);
    /* In pieces, as pipes give them. */
    for (size_t at = 0; at < size; at += 7) {
        trial_scan_feed(&scan, data + at, MIN(size - at, 7));
        trial_scan_idle(&scan);
    }
    g_autofree char *quote = trial_scan_quote(&scan);
    check(g_utf8_validate(quote, -1, NULL), "a quote that is no text");
    check(sent <= 1, "text sent twice");
    check(strlen(quote) <= 2 * TRIAL_QUOTE_BYTES + 4 * TRIAL_TAIL_LINES * TRIAL_KEPT_LINE,
          "a quote out of bounds");
    trial_scan_finish(&scan);
}

static void read_log(const uint8_t *data, size_t size)
{
    TrialLog log;

    trial_log_init(&log);
    trial_log_feed(&log, data, size);
    check(log.reboots <= G_MAXINT, "more reboots than can be counted");
    check(!log.error || g_utf8_validate(log.error, -1, NULL), "an error that is no text");
    trial_log_finish(&log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    if (*data == 'm')
        read_matrix((const char *)data + 1, size - 1);
    else if (*data == 'l')
        read_log(data + 1, size - 1);
    else
        read_console(data + 1, size - 1);
    return 0;
}
