/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/qmp_balloon.h"

#include "src/base/error.h"
#include "src/vmm/balloon.h"

static gboolean refuse(QmpCall *call, GError **error)
{
    return qmp_call_refuse(call, "DeviceNotActive", error, "No balloon device has been activated");
}

gboolean qmp_run_balloon(QmpCall *call, GError **error)
{
    uint64_t value = 0;

    if (!call->vm->balloon)
        return refuse(call, error);
    qmp_call_uint(call, "value", &value);
    if (!value)
        return error_set(error, PAPRIKA_ERROR_USAGE, "Parameter 'target' expects a size");
    balloon_ask(call->vm->balloon, value);
    return TRUE;
}

static void write_stats(JsonOut *out, const VirtioBalloonStats *stats)
{
    json_out_begin_object(out, "guest-stats");
    json_out_uint(out, "last-update", (uint64_t)stats->time);
    json_out_begin_object(out, "stats");
    for (unsigned i = 0; i < VIRTIO_BALLOON_STATS; i++) {
        if (stats->valid >> i & 1)
            json_out_uint(out, virtio_balloon_stat_names[i], stats->values[i]);
    }
    json_out_end(out);
    json_out_end(out);
}

gboolean qmp_run_balloon_query(QmpCall *call, GError **error)
{
    Balloon *balloon = call->vm->balloon;
    VirtioBalloonStats stats;

    if (!balloon)
        return refuse(call, error);
    balloon_stats(balloon, &stats);
    json_out_begin_object(&call->out, "return");
    json_out_uint(&call->out, "actual", balloon_actual(balloon));
    if (stats.time)
        write_stats(&call->out, &stats);
    json_out_end(&call->out);
    return TRUE;
}
