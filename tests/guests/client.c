// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of Open Firmware: first all services as they are meant, on the real
 * tree, then hostile calls, on the first CPU while the second one, which
 * firmware started, makes good ones all the time.
 */
#include "client.h"

enum { NAME_MAX = 64, PATH_MAX = 256, NO_HANDLE = 0xffffffff };

static char path[PATH_MAX], name[NAME_MAX], previous[NAME_MAX];
static u8 value[65536];
static u64 nodes, properties;

static u32 addr(const void *p) { return (u32)(u64)p; }

u32 client_one(const char *service, unsigned nargs, ...)
{
    u32 args[OF_CELLS], result = 0;
    va_list list;

    va_start(list, nargs);
    for (unsigned i = 0; i < nargs; i++)
        args[i] = va_arg(list, u32);
    va_end(list);
    if (of_client(service, nargs, args, 1, &result))
        guest_fail("%s is refused", service);
    return result;
}

static void expect(const char *what, u32 is, u32 wanted)
{
    if (is != wanted)
        guest_fail("%s is %x, not %x", what, is, wanted);
}

static u32 chosen_handle(const char *property)
{
    u32 handle = 0;

    expect("length of a handle",
           client_one("getprop", 4, client_one("finddevice", 1, addr("/chosen")), addr(property),
                      addr(&handle), 4),
           4);
    return handle;
}

/** Each property of @node in turn, each with its length. */
static void check_properties(u32 node)
{
    previous[0] = 0;
    for (;;) {
        u32 more = client_one("nextprop", 3, node, addr(previous), addr(name));

        if (!more)
            return;
        expect("nextprop", more, 1);
        u32 length = client_one("getproplen", 2, node, addr(name));
        expect("getprop's length",
               client_one("getprop", 4, node, addr(name), addr(value), (u32)sizeof(value)), length);
        memcpy(previous, name, sizeof(name));
        properties++;
    }
}

/** @node and all below: a path leads back to where it came from. */
static void check_node(u32 node)
{
    u32 length = client_one("package-to-path", 3, node, addr(path), (u32)sizeof(path));

    expect("length of a path", (u32)strlen(path), length);
    expect("finddevice of a path", client_one("finddevice", 1, addr(path)), node);
    check_properties(node);
    nodes++;
    for (u32 child = client_one("child", 1, node); child; child = client_one("peer", 1, child)) {
        expect("parent", client_one("parent", 1, child), node);
        check_node(child);
    }
}

static void check_console(void)
{
    static const char text[] = "client: written by firmware\r\n";
    u32 out = chosen_handle("stdout");

    expect("write", client_one("write", 3, out, addr(text), (u32)strlen(text)), strlen(text));
    client_one("instance-to-path", 3, out, addr(path), (u32)sizeof(path));
    expect("package of stdout", client_one("instance-to-package", 1, out),
           client_one("finddevice", 1, addr(path)));
    /* Longer than any console takes at once: the entry waits. */
    memset(value, '.', 4096);
    value[4094] = '\r', value[4095] = '\n';
    for (int i = 0; i < 20; i++)
        expect("a long write", client_one("write", 3, out, addr(value), 4096), 4096);
    expect("read where nothing was typed",
           client_one("read", 3, chosen_handle("stdin"), addr(value), 1), (u32)-2);
}

static u32 check_memory(u32 rtas_size)
{
    u32 at = client_one("claim", 3, 0, 0x10000, 0x10000), none;
    const u32 part[] = {at + 0x1000, 0x1000};

    if (at == NO_HANDLE || at % 0x10000 || at < (u64)core_end)
        guest_fail("claimed memory is at %x", at);
    *(volatile u64 *)(u64)at = 1;
    expect("claim of what is taken", client_one("claim", 3, at, 1, 0), NO_HANDLE);
    of_client("release", 2, part, 0, &none);
    expect("claim of what was given back", client_one("claim", 3, at + 0x1000, 0x1000, 0),
           at + 0x1000);
    expect("claim of this program", client_one("claim", 3, 0x100, 0x100, 0), NO_HANDLE);
    expect("claim beyond memory", client_one("claim", 3, (u32)machine.rma, 1, 0), NO_HANDLE);
    return client_one("claim", 3, 0, rtas_size, 0x1000);
}

