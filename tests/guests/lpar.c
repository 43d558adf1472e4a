// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a partition can learn of itself and of its platform: the hypercalls that
 * Linux asks in /proc/powerpc/lparcfg, what KVM keeps in a virtual processor
 * area and a dispatch trace log, H_CONFER to one processor.
 */
#include "guest.h"

enum {
    H_CONSTRAINED = 4,
    H_NOT_AVAILABLE = 3,
    H_AUTHORITY = -10,
    H_RESOURCE = -16,
    H_PERFMON = 0x7c,
    H_REGISTER_VPA = 0xdc,
    H_GET_PPP = 0xec,
    H_SET_PPP = 0xf0,
    H_PURR = 0xf4,
    H_PIC = 0xf8,
    H_POLL_PENDING = 0x1d8,
    H_VASI_STATE = 0x2a4,
    H_GET_EM_PARMS = 0x2b8,
    H_SET_MPP = 0x2d0,
    H_GET_MPP = 0x2d4,
    H_BEST_ENERGY = 0x2f4,
    H_GET_MPP_X = 0x314,
};

/** H_REGISTER_VPA's functions, in bits 16 to 18. */
#define VPA_REGISTER (UINT64_C(1) << 45)
#define VPA_REGISTER_DTL (UINT64_C(2) << 45)

/** Offsets in the area (LoPAR 14.11.1.1, Linux's asm/lppaca.h). */
enum {
    VPA_SIZE = 0x280,
    VPA_LENGTH = 0x04,
    VPA_STATUS = 0x09,
    VPA_STATUS_SHARED = 2,
    VPA_DTL_ENABLE = 0xb8,
    VPA_DTL_ALL = 7,
    VPA_DISPATCHES = 0x100,
    VPA_DISPERSIONS = 0x104,
    VPA_DTL_INDEX = 0x218,
    DTL_ENTRY = 48,
};

static u8 vpa[1024] __attribute__((aligned(1024)));
static u8 dtl[4096] __attribute__((aligned(4096)));

/* The guest only waits; a CPU that is started does, too. */
void secondary_main(u64 index)
{
    for (;;)
        hcall(H_CEDE, 0, 0, 0, 0);
}

/* Call @number with two arguments; the results to @args, which must be written. */
static long ask(u64 number, u64 a, u64 b, u64 *args)
{
    for (unsigned i = 0; i < HCALL_ARGS; i++)
        args[i] = 0;
    args[0] = a;
    args[1] = b;
    return hcall_raw(number, args);
}

static void expect(const char *what, long ret, long wanted)
{
    if (ret != wanted)
        guest_fail("%s says %ld, not %ld", what, ret, wanted);
}

static void try_processors(void)
{
    u64 args[HCALL_ARGS];

    expect("H_GET_PPP", ask(H_GET_PPP, 0, 0, args), H_SUCCESS);
    u64 entitled = args[0], cores = args[3] & 0xffff, pool = args[3] >> 16 & 0xffff;
    print("lpar: entitled %lu capped %lu weight %lu pool %lu of %lu cores, capacity %lu\n",
          entitled, args[3] >> 48 & 1, args[3] >> 40 & 0xff, pool, cores, args[4] & 0xffffff);
    if (!entitled || entitled % 100 || !cores || pool != cores || args[4] >> 48 != pool)
        guest_fail("H_GET_PPP makes no sense");

    expect("H_SET_PPP", hcall(H_SET_PPP, entitled, 0, 0, 0), H_SUCCESS);
    expect("H_SET_PPP", hcall(H_SET_PPP, entitled + 100, 0, 0, 0), H_CONSTRAINED);
    expect("H_SET_PPP", hcall(H_SET_PPP, entitled, 256, 0, 0), H_PARAMETER);
    expect("H_POLL_PENDING", hcall(H_POLL_PENDING, 0, 0, 0, 0), H_SUCCESS);
    expect("H_PERFMON", ask(H_PERFMON, UINT64_C(1) << 63, 0, args), H_SUCCESS);
    if (args[0] != UINT64_C(1) << 63)
        guest_fail("H_PERFMON returns %lx", args[0]);
    expect("H_PERFMON", hcall(H_PERFMON, 0, UINT64_C(1) << 63, 0, 0), H_RESOURCE);
    expect("H_PERFMON", hcall(H_PERFMON, 1, 0, 0, 0), H_PARAMETER);

    /* KVM counts the register only while the guest runs: it goes on, but not back. */
    expect("H_PURR", ask(H_PURR, 0, 0, args), H_SUCCESS);
    u64 before = args[0];
    expect("H_PURR", ask(H_PURR, 0, 0, args), H_SUCCESS);
    print("lpar: purr %s\n", args[0] > before ? "counts" : args[0] < before ? "BACK" : "still");
    if (args[0] < before)
        guest_fail("the PURR went back");
}

