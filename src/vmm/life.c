/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/life.h"

#include <signal.h>
#include <time.h>

#include "firmware/boot_choose.h"
#include "firmware/direct_boot.h"
#include "firmware/of_boot.h"
#include "firmware/of_client.h"
#include "hw/spapr/fadump.h"
#include "hw/spapr/irq/irq.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/vty.h"
#include "mmu/mmu.h"
#include "src/base/error.h"
#include "src/base/log.h"
#include "src/base/main_call.h"
#include "src/base/signal_watch.h"
#include "src/base/trace.h"
#include "src/chardev/chardev.h"
#include "src/vmm/commands.h"
#include "src/vmm/debug.h"
#include "src/vmm/dump.h"
#include "src/vmm/gdb_server.h"
#include "src/vmm/monitor.h"
#include "src/vmm/plug.h"
#include "src/vmm/sandbox.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"

enum {
    /** How long the end waits for a slow reader of the console. */
    LIFE_DRAIN_MS = 500,
};

struct Life {
    Vm *vm;
    GMainLoop *loop;
    struct KernelImage *kernel;
    struct InitrdImage *initrd;
    /** NULL without a socket for it. */
    Monitor *monitor;
    /** Of the monitor; NULL: none. */
    const struct QmpExtension *extension;
    /** NULL without --gdb. */
    GdbServer *gdb;
    /** Carries out the request. */
    MainCall *handle;
    /** Stops the machine for life_halt(). */
    MainCall *halt;
    /** Atomic: the gravest VmRequest that waits for the main loop. */
    int request;
    /** One for each VmRequest: a guest can make them as often as it likes. */
    LogSite sites[VM_REQUEST_FAIL + 1];
    int exit_status;
    /** Those that end the machine in order, and SIGPWR, which asks the guest to. */
    SignalWatch *signals;
    /** Copies the guest's dump, or 0. */
    guint dump;
};

/** Bring the machine into its state after power-on, with the kernel loaded. */
static gboolean life_boot(struct Life *life, GError **error)
{
    Vm *vm = life->vm;
    VcpuEntry entry = {0};

    if (!vm_reset(vm, error))
        return FALSE;
    if (boot_choose_of(vm->config)) {
        vm->of = of_boot_load(vm, life->kernel, life->initrd, &entry, error);
        if (!vm->of)
            return FALSE;
    } else if (!direct_boot_load(vm, life->kernel, life->initrd, &entry, error)) {
        return FALSE;
    }
    vcpu_enter(vm->vcpus[0], &entry);
    return TRUE;
}

/** A kernel that does not fit beside its dump starts without. */
static gboolean life_boot_again(struct Life *life, GError **error)
{
    struct Fadump *fadump = life->vm->platform->fadump;
    g_autoptr(GError) cause = NULL;

    if (life_boot(life, &cause))
        return TRUE;
    if (fadump_is_active(fadump)) {
        log_warn("the guest's dump is lost: %s", cause->message);
        fadump_drop(fadump);
        return life_boot(life, error);
    }
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
}

static void life_event(Vm *vm, const char *event, const char *data)
{
    if (vm->life->monitor)
        monitor_event(vm->life->monitor, event, data);
}

/** Events RESET and SHUTDOWN: why the machine leaves its run. */
static void life_tell(struct Life *life, const char *event, VmRequest request)
{
    static const char *const reasons[] = {
        [VM_REQUEST_NONE] = "host-error",         [VM_REQUEST_REBOOT] = "guest-reset",
        [VM_REQUEST_DUMP] = "guest-panic",        [VM_REQUEST_RESET] = "host-qmp-system-reset",
        [VM_REQUEST_POWEROFF] = "guest-shutdown", [VM_REQUEST_LEAVE] = "host-ui",
        [VM_REQUEST_QUIT] = "host-qmp-quit",      [VM_REQUEST_SIGNAL] = "host-signal",
        [VM_REQUEST_CRASH] = "guest-panic",       [VM_REQUEST_FAIL] = "host-error",
    };
    g_autofree char *data = g_strdup_printf(
        "{\"guest\": %s, \"reason\": \"%s\"}",
        g_str_has_prefix(reasons[request], "guest") ? "true" : "false", reasons[request]);

    life_event(life->vm, event, data);
}

