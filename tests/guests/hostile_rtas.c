// SPDX-License-Identifier: GPL-2.0-or-later
/* RTAS calls with right and wrong counts, arguments, and buffers anywhere. */
#include "hostile.h"

enum { CANARY = 0x5ca1ab1e, CELLS = 3 + 16 };

struct service {
    const char *name;
    u8 nargs, nret;
    /** It ends or stops the guest when called as it should be. */
    bool deadly;
    /** Bit N: argument N is where it writes to. */
    u8 writes;
    /** KVM's XICS answers it, which writes a status even where no cell is for it. */
    bool xics;
    u32 token;
};

static struct service services[] = {
    {"display-character", 1, 1, .writes = 0},
    {"power-off", 2, 1, .deadly = true},
    {"ibm,power-off-ups", 0, 1, .deadly = true},
    {"system-reboot", 0, 1, .deadly = true},
    {"query-cpu-stopped-state", 1, 2, .writes = 0},
    {"start-cpu", 3, 1, .writes = 0},
    {"stop-self", 0, 1, .deadly = true},
    {"ibm,suspend-me", 0, 1, .deadly = true},
    {"ibm,get-system-parameter", 3, 1, .writes = 1 << 1},
    {"ibm,set-system-parameter", 2, 1, .writes = 0},
    {"ibm,os-term", 1, 1, .deadly = true},
    {"get-power-level", 1, 2, .writes = 0},
    {"set-power-level", 2, 2, .writes = 0},
    {"ibm,nmi-register", 2, 1, .writes = 0},
    {"ibm,nmi-interlock", 0, 1, .writes = 0},
    {"ibm,configure-kernel-dump", 3, 1, .writes = 7},
    {"set-indicator", 3, 1, .writes = 0},
    {"get-sensor-state", 2, 2, .writes = 0},
    {"ibm,configure-connector", 2, 1, .writes = 3},
    {"read-pci-config", 2, 2, .writes = 0},
    {"write-pci-config", 3, 1, .writes = 0},
    {"ibm,read-pci-config", 4, 2, .writes = 0},
    {"ibm,write-pci-config", 5, 1, .writes = 0},
    {"ibm,query-interrupt-source-number", 4, 3, .writes = 0},
    {"ibm,change-msi", 6, 3, .writes = 0},
    {"get-time-of-day", 0, 8, .writes = 0},
    {"set-time-of-day", 7, 1, .writes = 0},
    {"check-exception", 6, 1, .writes = 0x7f},
    {"event-scan", 4, 1, .writes = 0x0f},
    {"rtas-last-error", 2, 1, .writes = 3},
    {"nvram-fetch", 3, 2, .writes = 1 << 1},
    {"nvram-store", 3, 2, .writes = 0},
    {"ibm,get-xive", 1, 3, .xics = true},
    {"ibm,set-xive", 3, 1, .xics = true},
    {"ibm,int-on", 1, 1, .xics = true},
    {"ibm,int-off", 1, 1, .xics = true},
    {"ibm,get-vpd", 4, 3, .writes = 0x0f},
    {"ibm,get-indices", 5, 2, .writes = 0x1f},
    {"ibm,update-nodes", 2, 1, .writes = 3},
    {"ibm,update-properties", 2, 1, .writes = 3},
    {"ibm,get-dynamic-sensor-state", 2, 2, .writes = 0},
    {"ibm,set-dynamic-indicator", 3, 1, .writes = 0},
    {"ibm,errinjct", 3, 1, .writes = 7},
    {"ibm,open-errinjct", 0, 2, .writes = 0},
    {"ibm,close-errinjct", 1, 1, .writes = 0},
    {"quiesce", 0, 1, .writes = 0},
    {"freeze-time-base", 0, 1, .writes = 0},
    {"thaw-time-base", 0, 1, .writes = 0},
};
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

static u32 first_token, last_token;
static bool kernel_xics;

void rtas_attack_init(void)
{
    kernel_xics = option("kernel-xics", 0);
    for (unsigned i = 0; i < SERVICES; i++) {
        u32 token = rtas_token(services[i].name);

        services[i].token = token;
        if (!token)
            continue;
        if (!first_token || token < first_token)
            first_token = token;
        if (token > last_token)
            last_token = token;
    }
    if (!first_token)
        guest_fail("the tree has no RTAS services");
}

u32 rtas_attack_first(void) { return first_token - 4; }
u32 rtas_attack_last(void) { return last_token + 16; }

