/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cores and memory that come and go: a whole machine on the fake hypervisor, with a guest that
 * takes and gives. */
#include "src/vmm/plug.h"

#include <errno.h>
#include <string.h>

#include "firmware/boot_describe.h"
#include "hw/spapr/events.h"
#include "hw/spapr/hotplug.h"
#include "hw/spapr/platform.h"
#include "hw/spapr/rtas/rtas.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/vmm/debug.h"
#include "src/vmm/qmp.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"
#include "tests/unit/drc_guest.h"
#include "tests/unit/fake_chardev.h"
#include "tests/unit/fake_hv.h"
#include "tests/unit/settle.h"

enum { LMB = 16 << 20 };

typedef struct {
    VmConfig config;
    HvHost *host;
    Vm *vm;
} World;

static GString *events;

static void on_request(Vm *vm, VmRequest request, const char *why) {}

static void on_event(Vm *vm, const char *event, const char *data)
{
    g_string_append_printf(events, "%s%s%s;", event, data ? " " : "", data ? data : "");
}

static const VmControl control = {
    .request = on_request,
    .event = on_event,
    .post_event = vcpu_post_event,
    .start_cpu = vcpu_start,
    .stop_self = vcpu_stop_self,
    .hold_others = vcpu_hold_others,
    .release_others = vcpu_release_others,
};

/** 33 blocks of 16 MiB, room for 31; one core of @threads, and room for three. */
static World *world_new(FakeHvProfile profile, unsigned threads)
{
    World *world = g_new0(World, 1);
    g_autoptr(GError) error = NULL;
    const HvOps *ops;
    MachineDesc desc;

    world->config = (VmConfig){
        .memory = 33 * LMB,
        .max_memory = 64 * (uint64_t)LMB,
        .cpus = threads,
        .max_cpus = 4 * threads,
        .threads = threads,
    };
    world->host = hv_fake_new(profile, &ops);
    world->vm = vm_new(&world->config, world->host, ops, fake_chardev_new(), &control, &error);
    g_assert_no_error(error);
    g_assert_true(vm_start(world->vm, &error));
    g_assert_true(vm_reset(world->vm, &error));
    g_assert_true(boot_describe(world->vm, &desc, &error));
    g_assert_cmpuint(desc.lmb, ==, LMB);
    g_string_truncate(events, 0);
    return world;
}

