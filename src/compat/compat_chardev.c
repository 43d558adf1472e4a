/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -chardev, and what one is for: the console, the monitor, ports. */
#include <string.h>

#include "src/compat/compat_parse.h"
#include "src/vmm/option_values.h"

static const CompatFact server_facts[] = {
    {"wait", "off", "nothing waits for a client: use wait=off"},
    {"telnet", "off", "there is no telnet"},
    {"abstract", "off", "a socket has a file"},
    {"tight", "on|off", ""},
    {0},
};

void compat_option_mon(CompatParse *parse, QemuOption *option)
{
    static const CompatFact facts[] = {
        {"mode", "control", "the monitor speaks QMP"},
        {"id", NULL, ""},
        {"pretty", "off", "an answer is one line"},
        {0},
    };
    const char *id = compat_take_needed(parse, option, "chardev");

    compat_take_facts(parse, option, facts);
    if (parse->monitor_chardev || parse->vm->qmp_path)
        compat_refuse(parse, option, "a second monitor is not there in Paprika");
    else
        parse->monitor_chardev = g_strdup(id);
}

/** unix:PATH,server=on,wait=off. */
void compat_option_qmp(CompatParse *parse, QemuOption *option)
{
    const char *place = compat_take_needed(parse, option, "backend");

    if (!g_str_has_prefix(place, "unix:"))
        compat_refuse(parse, option, "the monitor is at unix:PATH,server=on,wait=off");
    else if (parse->monitor_chardev || parse->vm->qmp_path)
        compat_refuse(parse, option, "a second monitor is not there in Paprika");
    else
        compat_set(parse, option, "qmp", place);
    if (!compat_take_switch(parse, option, "server", FALSE))
        compat_refuse(parse, option, "the monitor listens: use server=on");
    compat_take_facts(parse, option, server_facts);
}

static QemuOption *find_chardev(CompatParse *parse, const QemuOption *user, const char *id)
{
    QemuOption *option = compat_find(parse->chardevs, "id", id);

    if (!option)
        compat_refuse(parse, user, "there is no chardev '%s'", id);
    return option;
}

/** A listening socket: its descriptor to *@fd, or its path, newly allocated. */
static char *take_socket(CompatParse *parse, QemuOption *option, int *fd)
{
    const char *path = qemu_option_take(option, "path");
    gboolean server = compat_take_switch(parse, option, "server", FALSE);
    guint64 number = 0;

    compat_take_facts(parse, option, server_facts);
    compat_take_number(parse, option, "fd", G_MAXINT, &number);
    if (!server)
        compat_refuse(parse, option, "a socket that does not listen is not there in Paprika");
    if (!number == !path)
        compat_refuse(parse, option,
                      "either fd or path is needed; other sockets than UNIX ones "
                      "are not there in Paprika");
    *fd = (int)number;
    return g_strdup(path);
}

static gboolean is_backend(QemuOption *option, const char *backend)
{
    const char *given = qemu_option_peek(option, "backend");

    return given && !strcmp(given, backend);
}

/** Of paprika's own word for it. */
static gboolean use_word(CompatParse *parse, QemuOption *option, const char *word,
                         ConsoleKind *kind, char **path)
{
    OptionContext context = {.config = parse->vm};
    GError *error = NULL;

    if (option_parse_chardev(&context, word, kind, path, &error))
        return TRUE;
    compat_refuse_error(parse, option, error);
    return FALSE;
}

static gboolean use_file(CompatParse *parse, QemuOption *option, ConsoleKind *kind, char **path)
{
    static const CompatFact facts[] = {{"append", "off", "the file is emptied first"}, {0}};
    g_autofree char *file = compat_take_path(parse, option, "path");
    g_autofree char *word = g_strdup_printf("file:%s", file ? file : "");

    /* What somebody else has opened appends as that says. */
    if (file && g_str_has_prefix(file, "/dev/fd/"))
        qemu_option_take(option, "append");
    compat_take_facts(parse, option, facts);
    return file && use_word(parse, option, word, kind, path);
}

