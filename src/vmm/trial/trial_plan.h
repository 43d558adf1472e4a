/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `paprika boot-test` shall do: which guests, how often, what is expected
 * of them, where the results go. Filled by the command line and the matrix file.
 */
#pragma once

#include <glib.h>

#include "src/vmm/trial/trial_script.h"

enum {
    TRIAL_TESTS_MAX = 1000,
    /** Guests in all: tests times repetitions. */
    TRIAL_RUNS_MAX = 10000,
    TRIAL_JOBS_MAX = 256,
    TRIAL_SECONDS_MAX = 7 * 24 * 3600,
    TRIAL_REBOOTS_MAX = 1000,
    /** Bytes of a test's name, which is part of file names. */
    TRIAL_NAME_MAX = 120,
};

/** One kind of guest. */
typedef struct {
    /** Of letters, digits and -_.+ and unique. */
    char *name;
    /** Arguments of `paprika run` beside those of all tests; ended by NULL. */
    GStrv args;
} TrialTest;

typedef struct {
    /** Of TrialTest. */
    GPtrArray *tests;
    /** Arguments of `paprika run` for all tests; ended by NULL. */
    GStrv args;
    TrialScript *script;
    /** Seconds that a guest may take. */
    unsigned timeout;
    /** Seconds without output after which a guest hangs; 0: not given. */
    unsigned silence;
    /** Restarts that a guest may make. */
    unsigned reboots;
    /** How often each test is run, and how many guests at a time. */
    unsigned repeat, jobs;
    /** An oops does not fail a test. */
    gboolean ignore_oops;
    /** The guest must power off by itself, too. */
    gboolean poweroff;
    /** Report in the Test Anything Protocol on standard output. */
    gboolean tap;
    /** Where consoles and logs go; NULL: a new folder. JUnit's file, or NULL. */
    char *output, *junit;
    /** Matrix file, or NULL. */
    char *matrix;
    /** The program that runs a guest. */
    char *program;
} TrialPlan;

/** With the defaults. */
TrialPlan *trial_plan_new(void);
void trial_plan_free(TrialPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TrialPlan, trial_plan_free)

/**
 * Add a test with arguments @args (taken over). Its name is made of @name, which
 * may have any bytes, and made unique. False if there are too many.
 */
gboolean trial_plan_add(TrialPlan *plan, const char *name, GStrv args, GError **error);

/** A name for the guest of @test: one that `paprika run --name` takes. New. */
char *trial_test_guest_name(const TrialTest *test);
