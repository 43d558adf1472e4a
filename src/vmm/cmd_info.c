/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika info`: what this host offers, what Paprika would choose, or did for a running guest. */
#include <stdio.h>
#include <string.h>

#include "include/paprika/hv.h"
#include "src/base/json_out.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/host_info.h"
#include "src/vmm/option_label.h"
#include "src/vmm/suggest.h"

static const char help_text[] =
    "Usage: paprika info [--json] [SOCKET]\n"
    "\n"
    "Tell what this host offers to guests, and what Paprika chooses of it. To find\n"
    "the largest hash page table, such a table is allocated for a moment.\n"
    "With the SOCKET of a running guest's monitor (paprika run --qmp unix:SOCKET): tell\n"
    "what that guest has.\n"
    "\n"
    "Options:\n"
    "  --json                  the same as JSON\n"
    "  --help                  print this\n"
    "\n"
    "Example:\n"
    "  paprika info --json | jq .translation.largest_hpt_order\n"
    "\n"
    "Exit status: 0 guests can run here, 1 they can't, 2 usage. See paprika(1).\n";

static int print(const char *text, int status)
{
    fputs(text, stdout);
    if (!fflush(stdout))
        return status;
    log_error("cannot write to standard output");
    return EXIT_STATUS_HOST;
}

/** There is no KVM for POWER guests here, for the reason that @error states. */
static int report_no_kvm(const GError *error, gboolean json)
{
    JsonOut out;

    if (!json) {
        log_error("%s", error->message);
        return EXIT_STATUS_HOST;
    }
    json_out_init(&out);
    json_out_begin_object(&out, NULL);
    json_out_bool(&out, "kvm", FALSE);
    json_out_string(&out, "reason", error->message);
    g_autofree char *text = json_out_finish(&out);
    return print(text, EXIT_STATUS_HOST);
}

static int report_host(gboolean json)
{
    const HvOps *ops = NULL;
    g_autoptr(GError) error = NULL;
    HvHost *host = hv_kvm_open(&ops, &error);
    HostInfo info;

    if (!host)
        return report_no_kvm(error, json);
    host_info_collect(&info, ops, host);
    g_autofree char *text = json ? host_info_json(&info) : host_info_text(&info);
    int status = print(text, info.vm_error || !info.mmu ? EXIT_STATUS_HOST : EXIT_STATUS_OK);
    host_info_finish(&info);
    ops->host_free(host);
    return status;
}

/** The translation that a running guest has: what `paprika ctl SOCKET mmu` says. */
static int report_guest(char *socket, gboolean json)
{
    char command[] = "mmu", option[] = "--json";
    char *args[] = {socket, command, option};

    return cmd_ctl(json ? 3 : 2, args);
}

int cmd_info(int argc, char **argv)
{
    static const char *const known[] = {"json", "help"};
    gboolean json = FALSE;
    char *socket = NULL;

    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
            return print(help_text, EXIT_STATUS_OK);
        if (!strcmp(argv[i], "--json")) {
            json = TRUE;
            continue;
        }
        if (argv[i][0] != '-' && *argv[i] && !socket) {
            socket = argv[i];
            continue;
        }

        g_autofree char *shown = option_value_label(argv[i]);
        const char *name = argv[i] + strspn(argv[i], "-");
        const char *nearest = suggest_nearest(name, known, G_N_ELEMENTS(known));
        if (argv[i][0] != '-')
            log_error("unexpected argument '%s'", shown);
        else if (nearest)
            log_error("unknown option '%s' (did you mean --%s?)", shown, nearest);
        else
            log_error("unknown option '%s' (see paprika info --help)", shown);
        return EXIT_STATUS_USAGE;
    }
    return socket ? report_guest(socket, json) : report_host(json);
}
