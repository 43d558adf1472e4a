/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts from outside: a system reset, for the guest's debugger or crash dump; a machine check,
 * to try its handler. */
#include "src/vmm/qmp_nmi.h"

#include <inttypes.h>

#include "hw/spapr/fwnmi.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/plug.h"
#include "src/vmm/vm.h"

gboolean qmp_run_nmi(QmpCall *call, GError **error)
{
    Vm *vm = call->vm;
    uint64_t number;

    if (qmp_call_uint(call, "cpu", &number)) {
        Vcpu *cpu = qmp_call_cpu(call, "cpu", error);
        if (!cpu)
            return FALSE;
        if (vcpu_is_stopped(cpu))
            return error_set(error, PAPRIKA_ERROR_USAGE, "the guest has stopped CPU %" PRIu64,
                             number);
        log_info("system reset of CPU %" PRIu64 ", by the monitor", number);
        vm->control->post_event(cpu, VCPU_EVENT_SYSTEM_RESET);
        return TRUE;
    }
    log_info("system reset of all CPUs, by the monitor");
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vm->control->post_event(vm->vcpus[i], VCPU_EVENT_SYSTEM_RESET);
    return TRUE;
}

gboolean qmp_run_machine_check(QmpCall *call, GError **error)
{
    static const char *const refused[] = {
        [FWNMI_NO_HANDLER] = "the guest has no handler for machine checks (ibm,nmi-register)",
        [FWNMI_NOT_NOW] = "this CPU is stopped, or could not go on from one at this moment",
        [FWNMI_FAILED] = "KVM does not give or take this CPU's registers",
    };
    Vm *vm = call->vm;
    Vcpu *cpu = qmp_call_cpu(call, "cpu", error);

    if (!cpu)
        return FALSE;
    vm_look_begin(vm);
    FwnmiInjection injection = fwnmi_inject(cpu);
    vm_look_end(vm);
    if (injection != FWNMI_INJECTED)
        return error_set(error, PAPRIKA_ERROR_USAGE, "%s", refused[injection]);
    log_info("machine check on CPU %u, by the monitor", cpu->index);
    return TRUE;
}