static void world_free(World *world)
{
    vm_free(world->vm);
    g_free(world);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(World, world_free)

static void take(World *world, uint32_t index)
{
    g_assert_cmpuint(guest_sense(world->vm, index), ==, DRC_SENSE_UNUSABLE);
    g_assert_cmpint(guest_indicator(world->vm, 9003, index, 1), ==, RTAS_SUCCESS);
    g_assert_cmpint(guest_indicator(world->vm, 9001, index, 1), ==, RTAS_SUCCESS);
}

static void give(World *world, uint32_t index)
{
    g_assert_cmpint(guest_indicator(world->vm, 9001, index, 0), ==, RTAS_SUCCESS);
    g_assert_cmpint(guest_indicator(world->vm, 9003, index, 0), ==, RTAS_SUCCESS);
}

static void refused(gboolean ok, GError *error, const char *why)
{
    g_assert_false(ok);
    g_assert_nonnull(error);
    if (!strstr(error->message, why))
        g_error("'%s' does not say '%s'", error->message, why);
    g_error_free(error);
}

#define REFUSED(call, why)                                                                         \
    do {                                                                                           \
        GError *error = NULL;                                                                      \
        gboolean ok_ = call;                                                                       \
        refused(ok_, error, why);                                                                  \
    } while (0)

/* --- cores ------------------------------------------------------------------------------- */

static void test_core(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 2);
    Vm *vm = world->vm;
    Plug *plug = vm->plug;
    const uint32_t index = 0x10000000 | 2 * vm->stride;
    g_autoptr(GError) none = NULL;

    g_assert_cmpuint(vm->n_vcpus, ==, 2);
    g_assert_null(vm_vcpu_by_id(vm, 2 * vm->stride));
    g_assert_true(plug_core(plug, 2, "later", &none));
    g_assert_no_error(none);
    g_assert_cmpuint(vm->n_vcpus, ==, 4);
    Vcpu *cpu = vm_vcpu_by_id(vm, 2 * vm->stride + 1);
    g_assert_nonnull(cpu);
    g_assert_cmpuint(cpu->index, ==, 5);
    /* Not the guest's before it has taken it. */
    g_assert_cmpint(vcpu_start(cpu, 0, 0), ==, -EBUSY);
    guest_event(world->vm, 1, 1, 0, index);
    take(world, index);
    guest_mem_store_be32(vm->mem, 0x9000, index);
    g_assert_cmpint(
        guest_rtas(world->vm, "ibm,configure-connector", 2, (uint32_t[]){0x9000, 0}, NULL), ==, 2);
    g_assert_cmpint(vcpu_start(cpu, 0x100, 7), ==, 0);

    /* It runs: so it cannot go. */
    g_assert_true(plug_unplug(plug, "later", &none));
    REFUSED(plug_unplug(plug, "later", &error), "in the process of unplug");
    guest_event(world->vm, 1, 2, 0, index);
    g_assert_cmpint(guest_indicator(world->vm, 9001, index, 0), ==, RTAS_OUTSTANDING);
    g_assert_false(vm_vcpu_by_id(vm, 2 * vm->stride)->isolated);
    cpu->state = VCPU_STOPPED;
    give(world, index);
    settle();
    g_assert_cmpstr(events->str, ==,
                    "DEVICE_DELETED {\"device\": \"later\", \"path\": "
                    "\"/machine/peripheral/later\"};");
    g_assert_null(plug_core_id(plug, 2));
    g_assert_cmpint(vcpu_start(cpu, 0, 0), ==, -EBUSY);

    /* Plugged again, KVM's vCPUs are the same. */
    unsigned made = hv_fake_count(world->host, FAKE_VCPU_NEW);
    g_assert_true(plug_core(plug, 2, NULL, &none));
    g_assert_cmpuint(hv_fake_count(world->host, FAKE_VCPU_NEW), ==, made);
    g_assert_cmpstr(plug_core_id(plug, 2), ==, "core4");
    take(world, index);
    g_assert_cmpint(vcpu_start(cpu, 0x100, 7), ==, 0);
}

static void test_core_refused(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    Plug *plug = world->vm->plug;
    g_autoptr(GError) none = NULL;

    REFUSED(plug_core(plug, 0, NULL, &error), "is there already");
    REFUSED(plug_core(plug, 4, NULL, &error), "can have 4 processors");
    REFUSED(plug_core(plug, 1, "core0", &error), "Duplicate");
    REFUSED(plug_core(plug, 1, "a b", &error), "letters, digits");
    REFUSED(plug_core(plug, 1, "", &error), "begins with a letter");
    REFUSED(plug_unplug(plug, "core1", &error), "not found");
    REFUSED(plug_unplug(plug, "core0", &error), "may not be unplugged");

    static const FakeHvOp ops[] = {FAKE_VCPU_NEW, FAKE_VCPU_ATTACH_IRQCHIP, FAKE_VCPU_RESET};
    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++) {
        hv_fake_fail(world->host, ops[i], 1, ENOMEM);
        REFUSED(plug_core(plug, 1, NULL, &error), "");
        g_assert_null(plug_core_id(plug, 1));
        g_assert_cmpuint(guest_sense(world->vm, 0x10000000 | world->vm->stride), ==,
                         DRC_SENSE_UNUSABLE);
    }
    g_assert_true(plug_core(plug, 1, NULL, &none));
    g_assert_no_error(none);

    /* The guest keeps it, and says so as Linux does. */
    take(world, 0x10000000 | world->vm->stride);
    g_assert_true(plug_unplug(plug, "/machine/peripheral/core1", &none));
    g_assert_cmpint(guest_indicator(world->vm, 9001, 0x10000000 | world->vm->stride, 1), ==,
                    RTAS_SUCCESS);
    settle();
    g_assert_nonnull(strstr(events->str, "DEVICE_UNPLUG_GUEST_ERROR {\"device\": \"core1\""));
    g_assert_cmpstr(plug_core_id(plug, 1), ==, "core1");
    /* Asked again, it goes. */
    g_assert_true(plug_unplug(plug, "core1", &none));
    give(world, 0x10000000 | world->vm->stride);
    settle();
    g_assert_null(plug_core_id(plug, 1));
}

