/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The debugger asks what there is: threads, what the stub can do, how registers are numbered. */
#include <string.h>

#include "src/vmm/gdb_private.h"
#include "src/vmm/gdb_regs.h"

gboolean gdb_parse_number(const char **text, char end, uint64_t *number)
{
    const char *at = *text;

    *number = 0;
    for (; g_ascii_isxdigit(*at) && at - *text < 16; at++)
        *number = *number << 4 | (uint64_t)g_ascii_xdigit_value(*at);
    if (at == *text || (end && *at != end) || (!end && g_ascii_isxdigit(*at)))
        return FALSE;
    *text = end ? at + 1 : at;
    return TRUE;
}

gboolean gdb_parse_thread(const GdbStub *stub, const char **text, Vcpu **cpu)
{
    uint64_t thread;

    if (g_str_has_prefix(*text, "-1"))
        return TRUE;
    if (!gdb_parse_number(text, 0, &thread))
        return FALSE;
    if (!thread)
        return TRUE;
    Vcpu *found = vm_vcpu_at(stub->vm, thread - 1);
    if (found)
        *cpu = found;
    return found != NULL;
}

/** "ANNEX:OFFSET,LENGTH" of the target description. */
static void read_description(GdbStub *stub, const char *text)
{
    g_autofree char *xml = NULL;
    uint64_t offset, length;

    if (!g_str_has_prefix(text, "target.xml:")) {
        g_string_assign(stub->reply, "E00");
        return;
    }
    text += strlen("target.xml:");
    if (!gdb_parse_number(&text, ',', &offset) || !gdb_parse_number(&text, 0, &length)) {
        gdb_reply_error(stub, GDB_ERROR_FORM);
        return;
    }
    xml = gdb_regs_describe();
    size_t size = strlen(xml);
    offset = MIN(offset, size);
    length = MIN(length, GDB_MEMORY_MAX);
    g_string_assign(stub->reply, offset + length < size ? "m" : "l");
    gdb_packet_escape(stub->reply, xml + offset, MIN(length, size - offset));
}

static void list_threads(GdbStub *stub)
{
    /* All in one answer: 2048 of them, with their commas, fit. */
    for (unsigned i = 0; i < stub->vm->n_vcpus; i++)
        g_string_append_printf(stub->reply, "%s%x", i ? "," : "m",
                               gdb_thread_of(stub->vm->vcpus[i]));
}

static void describe_thread(GdbStub *stub, const char *text)
{
    static const char *const states[] = {
        [VCPU_STOPPED] = "stopped", [VCPU_STARTING] = "starting", [VCPU_RUNNING] = "running"};
    Vcpu *cpu = stub->cpu;

    if (!gdb_parse_thread(stub, &text, &cpu)) {
        gdb_reply_error(stub, GDB_ERROR_THREAD);
        return;
    }
    g_mutex_lock(&cpu->lock);
    VcpuState state = cpu->state;
    g_mutex_unlock(&cpu->lock);
    g_autofree char *line = g_strdup_printf("CPU %u, %s", cpu->index, states[state]);
    for (const char *c = line; *c; c++)
        g_string_append_printf(stub->reply, "%02x", (unsigned)*c);
}

void gdb_handle_query(GdbStub *stub, const char *text)
{
    const char *rest = text + 1;
    Vcpu *cpu = stub->cpu;

    if (text[0] == 'H' || text[0] == 'T') {
        /* Hc is for packets that we get in other forms; it is taken all the same. */
        rest += text[0] == 'H' && *rest;
        if (!gdb_parse_thread(stub, &rest, &cpu)) {
            gdb_reply_error(stub, GDB_ERROR_THREAD);
            return;
        }
        if (text[0] == 'H' && text[1] == 'g')
            stub->cpu = cpu;
        g_string_assign(stub->reply, "OK");
    } else if (g_str_has_prefix(text, "qSupported")) {
        stub->swbreak = strstr(text, "swbreak+") != NULL;
        g_string_printf(stub->reply,
                        "PacketSize=%x;qXfer:features:read+;vContSupported+;swbreak+;"
                        "QStartNoAckMode+",
                        GDB_PACKET_MAX);
    } else if (g_str_has_prefix(text, "qXfer:features:read:")) {
        read_description(stub, text + strlen("qXfer:features:read:"));
    } else if (!strcmp(text, "qfThreadInfo")) {
        list_threads(stub);
    } else if (!strcmp(text, "qsThreadInfo")) {
        g_string_assign(stub->reply, "l");
    } else if (g_str_has_prefix(text, "qThreadExtraInfo,")) {
        describe_thread(stub, text + strlen("qThreadExtraInfo,"));
    } else if (!strcmp(text, "qC")) {
        g_string_printf(stub->reply, "QC%x", gdb_thread_of(stub->cpu));
    } else if (g_str_has_prefix(text, "qAttached")) {
        g_string_assign(stub->reply, "1");
    } else if (!strcmp(text, "QStartNoAckMode")) {
        stub->no_ack = TRUE;
        g_string_assign(stub->reply, "OK");
    }
}
