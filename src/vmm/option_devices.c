/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_devices.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_values.h"

char **option_split_parts(const char *value)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    GString *part = g_string_new(NULL);

    for (const char *p = value; *p; p++) {
        if (*p == ',' && p[1] != ',') {
            g_ptr_array_add(parts, g_string_free(part, FALSE));
            part = g_string_new(NULL);
        } else {
            g_string_append_c(part, *p);
            p += *p == ',';
        }
    }
    g_ptr_array_add(parts, g_string_free(part, FALSE));
    g_ptr_array_add(parts, NULL);
    return (char **)g_ptr_array_steal(parts, NULL);
}

gboolean option_parse_number(const char *text, const char *what, unsigned min, unsigned max,
                             unsigned *number, GError **error)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, min, max, &value, NULL))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s must be from %u to %u", what, min, max);
    *number = (unsigned)value;
    return TRUE;
}

gboolean option_parse_on_off(const char *text, const char *what, gboolean *on, GError **error)
{
    *on = !strcmp(text, "on");
    if (*on || !strcmp(text, "off"))
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE, "%s must be on or off", what);
}

static gboolean disk_serial(DiskConfig *disk, const char *text, GError **error)
{
    if (!*text || strlen(text) >= sizeof(disk->serial))
        return error_set(error, PAPRIKA_ERROR_USAGE, "serial has 1 to %zu bytes",
                         sizeof(disk->serial) - 1);
    g_strlcpy(disk->serial, text, sizeof(disk->serial));
    return TRUE;
}

static gboolean disk_on_error(DiskConfig *disk, const char *text, GError **error)
{
    disk->stop_on_error = !strcmp(text, "stop");
    if (disk->stop_on_error || !strcmp(text, "report"))
        return TRUE;
    return error_set(error, PAPRIKA_ERROR_USAGE, "on-error must be report or stop");
}

static gboolean disk_part(DiskConfig *disk, const char *part, GError **error)
{
    const char *text;

    if (!strcmp(part, "readonly"))
        disk->readonly = TRUE;
    else if (!strcmp(part, "direct"))
        disk->direct = TRUE;
    else if ((text = option_value_of(part, "serial")))
        return disk_serial(disk, text, error);
    else if ((text = option_value_of(part, "queues")))
        return option_parse_number(text, "queues", 1, CONFIG_MAX_DISK_QUEUES, &disk->queues, error);
    else if ((text = option_value_of(part, "iommu")))
        return option_parse_on_off(text, "iommu", &disk->iommu, error);
    else if ((text = option_value_of(part, "on-error")))
        return disk_on_error(disk, text, error);
    else
        return error_set(
            error, PAPRIKA_ERROR_USAGE,
            "unknown '%s': there are readonly, direct, serial=, queues=, iommu=, on-error=", part);
    return TRUE;
}

gboolean option_parse_disk(char **parts, DiskConfig *disk, GError **error)
{
    *disk = (DiskConfig){.queues = 1};
    if (!*parts[0])
        return error_set(error, PAPRIKA_ERROR_USAGE, "the path is empty");
    for (char **part = parts + 1; *part; part++) {
        if (!disk_part(disk, *part, error))
            return FALSE;
    }
    return TRUE;
}

gboolean option_set_disk(OptionContext *context, const char *value, GError **error)
{
    VmConfig *config = context->config;
    g_auto(GStrv) parts = option_split_parts(value);
    DiskConfig disk;

    if (config->n_disks >= CONFIG_MAX_DISKS)
        return error_set(error, PAPRIKA_ERROR_USAGE, "more than %d disks", CONFIG_MAX_DISKS);
    if (!option_parse_disk(parts, &disk, error))
        return FALSE;
    if (!option_set_path(context, &disk.path, parts[0], error))
        return FALSE;
    config->disks = g_renew(DiskConfig, config->disks, config->n_disks + 1);
    config->disks[config->n_disks++] = disk;
    return TRUE;
}

void option_clear_disks(VmConfig *config)
{
    for (unsigned i = 0; i < config->n_disks; i++) {
        g_free(config->disks[i].path);
        g_free(config->disks[i].id);
        g_free(config->disks[i].node);
        g_free(config->disks[i].layer);
    }
    g_clear_pointer(&config->disks, g_free);
    config->n_disks = 0;
}

gboolean option_set_rng(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->rng, error);
}

gboolean option_set_hotplug(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->hotplug, error);
}

gboolean option_set_balloon(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->balloon, error);
}

gboolean option_set_no_page_reporting(OptionContext *context, const char *value, GError **error)
{
    return option_parse_switch(value, &context->config->no_page_reporting, error);
}