/** The guest says that it keeps a core, and gives it up all the same: it is offered it again. */
static void test_core_kept(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    Plug *plug = world->vm->plug;
    const uint32_t index = 0x10000000 | world->vm->stride;
    g_autoptr(GError) none = NULL;

    g_assert_true(plug_core(plug, 1, NULL, &none));
    guest_event(world->vm, 1, 1, 0, index);
    take(world, index);
    g_assert_true(plug_unplug(plug, "core1", &none));
    guest_event(world->vm, 1, 2, 0, index);
    g_assert_cmpint(guest_indicator(world->vm, 9001, index, 1), ==, RTAS_SUCCESS);
    give(world, index);
    settle();
    g_assert_nonnull(strstr(events->str, "DEVICE_UNPLUG_GUEST_ERROR {\"device\": \"core1\""));
    g_assert_cmpstr(plug_core_id(plug, 1), ==, "core1");
    guest_event(world->vm, 1, 1, 0, index);
    take(world, index);
}

static void on_stopped(void *opaque, Vcpu *cpu, gboolean breakpoint) {}

/** A debugger that is there knows the vCPUs that there are. */
static void test_core_debugged(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    Debug *debug = debug_new(world->vm, on_stopped, NULL);
    g_autoptr(GError) none = NULL;

    g_assert_true(debug_attach(debug, &none));
    REFUSED(plug_core(world->vm->plug, 1, NULL, &error), "under a debugger");
    debug_detach(debug);
    g_assert_true(plug_core(world->vm->plug, 1, NULL, &none));
    g_assert_no_error(none);
    debug_free(debug);
}

/* --- memory ------------------------------------------------------------------------------- */

static gboolean plug_size(World *world, uint64_t size, GError **error)
{
    const PlugMemory memory = {.size = size, .addr = UINT64_MAX, .slot = UINT64_MAX};

    return plug_memory(world->vm->plug, &memory, error);
}

static void test_memory(void)
{
    static const FakeHvProfile profiles[] = {FAKE_HV_POWER8, FAKE_HV_POWER9, FAKE_HV_NESTED};
    const uint64_t base = 33 * (uint64_t)LMB;
    const uint32_t index = 0x80000000 | 33;

    for (unsigned i = 0; i < G_N_ELEMENTS(profiles); i++) {
        g_autoptr(World) world = world_new(profiles[i], 1);
        Vm *vm = world->vm;
        g_autoptr(GError) error = NULL;
        uint64_t gpa, size, value;
        PlugDimm dimm;
        void *host;

        g_assert_true(plug_size(world, 2 * LMB, &error));
        g_assert_no_error(error);
        g_assert_true(hv_fake_slot(vm->hv, PLUG_FIRST_KVM_SLOT, &gpa, &size, &host));
        g_assert_cmphex(gpa, ==, base);
        g_assert_cmphex(size, ==, 2 * LMB);
        g_assert_true(host == guest_mem_ptr(vm->mem, base, size));
        guest_event(world->vm, 2, 1, 2, index);
        take(world, index);
        take(world, index + 1);
        g_assert_true(guest_mem_store_be64(vm->mem, base + 8, 42));
        g_assert_true(plug_dimm(vm->plug, 0, &dimm));
        g_assert_cmpstr(dimm.id, ==, "dimm0");
        g_assert_false(plug_dimm(vm->plug, 1, &dimm));

        /* All of it has to be given up. */
        g_assert_true(plug_unplug(vm->plug, "dimm0", &error));
        guest_event(world->vm, 2, 2, 2, index);
        give(world, index);
        settle();
        g_assert_true(plug_dimm(vm->plug, 0, &dimm));
        give(world, index + 1);
        settle();
        g_assert_false(plug_dimm(vm->plug, 0, &dimm));
        g_assert_nonnull(strstr(events->str, "DEVICE_DELETED {\"device\": \"dimm0\""));
        g_assert_false(hv_fake_slot(vm->hv, PLUG_FIRST_KVM_SLOT, &gpa, &size, &host));
        g_assert_null(guest_mem_ptr(vm->mem, base, 1));

        /* Plugged again it is all zeros. */
        g_assert_true(plug_size(world, LMB, &error));
        g_assert_true(guest_mem_load_be64(vm->mem, base + 8, &value));
        g_assert_cmpuint(value, ==, 0);
    }
}