/** RTAS as a client gets at it: loaded by its method, called by its entry. */
static void check_rtas(void)
{
    tree_node node = tree_find("/rtas");
    u32 base = check_memory(tree_cell(node, "rtas-size", 0)), rets[2];
    u32 args[] = {addr("instantiate-rtas"), client_one("open", 1, addr("/rtas")), base};
    static u32 buffer[16] __attribute__((aligned(64)));

    if (of_client("call-method", 3, args, 2, rets) || rets[0] || !rets[1])
        guest_fail("RTAS cannot be had: %x %x", rets[0], rets[1]);
    buffer[0] = tree_cell(node, "query-cpu-stopped-state", 0);
    buffer[1] = 1;
    buffer[2] = 2;
    buffer[3] = machine.cpu_ids[0];
    barrier();
    ((long (*)(u32 *))(u64)rets[1])(buffer);
    barrier();
    expect("RTAS's status", buffer[4], 0);
    expect("RTAS's answer", buffer[5], 2);
}

static void check_the_rest(void)
{
    u32 nvram = client_one("open", 1, addr("/vdevice/nvram")), rets[2];
    const u32 forth[] = {addr("2 3 + dup *")};
    u32 before = client_one("milliseconds", 0);
    u64 start = timebase();

    expect("seek", client_one("seek", 3, nvram, 0, 0xff00), 0);
    expect("write to NVRAM", client_one("write", 3, nvram, addr("kept"), 4), 4);
    expect("seek", client_one("seek", 3, nvram, 0, 0xff00), 0);
    expect("read of NVRAM", client_one("read", 3, nvram, addr(value), 4), 4);
    expect("what was kept", (u32)memcmp(value, "kept", 4), 0);
    if (of_client("interpret", 1, forth, 2, rets) || rets[0] || rets[1] != 25)
        guest_fail("Forth cannot count: %x %x", rets[0], rets[1]);
    expect("test", client_one("test", 1, addr("claim")), 0);
    expect("test of nothing", client_one("test", 1, addr("claim?")), NO_HANDLE);
    expect("canon", client_one("canon", 3, addr("hvterm"), addr(path), 64), 21);
    while (timebase() - start < milliseconds(20))
        continue;
    if (client_one("milliseconds", 0) - before < 10)
        guest_fail("time stands still");
    if (of_client("no-such-service", 0, NULL, 0, rets) != -1)
        guest_fail("a service that there is not");
}

/* --- the second CPU --------------------------------------------------------------- */

static volatile u64 other_calls;
static volatile bool other_end;

void secondary_main(u64 index)
{
    static u32 array[8] __attribute__((aligned(64)));
    static u32 other_value[4];
    u32 node = (u32)tree_find("/chosen");

    while (!other_end) {
        const u32 words[] = {addr(other_calls & 1 ? "getprop" : "setprop"),
                             4,
                             1,
                             node,
                             addr("test,other"),
                             addr(other_value),
                             4,
                             77};

        memcpy(array, words, sizeof(words));
        barrier();
        if (((long (*)(u32 *))of_entry)(array) || (array[7] != 4 && array[7] != NO_HANDLE))
            guest_fail("the second CPU's call gives %x", array[7]);
        other_calls++;
    }
    for (;;)
        hcall(H_CEDE, 0, 0, 0, 0);
}

static void start_other(void)
{
    const u32 args[] = {client_one("finddevice", 1, addr("/cpus/@1")), addr(secondary_entry), 1};
    u64 start = timebase();
    u32 none;

    if (of_client("start-cpu", 3, args, 0, &none))
        guest_fail("start-cpu is refused");
    while (!other_calls) {
        if (timebase() - start > milliseconds(30000))
            guest_fail("the second CPU does not start");
        hcall(H_CONFER, (u64)-1, 0, 0, 0);
    }
}

void guest_main(void)
{
    u32 none;

    random_seed(option("seed", 1) * 0x9e3779b97f4a7c15);
    if (!of_entry)
        guest_fail("there is no Open Firmware");
    check_node(client_one("peer", 1, 0));
    check_console();
    check_rtas();
    check_the_rest();
    print("client: %lu nodes, %lu properties ok\n", nodes, properties);
    if (option("exit", 0))
        of_client("exit", 0, NULL, 0, &none);
    if (machine.n_cpus > 1)
        start_other();
    client_attack(option("calls", 20000));
    if (of_client("quiesce", 0, NULL, 0, &none))
        guest_fail("quiesce is refused");
    check_node(client_one("peer", 1, 0));
    other_end = true;
    print("client: done, second CPU made %lu calls\n", other_calls);
}
