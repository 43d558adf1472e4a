/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/plug.h"

#include <inttypes.h>
#include <string.h>

#include "hw/spapr/events.h"
#include "hw/spapr/pci/pci_host.h"
#include "hw/spapr/platform.h"
#include "src/base/error.h"
#include "src/base/guest_mem.h"
#include "src/base/log.h"
#include "src/vmm/debug.h"
#include "src/vmm/dump.h"
#include "src/vmm/option_label.h"
#include "src/vmm/plug_private.h"
#include "src/vmm/vcpu.h"
#include "src/vmm/vm.h"

enum { ID_MAX = 64 };

static void device_clear(PlugDevice *device)
{
    g_free(device->id);
    *device = (PlugDevice){0};
}

static void dimm_free(gpointer opaque)
{
    Dimm *dimm = opaque;

    device_clear(&dimm->device);
    g_free(dimm->backend);
    g_free(dimm);
}

static char *core_name(unsigned core, unsigned threads)
{
    return g_strdup_printf("core%u", core * threads);
}

Plug *plug_new(Vm *vm)
{
    Plug *plug = g_new0(Plug, 1);

    plug->vm = vm;
    plug->hotplug = vm->platform->hotplug;
    plug->cores = g_new0(PlugDevice, plug->hotplug->max_cores);
    plug->dimms = g_ptr_array_new_with_free_func(dimm_free);
    plug->backends = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    plug_cards_init(plug);
    for (unsigned i = 0; i < vm->config->cpus / vm->config->threads; i++) {
        plug->cores[i].id = core_name(i, vm->config->threads);
        plug->cores[i].cold = TRUE;
    }
    plug_wait_init(plug);
    return plug;
}

void plug_free(Plug *plug)
{
    if (!plug)
        return;
    plug_wait_finish(plug);
    for (unsigned i = 0; i < plug->hotplug->max_cores; i++)
        device_clear(&plug->cores[i]);
    g_free(plug->cores);
    g_ptr_array_unref(plug->dimms);
    g_hash_table_unref(plug->backends);
    plug_cards_finish(plug);
    g_free(plug);
}

/* --- names ---------------------------------------------------------------------------- */

static PlugDevice *find_core(const Plug *plug, const char *id, unsigned *core)
{
    for (*core = 0; *core < plug->hotplug->max_cores; ++*core) {
        PlugDevice *device = &plug->cores[*core];

        if (device->id && !strcmp(device->id, id))
            return device;
    }
    return NULL;
}

static Dimm *find_dimm(const Plug *plug, const char *id)
{
    for (unsigned i = 0; i < plug->dimms->len; i++) {
        Dimm *dimm = g_ptr_array_index(plug->dimms, i);

        if (!strcmp(dimm->device.id, id))
            return dimm;
    }
    return NULL;
}

char *plug_device_path(const PlugDevice *device)
{
    return g_strdup_printf("/machine/%s/%s", device->cold ? "unattached" : "peripheral",
                           device->id);
}

gboolean plug_id_ok(const char *id)
{
    return g_ascii_isalpha(*id) && strlen(id) <= ID_MAX &&
           strspn(id, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._") == strlen(id);
}

gboolean plug_check_id(const Plug *plug, const char *id, GError **error)
{
    unsigned core;

    if (!plug_id_ok(id))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "an id begins with a letter, has letters, digits and -._ only, and %d of "
                         "them at most",
                         ID_MAX);
    if (find_core(plug, id, &core) || find_dimm(plug, id) || plug_find_card(plug, id))
        return error_set(error, PAPRIKA_ERROR_USAGE, "Duplicate device ID '%s'", id);
    return TRUE;
}

/* --- connectors ---------------------------------------------------------------------------- */

PlugUnits plug_device_units(const Plug *plug, const PlugDevice *device)
{
    const Hotplug *hotplug = plug->hotplug;

    if (device->dimm)
        return (PlugUnits){hotplug->lmbs, hotplug_lmb_unit(hotplug, device->dimm->addr),
                           hotplug_lmb_unit(hotplug, device->dimm->size)};
    if (device->card)
        return (PlugUnits){plug->vm->pci->hosts[device->card->bridge].slots, device->card->slot, 1};
    return (PlugUnits){hotplug->cores, (uint32_t)(device - plug->cores), 1};
}

Event plug_device_event(const Plug *plug, const PlugDevice *device, EventAction action)
{
    PlugUnits units = plug_device_units(plug, device);

    if (device->dimm)
        return (Event){
            .kind = EVENT_HOTPLUG,
            .resource = EVENT_RESOURCE_MEMORY,
            .action = action,
            .index = drc_index(DRC_LMB, units.unit),
            .count = units.count,
        };
    if (device->card)
        return (Event){
            .kind = EVENT_HOTPLUG,
            .resource = EVENT_RESOURCE_PCI,
            .action = action,
            .index = drc_index(DRC_PCI, PCI_DRC_ID(device->card->bridge, device->card->slot)),
        };
    return (Event){
        .kind = EVENT_HOTPLUG,
        .resource = EVENT_RESOURCE_CPU,
        .action = action,
        .index = drc_index(DRC_CPU, units.unit * plug->vm->stride),
    };
}

