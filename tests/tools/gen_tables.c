/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Print docs/hcalls.md or docs/rtas.md, or the tables of docs/openfirmware.md and docs/monitor.md,
 * from the tables by which Paprika answers. tests/check-docs-tables compares, and writes them anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firmware/of_client.h"
#include "hcall/hcall.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/vmm/qmp.h"
#include "src/vmm/sandbox_table.h"

/** Calls that Linux makes on some platform (its asm/hvcall.h), beyond those that are served. */
static const struct {
    uint32_t number;
    const char *name;
    const char *purpose;
} linux_hcalls[] = {
    {0x1c, "H_GET_TCE", "DMA windows"},
    {0x20, "H_PUT_TCE", "DMA windows"},
    {0x138, "H_STUFF_TCE", "DMA windows"},
    {0x13c, "H_PUT_TCE_INDIRECT", "DMA windows"},
    {0x24, "H_SET_SPRG0", "SPRG0"},
    {0xfc, "H_REG_CRQ", "virtual I/O queues"},
    {0x100, "H_FREE_CRQ", "virtual I/O queues"},
    {0x104, "H_VIO_SIGNAL", "virtual I/O queues"},
    {0x108, "H_SEND_CRQ", "virtual I/O queues"},
    {0x2b0, "H_ENABLE_CRQ", "virtual I/O queues"},
    {0x114, "H_REGISTER_LOGICAL_LAN", "virtual Ethernet"},
    {0x118, "H_FREE_LOGICAL_LAN", "virtual Ethernet"},
    {0x11c, "H_ADD_LOGICAL_LAN_BUFFER", "virtual Ethernet"},
    {0x120, "H_SEND_LOGICAL_LAN", "virtual Ethernet"},
    {0x130, "H_MULTICAST_CTRL", "virtual Ethernet"},
    {0x14c, "H_CHANGE_LOGICAL_LAN_MAC", "virtual Ethernet"},
    {0x2a4, "H_VASI_STATE", "partition migration"},
    {0x450, "H_GET_ENERGY_SCALE_INFO", "energy"},
    {0x328, "H_BLOCK_REMOVE", "hash page table"},
    {0x358, "H_CLEAR_HPT", "hash page table"},
    {0x36c, "H_RESIZE_HPT_PREPARE", "hash page table"},
    {0x370, "H_RESIZE_HPT_COMMIT", "hash page table"},
    {0x388, "H_ALLOCATE_VAS_WINDOW", "accelerators"},
    {0x398, "H_QUERY_VAS_CAPABILITIES", "accelerators"},
    {0x39c, "H_QUERY_NX_CAPABILITIES", "accelerators"},
    {0x3e4, "H_SCM_READ_METADATA", "persistent memory"},
    {0x3e8, "H_SCM_WRITE_METADATA", "persistent memory"},
    {0x3ec, "H_SCM_BIND_MEM", "persistent memory"},
    {0x3f0, "H_SCM_UNBIND_MEM", "persistent memory"},
    {0x3fc, "H_SCM_UNBIND_ALL", "persistent memory"},
    {0x400, "H_SCM_HEALTH", "persistent memory"},
    {0x418, "H_SCM_PERFORMANCE_STATS", "persistent memory"},
    {0x44c, "H_SCM_FLUSH", "persistent memory"},
    {0x41c, "H_PKS_GET_CONFIG", "key store"},
    {0x420, "H_PKS_SET_PASSWORD", "key store"},
    {0x424, "H_PKS_GEN_PASSWORD", "key store"},
    {0x42c, "H_PKS_WRITE_OBJECT", "key store"},
    {0x434, "H_PKS_READ_OBJECT", "key store"},
    {0x438, "H_PKS_REMOVE_OBJECT", "key store"},
    {0x43c, "H_PKS_CONFIRM_OBJECT_FLUSHED", "key store"},
    {0x454, "H_PKS_SIGNED_UPDATE", "key store"},
    {0x45c, "H_WATCHDOG", "watchdog"},
    {0x460, "H_GUEST_GET_CAPABILITIES", "guests of the guest"},
    {0x464, "H_GUEST_SET_CAPABILITIES", "guests of the guest"},
    {0x470, "H_GUEST_CREATE", "guests of the guest"},
    {0xf001, "H_LOGICAL_MEMOP", "private, of the firmware SLOF"},
};