static gboolean use_socket(CompatParse *parse, QemuOption *option, ConsoleKind *kind, char **path,
                           int *fd)
{
    g_autofree char *file = take_socket(parse, option, fd);
    g_autofree char *word = file ? g_strdup_printf("unix:%s", file) : NULL;

    *kind = CONSOLE_UNIX;
    return word ? use_word(parse, option, word, kind, path) : *fd != 0;
}

gboolean compat_use_chardev(CompatParse *parse, const QemuOption *user, const char *id,
                            ConsoleKind *kind, char **path, int *fd)
{
    static const CompatFact stdio_facts[] = {{"signal", "on|off", ""}, {"mux", "off", "no"}, {0}};
    QemuOption *option = find_chardev(parse, user, id);

    if (!option)
        return FALSE;
    if (is_backend(option, "file"))
        return use_file(parse, option, kind, path);
    if (is_backend(option, "socket"))
        return use_socket(parse, option, kind, path, fd);
    if (is_backend(option, "stdio"))
        compat_take_facts(parse, option, stdio_facts);
    else if (!is_backend(option, "pty") && !is_backend(option, "null"))
        return FALSE;
    *kind = is_backend(option, "stdio") ? CONSOLE_STDIO
            : is_backend(option, "pty") ? CONSOLE_PTY
                                        : CONSOLE_NONE;
    return TRUE;
}

void compat_use_console(CompatParse *parse, const QemuOption *user, const char *id)
{
    VmConfig *vm = parse->vm;

    compat_use_chardev(parse, user, id, &vm->console, &vm->console_path, &vm->console_fd);
    if (!compat_find(parse->chardevs, "id", id))
        return;
    g_free(parse->compat->console_id);
    parse->compat->console_id = g_strdup(id);
}

static void use_monitor(CompatParse *parse)
{
    QemuOption *option = find_chardev(parse, NULL, parse->monitor_chardev);

    if (!option)
        return;
    if (!is_backend(option, "socket")) {
        compat_refuse(parse, option, "a monitor is on a socket");
        return;
    }
    int fd;
    g_autofree char *path = take_socket(parse, option, &fd);
    g_autofree char *value = path ? g_strdup_printf("unix:%s", path) : NULL;
    if (value)
        compat_set(parse, option, "qmp", value);
    parse->vm->qmp_fd = fd;
    g_free(parse->compat->monitor_id);
    parse->compat->monitor_id = g_strdup(parse->monitor_chardev);
}

/** Something that was not refused is connected to the chardev @id. */
static gboolean is_used(const CompatParse *parse, const char *id)
{
    for (unsigned i = 0; i < parse->vm->n_ports; i++) {
        if (!g_strcmp0(parse->vm->ports[i].backend, id))
            return TRUE;
    }
    return !strcmp(id, parse->compat->console_id) || !strcmp(id, parse->compat->monitor_id);
}

void compat_check_chardevs(CompatParse *parse)
{
    static const char *const known[] = {"pty", "null", "stdio", "file", "socket", NULL};

    if (parse->monitor_chardev)
        use_monitor(parse);
    for (guint i = 0; i < parse->chardevs->len; i++) {
        QemuOption *option = g_ptr_array_index(parse->chardevs, i);
        const char *backend = compat_take_needed(parse, option, "backend");
        const char *id = compat_take_needed(parse, option, "id");

        qemu_option_label(option, id);
        if (*backend && !g_strv_contains(known, backend)) {
            compat_refuse(parse, option, "the backend '%s' is not there in Paprika", backend);
            while (qemu_option_left_over(option))
                continue;
        } else if (!is_used(parse, id)) {
            /* What uses it was refused. */
            while (qemu_option_left_over(option))
                continue;
        }
        compat_refuse_rest(parse, option);
    }
}
