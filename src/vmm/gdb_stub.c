/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/gdb_stub.h"

#include <string.h>

#include "src/base/log.h"
#include "src/vmm/debug.h"
#include "src/vmm/gdb_packet.h"
#include "src/vmm/gdb_private.h"

/* --- packets out ----------------------------------------------------------------------- */

static void send_reply(GdbStub *stub)
{
    g_free(stub->last);
    stub->last = gdb_packet_wrap(stub->reply);
    /* Binary replies are escaped, but may have zeros in them. */
    stub->last_length = stub->reply->len + strlen("$#00");
    stub->send(stub->opaque, stub->last, stub->last_length);
}

static void send_text(GdbStub *stub, const char *text)
{
    g_string_assign(stub->reply, text);
    send_reply(stub);
}

void gdb_reply_error(GdbStub *stub, unsigned code) { g_string_printf(stub->reply, "E%02x", code); }

/** Why the guest is held: signal 5, or 2 where the user asked. */
static void write_stop(GdbStub *stub, const Vcpu *cpu, unsigned signal, gboolean breakpoint)
{
    g_string_printf(stub->reply, "T%02xthread:%x;", signal, gdb_thread_of(cpu));
    if (breakpoint && stub->swbreak)
        g_string_append(stub->reply, "swbreak:;");
}

/** Events STOP and RESUME. */
static void tell_monitor(GdbStub *stub, gboolean held)
{
    if (stub->told != held)
        stub->vm->control->event(stub->vm, held ? "STOP" : "RESUME", NULL);
    stub->told = held;
}

static void tell_stop(GdbStub *stub, Vcpu *cpu, unsigned signal, gboolean breakpoint)
{
    stub->running = FALSE;
    stub->cpu = cpu;
    tell_monitor(stub, TRUE);
    write_stop(stub, cpu, signal, breakpoint);
    send_reply(stub);
}

static void on_stopped(void *opaque, Vcpu *cpu, gboolean breakpoint)
{
    GdbStub *stub = opaque;

    if (stub->attached && stub->running)
        tell_stop(stub, cpu, GDB_SIGNAL_TRAP, breakpoint);
}

/* --- running ---------------------------------------------------------------------------- */

/** Let it go on; false if there is an answer at once. */
static gboolean run(GdbStub *stub, Vcpu *step)
{
    g_autoptr(GError) error = NULL;
    gboolean done = FALSE;

    if (step && !debug_step(stub->vm->debug, step, &done, &error)) {
        log_debug("gdb: no step: %s", error->message);
        gdb_reply_error(stub, GDB_ERROR_STEP);
        return FALSE;
    }
    if (done) {
        stub->cpu = step;
        write_stop(stub, step, GDB_SIGNAL_TRAP, FALSE);
        return FALSE;
    }
    stub->running = TRUE;
    if (!step) {
        tell_monitor(stub, FALSE);
        debug_continue(stub->vm->debug);
    }
    return TRUE;
}

/** "vCont;s:1;c": the first action that steps a thread decides. */
static gboolean handle_vcont(GdbStub *stub, const char *actions)
{
    while (*actions == ';') {
        char action = actions[1];
        const char *at = actions + 1 + (action != 0);
        Vcpu *cpu = stub->cpu;

        /* A signal's number: there are none to deliver. */
        if (action == 'C' || action == 'S')
            at += strspn(at, "0123456789abcdefABCDEF");
        if (*at == ':' && !gdb_parse_thread(stub, &(const char *){at + 1}, &cpu)) {
            gdb_reply_error(stub, GDB_ERROR_THREAD);
            return FALSE;
        }
        if (action == 's' || action == 'S')
            return run(stub, cpu);
        if (action != 'c' && action != 'C') {
            gdb_reply_error(stub, GDB_ERROR_FORM);
            return FALSE;
        }
        at = strchr(at, ';');
        if (!at)
            return run(stub, NULL);
        actions = at;
    }
    gdb_reply_error(stub, GDB_ERROR_FORM);
    return FALSE;
}

static void interrupt(GdbStub *stub)
{
    if (!stub->running)
        return;
    debug_hold(stub->vm->debug);
    tell_stop(stub, stub->cpu, GDB_SIGNAL_INT, FALSE);
}

