/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and those that are about migration, of which there is none. */
#include "src/compat/compat_qmp.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "paprika_config.h"
#include "src/base/error.h"
#include "src/compat/compat_opener.h"
#include "src/compat/compat_version.h"
#include "src/vmm/qmp_query.h"

/** Events of migration are told as often as there is one. */
static gboolean run_capabilities(QmpCall *call, GError **error)
{
    json_out_begin_array(&call->out, "return");
    json_out_begin_object(&call->out, NULL);
    json_out_string(&call->out, "capability", "events");
    json_out_bool(&call->out, "state", TRUE);
    json_out_end(&call->out);
    json_out_end(&call->out);
    return TRUE;
}

static gboolean run_set_capabilities(QmpCall *call, GError **error)
{
    const JsonValue *list = json_member(call->arguments, "capabilities");

    if (!json_is_array(list))
        return error_set(error, PAPRIKA_ERROR_USAGE, "Parameter 'capabilities' must be an array");
    for (size_t i = 0; i < json_length(list); i++) {
        const JsonValue *item = json_item(list, i);
        const char *name = json_string(json_member(item, "capability"));

        if (!name || !json_is_bool(json_member(item, "state")))
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "a capability has the members 'capability' and 'state'");
        if (strcmp(name, "events") && json_is_true(json_member(item, "state")))
            return error_set(error, PAPRIKA_ERROR_USAGE,
                             "the guest cannot be saved or migrated: Paprika has no such "
                             "capability");
    }
    return TRUE;
}

/** An empty object: there was none. */
static gboolean run_migrate_query(QmpCall *call, GError **error) { return TRUE; }

static gboolean run_no_migration(QmpCall *call, GError **error)
{
    return error_set(error, PAPRIKA_ERROR_USAGE,
                     "the guest cannot be saved or migrated: Paprika "
                     "does not have that");
}

static gboolean run_dirty_rate(QmpCall *call, GError **error)
{
    json_out_begin_object(&call->out, "return");
    json_out_string(&call->out, "status", "unstarted");
    json_out_uint(&call->out, "start-time", 0);
    json_out_uint(&call->out, "calc-time", 0);
    json_out_string(&call->out, "calc-time-unit", "second");
    json_out_uint(&call->out, "sample-pages", 0);
    json_out_string(&call->out, "mode", "page-sampling");
    json_out_end(&call->out);
    return TRUE;
}

static gboolean run_quit(QmpCall *call, GError **error)
{
    if (call->vm)
        call->vm->control->request(call->vm, VM_REQUEST_QUIT, "ended by the monitor");
    else
        kill(getpid(), SIGTERM);
    return TRUE;
}

static void write_version(JsonOut *out, const char *name)
{
    json_out_begin_object(out, name);
    json_out_begin_object(out, "qemu");
    json_out_uint(out, "major", COMPAT_VERSION_MAJOR);
    json_out_uint(out, "minor", COMPAT_VERSION_MINOR);
    json_out_uint(out, "micro", COMPAT_VERSION_MICRO);
    json_out_end(out);
    json_out_string(out, "package", "paprika-" PAPRIKA_VERSION);
    json_out_end(out);
}

static int open_file(void *opaque, const char *path, int flags)
{
    return compat_opener_open(&((CompatConfig *)opaque)->opener, path, flags);
}

