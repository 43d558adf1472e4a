/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/trial/trial_outcome.h"

#include "src/vmm/commands.h"

/** In the enumeration's order, which is that of gravity. */
static const struct {
    const char *word;
    int exit_status;
} outcomes[TRIAL_OUTCOMES] = {
    [TRIAL_PASSED] = {"passed", EXIT_STATUS_OK},
    [TRIAL_FAIL_LINE] = {"fail-line", 9},
    [TRIAL_MISSING] = {"ended", 8},
    [TRIAL_TIMEOUT] = {"timeout", 7},
    [TRIAL_HUNG] = {"hung", 6},
    [TRIAL_REBOOTS] = {"reboot-loop", 5},
    [TRIAL_OOPS] = {"oops", 4},
    [TRIAL_CRASHED] = {"crashed", EXIT_STATUS_GUEST},
    [TRIAL_PANIC] = {"panic", EXIT_STATUS_GUEST},
    [TRIAL_VMM_FAILED] = {"vmm-failed", EXIT_STATUS_HOST},
    [TRIAL_REFUSED] = {"refused", EXIT_STATUS_USAGE},
    /* The signal decides on the status. */
    [TRIAL_NOT_RUN] = {"not-run", EXIT_STATUS_HOST},
};

const char *trial_outcome_word(TrialOutcome outcome) { return outcomes[outcome].word; }

int trial_outcome_exit_status(TrialOutcome outcome) { return outcomes[outcome].exit_status; }

TrialOutcome trial_outcome_graver(TrialOutcome a, TrialOutcome b) { return MAX(a, b); }
