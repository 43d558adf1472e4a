/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest under test: a process of its own, whose console is read and written
 * through pipes. It is ended when its fate is known, and nothing of it stays.
 * Main thread; runs on the default main loop.
 */
#pragma once

#include "src/vmm/trial/trial_result.h"

typedef struct TrialGuest TrialGuest;

/** The guest is gone, and its result is complete. May free the guest. */
typedef void (*TrialGuestDone)(TrialGuest *guest, void *opaque);

/**
 * Start the guest of @result's test; @result, whose test and run are set, and
 * @plan must outlive it. Files go to the folder @output. NULL with @error if
 * files or the process cannot be made.
 */
TrialGuest *trial_guest_new(const TrialPlan *plan, TrialResult *result, const char *output,
                            TrialGuestDone done, void *opaque, GError **error);

/** Kills what still runs. NULL is fine. */
void trial_guest_free(TrialGuest *guest);

/** End it, as not run to its end; @hard: at once. It is done later, as always. */
void trial_guest_stop(TrialGuest *guest, gboolean hard);

/** Seconds since its start. */
double trial_guest_age(const TrialGuest *guest);

TrialResult *trial_guest_result(const TrialGuest *guest);
