/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control of the machine and of time (IEEE 1275, 6.3.2.1, 6.3.2.5 and 6.3.2.6). */
#include "firmware/of_private.h"

/** test: in name; out 0 if there is such a service, else -1. */
static OfOutcome of_test(OfCall *call)
{
    char name[OF_NAME_MAX];
    gboolean there =
        of_get_string(call, call->args[0], name, sizeof(name)) && of_service_find(name);

    call->rets[0] = there ? 0 : OF_ERROR;
    return OF_DONE;
}

/** milliseconds: out how many since the machine was started. */
static OfOutcome of_milliseconds(OfCall *call)
{
    call->rets[0] = (uint32_t)((g_get_monotonic_time() - call->client->start) / 1000);
    return OF_DONE;
}

/** quiesce: no device does anything by itself, so nothing has to be stopped. */
static OfOutcome of_quiesce(OfCall *call) { return OF_DONE; }

/**
 * start-cpu: in the phandle of a /cpus package, real address, r3. Starts the
 * first thread of that core; nothing is returned, and nothing happens if it runs.
 */
static OfOutcome of_start_cpu(OfCall *call)
{
    Vm *vm = call->client->vm;
    const OfNode *node = of_tree_node(call->client->tree, call->args[0]);

    if (!node || !of_node_property_is(node, "device_type", "cpu"))
        return OF_DONE;
    Vcpu *cpu = vm_vcpu_by_id(vm, of_node_cell(node, "reg", UINT32_MAX));
    if (cpu)
        vm->control->start_cpu(cpu, call->args[1], call->args[2]);
    return OF_DONE;
}

/** boot: in what to boot, which is always the kernel that was given; the machine starts again. */
static OfOutcome of_boot(OfCall *call)
{
    Vm *vm = call->client->vm;

    vm->control->request(vm, VM_REQUEST_REBOOT, "reboot asked for through Open Firmware's boot");
    return OF_DONE;
}

/** enter: there is no user interface to enter; the client goes on. */
static OfOutcome of_enter(OfCall *call) { return OF_DONE; }

/** exit: the client gives up, and nothing else can be started. */
static OfOutcome of_exit(OfCall *call)
{
    Vm *vm = call->client->vm;

    vm->control->request(
        vm, VM_REQUEST_CRASH,
        "the guest's program ended (Open Firmware's exit); nothing else is to run");
    return OF_DONE;
}

const OfService of_control_services[] = {
    {"test", of_test, 1, 1, 1, "IEEE 1275, 6.3.2.1"},
    {"boot", of_boot, 0, 1, 0, "IEEE 1275, 6.3.2.5"},
    {"enter", of_enter, 0, 0, 0, "IEEE 1275, 6.3.2.5"},
    {"exit", of_exit, 0, 0, 0, "IEEE 1275, 6.3.2.5"},
    {"quiesce", of_quiesce, 0, 0, 0, "LoPAR B.6.2"},
    {"start-cpu", of_start_cpu, 3, 3, 0, "LoPAR B.6.2"},
    {"milliseconds", of_milliseconds, 0, 0, 1, "IEEE 1275, 6.3.2.6"},
    {0},
};