static void announce(Plug *plug, const PlugDevice *device)
{
    Event event = plug_device_event(plug, device, EVENT_ADD);

    plug_post(plug, &event);
}

/* --- cores ------------------------------------------------------------------------------ */

/** A new vCPU would be one that the debugger, or the dump that is written, knows nothing of. */
static gboolean check_nobody_holds(const Vm *vm, GError **error)
{
    if (vm->debug && debug_is_attached(vm->debug))
        return error_set(error, PAPRIKA_ERROR_USAGE, "no core is plugged under a debugger");
    if (vm->dump && dump_is_active(vm->dump))
        return error_set(error, PAPRIKA_ERROR_USAGE, "no core is plugged while a dump is written");
    return TRUE;
}

/** The core's vCPUs as after power-on, made where there are none yet. All vCPUs parked. */
static gboolean make_vcpus(Plug *plug, unsigned core, GError **error)
{
    Vm *vm = plug->vm;
    unsigned threads = vm->config->threads;

    for (unsigned i = core * threads; i < (core + 1) * threads; i++) {
        Vcpu *cpu = vm_vcpu_at(vm, i);

        if (!cpu || !cpu->thread)
            cpu = vm_add_vcpu(vm, i, error);
        if (!cpu || !vcpu_reset(cpu, error))
            return FALSE;
    }
    return TRUE;
}

gboolean plug_core(Plug *plug, unsigned core, const char *id, GError **error)
{
    unsigned threads = plug->vm->config->threads;
    g_autofree char *name = id ? g_strdup(id) : core_name(core, threads);

    if (core >= plug->hotplug->max_cores)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "core %u: this machine can have %u processors (--cpus N,max=M)",
                         core * threads, config_max_cpus(plug->vm->config));
    if (plug->cores[core].id)
        return error_set(error, PAPRIKA_ERROR_USAGE, "core %u is there already", core * threads);
    if (!plug_check_id(plug, name, error) || !check_nobody_holds(plug->vm, error))
        return FALSE;

    vm_look_begin(plug->vm);
    gboolean ok = make_vcpus(plug, core, error);
    if (ok)
        hotplug_set_core(plug->hotplug, core, TRUE);
    vm_look_end(plug->vm);
    if (!ok)
        return FALSE;
    plug->cores[core] = (PlugDevice){.id = g_steal_pointer(&name)};
    log_info("core %u was plugged", core * threads);
    announce(plug, &plug->cores[core]);
    return TRUE;
}

static void core_gone(Plug *plug, unsigned core)
{
    vm_look_begin(plug->vm);
    hotplug_set_core(plug->hotplug, core, FALSE);
    vm_look_end(plug->vm);
    log_info("core %u was unplugged", core * plug->vm->config->threads);
    device_clear(&plug->cores[core]);
}

/* --- memory ---------------------------------------------------------------------------- */

/** The lowest address at which @size bytes are free, or 0. */
static uint64_t find_room(const Plug *plug, uint64_t size)
{
    const VmConfig *config = plug->vm->config;
    uint64_t at = config->memory;

    for (unsigned i = 0; i < plug->dimms->len; i++) {
        const Dimm *dimm = g_ptr_array_index(plug->dimms, i);

        if (dimm->addr - at >= size)
            return at;
        at = dimm->addr + dimm->size;
    }
    return config_max_memory(config) - at >= size ? at : 0;
}

/** *@slot, or if it is UINT64_MAX the first that is free. */
static gboolean find_slot(const Plug *plug, uint64_t *slot, GError **error)
{
    gboolean used[PLUG_MAX_DIMMS] = {FALSE};

    for (unsigned i = 0; i < plug->dimms->len; i++)
        used[((const Dimm *)g_ptr_array_index(plug->dimms, i))->slot] = TRUE;
    if (*slot == UINT64_MAX) {
        for (*slot = 0; *slot < PLUG_MAX_DIMMS && used[*slot]; ++*slot)
            continue;
    }
    if (*slot >= PLUG_MAX_DIMMS || used[*slot])
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "no such slot is free; there are %d, from 0 on", PLUG_MAX_DIMMS);
    return TRUE;
}