static void test_memory_refused(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    Plug *plug = world->vm->plug;
    g_autoptr(GError) none = NULL;
    PlugMemory memory = {.size = LMB, .addr = 40 * (uint64_t)LMB, .slot = 3, .id = "m"};

    REFUSED(plug_size(world, 0, &error), "not a multiple of 16 MiB");
    REFUSED(plug_size(world, LMB + 4096, &error), "not a multiple of 16 MiB");
    REFUSED(plug_size(world, 32 * (uint64_t)LMB, &error), "no room for 512 MiB");
    REFUSED(plug_size(world, UINT64_MAX - LMB + 1, &error), "no room");
    g_assert_true(plug_memory(plug, &memory, &none));
    REFUSED(plug_memory(plug, &memory, &error), "Duplicate device ID 'm'");
    memory.id = NULL;
    REFUSED(plug_memory(plug, &memory, &error), "no such slot is free");
    memory.slot = PLUG_MAX_DIMMS;
    REFUSED(plug_memory(plug, &memory, &error), "no such slot is free");
    memory.slot = 4;
    REFUSED(plug_memory(plug, &memory, &error), "no memory of 16 MiB can be plugged at");
    memory.addr = 0;
    REFUSED(plug_memory(plug, &memory, &error), "can be plugged at");
    memory.addr = 4096;
    REFUSED(plug_memory(plug, &memory, &error), "address 0x1000 is not a multiple");
    /* Two gaps are left: 7 blocks and 23. */
    REFUSED(plug_size(world, 24 * (uint64_t)LMB, &error), "no room");
    hv_fake_fail(world->host, FAKE_VM_MAP, 1, EINVAL);
    REFUSED(plug_size(world, LMB, &error), "KVM does not take");
    g_assert_null(guest_mem_ptr(world->vm->mem, 33 * (uint64_t)LMB, 1));
    g_assert_true(plug_size(world, 23 * (uint64_t)LMB, &none));
    g_assert_true(plug_size(world, 7 * (uint64_t)LMB, &none));
    REFUSED(plug_size(world, LMB, &error), "no room");

    world->config.max_memory = 0;
    REFUSED(plug_size(world, LMB, &error), "without --max-memory");
}

/** The guest keeps memory without a word: it is asked, and its answer is that it has done all. */
static void test_memory_kept(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    const uint32_t index = 0x80000000 | 33;
    g_autoptr(GError) error = NULL;
    PlugDimm dimm;

    g_assert_true(plug_size(world, LMB, &error));
    guest_event(world->vm, 2, 1, 1, index);
    take(world, index);
    g_assert_true(plug_unplug(world->vm->plug, "dimm0", &error));
    guest_event(world->vm, 2, 2, 1, index);
    /* Its own look at the first block means nothing as long as it was not asked. */
    guest_sense(world->vm, 0x80000000);
    settle();
    g_assert_cmpstr(events->str, ==, "");

    gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    const uint32_t args[] = {0x500, 0x1001, EVENT_CLASS_HOTPLUG, 0, GUEST_LOG, 2048};
    while (guest_rtas(world->vm, "check-exception", 6, args, NULL) == RTAS_NO_ERRORS_FOUND) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(20000);
    }
    g_assert_cmphex(guest_word(world->vm, GUEST_LOG + GUEST_LOG_ID), ==, 0x80000000);
    g_assert_cmpuint(guest_sense(world->vm, 0x80000000), ==, DRC_SENSE_PRESENT);
    settle();
    g_assert_nonnull(strstr(events->str, "MEM_UNPLUG_ERROR {\"device\": \"dimm0\""));
    g_assert_nonnull(strstr(events->str, "DEVICE_UNPLUG_GUEST_ERROR {\"device\": \"dimm0\""));
    g_assert_true(plug_dimm(world->vm->plug, 0, &dimm));
    g_assert_cmpuint(guest_sense(world->vm, index), ==, DRC_SENSE_PRESENT);
}