/* --- packets in -------------------------------------------------------------------------- */

/** Carry out the packet @text; false if there is no answer now. The answer is empty at first. */
static gboolean handle(GdbStub *stub, const char *text, size_t length)
{
    switch (text[0]) {
    case '?':
        write_stop(stub, stub->cpu, GDB_SIGNAL_TRAP, FALSE);
        break;
    case 'c':
    case 'C':
        return !run(stub, NULL);
    case 's':
    case 'S':
        return !run(stub, stub->cpu);
    case 'D':
        gdb_stub_detach(stub);
        send_text(stub, "OK");
        return FALSE;
    case 'k':
        stub->vm->control->request(stub->vm, VM_REQUEST_QUIT, "ended by the debugger");
        return FALSE;
    case 'v':
        if (!strcmp(text, "vCont?"))
            g_string_assign(stub->reply, "vCont;c;C;s;S");
        else if (g_str_has_prefix(text, "vCont;"))
            return !handle_vcont(stub, text + strlen("vCont"));
        break;
    case 'q':
    case 'Q':
    case 'H':
    case 'T':
        gdb_handle_query(stub, text);
        break;
    default:
        gdb_handle_state(stub, text, length);
        break;
    }
    return TRUE;
}

static void on_packet(GdbStub *stub)
{
    const GString *payload = stub->in.payload;

    if (!stub->no_ack)
        stub->send(stub->opaque, "+", 1);
    /* While the guest runs there is nothing to be asked. */
    if (stub->running)
        return;
    g_string_truncate(stub->reply, 0);
    if (handle(stub, payload->str, payload->len))
        send_reply(stub);
}

void gdb_stub_receive(GdbStub *stub, const void *bytes, size_t length)
{
    gdb_packet_push(&stub->in, bytes, length);
    while (stub->attached) {
        switch (gdb_packet_next(&stub->in)) {
        case GDB_PACKET_MORE:
            return;
        case GDB_PACKET_WHOLE:
            on_packet(stub);
            break;
        case GDB_PACKET_BAD:
            if (!stub->no_ack)
                stub->send(stub->opaque, "-", 1);
            break;
        case GDB_PACKET_REPEAT:
            if (!stub->no_ack && stub->last)
                stub->send(stub->opaque, stub->last, stub->last_length);
            break;
        case GDB_PACKET_INTERRUPT:
            interrupt(stub);
            break;
        }
    }
}

/* --- a debugger comes and goes ------------------------------------------------------------ */

gboolean gdb_stub_attach(GdbStub *stub, GError **error)
{
    if (!debug_attach(stub->vm->debug, error))
        return FALSE;
    gdb_packet_finish(&stub->in);
    gdb_packet_init(&stub->in);
    g_clear_pointer(&stub->last, g_free);
    stub->attached = TRUE;
    stub->running = stub->no_ack = stub->swbreak = FALSE;
    stub->cpu = stub->vm->vcpus[0];
    tell_monitor(stub, TRUE);
    return TRUE;
}

void gdb_stub_detach(GdbStub *stub)
{
    if (!stub->attached)
        return;
    stub->attached = FALSE;
    debug_detach(stub->vm->debug);
    tell_monitor(stub, FALSE);
}

gboolean gdb_stub_is_attached(const GdbStub *stub) { return stub->attached; }

GdbStub *gdb_stub_new(Vm *vm, GdbSend send, void *opaque)
{
    GdbStub *stub = g_new0(GdbStub, 1);

    stub->vm = vm;
    stub->send = send;
    stub->opaque = opaque;
    stub->reply = g_string_new(NULL);
    gdb_packet_init(&stub->in);
    debug_new(vm, on_stopped, stub);
    return stub;
}

void gdb_stub_free(GdbStub *stub)
{
    if (!stub)
        return;
    if (stub->attached && stub->running)
        send_text(stub, "W00");
    gdb_stub_detach(stub);
    debug_free(stub->vm->debug);
    gdb_packet_finish(&stub->in);
    g_string_free(stub->reply, TRUE);
    g_free(stub->last);
    g_free(stub);
}
