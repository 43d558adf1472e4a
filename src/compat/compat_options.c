/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's options, in one table; what they ask for is checked as a whole at the end. */
#include <string.h>

#include "src/base/error.h"
#include "src/compat/compat_parse.h"
#include "src/vmm/option_numa.h"
#include "src/vmm/options.h"

/* What is so already. */

static const CompatFact display_facts[] = {
    {"type", "none", "it has no display; use none"},
    {0},
};
static const CompatFact none_facts[] = {
    {"type", "none", "use none"},
    {0},
};
static const CompatFact overcommit_facts[] = {
    {"mem-lock", "off", "memory is not locked; leave out <memoryBacking><locked/>"},
    {"cpu-pm", "off", "it is the host that saves power"},
    {0},
};
static const CompatFact boot_facts[] = {
    {"strict", "on|off", ""},
    {"menu", "off", "there is no boot menu"},
    {0},
};
static const CompatFact sandbox_facts[] = {
    {"obsolete", "deny", "what the sandbox denies stays so"},
    {"elevateprivileges", "deny|children", "what the sandbox denies stays so"},
    {"spawn", "deny", "what the sandbox denies stays so"},
    {"resourcecontrol", "deny", "what the sandbox denies stays so"},
    {0},
};
static const CompatFact audio_facts[] = {
    {"driver", "none", "it has no sound; use <audio type='none'/>"},
    {"id", NULL, ""},
    {0},
};
static const CompatFact message_facts[] = {
    {"guest-name", "on|off", ""},
    {0},
};

static void option_display(CompatParse *parse, QemuOption *option)
{
    compat_take_facts(parse, option, display_facts);
}

static void option_none(CompatParse *parse, QemuOption *option)
{
    compat_take_facts(parse, option, none_facts);
}

static void option_overcommit(CompatParse *parse, QemuOption *option)
{
    compat_take_facts(parse, option, overcommit_facts);
}

static void option_boot(CompatParse *parse, QemuOption *option)
{
    compat_take_facts(parse, option, boot_facts);
}

static void option_sandbox(CompatParse *parse, QemuOption *option)
{
    parse->vm->sandbox =
        compat_take_switch(parse, option, "enable", TRUE) ? SANDBOX_ON : SANDBOX_OFF;
    compat_take_facts(parse, option, sandbox_facts);
}

static void option_audiodev(CompatParse *parse, QemuOption *option)
{
    compat_take_facts(parse, option, audio_facts);
}

static void option_msg(CompatParse *parse, QemuOption *option)
{
    parse->compat->timestamps = compat_take_switch(parse, option, "timestamp", FALSE);
    compat_take_facts(parse, option, message_facts);
}

/* Options with a value that has no properties. */

static void value_kernel(CompatParse *parse, const char *value)
{
    compat_set(parse, NULL, "kernel", value);
}

static void value_initrd(CompatParse *parse, const char *value)
{
    compat_set(parse, NULL, "initrd", value);
}

static void value_append(CompatParse *parse, const char *value)
{
    compat_set(parse, NULL, "append", value);
}

static void value_pidfile(CompatParse *parse, const char *value)
{
    g_free(parse->compat->pidfile);
    parse->compat->pidfile = g_strdup(value);
}

static void value_incoming(CompatParse *parse, const char *value)
{
    compat_refuse(parse, NULL,
                  "-incoming: Paprika cannot restore a saved guest, nor take in one that migrates");
}

static void value_loadvm(CompatParse *parse, const char *value)
{
    compat_refuse(parse, NULL, "-loadvm: Paprika has no snapshots");
}

static void value_drive(CompatParse *parse, const char *value)
{
    compat_refuse(parse, NULL, "-drive is not there in Paprika: use -blockdev and -device");
}

static void value_bios(CompatParse *parse, const char *value)
{
    compat_refuse(parse, NULL,
                  "-bios is not there in Paprika, which has no firmware to load: use <kernel>");
}

/* Switches. */

static void flag_paused(CompatParse *parse) { parse->vm->paused = TRUE; }
static void flag_no_shutdown(CompatParse *parse) { parse->vm->no_shutdown = TRUE; }
static void flag_no_reboot(CompatParse *parse) { parse->vm->no_reboot = TRUE; }
static void flag_daemonize(CompatParse *parse) { parse->compat->daemonize = TRUE; }
static void flag_help(CompatParse *parse) { parse->compat->help = TRUE; }
static void flag_version(CompatParse *parse) { parse->compat->version = TRUE; }
/** There are no defaults, no files of them, and no display. */
static void flag_nothing(CompatParse *parse) {}

