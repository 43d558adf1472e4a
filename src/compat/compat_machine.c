/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -machine and what goes with it: accelerator, processor, name, clock, memory and its objects. */
#include <string.h>
#include <time.h>

#include "src/compat/compat_parse.h"

static const char READY[] = "a guest has what the host's kernel offers";

static const CompatFact machine_facts[] = {
    {"usb", "off", "there is no USB: use <controller type='usb' model='none'/>"},
    {"graphics", "off", "there is no display"},
    {"dump-guest-core", "on|off", ""},
    {"mem-merge", "off", "pages are not offered to the host for merging: use <nosharepages/>"},
    {"vsmt", NULL, ""},
    {"kvm-type", "auto|hv|HV", "only KVM HV is used"},
    {"x-vof", "on|off", ""},
    {"cap-htm", "off", "guests have no transactional memory: leave out <htm state='on'/>"},
    {"cap-nested-hv", "off", "guests cannot have guests: leave out <nested-hv state='on'/>"},
    {"cap-nested-papr", "off", "guests cannot have guests"},
    {"cap-large-decr", "on", READY},
    {"cap-vsx", "on", READY},
    {"cap-dfp", "on", READY},
    {"cap-fwnmi", "on", READY},
    {"cap-ail-mode-3", "on", READY},
    {"cap-dawr1", "off", "guests have one watchpoint register"},
    /* The guest is told what the host's kernel says of itself, whatever was asked for. */
    {"cap-cfpc", "broken|workaround|fixed", READY},
    {"cap-sbbc", "broken|workaround|fixed", READY},
    {"cap-ibs", "broken|workaround|fixed-ibs|fixed-ccd|fixed-na", READY},
    {"cap-ccf-assist", "on|off", READY},
    {0},
};

/** The first in @words that is @value gives its fellow; NULL and a message otherwise. */
static const char *translate(CompatParse *parse, QemuOption *option, const char *key,
                             const char *value, const char *const words[][2])
{
    for (; words[0][0]; words++) {
        if (!strcmp(words[0][0], value))
            return words[0][1];
    }
    compat_refuse(parse, option, "%s=%s is not there in Paprika", key, value);
    return NULL;
}

static void take_word(CompatParse *parse, QemuOption *option, const char *key, const char *set,
                      const char *const words[][2])
{
    const char *value = qemu_option_take(option, key);
    const char *word = value ? translate(parse, option, key, value, words) : NULL;

    if (word)
        compat_set(parse, option, set, word);
}

static void take_irq(CompatParse *parse, QemuOption *option)
{
    static const char *const modes[][2] = {
        {"dual", "auto"}, {"xive", "xive"}, {"xics", "xics"}, {0}};
    static const char *const places[][2] = {
        {"on", "kernel"}, {"off", "user"}, {"allowed", "auto"}, {0}};
    const char *mode = qemu_option_take(option, "ic-mode");
    const char *place = qemu_option_take(option, "kernel-irqchip");

    mode = translate(parse, option, "ic-mode", mode ? mode : "dual", modes);
    place = translate(parse, option, "kernel-irqchip", place ? place : "allowed", places);
    if (mode && place) {
        g_autofree char *value = g_strdup_printf("%s,in=%s", mode, place);
        compat_set(parse, option, "irq", value);
    }
}

static void take_accelerators(CompatParse *parse, QemuOption *option)
{
    const char *list = qemu_option_take(option, "accel");
    g_auto(GStrv) names = g_strsplit(list ? list : "kvm", ":", -1);

    /* The first that works is meant; where nothing runs, that makes no difference. */
    if (!parse->compat->probing && !g_strv_contains((const char *const *)names, "kvm"))
        compat_refuse(parse, option,
                      "accelerator '%s' is not there in Paprika, which runs guests by KVM alone: "
                      "use <domain type='kvm'>",
                      list);
}

void compat_option_accel(CompatParse *parse, QemuOption *option)
{
    take_accelerators(parse, option);
}