static void test_backends(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    Plug *plug = world->vm->plug;
    g_autoptr(GError) none = NULL;
    PlugMemory memory = {.size = LMB, .addr = UINT64_MAX, .slot = UINT64_MAX, .backend = "b0"};

    REFUSED(plug_add_backend(plug, "b0", 5, &error), "not a multiple");
    g_assert_true(plug_add_backend(plug, "b0", LMB, &none));
    REFUSED(plug_add_backend(plug, "b0", LMB, &error), "duplicate");
    g_assert_cmpuint(plug_backend_size(plug, "b0"), ==, LMB);
    g_assert_cmpuint(plug_backend_size(plug, "b1"), ==, 0);
    g_assert_true(plug_memory(plug, &memory, &none));
    g_assert_cmpuint(plug_backend_size(plug, "b0"), ==, 0);
    REFUSED(plug_remove_backend(plug, "b0", &error), "in use");
    REFUSED(plug_remove_backend(plug, "b1", &error), "not found");
    for (unsigned i = 1; i < 2 * PLUG_MAX_DIMMS; i++) {
        g_autofree char *id = g_strdup_printf("b%u", i);
        g_assert_true(plug_add_backend(plug, id, LMB, &none));
    }
    REFUSED(plug_add_backend(plug, "more", LMB, &error), "no room for more");
    g_assert_true(plug_remove_backend(plug, "b1", &none));
}

/** A reboot: what was asked back goes, the rest is the guest's from the start. */
static void test_reset(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    Vm *vm = world->vm;
    g_autoptr(GError) error = NULL;
    MachineDesc desc;
    PlugDimm dimm;

    g_assert_true(plug_core(vm->plug, 1, NULL, &error));
    g_assert_true(plug_core(vm->plug, 3, NULL, &error));
    g_assert_true(plug_size(world, LMB, &error));
    g_assert_true(plug_size(world, 2 * LMB, &error));
    take(world, 0x10000000 | vm->stride);
    take(world, 0x80000000 | 33);
    g_assert_true(plug_unplug(vm->plug, "core1", &error));
    g_assert_true(plug_unplug(vm->plug, "dimm0", &error));
    g_assert_true(vm_reset(vm, &error));
    g_assert_no_error(error);
    g_assert_nonnull(strstr(events->str, "DEVICE_DELETED {\"device\": \"core1\""));
    g_assert_nonnull(strstr(events->str, "DEVICE_DELETED {\"device\": \"dimm0\""));
    g_assert_null(plug_core_id(vm->plug, 1));
    g_assert_true(plug_dimm(vm->plug, 0, &dimm));
    g_assert_cmpstr(dimm.id, ==, "dimm1");
    g_assert_false(plug_dimm(vm->plug, 1, &dimm));

    g_assert_true(boot_describe(vm, &desc, &error));
    g_assert_true(machine_desc_has_core(&desc, 0));
    g_assert_false(machine_desc_has_core(&desc, 1));
    g_assert_true(machine_desc_has_core(&desc, 3));
    g_assert_cmpuint(desc.n_plugged, ==, 1);
    g_assert_cmphex(desc.plugged[0].start, ==, 34 * (uint64_t)LMB);
    g_assert_cmpuint(guest_sense(world->vm, 0x80000000 | 34), ==, DRC_SENSE_PRESENT);
    g_assert_cmpuint(guest_sense(world->vm, 0x80000000 | 33), ==, DRC_SENSE_UNUSABLE);
    g_assert_cmpint(vcpu_start(vm_vcpu_at(vm, 3), 0x100, 0), ==, 0);
    g_assert_cmpint(vcpu_start(vm_vcpu_at(vm, 1), 0x100, 0), ==, -EBUSY);
    /* Nothing is left to be told. */
    const uint32_t args[] = {0x500, 0x1001, EVENT_CLASS_HOTPLUG, 0, GUEST_LOG, 2048};
    g_assert_cmpint(guest_rtas(world->vm, "check-exception", 6, args, NULL), ==,
                    RTAS_NO_ERRORS_FOUND);
}

static void test_no_events(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    g_autoptr(GError) none = NULL;
    PlugDimm dimm;

    world->vm->platform->terms.hotplug_events = FALSE;
    g_assert_true(plug_size(world, LMB, &none));
    g_assert_true(plug_dimm(world->vm->plug, 0, &dimm));
    REFUSED(plug_unplug(world->vm->plug, "dimm0", &error), "takes no hotplug events");
}