static void life_end(struct Life *life, int exit_status)
{
    life->exit_status = exit_status;
    g_main_loop_quit(life->loop);
}

/**
 * The guest has ended, as @status says. With --no-shutdown's like the machine is kept, stopped,
 * until the monitor resets it or ends it.
 */
static void life_end_guest(struct Life *life, int exit_status, const char *status)
{
    if (!life->vm->config->no_shutdown) {
        life_end(life, exit_status);
        return;
    }
    life->vm->ended = status;
    if (vm_stop(life->vm))
        life_event(life->vm, "STOP", NULL);
    log_info("the guest has ended; it is kept until the monitor resets or ends it");
}

static void life_reboot(struct Life *life, VmRequest request)
{
    g_autoptr(GError) error = NULL;

    life_tell(life, life->vm->config->no_reboot ? "SHUTDOWN" : "RESET", request);
    if (life->vm->config->no_reboot) {
        log_info("the guest asked for a reboot; ending instead (--no-reboot)");
        life_end_guest(life, EXIT_STATUS_OK, "shutdown");
        return;
    }
    if (life->vm->debug)
        debug_on_reset(life->vm->debug);
    if (!life_boot_again(life, &error)) {
        log_error("the guest cannot be restarted: %s", error->message);
        life_end(life, EXIT_STATUS_HOST);
        return;
    }
    life->vm->ended = NULL;
    vm_unpark(life->vm);
}

static gboolean life_dump_step(gpointer opaque)
{
    struct Life *life = opaque;

    if (!fadump_step(life->vm->platform->fadump))
        return G_SOURCE_CONTINUE;
    life->dump = 0;
    log_info("the guest's dump is taken");
    life_reboot(life, VM_REQUEST_DUMP);
    return G_SOURCE_REMOVE;
}

/** Copy the dump in slices, so that a user need not wait to end it all; then reboot. */
static void life_dump(struct Life *life)
{
    if (!fadump_begin(life->vm->platform->fadump)) {
        life_end(life, EXIT_STATUS_GUEST);
        return;
    }
    life->dump = g_idle_add_full(G_PRIORITY_DEFAULT, life_dump_step, life, NULL);
}

/** Whatever else is asked for comes before it. */
static void life_dump_cancel(struct Life *life)
{
    if (!life->dump)
        return;
    g_clear_handle_id(&life->dump, g_source_remove);
    fadump_drop(life->vm->platform->fadump);
}

/**
 * On the main loop: every vCPU comes out, then the request is carried out. It is
 * read once nobody can add to it, so that what several vCPUs asked for at the
 * same time is done once, and nothing is left over for the machine that follows.
 */
static void life_handle_request(void *opaque)
{
    struct Life *life = opaque;

    /* Carried out already, together with an earlier one? */
    if (__atomic_load_n(&life->request, __ATOMIC_SEQ_CST) == VM_REQUEST_NONE)
        return;
    vm_park(life->vm);
    VmRequest request =
        (VmRequest)__atomic_exchange_n(&life->request, VM_REQUEST_NONE, __ATOMIC_SEQ_CST);
    life_dump_cancel(life);
    if (request == VM_REQUEST_CRASH)
        life_event(life->vm, "GUEST_PANICKED",
                   life->vm->config->no_shutdown ? "{\"action\": \"pause\"}"
                                                 : "{\"action\": \"poweroff\"}");
    if (request == VM_REQUEST_DUMP)
        life_event(life->vm, "GUEST_PANICKED", "{\"action\": \"run\"}");
    if (request >= VM_REQUEST_POWEROFF &&
        !(request == VM_REQUEST_CRASH && life->vm->config->no_shutdown))
        life_tell(life, "SHUTDOWN", request);
    switch (request) {
    case VM_REQUEST_REBOOT:
    case VM_REQUEST_RESET:
        life_reboot(life, request);
        break;
    case VM_REQUEST_DUMP:
        life_dump(life);
        break;
    case VM_REQUEST_POWEROFF:
        life_end_guest(life, EXIT_STATUS_OK, "shutdown");
        break;
    case VM_REQUEST_LEAVE:
    case VM_REQUEST_QUIT:
    case VM_REQUEST_SIGNAL:
        life_end(life, EXIT_STATUS_OK);
        break;
    case VM_REQUEST_CRASH:
        life_end_guest(life, EXIT_STATUS_GUEST, "guest-panicked");
        break;
    case VM_REQUEST_FAIL:
    case VM_REQUEST_NONE:
        life_end(life, EXIT_STATUS_HOST);
        break;
    }
}

