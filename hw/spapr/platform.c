/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hw/spapr/platform.h"

#include "hw/spapr/events.h"
#include "hw/spapr/fadump.h"
#include "hw/spapr/fwnmi.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/nvram.h"
#include "hw/spapr/vty.h"
#include "hw/spapr/watchdog.h"

Platform *platform_new(Vm *vm, struct Chardev *console)
{
    Platform *platform = g_new0(Platform, 1);

    g_mutex_init(&platform->lock);
    platform->vty = vty_new(vm, console);
    platform->nvram = nvram_new();
    platform->watchdogs = watchdogs_new(vm);
    platform->events = events_new(vm);
    platform->hotplug = hotplug_new(vm);
    platform->fadump = fadump_new(vm);
    platform->uuid = vm->config->uuid ? g_strdup(vm->config->uuid) : g_uuid_string_random();
    machine_terms_init(&platform->terms, 0);
    platform->rtc_offset = vm->config->rtc_offset;
    fwnmi_reset(platform);
    return platform;
}

void platform_free(Platform *platform)
{
    if (!platform)
        return;
    fadump_free(platform->fadump);
    watchdogs_free(platform->watchdogs);
    vty_free(platform->vty);
    nvram_free(platform->nvram);
    events_free(platform->events);
    hotplug_free(platform->hotplug);
    g_free(platform->uuid);
    g_mutex_clear(&platform->lock);
    g_free(platform);
}

void platform_reset(Platform *platform)
{
    vty_reset(platform->vty);
    watchdogs_reset(platform->watchdogs);
    events_reset(platform->events);
    hotplug_reset(platform->hotplug);
    fadump_reset(platform->fadump);
    fwnmi_reset(platform);
}
