/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole machines, with their threads, on the fake hypervisor, for the tests named vm*: one life
 * from first boot to the end, and guests that more than one of them plays.
 */
#pragma once

#include "src/base/log.h"
#include "src/vmm/life.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/play.h"

/** One life: what it runs on, and what became of it. */
typedef struct {
    Play play;
    VmConfig config;
    HvHost *host;
    const HvOps *ops;
    Chardev *console;
    /** A file, or NULL. */
    const char *initrd;
    /** After the life: what was logged. */
    char *log;
} World;

void world_init(World *world, FakeHvProfile profile, unsigned cpus, PlayFn fn, void *data);
/** Run to the end: the exit status. */
int world_run(World *world);
void world_clear(World *world);

/** How many there are in a log. */
unsigned count_lines(const char *text);

/** The tests that @add adds, in a folder of their own with a kernel and a log: main()'s result. */
int world_tests(int argc, char **argv, void (*add)(void));

/** As firmware enters, and off it goes. */
void play_power_off(Play *play, unsigned id, unsigned step, HvExit *exit);
void play_reboot(Play *play, unsigned id, unsigned step, HvExit *exit);
void play_must_not_run(Play *play, unsigned id, unsigned step, HvExit *exit);