static const QmpCommand commands[] = {
    {.name = "quit", .no_machine = TRUE, .returns = QMP_RETURNS_NOTHING, .run = run_quit},
    {.name = "query-kvm", .no_machine = TRUE, .run = compat_run_kvm},
    {.name = "qom-list-types",
     .no_machine = TRUE,
     .arguments = {{"implements", QMP_ARGUMENT_STRING, TRUE},
                   {"abstract", QMP_ARGUMENT_BOOL, TRUE}},
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_types},
    {.name = "device-list-properties",
     .no_machine = TRUE,
     .arguments = {{"typename", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_device_properties},
    {.name = "qom-list-properties",
     .no_machine = TRUE,
     .arguments = {{"typename", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_type_properties},
    {.name = "query-machines",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_machines},
    {.name = "query-cpu-definitions",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_cpu_definitions},
    {.name = "query-tpm-models",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .run = qmp_run_none},
    {.name = "query-tpm-types",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .run = qmp_run_none},
    {.name = "query-command-line-options",
     .no_machine = TRUE,
     .arguments = {{"option", QMP_ARGUMENT_STRING, TRUE}},
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_options},
    {.name = "query-migrate-capabilities",
     .no_machine = TRUE,
     .returns = QMP_RETURNS_LIST,
     .run = run_capabilities},
    {.name = "migrate-set-capabilities",
     .arguments = {{"capabilities", QMP_ARGUMENT_ANY, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .run = run_set_capabilities},
    {.name = "query-migrate", .run = run_migrate_query},
    {.name = "migrate",
     .arguments = {{"uri", QMP_ARGUMENT_STRING, TRUE}, {"detach", QMP_ARGUMENT_BOOL, TRUE}},
     .more_arguments = TRUE,
     .returns = QMP_RETURNS_NOTHING,
     .run = run_no_migration},
    {.name = "migrate-set-parameters",
     .more_arguments = TRUE,
     .returns = QMP_RETURNS_NOTHING,
     .run = run_no_migration},
    {.name = "query-chardev", .returns = QMP_RETURNS_LIST, .run = compat_run_chardev},
    {.name = "query-jobs", .returns = QMP_RETURNS_LIST, .run = qmp_run_none},
    {.name = "query-block-jobs", .returns = QMP_RETURNS_LIST, .run = qmp_run_none},
    {.name = "query-stats",
     .arguments = {{"target", QMP_ARGUMENT_STRING, FALSE}},
     .more_arguments = TRUE,
     .returns = QMP_RETURNS_LIST,
     .run = qmp_run_none},
    {.name = "query-stats-schemas",
     .arguments = {{"provider", QMP_ARGUMENT_STRING, TRUE}},
     .returns = QMP_RETURNS_LIST,
     .run = qmp_run_none},
    {.name = "query-dirty-rate",
     .arguments = {{"calc-time-unit", QMP_ARGUMENT_STRING, TRUE}},
     .run = run_dirty_rate},
    {.name = "qom-list",
     .arguments = {{"path", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_LIST,
     .run = compat_run_qom_list},
    {.name = "object-add",
     .arguments = {{"qom-type", QMP_ARGUMENT_STRING, FALSE},
                   {"id", QMP_ARGUMENT_STRING, FALSE},
                   {"size", QMP_ARGUMENT_UINT, TRUE}},
     .more_arguments = TRUE,
     .returns = QMP_RETURNS_NOTHING,
     .run = compat_run_object_add},
    {.name = "object-del",
     .arguments = {{"id", QMP_ARGUMENT_STRING, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .run = compat_run_object_del},
    {.name = "qom-get",
     .arguments = {{"path", QMP_ARGUMENT_STRING, FALSE}, {"property", QMP_ARGUMENT_STRING, FALSE}},
     .run = compat_run_qom_get},
    {.name = "qom-set",
     .arguments = {{"path", QMP_ARGUMENT_STRING, FALSE},
                   {"property", QMP_ARGUMENT_STRING, FALSE},
                   {"value", QMP_ARGUMENT_ANY, FALSE}},
     .returns = QMP_RETURNS_NOTHING,
     .run = compat_run_qom_set},
};

void compat_qmp_init(QmpExtension *extension, CompatConfig *config)
{
    *extension = (QmpExtension){
        .commands = commands,
        .count = G_N_ELEMENTS(commands),
        .write_version = write_version,
        .adapt = compat_qmp_adapt,
        .open_file = config->opener >= 0 ? open_file : NULL,
        .opaque = config,
    };
}