typedef struct {
    const char *name;
    /** One of these three, or a list. */
    void (*flag)(CompatParse *parse);
    void (*value)(CompatParse *parse, const char *value);
    void (*option)(CompatParse *parse, QemuOption *option);
    const char *implied;
    /** The array of CompatParse that an option is kept in; 0: it is taken at once. */
    size_t list;
} OptionRow;

#define LATER(array) .list = offsetof(CompatParse, array)

static const OptionRow rows[] = {
    {.name = "S", .flag = flag_paused},
    {.name = "no-user-config", .flag = flag_nothing},
    {.name = "nodefaults", .flag = flag_nothing},
    {.name = "nographic", .flag = flag_nothing},
    {.name = "enable-kvm", .flag = flag_nothing},
    {.name = "no-shutdown", .flag = flag_no_shutdown},
    {.name = "no-reboot", .flag = flag_no_reboot},
    {.name = "daemonize", .flag = flag_daemonize},
    {.name = "help", .flag = flag_help},
    {.name = "h", .flag = flag_help},
    {.name = "version", .flag = flag_version},
    {.name = "kernel", .value = value_kernel},
    {.name = "initrd", .value = value_initrd},
    {.name = "append", .value = value_append},
    {.name = "pidfile", .value = value_pidfile},
    {.name = "incoming", .value = value_incoming},
    {.name = "loadvm", .value = value_loadvm},
    {.name = "drive", .value = value_drive},
    {.name = "bios", .value = value_bios},
    {.name = "name", .option = compat_option_name, .implied = "guest"},
    {.name = "machine", .option = compat_option_machine, .implied = "type"},
    {.name = "M", .option = compat_option_machine, .implied = "type"},
    {.name = "accel", .option = compat_option_accel, .implied = "accel"},
    {.name = "cpu", .option = compat_option_cpu, .implied = "model"},
    {.name = "m", .option = compat_option_memory, .implied = "size"},
    {.name = "smp", .option = compat_option_smp, .implied = "cpus"},
    {.name = "uuid", .option = compat_option_uuid, .implied = "uuid"},
    {.name = "rtc", .option = compat_option_rtc},
    {.name = "mon", .option = compat_option_mon, .implied = "chardev"},
    {.name = "qmp", .option = compat_option_qmp, .implied = "backend"},
    {.name = "display", .option = option_display, .implied = "type"},
    {.name = "vga", .option = option_none, .implied = "type"},
    {.name = "serial", .option = option_none, .implied = "type"},
    {.name = "parallel", .option = option_none, .implied = "type"},
    {.name = "monitor", .option = option_none, .implied = "type"},
    {.name = "net", .option = option_none, .implied = "type"},
    {.name = "nic", .option = option_none, .implied = "type"},
    {.name = "overcommit", .option = option_overcommit},
    {.name = "boot", .option = option_boot, .implied = "order"},
    {.name = "sandbox", .option = option_sandbox, .implied = "enable"},
    {.name = "audiodev", .option = option_audiodev, .implied = "driver"},
    {.name = "msg", .option = option_msg, .implied = "timestamp"},
    {.name = "object", LATER(objects), .implied = "qom-type"},
    {.name = "blockdev", LATER(blockdevs), .implied = "driver"},
    {.name = "netdev", LATER(netdevs), .implied = "type"},
    {.name = "chardev", LATER(chardevs), .implied = "backend"},
    {.name = "device", LATER(devices), .implied = "driver"},
    {.name = "numa", LATER(numa), .implied = "type"},
    {.name = "add-fd", LATER(fds)},
};

static const OptionRow *find_row(const char *argument)
{
    const char *name = argument + (g_str_has_prefix(argument, "--") ? 2 : 1);

    for (unsigned i = 0; *argument == '-' && i < G_N_ELEMENTS(rows); i++) {
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    }
    return NULL;
}

static void take_option(CompatParse *parse, const OptionRow *row, const char *value)
{
    g_autofree char *name = g_strconcat("-", row->name, NULL);
    GError *error = NULL;
    QemuOption *option = qemu_option_parse(name, value, row->implied, &error);

    if (!option) {
        compat_refuse_error(parse, NULL, error);
        return;
    }
    if (row->list) {
        GPtrArray *list = *(GPtrArray **)((char *)parse + row->list);

        if (list->len < COMPAT_PARSE_MAX) {
            g_ptr_array_add(list, option);
            return;
        }
        compat_refuse(parse, option, "more than %d of them", COMPAT_PARSE_MAX);
    } else {
        row->option(parse, option);
        compat_refuse_rest(parse, option);
    }
    qemu_option_free(option);
}