/** Why the machine leaves its run, a few times in a row at most. */
static void life_log_request(struct Life *life, VmRequest request, const char *why)
{
    LogLevel level =
        request >= VM_REQUEST_CRASH || request == VM_REQUEST_DUMP ? LOG_ERROR : LOG_INFO;
    uint32_t left_out;

    if (!log_site_allows(&life->sites[request], &left_out))
        return;
    if (left_out)
        log_write(level, "(%u similar lines left out)", left_out);
    /* `boot-test` counts these lines. */
    log_write(level, "%s%s", request == VM_REQUEST_REBOOT ? "reboot: " : "", why);
}

static void life_request(Vm *vm, VmRequest request, const char *why)
{
    struct Life *life = vm->life;
    int old = __atomic_load_n(&life->request, __ATOMIC_SEQ_CST);

    life_log_request(life, request, why);
    while (old < (int)request && !__atomic_compare_exchange_n(&life->request, &old, request, FALSE,
                                                              __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        continue;
    /* From here on no vCPU goes back into the guest, the calling one least. */
    for (unsigned i = 0; i < vm->n_vcpus; i++)
        vcpu_park(vm->vcpus[i], VCPU_PARK_LIFE);
    main_call_soon(life->handle);
}

static HcallRet life_client_call(Vcpu *cpu, uint64_t args)
{
    return cpu->vm->of ? of_client_call(cpu->vm->of, cpu, args) : H_FUNCTION;
}

static void life_handle_halt(void *opaque)
{
    struct Life *life = opaque;

    if (!vm_stop(life->vm))
        return;
    log_warn("stopped; `cont` of the monitor has it go on");
    life_event(life->vm, "STOP", NULL);
}

static void life_halt(Vm *vm) { main_call_soon(vm->life->halt); }

static const VmControl life_control = {
    .request = life_request,
    .event = life_event,
    .halt = life_halt,
    .post_event = vcpu_post_event,
    .start_cpu = vcpu_start,
    .stop_self = vcpu_stop_self,
    .client_call = life_client_call,
    .hold_others = vcpu_hold_others,
    .release_others = vcpu_release_others,
};

static void life_signal(int signal, void *opaque)
{
    struct Life *life = opaque;

    if (signal == SIGPWR)
        plug_powerdown(life->vm);
    else
        life_request(life->vm, VM_REQUEST_SIGNAL, "ended by a signal");
}

static void life_describe(const Vm *vm)
{
    const VmConfig *config = vm->config;

    if (mmu_is_radix(vm->mmu))
        log_info("%" G_GUINT64_FORMAT " MiB, %u vCPUs, radix, %s", config->memory / MIB,
                 vm->n_vcpus, irq_kind_name(irq_kind(vm->irq)));
    else
        log_info("%" G_GUINT64_FORMAT " MiB, %u vCPUs, hash page table of order %u, %s",
                 config->memory / MIB, vm->n_vcpus, mmu_hpt_order(vm->mmu),
                 irq_kind_name(irq_kind(vm->irq)));
}

/** The monitor; one that nobody asked for is done without if it can't be made. */
static gboolean life_open_monitor(struct Life *life, GError **error)
{
    const VmConfig *config = life->vm->config;
    g_autoptr(GError) why = NULL;

    if (!config->qmp_path && !config->qmp_fd)
        return TRUE;
    life->monitor = monitor_new(life->vm, life->extension, config->qmp_path, config->qmp_fd, &why);
    if (!life->monitor && !config->qmp_default) {
        g_propagate_error(error, g_steal_pointer(&why));
        return FALSE;
    }
    if (!life->monitor)
        log_info("paprika list will not find this guest: %s", why->message);
    return TRUE;
}

static gboolean life_open_gdb(struct Life *life, GError **error)
{
    const char *address = life->vm->config->gdb;

    if (address)
        life->gdb = gdb_server_new(life->vm, address, error);
    return !address || life->gdb;
}

/** What the start has cost, for measurements: the first KVM_RUN comes next. */
static void life_trace_ready(void)
{
    struct timespec used;

    if (trace_on(TRACE_BOOT) && clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) == 0)
        trace_write(TRACE_BOOT,
                    "ready to enter the guest after %" G_GINT64_FORMAT " us of CPU time",
                    (gint64)used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000);
}

/**
 * From a machine without threads to one that is ready to run. First all that opens files, then
 * what the process gives up for good, then its threads, which leave signals to the main loop,
 * and their filters: the kernel's image is loaded behind them.
 */
static gboolean life_begin(struct Life *life, GError **error)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGPWR};
    const VmConfig *config = life->vm->config;

    if (!life_open_monitor(life, error) || !life_open_gdb(life, error) ||
        !sandbox_confine(config, error))
        return FALSE;
    life->signals = signal_watch_new(signals, G_N_ELEMENTS(signals), life_signal, life, error);
    if (!life->signals || !vm_start(life->vm, error))
        return FALSE;
    return sandbox_filter(config, error) && life_boot(life, error);
}