static void test_powerdown(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    uint32_t args[] = {0x500, 0x1000, EVENT_CLASS_EPOW, 0, GUEST_LOG, 2048}, state;

    g_assert_true(plug_powerdown(world->vm));
    g_assert_false(plug_powerdown(world->vm));
    g_assert_cmpstr(events->str, ==, "POWERDOWN;");
    guest_rtas(world->vm, "get-sensor-state", 2, (uint32_t[]){9, 0}, &state);
    g_assert_cmpuint(state, ==, 3);
    /* Not for who asks for the other class, or has no room. */
    args[2] = EVENT_CLASS_HOTPLUG;
    g_assert_cmpint(guest_rtas(world->vm, "check-exception", 6, args, NULL), ==,
                    RTAS_NO_ERRORS_FOUND);
    args[2] = EVENT_CLASS_EPOW;
    args[5] = 7;
    g_assert_cmpint(guest_rtas(world->vm, "check-exception", 6, args, NULL), ==, RTAS_PARAM_ERROR);
    args[5] = 2048;
    g_assert_cmpint(guest_rtas(world->vm, "check-exception", 6, args, NULL), ==, RTAS_SUCCESS);
    const uint8_t *log = guest_mem_ptr(world->vm->mem, GUEST_LOG, sizeof(EventLog));
    g_assert_cmpuint(log[0], ==, 6);
    g_assert_cmpuint(log[3], ==, 0x40);
    g_assert_cmpmem(log + 96, 2, "EP", 2);
    g_assert_cmpmem(log + 104, 2, "\x03\x01", 2);
    guest_rtas(world->vm, "get-sensor-state", 2, (uint32_t[]){9, 0}, &state);
    g_assert_cmpuint(state, ==, 0);
}

/** A guest that never looks cannot have the list grow without end. */
static void test_unread(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 1);
    const Event event = {.kind = EVENT_HOTPLUG, .resource = 1, .action = 1};
    Events *queue = world->vm->platform->events;
    g_autoptr(GError) none = NULL;
    EventLog log;

    for (unsigned i = 0; i < EVENTS_MAX; i++)
        g_assert_true(events_post(queue, &event));
    g_assert_false(events_post(queue, &event));
    g_assert_true(plug_core(world->vm->plug, 1, NULL, &none));
    REFUSED(plug_unplug(world->vm->plug, "core1", &error), "looks at no events");
    g_assert_true(events_remind(queue));
    g_assert_true(events_fetch(queue, EVENT_CLASS_HOTPLUG, &log));
    g_assert_false(events_remind(queue));
}

/* --- the monitor's commands --------------------------------------------------------------- */

static void on_send(void *opaque, const char *text) { g_string_append(opaque, text); }
static void on_ready(void *opaque) {}

static const QmpOwner owner = {.send = on_send, .broadcast = on_send, .ready = on_ready};

/** @arguments in single quotes, since C has the other ones. */
static void say(QmpSession *session, GString *sent, const char *command, const char *arguments,
                const char *wanted)
{
    g_autoptr(GString) text = g_string_new(NULL);

    g_string_printf(text, "{'execute': '%s', 'arguments': {%s}}", command, arguments);
    g_string_replace(text, "'", "\"", 0);
    g_string_truncate(sent, 0);
    qmp_session_handle(session, text->str, text->len);
    g_string_replace(sent, "\"", "'", 0);
    if (!strstr(sent->str, wanted))
        g_error("%s: %s", text->str, sent->str);
}