/** Services that Linux looks for, beyond those that are served. */
static const char *const linux_services[] = {
    "get-power-level",
    "get-sensor-state",
    "ibm,activate-firmware",
    "ibm,change-msi",
    "ibm,configure-connector",
    "ibm,configure-kernel-dump",
    "ibm,configure-pe",
    "ibm,create-pe-dma-window",
    "ibm,get-config-addr-info2",
    "ibm,get-dynamic-sensor-state",
    "ibm,get-indices",
    "ibm,query-interrupt-source-number",
    "ibm,query-pe-dma-window",
    "ibm,read-pci-config",
    "ibm,read-slot-reset-state2",
    "ibm,remove-pe-dma-window",
    "ibm,reset-pe-dma-window",
    "ibm,set-dynamic-indicator",
    "ibm,set-eeh-option",
    "ibm,set-slot-reset",
    "ibm,slot-error-detail",
    "ibm,suspend-me",
    "ibm,write-pci-config",
    "read-pci-config",
    "rtas-last-error",
    "set-indicator",
    "set-power-level",
    "set-time-for-power-on",
    "write-pci-config",
};

static const char header[] =
    "<!-- Made by tests/check-docs-tables --update from Paprika's tables; do not edit. -->\n";

static const char *hcall_place(const HcallDef *def)
{
    switch (def->place) {
    case HCALL_KERNEL:
        return def->handler ? "kernel, else Paprika" : "kernel";
    case HCALL_KERNEL_ON_REQUEST:
        return def->handler ? "kernel where it can, else Paprika" : "kernel where it can";
    case HCALL_KERNEL_ON_OPTION:
        return "kernel, if told to";
    case HCALL_HERE:
        break;
    }
    return "Paprika";
}

/** What the dispatcher of a machine without anything says; such a call must need nothing. */
static HcallRet hcall_refusal(HcallTable *table, uint64_t number)
{
    Vm vm = {.hcalls = table};
    Vcpu cpu = {.vm = &vm};
    uint64_t args[HV_MAX_HCALL_ARGS] = {0};

    return hcall_dispatch(&cpu, number, args);
}

static int print_hcalls(void)
{
    g_autoptr(HcallTable) table = hcall_table_new();
    unsigned served = 0;

    printf("# Hypercalls\n\n%s\n", header);
    printf(
        "Who answers:\n\n"
        "- *kernel*: KVM, without leaving the kernel, from the start;\n"
        "- *kernel where it can*: KVM, once asked to at the machine's start; where that\n"
        "  kernel does not implement the call, Paprika, or nobody (`H_FUNCTION`);\n"
        "- *kernel, if told to*: as before, but only with an option, since that kernel answers it\n"
        "  in a way that a hostile guest can use against the host (`--rpt-invalidate`);\n"
        "- *else Paprika*: Paprika has a handler too, for what KVM passes on: the XICS calls\n"
        "  reach it where the controller is in user space;\n"
        "- *Paprika*: always in user space.\n\n"
        "| number | name | answered by | specified in |\n"
        "|---|---|---|---|\n");
    for (uint64_t number = 0; number <= H_PRIVATE_MAX; number += 4) {
        const HcallDef *def = hcall_table_find(table, number);

        if (!def)
            continue;
        printf("| 0x%03" G_GINT64_MODIFIER "x | %s | %s | %s |\n", number, def->name,
               hcall_place(def), def->section);
        served++;
    }
    printf("\n%u calls. The XIVE calls answer `H_FUNCTION` to a guest whose controller is XICS,\n"
           "and the other way round.\n\n"
           "## Refused\n\n"
           "Every other number is refused with `H_FUNCTION` (%d). Linux knows these, and does\n"
           "without where they are refused:\n\n"
           "| number | name | for |\n"
           "|---|---|---|\n",
           served, H_FUNCTION);
    for (unsigned i = 0; i < G_N_ELEMENTS(linux_hcalls); i++) {
        uint32_t number = linux_hcalls[i].number;

        if (hcall_table_find(table, number))
            continue;
        if (hcall_refusal(table, number) != H_FUNCTION) {
            fprintf(stderr, "gen_tables: %#x is not refused\n", number);
            return EXIT_FAILURE;
        }
        printf("| 0x%03x | %s | %s |\n", number, linux_hcalls[i].name, linux_hcalls[i].purpose);
    }
    return EXIT_SUCCESS;
}