static const struct service *service_of(u32 token)
{
    for (unsigned i = 0; i < SERVICES; i++) {
        if (services[i].token && services[i].token == token)
            return &services[i];
    }
    return NULL;
}

/* One in four: a count that is no count. */
static u32 count_near(u32 right)
{
    static const u32 wrong[] = {0, 1, 15, 16, 17, 255, 256, 0x7fffffff, 0x80000000, -1, -3};

    return pick(4) ? right : wrong[pick(sizeof(wrong) / sizeof(wrong[0]))];
}

static u32 cell(const struct service *service, unsigned index)
{
    u32 value = arg_any();

    /* Names of 8 bits and up that the service writes to: not into this program. */
    if (service && (service->writes >> index & 1) && value < (u64)core_end)
        value += places.scratch;
    if (service && !strcmp(service->name, "start-cpu") && index == 1)
        value = (u32)(u64)secondary_entry;
    /* Handlers of machine checks and resets: only where they are refused, or they'd be called. */
    if (service && !strcmp(service->name, "ibm,nmi-register"))
        value = (u32)(machine.ram_end + value % (256 << 20));
    return value;
}

/** The buffer has canaries around it, which only a service that writes elsewhere too
 *  may touch. */
static void call_in_buffer(u32 token, u32 nargs, u32 nret, const struct service *service)
{
    u64 room = (CELLS + 2) * 4;
    u64 at = places.buffers + (pick(places.buffers_size - room) & -4UL);
    volatile u32 *words = (u32 *)at;
    u32 used = nargs + nret, cells = nargs <= 16 && nret <= 16 && used <= 16 ? used : 16;
    long ret;

    words[0] = CANARY;
    words[1] = token;
    words[2] = nargs;
    words[3] = nret;
    for (u32 i = 0; i < 16; i++)
        words[4 + i] = cell(service, i);
    words[4 + cells] = CANARY;
    ret = hcall(H_RTAS, at + 4, 0, 0, 0);
    stats_hcall(H_RTAS, ret);
    if (ret == H_SUCCESS && nret && used <= 16)
        stats_rtas(token, words[4 + nargs]);
    if (kernel_xics && service && service->xics && nret == 0)
        words[4 + cells] = CANARY;
    if (!(service && service->writes) &&
        (words[0] != CANARY || ((used <= 16 || ret != H_SUCCESS) && words[4 + cells] != CANARY)))
        guest_fail("RTAS token %x, %u and %u cells: wrote outside of its buffer", token, nargs,
                   nret);
    words[1] = 0; /* no call by accident */
}

/** The buffer where none can be, or just can; what it holds is what is there. */
static void call_anywhere(u32 token, u32 nargs, u32 nret, const struct service *service)
{
    u64 at = arg_outside_core(arg_any());
    u64 room = machine.rma - at;
    long ret;

    if (pick(2)) { /* at the end of memory */
        at = machine.ram_end - pick(80);
        room = machine.rma - at;
    }
    /* Fill in what fits, if it is ours to write. */
    if (at > (u64)core_end && at < machine.rma && room < 128) {
        u32 words[] = {token, nargs, nret, 0, 0, 0, 0, 0};

        for (unsigned i = 0; service && i < 5; i++)
            words[3 + i] = cell(service, i);

        memcpy((void *)at, words, room < sizeof(words) ? room : sizeof(words));
    }
    ret = hcall(H_RTAS, at, 0, 0, 0);
    stats_hcall(H_RTAS, ret);
    if (at >= machine.ram_end - 12 && at < machine.ram_end && ret == H_SUCCESS)
        guest_fail("RTAS buffer at %lx, which ends behind memory, was accepted", at);
}

void rtas_attack_token(u32 token)
{
    const struct service *service = service_of(token);
    u32 nargs, nret;

    if (service && service->deadly) {
        nargs = 8 + pick(4);
        nret = 1 + pick(4);
    } else {
        nargs = count_near(service ? service->nargs : pick(8));
        nret = count_near(service ? service->nret : pick(8));
    }
    if (pick(8))
        call_in_buffer(token, nargs, nret, service);
    else
        call_anywhere(token, nargs, nret, service);
}

void rtas_attack(void)
{
    u32 token = arg_any();

    switch (pick(8)) {
    case 0: {
        if (!service_of(token))
            break;
    } /* fall through */
    case 1:
        token = first_token - 4 + pick(last_token - first_token + 20);
        break;
    default:
        do
            token = services[pick(SERVICES)].token;
        while (!token);
    }
    rtas_attack_token(token);
}