static void try_pool(void)
{
    u64 args[HCALL_ARGS], first[HCALL_ARGS];

    if (!option("pool", 0)) {
        expect("H_PIC", hcall(H_PIC, 0, 0, 0, 0), H_AUTHORITY);
        print("lpar: pool not to know\n");
        return;
    }
    expect("H_PIC", ask(H_PIC, 0, 0, first), H_SUCCESS);
    for (u64 end = timebase() + milliseconds(300); (s64)(timebase() - end) < 0;)
        ;
    expect("H_PIC", ask(H_PIC, 0, 0, args), H_SUCCESS);
    /* Its clock has steps of 10 ms. */
    u64 ms = (args[2] - first[2]) / milliseconds(1) / args[1];
    print("lpar: pool of %lu cores, %lu ms, %lu ms idle\n", args[1], ms,
          (args[0] - first[0]) / milliseconds(1));
    if (args[1] != 1 && args[1] > 64)
        guest_fail("%lu cores", args[1]);
    if (ms < 250 || ms > 5000 || args[0] > args[2] || args[0] + args[3] != args[2] || ~args[6])
        guest_fail("H_PIC makes no sense");
}

static void try_memory(void)
{
    u64 args[HCALL_ARGS];

    expect("H_GET_MPP", ask(H_GET_MPP, 0, 0, args), H_SUCCESS);
    print("lpar: memory %lu MiB entitled, %lu MiB backing\n", args[0] >> 20, args[6] >> 20);
    if (args[0] != machine.ram_end || args[6] != args[0] || ~args[1] || args[2] != 0xffff ||
        ~args[4] || args[3] || args[5])
        guest_fail("H_GET_MPP makes no sense");
    expect("H_SET_MPP", hcall(H_SET_MPP, args[0], 0, 0, 0), H_SUCCESS);
    expect("H_SET_MPP", hcall(H_SET_MPP, args[0] + 4096, 0, 0, 0), H_CONSTRAINED);
    expect("H_GET_MPP_X", ask(H_GET_MPP_X, 0, 0, args), H_SUCCESS);
    expect("H_GET_EM_PARMS", ask(H_GET_EM_PARMS, 1, 1, args), H_SUCCESS);
    if (args[0])
        guest_fail("a policy of energy that nobody has set");
    expect("H_BEST_ENERGY", hcall(H_BEST_ENERGY, 0x601, 0, 0, 0), H_NOT_AVAILABLE);
    expect("H_BEST_ENERGY", hcall(H_BEST_ENERGY, 0xe01, 0, 0, 0), -256 - 52);
    expect("H_VASI_STATE", hcall(H_VASI_STATE, 1, 0, 0, 0), H_FUNCTION);
    print("lpar: memory ok\n");
}

static u32 vpa_word(unsigned offset) { return *(volatile u32 *)(vpa + offset); }
static u64 dtl_index(void) { return *(volatile u64 *)(vpa + VPA_DTL_INDEX); }

/* Sleep for a moment, so that KVM dispatches this CPU anew. */
static void nap(void)
{
    set_decrementer(milliseconds(5));
    hcall(H_CEDE, 0, 0, 0, 0);
}

static void try_vpa(void)
{
    u32 id = machine.cpu_ids[0];

    *(u16 *)(vpa + VPA_LENGTH) = VPA_SIZE;
    *(u32 *)(dtl + 4) = sizeof(dtl);
    vpa[VPA_DTL_ENABLE] = VPA_DTL_ALL;
    expect("H_REGISTER_VPA", hcall(H_REGISTER_VPA, VPA_REGISTER, id, (u64)vpa, 0), H_SUCCESS);
    expect("H_REGISTER_VPA", hcall(H_REGISTER_VPA, VPA_REGISTER_DTL, id, (u64)dtl, 0), H_SUCCESS);
    nap();
    u32 dispatches = vpa_word(VPA_DISPATCHES);
    u64 logged = dtl_index();
    for (unsigned i = 0; i < 10; i++)
        nap();
    dispatches = vpa_word(VPA_DISPATCHES) - dispatches;
    logged = dtl_index() - logged;
    print("lpar: vpa shared %u, 10 naps: %u dispatches, %lu logged, %u dispersions\n",
          !!(vpa[VPA_STATUS] & VPA_STATUS_SHARED), dispatches, logged, vpa_word(VPA_DISPERSIONS));
    if (!(vpa[VPA_STATUS] & VPA_STATUS_SHARED) || !dispatches || !logged)
        guest_fail("KVM does not keep the areas");
}

static void try_confer(void)
{
    expect("H_CONFER to all", hcall(H_CONFER, -1UL, 0, 0, 0), H_SUCCESS);
    for (unsigned i = 1; i < machine.n_cpus; i++)
        expect("H_CONFER", hcall(H_CONFER, machine.cpu_ids[i], 0, 0, 0), H_SUCCESS);
    expect("H_CONFER to nobody", hcall(H_CONFER, 9999, 0, 0, 0), H_PARAMETER);
    print("lpar: confer ok\n");
}

void guest_main(void)
{
    try_processors();
    try_pool();
    try_memory();
    try_vpa();
    try_confer();
    print("lpar: ok\n");
}
