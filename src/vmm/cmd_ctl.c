/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika ctl`: ask or steer a running guest through its monitor's socket. */
#include <stdio.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/json_out.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/ctl_client.h"
#include "src/vmm/ctl_plug.h"
#include "src/vmm/ctl_print.h"
#include "src/vmm/option_label.h"
#include "src/vmm/run_dir.h"
#include "src/vmm/save_job.h"
#include "src/vmm/suggest.h"

static const char help_text[] =
    "Usage: paprika ctl [OPTION...] NAME|SOCKET COMMAND [ARGUMENT...]\n"
    "\n"
    "Ask or steer a running guest: the one with that name (paprika list tells them), or the\n"
    "one whose monitor (paprika run --qmp unix:SOCKET) is there.\n"
    "\n"
    "Commands:\n"
    "  translate ADDRESS  the real address of an effective one, and how it is found\n"
    "  mmu                radix or hash, size of the hash page table, page sizes\n"
    "  hpt                figures about the hash page table\n"
    "  memory ADDRESS N   N bytes at an effective address\n"
    "  dump FILE          a core file of the guest, which is held meanwhile\n"
    "  status             running, paused, or held by a debugger or a dump\n"
    "  cpus               the processors, and the threads that run them\n"
    "  stop               stop the guest\n"
    "  cont               let it go on\n"
    "  nmi                a system reset interrupt, for its debugger or crash dump\n"
    "  reset              begin anew, as after power-on\n"
    "  powerdown          ask it to shut down\n"
    "  plug-cpu N         add the core whose first processor is number N\n"
    "  unplug-cpu N       have the guest give it back\n"
    "  plug-memory SIZE   add memory: 64M, 1G\n"
    "  unplug-memory SIZE|ID\n"
    "                     have the guest give it back\n"
    "  plug-disk FILE[,KEY...]\n"
    "                     add a disk, with the keys of paprika run --disk, and id=NAME\n"
    "  unplug-disk ID     have the guest give it back\n"
    "  resize-disk ID SIZE\n"
    "                     make it longer\n"
    "  disks              which disks there are\n"
    "  plug-net tap=NAME[,KEY...]\n"
    "                     add a network card, with the keys of --net, and id=NAME\n"
    "  unplug-net ID      have the guest give it back\n"
    "  cores              which cores there are and can be\n"
    "  memory-devices     which memory is plugged\n"
    "  balloon SIZE       ask it to do with that much memory\n"
    "  memory-use         which memory it has, and what it tells of it\n"
    "  quit               end it\n"
    "  trace LIST on|off  trace groups of calls (paprika run --trace), or no longer\n"
    "  version            the version of the Paprika that runs it\n"
    "  commands           what its monitor knows\n"
    "  qmp MESSAGE        send a message as it is, and print the answer as it is\n"
    "\n"
    "Options:\n"
    "  --cpu N            of translate and memory: the processor that sees [default: 0];\n"
    "                     of nmi: the processor that gets it [default: all]\n"
    "  --pid N            of translate: the process, under radix\n"
    "  --json             print the answer as JSON\n"
    "  --help             print this\n"
    "\n"
    "Example:\n"
    "  paprika ctl /run/guest.qmp translate 0xc000000000000000\n"
    "\n"
    "Exit status: 0 done, 1 the guest's monitor refused or failed, 2 usage.\n"
    "See paprika-ctl(1).\n";

/** How an argument goes into the message. */
typedef enum { CTL_TEXT, CTL_NUMBER, CTL_SIZE, CTL_SWITCH, CTL_FILE } CtlKind;

#define CTL_FD_NAME "ctl"

enum { CTL_ARGUMENTS_MAX = 2, CTL_DUMP_TIMEOUT_S = 24 * 3600 };

typedef struct {
    const char *name;
    /** What it takes, or NULL. */
    const char *argument;
    const char *command;
    /** NULL: nothing is printed. */
    void (*print)(GString *out, const JsonValue *answer);
    /** What takes more than one command of the monitor's; then there is none of the two. */
    gboolean (*run)(CtlClient *client, const char *argument, GError **error);
    /** The command's own arguments, as many as it takes. */
    struct {
        const char *name;
        CtlKind kind;
    } members[CTL_ARGUMENTS_MAX];
} CtlCommand;

static const CtlCommand commands[] = {
    {.name = "translate",
     .argument = "ADDRESS",
     .command = "translate",
     .print = ctl_print_translate,
     .members = {{"address", CTL_TEXT}}},
    {.name = "memory",
     .argument = "ADDRESS N",
     .command = "read-memory",
     .print = ctl_print_memory,
     .members = {{"address", CTL_TEXT}, {"size", CTL_NUMBER}}},
    {.name = "dump",
     .argument = "FILE",
     .command = "dump-guest-memory",
     .members = {{"protocol", CTL_FILE}}},
    {.name = "mmu", .command = "query-mmu", .print = ctl_print_mmu},
    {.name = "hpt", .command = "query-hpt", .print = ctl_print_hpt},
    {.name = "status", .command = "query-status", .print = ctl_print_status},
    {.name = "cpus", .command = "query-cpus-fast", .print = ctl_print_cpus},
    {.name = "stop", .command = "stop"},
    {.name = "cont", .command = "cont"},
    {.name = "nmi", .command = "inject-nmi"},
    {.name = "reset", .command = "system_reset"},
    {.name = "powerdown", .command = "system_powerdown"},
    {.name = "plug-cpu", .argument = "N", .run = ctl_plug_cpu, .members = {{"core", CTL_TEXT}}},
    {.name = "unplug-cpu", .argument = "N", .run = ctl_unplug_cpu, .members = {{"core", CTL_TEXT}}},
    {.name = "plug-memory",
     .argument = "SIZE",
     .run = ctl_plug_memory,
     .members = {{"size", CTL_TEXT}}},
    {.name = "unplug-memory",
     .argument = "SIZE or ID",
     .run = ctl_unplug_memory,
     .members = {{"size", CTL_TEXT}}},
    {.name = "plug-disk",
     .argument = "FILE and keys",
     .run = ctl_plug_disk,
     .members = {{"file", CTL_TEXT}}},
    {.name = "unplug-disk",
     .argument = "ID",
     .run = ctl_unplug_disk,
     .members = {{"id", CTL_TEXT}}},
    {.name = "resize-disk",
     .argument = "ID SIZE",
     .command = "block_resize",
     .members = {{"device", CTL_TEXT}, {"size", CTL_SIZE}}},
    {.name = "disks", .command = "query-block", .print = ctl_print_disks},
    {.name = "plug-net",
     .argument = "tap=NAME and keys",
     .run = ctl_plug_net,
     .members = {{"tap", CTL_TEXT}}},
    {.name = "unplug-net", .argument = "ID", .run = ctl_unplug_net, .members = {{"id", CTL_TEXT}}},
    {.name = "cores", .command = "query-hotpluggable-cpus", .print = ctl_print_cores},
    {.name = "memory-devices",
     .command = "query-memory-devices",
     .print = ctl_print_memory_devices},
    {.name = "balloon", .argument = "SIZE", .run = ctl_balloon, .members = {{"size", CTL_TEXT}}},
    {.name = "memory-use", .command = "query-balloon", .print = ctl_print_memory_use},
    {.name = "quit", .command = "quit"},
    {.name = "trace",
     .argument = "LIST on|off",
     .command = "trace-event-set-state",
     .members = {{"name", CTL_TEXT}, {"enable", CTL_SWITCH}}},
    {.name = "version", .command = "query-version", .print = ctl_print_version},
    {.name = "commands", .command = "query-commands", .print = ctl_print_commands},
    {.name = "qmp", .argument = "MESSAGE", .members = {{"message", CTL_TEXT}}},
};

typedef struct {
    const char *socket, *arguments[CTL_ARGUMENTS_MAX];
    const CtlCommand *command;
    /** As given, or NULL. */
    const char *cpu, *pid;
    gboolean json, help;
} CtlArguments;

static int print(const char *text, int status)
{
    fputs(text, stdout);
    if (!fflush(stdout))
        return status;
    log_error("cannot write to standard output");
    return EXIT_STATUS_HOST;
}

/* --- arguments ---------------------------------------------------------------------- */

static gboolean find_command(const char *name, const CtlCommand **command, GError **error)
{
    const char *names[G_N_ELEMENTS(commands)];

    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        names[i] = commands[i].name;
        if (!strcmp(commands[i].name, name)) {
            *command = &commands[i];
            return TRUE;
        }
    }
    g_autofree char *shown = option_value_label(name);
    const char *nearest = suggest_nearest(name, names, G_N_ELEMENTS(names));
    if (nearest)
        return error_set(error, PAPRIKA_ERROR_USAGE, "unknown command '%s' (did you mean %s?)",
                         shown, nearest);
    return error_set(error, PAPRIKA_ERROR_USAGE, "unknown command '%s' (see paprika ctl --help)",
                     shown);
}

/** An option that takes a number, at @argv[*@i], which is moved to its value. */
static gboolean take_number(int argc, char **argv, int *i, const char *name, const char **place,
                            GError **error)
{
    const char *value = argv[*i] + strlen(name);
    uint64_t number;

    if (*value == '=')
        value++;
    else
        value = ++*i < argc ? argv[*i] : "";
    if (!g_ascii_string_to_unsigned(value, 10, 0, UINT32_MAX, &number, NULL)) {
        g_autofree char *shown = option_value_label(value);
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s '%s': must be a number", name, shown);
    }
    *place = value;
    return TRUE;
}

static gboolean is_option(const char *arg, const char *name)
{
    size_t length = strlen(name);

    return !strncmp(arg, name, length) && (!arg[length] || arg[length] == '=');
}

static gboolean take_option(CtlArguments *args, int argc, char **argv, int *i, GError **error)
{
    static const char *const known[] = {"cpu", "pid", "json", "help"};
    const char *arg = argv[*i];

    if (!strcmp(arg, "--help") || !strcmp(arg, "-h"))
        return args->help = TRUE;
    if (!strcmp(arg, "--json"))
        return args->json = TRUE;
    if (is_option(arg, "--cpu"))
        return take_number(argc, argv, i, "--cpu", &args->cpu, error);
    if (is_option(arg, "--pid"))
        return take_number(argc, argv, i, "--pid", &args->pid, error);

    g_autofree char *shown = option_value_label(arg);
    const char *nearest = suggest_nearest(arg + strspn(arg, "-"), known, G_N_ELEMENTS(known));
    if (nearest)
        return error_set(error, PAPRIKA_ERROR_USAGE, "unknown option '%s' (did you mean --%s?)",
                         shown, nearest);
    return error_set(error, PAPRIKA_ERROR_USAGE, "unknown option '%s' (see paprika ctl --help)",
                     shown);
}

/** Digits, and K, M, G or T behind them. */
static gboolean parse_bytes(const char *text, uint64_t *bytes)
{
    static const char suffixes[] = "KMGT";
    size_t length = strlen(text);
    const char *suffix = length ? strchr(suffixes, g_ascii_toupper(text[length - 1])) : NULL;
    unsigned shift = suffix ? 10 * (unsigned)(suffix - suffixes + 1) : 0;
    g_autofree char *digits = g_strndup(text, length - (suffix != NULL));

    if (!g_ascii_string_to_unsigned(digits, 10, 0, UINT64_MAX >> shift, bytes, NULL))
        return FALSE;
    *bytes <<= shift;
    return TRUE;
}

static gboolean argument_fits(CtlKind kind, const char *text)
{
    guint64 number;

    if (text && kind == CTL_SIZE)
        return parse_bytes(text, &number);
    if (text && kind == CTL_NUMBER)
        return g_ascii_string_to_unsigned(text, 10, 0, UINT32_MAX, &number, NULL);
    return !text || kind != CTL_SWITCH || !strcmp(text, "on") || !strcmp(text, "off");
}

static gboolean parse_arguments(CtlArguments *args, int argc, char **argv, GError **error)
{
    const char *words[2 + CTL_ARGUMENTS_MAX] = {NULL};
    unsigned count = 0;

    for (int i = 0; i < argc && !args->help; i++) {
        if (argv[i][0] == '-') {
            if (!take_option(args, argc, argv, &i, error))
                return FALSE;
        } else if (count < G_N_ELEMENTS(words)) {
            words[count++] = argv[i];
        } else {
            g_autofree char *shown = option_value_label(argv[i]);
            return error_set(error, PAPRIKA_ERROR_USAGE, "unexpected argument '%s'", shown);
        }
    }
    if (args->help)
        return TRUE;
    if (count < 2)
        return error_set(error, PAPRIKA_ERROR_USAGE, "a %s is missing (see paprika ctl --help)",
                         count ? "command" : "name or socket");
    if (!find_command(words[1], &args->command, error))
        return FALSE;
    args->socket = words[0];
    for (unsigned i = 0; i < CTL_ARGUMENTS_MAX; i++) {
        args->arguments[i] = words[2 + i];
        if (!args->arguments[i] != !args->command->members[i].name ||
            !argument_fits(args->command->members[i].kind, args->arguments[i]))
            return error_set(error, PAPRIKA_ERROR_USAGE, "%s takes %s", args->command->name,
                             args->command->argument ? args->command->argument : "no argument");
    }
    static const char *const with_cpu[] = {"translate", "memory", "nmi", NULL};
    gboolean no_cpu = args->cpu && !g_strv_contains(with_cpu, args->command->name);
    if (no_cpu || (args->pid && strcmp(args->command->name, "translate") != 0))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s takes no %s", args->command->name,
                         no_cpu ? "--cpu" : "--pid");
    return TRUE;
}

/* --- asking -------------------------------------------------------------------------- */

static void write_argument(JsonOut *out, const char *name, CtlKind kind, const char *text)
{
    uint64_t size = 0;

    switch (kind) {
    case CTL_SIZE:
        parse_bytes(text, &size);
        json_out_uint(out, name, size);
        break;
    case CTL_TEXT:
        json_out_string(out, name, text);
        break;
    case CTL_NUMBER:
        json_out_uint(out, name, g_ascii_strtoull(text, NULL, 10));
        break;
    case CTL_SWITCH:
        json_out_bool(out, name, !strcmp(text, "on"));
        break;
    case CTL_FILE:
        json_out_string(out, name, "fd:" CTL_FD_NAME);
        json_out_bool(out, "paging", FALSE);
        break;
    }
}

/** The message for what was asked; newly allocated. */
static char *make_message(const CtlArguments *args)
{
    JsonOut out;

    if (!args->command->command)
        return g_strdup(args->arguments[0]);
    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    json_out_string(&out, "execute", args->command->command);
    if (args->arguments[0] || args->cpu || args->pid) {
        json_out_begin_object(&out, "arguments");
        for (unsigned i = 0; i < CTL_ARGUMENTS_MAX && args->arguments[i]; i++)
            write_argument(&out, args->command->members[i].name, args->command->members[i].kind,
                           args->arguments[i]);
        if (args->cpu)
            json_out_uint(&out, "cpu", g_ascii_strtoull(args->cpu, NULL, 10));
        if (args->pid)
            json_out_uint(&out, "pid", g_ascii_strtoull(args->pid, NULL, 10));
    }
    return g_strchomp(json_out_finish(&out));
}

static int print_answer(const CtlArguments *args, const char *line)
{
    g_autoptr(JsonValue) answer = json_parse(line, strlen(line), NULL);
    const JsonValue *result = json_member(answer, "return");
    const JsonValue *why = json_member(json_member(answer, "error"), "desc");
    g_autoptr(GString) out = g_string_new(NULL);

    if (!args->command->command) {
        g_string_append_printf(out, "%s\n", line);
        return print(out->str, result ? EXIT_STATUS_OK : EXIT_STATUS_HOST);
    }
    if (!result) {
        log_error("%s", json_string(why) ? json_string(why) : "the guest's monitor refused");
        return EXIT_STATUS_HOST;
    }
    if (args->json) {
        g_autofree char *text = json_text(result);
        g_string_append_printf(out, "%s\n", text);
    } else if (args->command->print) {
        args->command->print(out, result);
    }
    return print(out->str, EXIT_STATUS_OK);
}

/** The sandbox keeps the guest's process from opening files: what it is to write to is opened here.
 */
static gboolean pass_file(CtlClient *client, const char *path, GError **error)
{
    auto_fd fd = save_job_open(path, error);

    return fd >= 0 && ctl_client_pass(client, CTL_FD_NAME, fd, error);
}

int cmd_ctl(int argc, char **argv)
{
    CtlArguments args = {0};
    g_autoptr(GError) error = NULL;

    if (!parse_arguments(&args, argc, argv, &error)) {
        log_error("%s", error->message);
        return EXIT_STATUS_USAGE;
    }
    if (args.help)
        return print(help_text, EXIT_STATUS_OK);

    g_autofree char *path = run_dir_find(args.socket);
    gboolean dumps = args.command->members[0].kind == CTL_FILE;
    g_autoptr(CtlClient) client = dumps ? ctl_client_new_within(path, CTL_DUMP_TIMEOUT_S, &error)
                                        : ctl_client_new(path, &error);
    if (args.command->run) {
        if (client && args.command->run(client, args.arguments[0], &error))
            return EXIT_STATUS_OK;
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    g_autofree char *message = make_message(&args);
    gboolean ready = client && (!dumps || pass_file(client, args.arguments[0], &error));
    g_autofree char *answer = ready ? ctl_client_ask(client, message, &error) : NULL;
    if (!answer) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    return print_answer(&args, answer);
}