static int print_rtas(void)
{
    const RtasDef *def;
    unsigned i;

    printf("# RTAS services\n\n%s\n", header);
    printf(
        "A call whose counts of arguments and results differ from these gets status %d. XICS'\n"
        "services have a token in the tree only if the guest's controller is XICS (KVM answers\n"
        "them where it has the XICS), and `ibm,nmi-*` only where KVM hands over machine checks.\n"
        "\n"
        "| token | service | arguments | results | specified in |\n"
        "|---|---|---|---|---|\n",
        RTAS_PARAM_ERROR);
    for (i = 0; (def = rtas_service(i)); i++) {
        g_autofree char *nargs =
            def->nargs == RTAS_ANY ? g_strdup("any") : g_strdup_printf("%u", def->nargs);

        printf("| 0x%x | %s | %s | %u | %s |\n", RTAS_TOKEN_BASE + i, def->name, nargs, def->nret,
               def->section);
    }
    printf("\n%u services; the first result is the status. Tokens may change from one version of\n"
           "Paprika to the next.\n\n"
           "## Not offered\n\n"
           "Any other token gets status %d. Linux looks for these in the tree, does not find\n"
           "them, and does without:\n\n",
           i, RTAS_NOT_SUPPORTED);
    for (i = 0; i < G_N_ELEMENTS(linux_services); i++) {
        if (!rtas_token(linux_services[i]))
            printf("- %s\n", linux_services[i]);
    }
    return EXIT_SUCCESS;
}

static int print_of(void)
{
    const char *name, *section, *package, *what;
    unsigned nargs, nret;

    printf("| service | arguments | results | specified in |\n|---|---|---|---|\n");
    for (unsigned i = 0; (name = of_client_service(i, &nargs, &nret, &section)); i++) {
        if (nret > 1)
            printf("| %s | %u and more | 1 and more | %s |\n", name, nargs, section);
        else
            printf("| %s | %u | %u | %s |\n", name, nargs, nret, section);
    }
    printf("\n| package | method | stack |\n|---|---|---|\n");
    for (unsigned i = 0; (name = of_client_method(i, &package, &what)); i++)
        printf("| `%s` | %s | %s |\n", package, name, what);
    return EXIT_SUCCESS;
}

static int print_monitor(void)
{
    printf("| command | arguments | what it does |\n|---|---|---|\n");
    for (size_t i = 0; i < qmp_command_count; i++) {
        const QmpCommand *command = &qmp_commands[i];

        printf("| `%s` |", command->name);
        for (const QmpArgument *argument = command->arguments; argument->name; argument++)
            printf(argument->optional ? " [%s]" : " %s", argument->name);
        printf(" | %s |\n", command->doc);
    }
    return EXIT_SUCCESS;
}

static int print_events(void)
{
    printf("| event | data | when |\n|---|---|---|\n");
    for (size_t i = 0; i < qmp_event_count; i++) {
        printf("| `%s` |", qmp_events[i].name);
        for (const QmpArgument *member = qmp_events[i].data; member->name; member++)
            printf(member->optional ? " [%s]" : " %s", member->name);
        printf(" | %s |\n", qmp_events[i].doc);
    }
    return EXIT_SUCCESS;
}

/** "main, vCPU, I/O" for @threads. */
static const char *sandbox_threads(SandboxThreads threads)
{
    static const char *const texts[] = {
        [SANDBOX_MAIN_ONLY] = "main",
        [SANDBOX_VCPU] = "main, vCPU",
        [SANDBOX_IO] = "main, I/O",
        [SANDBOX_EVERY] = "all",
    };

    return texts[threads];
}

static int print_sandbox(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    const SandboxCall *call;
    const SandboxIoctl *request;
    unsigned count = 0, vcpu = 0;

    printf("| system call | threads | arguments | only with | why |\n|---|---|---|---|---|\n");
    for (size_t i = 0; (call = sandbox_call(i)); i++) {
        printf("| `%s` | %s | %s | %s | %s |\n", call->name, sandbox_threads(call->threads),
               sandbox_check_text(call->check), sandbox_need_text(call->need), call->why);
        if (g_hash_table_add(names, (gpointer)call->name)) {
            count++;
            vcpu += !!(call->threads & SANDBOX_VCPU);
        }
    }
    printf("\n%u system calls in all, %u of them for a vCPU's thread.\n\n"
           "| ioctl | threads | only with | why |\n|---|---|---|---|\n",
           count, vcpu);
    for (size_t i = 0; (request = sandbox_ioctl(i)); i++)
        printf("| `%s` | %s | %s | %s |\n", request->name, sandbox_threads(request->threads),
               sandbox_need_text(request->need), request->why);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "hcalls"))
        return print_hcalls();
    if (argc == 2 && !strcmp(argv[1], "rtas"))
        return print_rtas();
    if (argc == 2 && !strcmp(argv[1], "of"))
        return print_of();
    if (argc == 2 && !strcmp(argv[1], "monitor"))
        return print_monitor();
    if (argc == 2 && !strcmp(argv[1], "events"))
        return print_events();
    if (argc == 2 && !strcmp(argv[1], "sandbox"))
        return print_sandbox();
    fprintf(stderr, "usage: gen_tables hcalls|rtas|of|monitor|events|sandbox\n");
    return 2;
}