/** It is about the guest, and does nothing to us, also before there is one and at the end. */
static void life_block_power_signal(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGPWR);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int life_run(const VmConfig *config, struct KernelImage *kernel, struct InitrdImage *initrd,
             HvHost *host, const HvOps *ops, struct Chardev *console,
             const struct QmpExtension *extension)
{
    struct Life life = {.kernel = kernel, .initrd = initrd, .extension = extension};
    g_autoptr(GError) error = NULL;
    /* Disks' threads use it until the machine is freed, before this. */
    g_autoptr(MainCall) halt = main_call_new(life_handle_halt, &life);
    life.halt = halt;

    life_block_power_signal();
    g_autoptr(Vm) vm = vm_new(config, host, ops, console, &life_control, &error);
    if (!vm) {
        log_error("%s", error->message);
        return error_exit_status(error);
    }
    vm->life = &life;
    life.vm = vm;
    if (!life_begin(&life, &error)) {
        log_error("%s", error->message);
        signal_watch_free(life.signals);
        gdb_server_free(life.gdb);
        monitor_free(life.monitor);
        return error_exit_status(error);
    }
    life_describe(vm);

    life.loop = g_main_loop_new(NULL, FALSE);
    life.handle = main_call_new(life_handle_request, &life);
    life_trace_ready();
    if (config->paused)
        vm_stop(vm);
    vm_unpark(vm);
    g_main_loop_run(life.loop);

    signal_watch_free(life.signals);
    life_dump_cancel(&life);
    gdb_server_free(life.gdb);
    if (life.monitor)
        monitor_flush_events(life.monitor);
    g_clear_pointer(&life.monitor, monitor_free);
    /* The monitor's clients may wait for it. */
    g_clear_pointer(&vm->dump, dump_free);
    main_call_free(life.handle);
    vty_drain(vm->platform->vty, LIFE_DRAIN_MS);
    g_main_loop_unref(life.loop);
    return life.exit_status;
}
