/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/options_help.h"

#include <string.h>

#include "src/vmm/option_keys.h"

/** The column at which explanations start. */
enum { HELP_COLUMN = 26 };

static const struct {
    const char *command;
    const char *summary;
    const char *example;
    const char *statuses;
    /** If not NULL, the command's own options come first, under this heading. */
    const char *own_heading;
    /** Without the options that each guest has its own of. */
    gboolean several_guests;
} help_commands[] = {
    {"run",
     "Run a pseries guest until it powers off.\n"
     "\n"
     "CONFIG is a file with a group [vm], whose keys are the names of the options\n"
     "below, without dashes; options override it.",
     "  paprika run --kernel vmlinux --initrd initrd.img --append 'console=hvc0' \\\n"
     "      --memory 2G --cpus 8,threads=2\n",
     "0 the guest powered off, 1 Paprika or the host failed, 2 usage or\n"
     "configuration, 3 the guest crashed. See paprika-run(1) and paprika.conf(5).",
     NULL, FALSE},
    {"dtb",
     "Write the device tree that a guest with these options gets; needs no KVM.\n"
     "\n"
     "CONFIG is a configuration file as for paprika run.",
     "  paprika dtb --memory 2G --cpus 4 --out guest.dtb\n",
     "0 the tree was written, 1 Paprika or the host failed, 2 usage or\n"
     "configuration. See paprika(1) and paprika.conf(5).",
     NULL, FALSE},
    {"boot-test",
     "Boot guests and tell whether what is expected comes on their consoles.\n"
     "\n"
     "CONFIG is a configuration file as for paprika run.",
     "  paprika boot-test --kernel vmlinux --initrd initrd.img \\\n"
     "      --append 'console=hvc0' --expect 'login:' --timeout 90\n",
     "0 all passed, 1 Paprika or the host failed, 2 usage or\n"
     "configuration, 3 panic or crash, 4 oops, 5 reboot loop, 6 hung, 7 time is up,\n"
     "8 ended without what was expected, 9 a line of --fail, 128+N signal N; of\n"
     "several the gravest, which is the first in the order 2, 1, 3 to 9. See\n"
     "paprika-boot-test(1).",
     "The test", TRUE},
};

/** One option: its left column, then the lines of @text, the default after the last. */
static void add_entry(GString *out, const char *left, const char *text, const char *fallback)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    size_t width = strlen(left);

    g_string_append_printf(out, "  %s", left);
    if (width + 2 > HELP_COLUMN - 2) {
        g_string_append_c(out, '\n');
        width = 0;
    } else {
        width += 2;
    }
    for (char **line = lines; *line; line++) {
        g_string_append_printf(out, "%*s%s", (int)(HELP_COLUMN - width), "", *line);
        width = 0;
        if (line[1])
            g_string_append_c(out, '\n');
    }
    if (fallback)
        g_string_append_printf(out, " [default: %s]", fallback);
    g_string_append_c(out, '\n');
}

static void add_key(GString *out, const OptionKey *key)
{
    g_autofree char *left = key->arg ? g_strdup_printf("--%s %s", key->name, key->arg)
                                     : g_strdup_printf("--%s[=yes|no]", key->name);

    if (key->heading)
        g_string_append_printf(out, "\n%s:\n", key->heading);
    add_entry(out, left, key->help, key->fallback);
}

static void add_extra(GString *out, const GOptionEntry *entry)
{
    g_autofree char *left = entry->arg_description ? g_strdup_printf("--%s %s", entry->long_name,
                                                                     entry->arg_description)
                                                   : g_strdup_printf("--%s", entry->long_name);

    add_entry(out, left, entry->description ? entry->description : "", NULL);
}

static void add_extras(GString *out, const char *heading, const GOptionEntry *extra)
{
    g_string_append_printf(out, "\n%s:\n", heading);
    for (; extra && extra->long_name; extra++)
        add_extra(out, extra);
}

char *options_help(const char *command, const GOptionEntry *extra)
{
    GString *out = g_string_new(NULL);
    unsigned which = 0;

    while (which < G_N_ELEMENTS(help_commands) - 1 && strcmp(help_commands[which].command, command))
        which++;
    g_string_append_printf(out, "Usage: paprika %s [OPTION...] [CONFIG]\n\n%s\n", command,
                           help_commands[which].summary);
    if (help_commands[which].own_heading)
        add_extras(out, help_commands[which].own_heading, extra);
    for (size_t i = 0; i < option_key_count; i++) {
        if (!option_keys[i].per_guest || !help_commands[which].several_guests)
            add_key(out, &option_keys[i]);
    }
    add_extras(out, "Other", help_commands[which].own_heading ? NULL : extra);
    add_entry(out, "--help", "print this", NULL);
    g_string_append_printf(out, "\nExample:\n%s\nExit status: %s\n", help_commands[which].example,
                           help_commands[which].statuses);
    return g_string_free(out, FALSE);
}