static gboolean check_memory(const Plug *plug, const PlugMemory *memory, GError **error)
{
    const VmConfig *config = plug->vm->config;
    uint64_t lmb = plug->hotplug->lmb;

    if (config_max_memory(config) == config->memory)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "no memory can be plugged: the guest was started without --max-memory");
    if (!memory->size || memory->size % lmb)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%" PRIu64 " bytes are not a multiple of %" PRIu64
                         " MiB, a block of this guest's memory",
                         memory->size, lmb / MIB);
    if (memory->addr != UINT64_MAX && memory->addr % lmb)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "address %#" PRIx64 " is not a multiple of %" PRIu64 " MiB", memory->addr,
                         lmb / MIB);
    return TRUE;
}

/** Back @dimm, give it to KVM, and attach its connectors. */
static gboolean dimm_attach(Plug *plug, const Dimm *dimm, GError **error)
{
    Vm *vm = plug->vm;
    void *host = guest_mem_plug(vm->mem, dimm->addr, dimm->size, error);

    if (!host)
        return FALSE;
    int ret =
        vm->ops->vm_map(vm->hv, PLUG_FIRST_KVM_SLOT + dimm->slot, dimm->addr, dimm->size, host);
    if (ret) {
        guest_mem_unplug(vm->mem, dimm->addr, dimm->size);
        return error_set_errno(error, PAPRIKA_ERROR_HOST, -ret,
                               "KVM does not take %" PRIu64 " MiB more of guest memory",
                               dimm->size / MIB);
    }
    hotplug_add_memory(plug->hotplug, dimm->addr, dimm->size);
    return TRUE;
}

static void insert_dimm(Plug *plug, Dimm *dimm)
{
    unsigned at = 0;

    while (at < plug->dimms->len &&
           ((const Dimm *)g_ptr_array_index(plug->dimms, at))->addr < dimm->addr)
        at++;
    g_ptr_array_insert(plug->dimms, (int)at, dimm);
}

static char *dimm_name(const Plug *plug)
{
    for (unsigned i = 0;; i++) {
        char *name = g_strdup_printf("dimm%u", i);

        if (!find_dimm(plug, name))
            return name;
        g_free(name);
    }
}

gboolean plug_memory(Plug *plug, const PlugMemory *memory, GError **error)
{
    g_autofree char *name = memory->id ? g_strdup(memory->id) : dimm_name(plug);
    uint64_t slot = memory->slot;

    if (!check_memory(plug, memory, error) || !plug_check_id(plug, name, error) ||
        !find_slot(plug, &slot, error))
        return FALSE;

    uint64_t addr = memory->addr == UINT64_MAX ? find_room(plug, memory->size) : memory->addr;
    if (!addr && memory->addr == UINT64_MAX)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "there is no room for %" PRIu64 " MiB: --max-memory is %" PRIu64 " MiB",
                         memory->size / MIB, config_max_memory(plug->vm->config) / MIB);

    Dimm *dimm = g_new0(Dimm, 1);
    *dimm = (Dimm){
        .device = {.dimm = dimm, .id = g_steal_pointer(&name)},
        .backend = g_strdup(memory->backend),
        .addr = addr,
        .size = memory->size,
        .slot = (unsigned)slot,
    };
    vm_look_begin(plug->vm);
    gboolean ok = dimm_attach(plug, dimm, error);
    vm_look_end(plug->vm);
    if (!ok) {
        dimm_free(dimm);
        return FALSE;
    }
    insert_dimm(plug, dimm);
    log_info("%" PRIu64 " MiB of memory were plugged at %#" PRIx64, dimm->size / MIB, dimm->addr);
    announce(plug, &dimm->device);
    return TRUE;
}

static void dimm_gone(Plug *plug, Dimm *dimm)
{
    Vm *vm = plug->vm;

    vm_look_begin(vm);
    hotplug_remove_memory(plug->hotplug, dimm->addr);
    vm->ops->vm_map(vm->hv, PLUG_FIRST_KVM_SLOT + dimm->slot, dimm->addr, 0, NULL);
    guest_mem_unplug(vm->mem, dimm->addr, dimm->size);
    vm_look_end(vm);
    log_info("%" PRIu64 " MiB of memory were unplugged at %#" PRIx64, dimm->size / MIB, dimm->addr);
    g_ptr_array_remove(plug->dimms, dimm);
}

/* --- both ------------------------------------------------------------------------------ */

static gboolean unplug(Plug *plug, PlugDevice *device, GError **error)
{
    PlugUnits units = plug_device_units(plug, device);
    Event event = plug_device_event(plug, device, EVENT_REMOVE);

    if (device == &plug->cores[0])
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "Boot CPU core may not be unplugged: the guest starts on it");
    drc_request_unplug(units.family, units.unit, units.count);
    if (!plug_post(plug, &event)) {
        drc_withdraw_unplug(units.family, units.unit, units.count);
        return error_set(error, PAPRIKA_ERROR_HOST, "the guest looks at no events");
    }
    plug_wait_for(plug, device);
    return TRUE;
}

