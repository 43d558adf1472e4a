/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika list`: the guests with names that this user runs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "include/paprika/config.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/unix_listen.h"
#include "src/vmm/commands.h"
#include "src/vmm/ctl_client.h"
#include "src/vmm/option_label.h"
#include "src/vmm/run_dir.h"

enum {
    /** How long a guest may take to answer. */
    LIST_TIMEOUT_S = 5,
};

static const char help_text[] =
    "Usage: paprika list\n"
    "\n"
    "List the guests of this user that have a name (paprika run --name NAME), with what they\n"
    "do, their processors and memory, and Paprika's process. Names are what paprika ctl takes.\n"
    "\n"
    "Options:\n"
    "  --help  print this\n"
    "\n"
    "Exit status: 0 done, 1 a guest does not answer, 2 usage. See paprika(1).\n";

/** What "return" holds of the answer to @command; NULL with @error. */
static JsonValue *ask(CtlClient *client, const char *command, GError **error)
{
    g_autofree char *message = g_strdup_printf("{\"execute\": \"%s\"}", command);
    return ctl_client_call(client, message, error);
}

static gboolean list_guest(const char *name, CtlClient *client, GError **error)
{
    g_autoptr(JsonValue) status = ask(client, "query-status", error);
    g_autoptr(JsonValue) cpus = status ? ask(client, "query-cpus-fast", error) : NULL;
    g_autoptr(JsonValue) memory = cpus ? ask(client, "query-memory-size-summary", error) : NULL;
    const JsonValue *sizes = json_member(memory, "return");
    const char *state = json_string(json_member(json_member(status, "return"), "status"));
    uint64_t base = 0, plugged = 0;

    if (!memory)
        return FALSE;
    json_uint(json_member(sizes, "base-memory"), &base);
    json_uint(json_member(sizes, "plugged-memory"), &plugged);
    printf("%-24s %-8s %5zu %8" PRIu64 "M %8d\n", name, state ? state : "unknown",
           json_length(json_member(cpus, "return")), (base + plugged) / MIB,
           ctl_client_pid(client));
    return TRUE;
}

int cmd_list(int argc, char **argv)
{
    if (argc && (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))) {
        fputs(help_text, stdout);
        return fflush(stdout) ? EXIT_STATUS_HOST : EXIT_STATUS_OK;
    }
    if (argc) {
        g_autofree char *shown = option_value_label(argv[0]);
        log_error("unexpected argument '%s' (see paprika list --help)", shown);
        return EXIT_STATUS_USAGE;
    }

    g_autofree char *folder = run_dir_path();
    g_autoptr(GPtrArray) names = run_dir_names(folder);
    int result = EXIT_STATUS_OK;
    gboolean head = FALSE;
    for (unsigned i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *path = run_dir_socket(folder, name);
        g_autoptr(GError) error = NULL;

        g_autoptr(CtlClient) client = ctl_client_new_within(path, LIST_TIMEOUT_S, &error);
        /* Its guest died without a chance to remove it. */
        if (!client && unix_socket_is_stale(path)) {
            unlink(path);
            continue;
        }
        if (!head)
            printf("%-24s %-8s %5s %9s %8s\n", "NAME", "STATUS", "CPUS", "MEMORY", "PROCESS");
        head = TRUE;
        if (!client || !list_guest(name, client, &error)) {
            log_error("%s: %s", name, error->message);
            result = EXIT_STATUS_HOST;
        }
    }
    return fflush(stdout) ? EXIT_STATUS_HOST : result;
}
