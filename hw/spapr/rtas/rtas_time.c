/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time-of-day clock (LoPAR 7.3.2): the host's UTC and an offset. */
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"

/** get-time-of-day: out status, year, month, day, hour, minute, second, nanosecond. */
static RtasStatus rtas_get_time_of_day(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    gint64 now = g_get_real_time();
    g_autoptr(GDateTime) time =
        g_date_time_new_from_unix_utc(platform_time(cpu->vm->platform, now));

    if (!time)
        return RTAS_HW_ERROR;
    rets[1] = (uint32_t)g_date_time_get_year(time);
    rets[2] = (uint32_t)g_date_time_get_month(time);
    rets[3] = (uint32_t)g_date_time_get_day_of_month(time);
    rets[4] = (uint32_t)g_date_time_get_hour(time);
    rets[5] = (uint32_t)g_date_time_get_minute(time);
    rets[6] = (uint32_t)g_date_time_get_second(time);
    rets[7] = (uint32_t)(now % G_USEC_PER_SEC) * 1000;
    return RTAS_SUCCESS;
}

/** set-time-of-day: in year, month, day, hour, minute, second, nanosecond. */
static RtasStatus rtas_set_time_of_day(Vcpu *cpu, const uint32_t *args, uint32_t *rets)
{
    for (unsigned i = 0; i < 6; i++) {
        if (args[i] > 9999)
            return RTAS_PARAM_ERROR;
    }
    if (args[6] > 999999999)
        return RTAS_PARAM_ERROR;

    g_autoptr(GDateTime) time = g_date_time_new_utc((int)args[0], (int)args[1], (int)args[2],
                                                    (int)args[3], (int)args[4], (double)args[5]);
    if (!time)
        return RTAS_PARAM_ERROR;
    __atomic_store_n(&cpu->vm->platform->rtc_offset,
                     g_date_time_to_unix(time) - g_get_real_time() / G_USEC_PER_SEC,
                     __ATOMIC_RELAXED);
    return RTAS_SUCCESS;
}

const RtasDef rtas_time_defs[] = {
    {"get-time-of-day", rtas_get_time_of_day, 0, 8, "LoPAR 7.3.2.2"},
    {"set-time-of-day", rtas_set_time_of_day, 7, 1, "LoPAR 7.3.2.3"},
    {0},
};
