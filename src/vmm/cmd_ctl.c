/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika ctl`: ask or steer a running guest through its monitor's socket. */
#include <stdio.h>
#include <string.h>

#include "src/base/error.h"
#include "src/base/json_out.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/ctl_client.h"
#include "src/vmm/ctl_plug.h"
#include "src/vmm/ctl_print.h"
#include "src/vmm/option_label.h"
#include "src/vmm/suggest.h"

static const char help_text[] =
    "Usage: paprika ctl [OPTION...] SOCKET COMMAND [ARGUMENT]\n"
    "\n"
    "Ask or steer the guest whose monitor (paprika run --qmp unix:SOCKET) is there.\n"
    "\n"
    "Commands:\n"
    "  translate ADDRESS  the real address of an effective one, and how it is found\n"
    "  mmu                radix or hash, size of the hash page table, page sizes\n"
    "  hpt                figures about the hash page table\n"
    "  status             running or paused\n"
    "  stop               stop the guest\n"
    "  cont               let it go on\n"
    "  nmi                a system reset interrupt, for its debugger or crash dump\n"
    "  powerdown          ask it to shut down\n"
    "  plug-cpu N         add the core whose first processor is number N\n"
    "  unplug-cpu N       have the guest give it back\n"
    "  plug-memory SIZE   add memory: 64M, 1G\n"
    "  unplug-memory SIZE|ID\n"
    "                     have the guest give it back\n"
    "  cores              which cores there are and can be\n"
    "  memory-devices     which memory is plugged\n"
    "  quit               end it\n"
    "  version            the version of the Paprika that runs it\n"
    "  commands           what its monitor knows\n"
    "  qmp MESSAGE        send a message as it is, and print the answer as it is\n"
    "\n"
    "Options:\n"
    "  --cpu N            of translate: the processor that translates [default: 0];\n"
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

typedef struct {
    const char *name;
    /** What it takes, or NULL. */
    const char *argument;
    const char *command;
    /** NULL: nothing is printed. */
    void (*print)(GString *out, const JsonValue *answer);
    /** What takes more than one command of the monitor's; then there is none of the two. */
    gboolean (*run)(CtlClient *client, const char *argument, GError **error);
} CtlCommand;

static const CtlCommand commands[] = {
    {"translate", "ADDRESS", "translate", ctl_print_translate, NULL},
    {"mmu", NULL, "query-mmu", ctl_print_mmu, NULL},
    {"hpt", NULL, "query-hpt", ctl_print_hpt, NULL},
    {"status", NULL, "query-status", ctl_print_status, NULL},
    {"stop", NULL, "stop", NULL, NULL},
    {"cont", NULL, "cont", NULL, NULL},
    {"nmi", NULL, "inject-nmi", NULL, NULL},
    {"powerdown", NULL, "system_powerdown", NULL, NULL},
    {"plug-cpu", "N", NULL, NULL, ctl_plug_cpu},
    {"unplug-cpu", "N", NULL, NULL, ctl_unplug_cpu},
    {"plug-memory", "SIZE", NULL, NULL, ctl_plug_memory},
    {"unplug-memory", "SIZE or ID", NULL, NULL, ctl_unplug_memory},
    {"cores", NULL, "query-hotpluggable-cpus", ctl_print_cores, NULL},
    {"memory-devices", NULL, "query-memory-devices", ctl_print_memory_devices, NULL},
    {"quit", NULL, "quit", NULL, NULL},
    {"version", NULL, "query-version", ctl_print_version, NULL},
    {"commands", NULL, "query-commands", ctl_print_commands, NULL},
    {"qmp", "MESSAGE", NULL, NULL, NULL},
};

typedef struct {
    const char *socket, *argument;
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

static gboolean parse_arguments(CtlArguments *args, int argc, char **argv, GError **error)
{
    const char *words[3] = {NULL};
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
                         count ? "command" : "socket");
    if (!find_command(words[1], &args->command, error))
        return FALSE;
    args->socket = words[0];
    args->argument = words[2];
    if (!args->argument != !args->command->argument)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s takes %s", args->command->name,
                         args->command->argument ? args->command->argument : "no argument");
    gboolean translates = !strcmp(args->command->name, "translate");
    gboolean no_cpu = args->cpu && !translates && strcmp(args->command->name, "nmi") != 0;
    if (no_cpu || (args->pid && !translates))
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s takes no %s", args->command->name,
                         no_cpu ? "--cpu" : "--pid");
    return TRUE;
}

/* --- asking -------------------------------------------------------------------------- */

/** The message for what was asked; newly allocated. */
static char *make_message(const CtlArguments *args)
{
    JsonOut out;

    if (!args->command->command)
        return g_strdup(args->argument);
    json_out_init_flat(&out);
    json_out_begin_object(&out, NULL);
    json_out_string(&out, "execute", args->command->command);
    if (args->argument || args->cpu || args->pid) {
        json_out_begin_object(&out, "arguments");
        if (args->argument)
            json_out_string(&out, "address", args->argument);
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

    g_autoptr(CtlClient) client = ctl_client_new(args.socket, &error);
    if (client && args.command->run && args.command->run(client, args.argument, &error))
        return EXIT_STATUS_OK;
    if (args.command->run) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    g_autofree char *message = make_message(&args);
    g_autofree char *answer = client ? ctl_client_ask(client, message, &error) : NULL;
    if (!answer) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    return print_answer(&args, answer);
}