/** Hash page tables of guests without huge pages have pages of up to 64K anyway. */
static void take_page_size(CompatParse *parse, QemuOption *option)
{
    static const char *const sizes[][2] = {{"65536", ""}, {"64k", ""}, {"64K", ""}, {0}};
    const char *value = qemu_option_take(option, "cap-hpt-max-page-size");

    if (value)
        translate(parse, option, "cap-hpt-max-page-size", value, sizes);
}

void compat_option_machine(CompatParse *parse, QemuOption *option)
{
    static const char *const compats[][2] = {
        {"power8", "power8"}, {"power9", "power9"}, {"power10", "power10"}, {0}};
    static const char *const resizes[][2] = {
        {"enabled", "auto"}, {"required", "on"}, {"disabled", "off"}, {0}};
    static const char *const switches[][2] = {{"on", "yes"}, {"off", "no"}, {0}};
    const char *type = compat_take_needed(parse, option, "type");
    const char *backend;

    parse->has_machine = TRUE;
    parse->compat->probing = !strcmp(type, "none");
    take_accelerators(parse, option);
    if (parse->compat->probing)
        return;
    if (*type && strcmp(type, COMPAT_MACHINE) && strcmp(type, COMPAT_MACHINE_ALIAS))
        compat_refuse(parse, option,
                      "machine '%s' is not there in Paprika: use " COMPAT_MACHINE
                      " or " COMPAT_MACHINE_ALIAS,
                      type);
    backend = qemu_option_take(option, "memory-backend");
    if (backend) {
        g_free(parse->memory_backend);
        parse->memory_backend = g_strdup(backend);
    }
    take_word(parse, option, "max-cpu-compat", "max-cpu-compat", compats);
    take_word(parse, option, "resize-hpt", "hpt-resize", resizes);
    take_word(parse, option, "cap-rpt-invalidate", "rpt-invalidate", switches);
    take_page_size(parse, option);
    take_irq(parse, option);
    compat_take_facts(parse, option, machine_facts);
}

void compat_option_cpu(CompatParse *parse, QemuOption *option)
{
    static const char *const models[][2] = {
        {"host", "none"},     {"POWER8", "power8"},   {"power8", "power8"},   {"POWER9", "power9"},
        {"power9", "power9"}, {"POWER10", "power10"}, {"power10", "power10"}, {0}};
    static const char *const compats[][2] = {
        {"power8", "power8"}, {"power9", "power9"}, {"power10", "power10"}, {0}};
    const char *model = compat_take_needed(parse, option, "model");
    const char *level = *model ? translate(parse, option, "model", model, models) : NULL;

    /* "host" takes nothing back from -machine max-cpu-compat. */
    if (level && strcmp(level, "none"))
        compat_set(parse, option, "max-cpu-compat", level);
    take_word(parse, option, "compat", "max-cpu-compat", compats);
}

void compat_option_name(CompatParse *parse, QemuOption *option)
{
    static const CompatFact facts[] = {{"debug-threads", "on|off", ""}, {0}};
    const char *name = qemu_option_take(option, "guest");

    if (name)
        compat_set(parse, option, "name", name);
    compat_take_facts(parse, option, facts);
}

void compat_option_uuid(CompatParse *parse, QemuOption *option)
{
    const char *uuid = compat_take_needed(parse, option, "uuid");

    if (*uuid && !g_uuid_string_is_valid(uuid)) {
        compat_refuse(parse, option, "'%s' is no UUID", uuid);
        return;
    }
    g_free(parse->vm->uuid);
    parse->vm->uuid = g_ascii_strdown(uuid, -1);
}

void compat_option_rtc(CompatParse *parse, QemuOption *option)
{
    static const CompatFact facts[] = {
        {"clock", "host", "the guest's clock goes by the host's"},
        {"driftfix", "none", "there is no timer that could drift"},
        {0},
    };
    const char *base = qemu_option_take(option, "base");

    compat_take_facts(parse, option, facts);
    if (base && !strcmp(base, "localtime")) {
        time_t now = time(NULL);
        struct tm local;

        if (localtime_r(&now, &local))
            parse->vm->rtc_offset = local.tm_gmtoff;
    } else if (base) {
        g_autofree char *value = g_strconcat("base=", base, NULL);
        compat_set(parse, option, "rtc", value);
    }
}
