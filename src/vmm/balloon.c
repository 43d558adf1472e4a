/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/balloon.h"

#include <inttypes.h>

#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/base/main_call.h"

/** Between two events: a guest can change its balloon as often as it likes. */
enum { EVENT_MS = 1000 };

struct Balloon {
    Vm *vm;
    /** The bus's. */
    VirtioDevice *dev;
    MainCall *look;
    /** What clients were told, and when. */
    uint64_t told;
    gint64 told_at;
};

/** Any thread. */
static void on_changed(void *opaque) { main_call_soon(((Balloon *)opaque)->look); }

static void on_look(void *opaque)
{
    Balloon *balloon = opaque;
    gint64 passed = (g_get_monotonic_time() - balloon->told_at) / 1000;
    uint64_t actual = balloon_actual(balloon);

    if (actual == balloon->told)
        return;
    if (balloon->told_at && passed < EVENT_MS) {
        main_call_after(balloon->look, (unsigned)(EVENT_MS - passed));
        return;
    }
    balloon->told = actual;
    balloon->told_at = g_get_monotonic_time();
    g_autofree char *data = g_strdup_printf("{\"actual\": %" PRIu64 "}", actual);
    balloon->vm->control->event(balloon->vm, "BALLOON_CHANGE", data);
}

VirtioDevice *balloon_new_device(Vm *vm, GError **error)
{
    Balloon *balloon = g_new0(Balloon, 1);
    VirtioBalloonConfig config = {
        .mem = vm->mem,
        .max_memory = config_max_memory(vm->config),
        .reporting = !vm->config->no_page_reporting,
        .changed = on_changed,
        .opaque = balloon,
    };

    balloon->vm = vm;
    balloon->told = guest_mem_size(vm->mem);
    balloon->look = main_call_new(on_look, balloon);
    balloon->dev = virtio_balloon_new(&config, error);
    if (!balloon->dev) {
        balloon_free(balloon);
        return NULL;
    }
    if (!virtio_balloon_gives_back(balloon->dev))
        log_warn("the host's pages are too large for a balloon: what the guest gives up stays in "
                 "use");
    vm->balloon = balloon;
    return balloon->dev;
}

void balloon_free(Balloon *balloon)
{
    if (!balloon)
        return;
    main_call_free(balloon->look);
    g_free(balloon);
}

void balloon_reset(Balloon *balloon)
{
    if (balloon)
        virtio_balloon_clear_target(balloon->dev);
}

void balloon_ask(Balloon *balloon, uint64_t bytes)
{
    uint64_t all = guest_mem_size(balloon->vm->mem);

    virtio_balloon_set_target(balloon->dev, all - MIN(bytes, all));
}

uint64_t balloon_actual(const Balloon *balloon)
{
    uint64_t all = guest_mem_size(balloon->vm->mem);

    return all - MIN(virtio_balloon_size(balloon->dev), all);
}

void balloon_stats(Balloon *balloon, VirtioBalloonStats *stats)
{
    virtio_balloon_stats(balloon->dev, stats);
}