static void test_monitor(void)
{
    g_autoptr(World) world = world_new(FAKE_HV_POWER9, 2);
    g_autoptr(GString) sent = g_string_new(NULL);
    QmpSession *session = qmp_session_new(world->vm, NULL, &owner, sent);

    say(session, sent, "qmp_capabilities", "", "'return': {}");
    say(session, sent, "device_add", "'driver': 'host-spapr-cpu-core', 'id': 'c', 'core-id': 2",
        "'return': {}");
    say(session, sent, "device_add", "'driver': 'power9_v2.0-spapr-cpu-core', 'core-id': 4",
        "'return': {}");
    say(session, sent, "device_add", "'driver': 'x-spapr-cpu-core', 'core-id': 3",
        "multiples of 2");
    say(session, sent, "device_add", "'driver': 'x-spapr-cpu-core', 'core-id': 4294967296",
        "multiples of 2");
    say(session, sent, "device_add", "'driver': 'x-spapr-cpu-core'", "core-id is missing");
    say(session, sent, "device_add", "'driver': 'x-spapr-cpu-core', 'core-id': 6, 'node-id': 1",
        "no node-id but 0");
    say(session, sent, "device_add", "'driver': 'x-spapr-cpu-core', 'core-id': 6, 'size': 1",
        "'size' not found");
    say(session, sent, "device_add", "'driver': 'e1000'", "not a valid device model name");
    say(session, sent, "query-hotpluggable-cpus", "",
        "{'props': {'core-id': 0}, 'vcpus-count': 2, 'qom-path': '/machine/unattached/core0', "
        "'type': 'host-spapr-cpu-core'}, {'props': {'core-id': 2}, 'vcpus-count': 2, 'qom-path': "
        "'/machine/peripheral/c', 'type': 'host-spapr-cpu-core'}");
    say(session, sent, "query-hotpluggable-cpus", "",
        "{'props': {'core-id': 6}, 'vcpus-count': 2, 'type': 'host-spapr-cpu-core'}]");

    say(session, sent, "object-add",
        "'qom-type': 'memory-backend-ram', 'id': 'memdimm0', 'size': 33554432", "'return': {}");
    say(session, sent, "object-add", "'qom-type': 'memory-backend-file', 'id': 'f', 'size': 1",
        "memory-backend-ram only");
    say(session, sent, "device_add", "'driver': 'pc-dimm', 'id': 'dimm0', 'memdev': 'other'",
        "no such object");
    say(session, sent, "device_add", "'driver': 'pc-dimm', 'id': 'dimm0'", "memdev is missing");
    say(session, sent, "device_add",
        "'driver': 'pc-dimm', 'id': 'dimm0', 'memdev': 'memdimm0', 'node': 0, 'slot': 2",
        "'return': {}");
    say(session, sent, "device_add", "'driver': 'pc-dimm', 'id': 'dimm1', 'memdev': 'memdimm0'",
        "in use");
    say(session, sent, "device_add", "'driver': 'pc-dimm', 'size': 16777216", "'return': {}");
    say(session, sent, "query-memory-devices", "",
        "[{'data': {'id': 'dimm0', 'addr': 553648128, 'slot': 2, 'node': 0, 'memdev': "
        "'/objects/memdimm0', 'size': 33554432, 'hotplugged': true, 'hotpluggable': true}, "
        "'type': 'dimm'}, {'data': {'id': 'dimm1'");
    say(session, sent, "object-del", "'id': 'memdimm0'", "in use");
    say(session, sent, "device_del", "'id': 'dimm0'", "'return': {}");
    settle();
    say(session, sent, "object-del", "'id': 'memdimm0'", "'return': {}");
    say(session, sent, "device_del", "'id': 'dimm0'", "not found");
    say(session, sent, "system_powerdown", "", "'return': {}");
    g_assert_nonnull(strstr(events->str, "POWERDOWN;"));
    qmp_session_free(session);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    log_open(NULL, LOG_ERROR, NULL);
    events = g_string_new(NULL);
    g_test_add_func("/plug/core", test_core);
    g_test_add_func("/plug/core/refused", test_core_refused);
    g_test_add_func("/plug/core/kept", test_core_kept);
    g_test_add_func("/plug/core/debugged", test_core_debugged);
    g_test_add_func("/plug/memory", test_memory);
    g_test_add_func("/plug/memory/refused", test_memory_refused);
    g_test_add_func("/plug/memory/kept", test_memory_kept);
    g_test_add_func("/plug/backends", test_backends);
    g_test_add_func("/plug/reset", test_reset);
    g_test_add_func("/plug/no-events", test_no_events);
    g_test_add_func("/plug/powerdown", test_powerdown);
    g_test_add_func("/plug/unread", test_unread);
    g_test_add_func("/plug/monitor", test_monitor);
    int status = g_test_run();
    g_string_free(events, TRUE);
    return status;
}