static void take_arguments(CompatParse *parse, int argc, char *const *argv)
{
    for (int i = 0; i < argc; i++) {
        const OptionRow *row = find_row(argv[i]);

        if (!row) {
            compat_refuse(parse, NULL, "the option '%s' is not there in Paprika", argv[i]);
            /* What follows one that takes a value says nothing by itself. */
            if (i + 1 < argc && *argv[i + 1] != '-')
                i++;
        } else if (row->flag) {
            row->flag(parse);
        } else if (i + 1 == argc) {
            compat_refuse(parse, NULL, "%s needs a value", argv[i]);
        } else if (row->value) {
            row->value(parse, argv[++i]);
        } else {
            take_option(parse, row, argv[++i]);
        }
    }
}

/** What only the whole can tell. */
static void check_whole(CompatParse *parse)
{
    const VmConfig *vm = parse->vm;
    GError *error = NULL;

    if (!parse->has_machine)
        compat_refuse(parse, NULL, "-machine is missing: use -machine " COMPAT_MACHINE);
    if (parse->compat->probing)
        return;
    if (parse->compat->daemonize || parse->compat->pidfile)
        compat_refuse(parse, NULL, "-daemonize and -pidfile are only for -machine none");
    if (!vm->kernel)
        compat_refuse(parse, NULL,
                      "-kernel is missing: Paprika has no firmware that starts from a disk; use "
                      "<os><kernel>");
    if (vm->max_memory && vm->max_memory < vm->memory)
        compat_refuse(parse, NULL, "-m: maxmem is less than the guest's memory");
    if (!option_numa_check(vm, &error))
        compat_refuse_error(parse, NULL, error);
}

static void parse_init(CompatParse *parse, CompatConfig *compat)
{
    GPtrArray **lists[] = {&parse->objects, &parse->blockdevs, &parse->netdevs, &parse->chardevs,
                           &parse->devices, &parse->numa,      &parse->fds};

    parse->compat = compat;
    parse->vm = compat->vm;
    parse->messages = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        *lists[i] = g_ptr_array_new_with_free_func((GDestroyNotify)qemu_option_free);
}

static void parse_finish(CompatParse *parse)
{
    GPtrArray *lists[] = {parse->messages, parse->objects, parse->blockdevs, parse->netdevs,
                          parse->chardevs, parse->devices, parse->numa,      parse->fds};

    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_free(parse->monitor_chardev);
    g_free(parse->memory_backend);
}

static void node_free(gpointer opaque)
{
    CompatNode *node = opaque;

    g_free(node->name);
    g_free(node->path);
    g_free(node->below);
    g_free(node);
}

CompatConfig *compat_parse(int argc, char *const *argv, GError **error)
{
    g_autoptr(CompatConfig) compat = g_new0(CompatConfig, 1);
    CompatParse parse = {0};

    compat->vm = vm_config_new();
    compat->vm->qmp_none = TRUE;
    compat->vm->console = CONSOLE_NONE;
    compat->vm->no_page_reporting = TRUE;
    compat->console_id = g_strdup("");
    compat->monitor_id = g_strdup("");
    compat->vm->hotplug = TRUE;
    compat->opener = -1;
    compat->rngs = g_ptr_array_new_with_free_func(g_free);
    compat->nodes = g_ptr_array_new_with_free_func(node_free);
    parse_init(&parse, compat);
    take_arguments(&parse, argc, argv);
    if (!compat->help && !compat->version) {
        compat_check_objects(&parse);
        compat_check_nodes(&parse);
        compat_check_devices(&parse);
        compat_check_chardevs(&parse);
        check_whole(&parse);
    }
    if (parse.messages->len) {
        g_ptr_array_add(parse.messages, NULL);
        g_autofree char *text = g_strjoinv("\n", (char **)parse.messages->pdata);
        g_set_error_literal(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE, text);
        g_clear_pointer(&compat, compat_config_free);
    }
    parse_finish(&parse);
    return g_steal_pointer(&compat);
}

void compat_config_free(CompatConfig *config)
{
    if (!config)
        return;
    vm_config_free(config->vm);
    g_free(config->pidfile);
    g_free(config->console_id);
    g_free(config->monitor_id);
    g_free(config->console_device);
    g_ptr_array_unref(config->rngs);
    g_ptr_array_unref(config->nodes);
    g_free(config);
}
