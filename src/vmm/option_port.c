/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_port.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_devices.h"
#include "src/vmm/option_values.h"

/** As of a domain's name; Linux takes any. */
enum { MAX_PORT_NAME = 63 };

void option_drop_port(PortConfig *port)
{
    g_free(port->name);
    g_free(port->path);
    g_free(port->id);
    g_free(port->backend);
    *port = (PortConfig){0};
}

static gboolean check_name(const VmConfig *config, const char *name, GError **error)
{
    if (!name || !*name || strlen(name) > MAX_PORT_NAME)
        return error_set(error, PAPRIKA_ERROR_USAGE, "a port has a name of 1 to %d bytes",
                         MAX_PORT_NAME);
    for (const char *p = name; *p; p++) {
        if (!g_ascii_isalnum(*p) && (p == name || !strchr("-_.+:@", *p)))
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "a name starts with a letter or digit and has only those and -_.+:@");
    }
    for (unsigned i = 0; i < config->n_ports; i++) {
        if (!strcmp(config->ports[i].name, name))
            return error_set(error, PAPRIKA_ERROR_USAGE, "there is a port '%s' already", name);
    }
    return TRUE;
}

static gboolean number_is_free(const VmConfig *config, unsigned number)
{
    for (unsigned i = 0; i < config->n_ports; i++) {
        if (config->ports[i].number == number)
            return FALSE;
    }
    return TRUE;
}

static gboolean check_number(const VmConfig *config, PortConfig *port, GError **error)
{
    if (port->number)
        return number_is_free(config, port->number) ||
               error_set(error, PAPRIKA_ERROR_USAGE, "there is a port %u already", port->number);
    for (port->number = 1; !number_is_free(config, port->number); port->number++)
        continue;
    return TRUE;
}

gboolean option_add_port(VmConfig *config, PortConfig *port, GError **error)
{
    gboolean ok = config->n_ports < CONFIG_MAX_PORTS ||
                  error_set(error, PAPRIKA_ERROR_USAGE, "more than %d ports", CONFIG_MAX_PORTS);

    if (!ok || !check_name(config, port->name, error) || !check_number(config, port, error)) {
        option_drop_port(port);
        return FALSE;
    }
    config->ports = g_renew(PortConfig, config->ports, config->n_ports + 1);
    config->ports[config->n_ports++] = *port;
    *port = (PortConfig){0};
    return TRUE;
}

static gboolean port_part(OptionContext *context, PortConfig *port, const char *part,
                          const char **to, GError **error)
{
    const char *text;

    if ((text = option_value_of(part, "name"))) {
        g_free(port->name);
        port->name = g_strdup(text);
        return TRUE;
    }
    if ((text = option_value_of(part, "console")))
        return option_parse_on_off(text, "console", &port->console, error);
    if ((text = option_value_of(part, "to"))) {
        *to = text;
        return option_parse_chardev(context, text, &port->kind, &port->path, error);
    }
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "unknown '%s': there are name=, to=, console=", part);
}

gboolean option_set_port(OptionContext *context, const char *value, GError **error)
{
    g_auto(GStrv) parts = option_split_parts(value);
    PortConfig port = {0};
    const char *to = NULL;

    for (char **part = parts; *part; part++) {
        if (!port_part(context, &port, *part, &to, error)) {
            option_drop_port(&port);
            return FALSE;
        }
    }
    if (!to || port.kind == CONSOLE_STDIO) {
        option_drop_port(&port);
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "to= must be pty, file:PATH, unix:PATH or none");
    }
    return option_add_port(context->config, &port, error);
}

void option_clear_ports(VmConfig *config)
{
    for (unsigned i = 0; i < config->n_ports; i++)
        option_drop_port(&config->ports[i]);
    g_clear_pointer(&config->ports, g_free);
    config->n_ports = 0;
}