void plug_device_gone(Plug *plug, PlugDevice *device)
{
    if (device->dimm)
        dimm_gone(plug, device->dimm);
    else if (device->card)
        plug_card_gone(plug, device->card);
    else
        core_gone(plug, (unsigned)(device - plug->cores));
}

/** The device called @id, or at QEMU's path of it, or NULL. */
static PlugDevice *find_device(const Plug *plug, const char *id)
{
    const char *slash = strrchr(id, '/');
    const char *name = slash ? slash + 1 : id;
    unsigned core;
    PlugDevice *device = find_core(plug, name, &core);
    Dimm *dimm = find_dimm(plug, name);
    PlugCard *card = plug_find_card(plug, name);

    if (dimm)
        device = &dimm->device;
    return card ? &card->device : device;
}

gboolean plug_has(const Plug *plug, const char *id) { return find_device(plug, id) != NULL; }

gboolean plug_unplug(Plug *plug, const char *id, GError **error)
{
    PlugDevice *device = find_device(plug, id);

    if (!device) {
        g_autofree char *shown = option_value_label(id);
        return error_set(error, PAPRIKA_ERROR_USAGE, "Device '%s' not found", shown);
    }
    if (device->card && !plug_card_may_go(plug, device->card, error))
        return FALSE;
    if (device->asked)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "Device %s is already in the process of unplug", device->id);
    if (!plug_guest_listens(plug))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "the guest has said that it takes no hotplug events: nothing can be "
                         "asked back from it");
    return unplug(plug, device, error);
}

gboolean plug_add_backend(Plug *plug, const char *id, uint64_t size, GError **error)
{
    if (!plug_check_id(plug, id, error))
        return FALSE;
    if (!size || size % MACHINE_LMB_MIN)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "%" PRIu64 " bytes are not a multiple of %u MiB", size,
                         (unsigned)(MACHINE_LMB_MIN / MIB));
    if (g_hash_table_contains(plug->backends, id))
        return error_set(error, PAPRIKA_ERROR_USAGE, "attempt to add duplicate property '%s'", id);
    if (g_hash_table_size(plug->backends) >= 2 * PLUG_MAX_DIMMS)
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "there are %d such objects, and no room for more", 2 * PLUG_MAX_DIMMS);
    g_hash_table_insert(plug->backends, g_strdup(id), g_memdup2(&size, sizeof(size)));
    return TRUE;
}

static gboolean backend_is_used(const Plug *plug, const char *id)
{
    for (unsigned i = 0; i < plug->dimms->len; i++) {
        if (!g_strcmp0(((const Dimm *)g_ptr_array_index(plug->dimms, i))->backend, id))
            return TRUE;
    }
    return FALSE;
}

gboolean plug_remove_backend(Plug *plug, const char *id, GError **error)
{
    if (!g_hash_table_contains(plug->backends, id))
        return error_set(error, PAPRIKA_ERROR_USAGE, "object '%s' not found", id);
    if (backend_is_used(plug, id))
        return error_set(error, PAPRIKA_ERROR_USAGE, "object '%s' is in use, can not be deleted",
                         id);
    g_hash_table_remove(plug->backends, id);
    return TRUE;
}

uint64_t plug_backend_size(const Plug *plug, const char *id)
{
    const uint64_t *size = g_hash_table_lookup(plug->backends, id);

    return size && !backend_is_used(plug, id) ? *size : 0;
}

gboolean plug_powerdown(Vm *vm)
{
    Events *events = vm->platform->events;

    if (events_powerdown_waits(events) || !events_post(events, &(Event){.kind = EVENT_POWERDOWN}))
        return FALSE;
    log_info("the guest was asked to shut down");
    vm->control->event(vm, "POWERDOWN", NULL);
    plug_watch(vm->plug);
    return TRUE;
}

const char *plug_core_id(const Plug *plug, unsigned core)
{
    return core < plug->hotplug->max_cores ? plug->cores[core].id : NULL;
}

char *plug_core_path(const Plug *plug, unsigned core)
{
    return plug_core_id(plug, core) ? plug_device_path(&plug->cores[core]) : NULL;
}

Vcpu *plug_vcpu(const Plug *plug, uint64_t index)
{
    const Vm *vm = plug->vm;

    if (index >= config_max_cpus(vm->config) ||
        !plug_core_id(plug, (unsigned)index / vm->config->threads))
        return NULL;
    return vm_vcpu_at(vm, index);
}

gboolean plug_dimm(const Plug *plug, unsigned index, PlugDimm *out)
{
    if (index >= plug->dimms->len)
        return FALSE;

    const Dimm *dimm = g_ptr_array_index(plug->dimms, index);
    *out = (PlugDimm){dimm->device.id, dimm->backend, dimm->addr, dimm->size, dimm->slot};
    return TRUE;
}
