/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "src/base/error.h"
#include "src/base/log.h"
#include "src/vmm/config_file.h"
#include "src/vmm/option_keys.h"
#include "src/vmm/option_port.h"
#include "src/vmm/options.h"
#include "src/vmm/options_help.h"
#include "src/vmm/suggest.h"

enum { MAX_ARGS = 8 };

/** What a good row leaves in the configuration, as text to compare. */
static char *describe(const VmConfig *c)
{
    static const char *const boots[] = {"auto", "direct", "of"};
    static const char *const mmus[] = {"auto", "radix", "hash"};
    static const char *const compats[] = {"none", "power8", "power9", "power10"};
    static const char *const resizes[] = {"auto", "on", "off"};
    static const char *const irqs[] = {"auto", "xive", "xics"};
    static const char *const places[] = {"", "/kernel", "/user"};
    static const char *const consoles[] = {"stdio", "pty", "file", "unix", "none"};
    static const char *const sandboxes[] = {"off", "on", "log"};
    static const char *const levels[] = {"error", "warn", "info", "debug"};

    g_autoptr(GString) numa = g_string_new(NULL);

    for (unsigned i = 0; c->numa && i < c->numa->n_nodes; i++) {
        g_string_append_printf(numa, "%" G_GUINT64_FORMAT "M:", c->numa->memory[i] >> 20);
        for (unsigned cpu = 0; cpu < CONFIG_MAX_VCPUS; cpu++) {
            if (c->numa->cpu_node[cpu] == i)
                g_string_append_printf(numa, "%u,", cpu);
        }
        for (unsigned to = 0; to < CONFIG_MAX_NODES; to++) {
            if (c->numa->distance[i][to])
                g_string_append_printf(numa, "(%u)%u,", to, c->numa->distance[i][to]);
        }
        g_string_append(numa, ";");
    }
    g_autofree char *text = g_strdup_printf(
        "kernel=%s initrd=%s append=%s name=%s boot=%s memory=%" G_GUINT64_FORMAT
        "M hugepages=%d cpus=%u/%u max-cpus=%u mmu=%s irq=%s%s compat=%s rpt=%d console=%s:%s "
        "no-reboot=%d "
        "log=%s:%s trace=%s max-memory=%" G_GUINT64_FORMAT "M hpt=%u/%s/%d qmp=%s nvram=%s "
        "sandbox=%s/%s/%s tpm=%s",
        c->kernel ? c->kernel : "-", c->initrd ? c->initrd : "-", c->append ? c->append : "-",
        c->name ? c->name : "-", boots[c->boot], c->memory >> 20,
        c->memory_backing == MEMORY_HUGETLB, c->cpus, c->threads, c->max_cpus, mmus[c->mmu],
        irqs[c->irq], places[c->irq_place], compats[c->max_cpu_compat], c->rpt_invalidate,
        consoles[c->console], c->console_path ? c->console_path : "-", c->no_reboot,
        levels[c->log_level], c->log_file ? c->log_file : "-", c->trace ? c->trace : "-",
        c->max_memory >> 20, c->hpt_order, resizes[c->hpt_resize], c->hpt_verify,
        c->qmp_path ? c->qmp_path : "-", c->nvram_path ? c->nvram_path : "-", sandboxes[c->sandbox],
        c->user ? c->user : "-", c->chroot ? c->chroot : "-", c->tpm_path ? c->tpm_path : "-");
    return g_strdup_printf("%s gdb=%s pool=%d numa=%s backing=%d:%d:%s", text,
                           c->gdb ? c->gdb : "-", c->pool_stats, numa->str, c->memory_backing,
                           c->memory_share, c->memory_path ? c->memory_path : "-");
}

typedef struct {
    const char *args[MAX_ARGS];
    /** A part of describe()'s text, or of the message. */
    const char *expect;
} Row;

static const Row good_rows[] = {
    {{"--kernel", "k"},
     "kernel=k initrd=- append=- name=- boot=auto memory=1024M hugepages=0 cpus=1/1 max-cpus=0 "
     "mmu=auto "
     "irq=auto "
     "compat=none rpt=0 console=stdio:- no-reboot=0 log=info:- trace=-"},
    {{"--kernel=k", "--initrd=i"}, "kernel=k initrd=i "},
    {{"--kernel", "k", "--append", "a=b c"}, "append=a=b c name"},
    {{"--kernel", "k", "--append="}, "append= name"},
    {{"--kernel", "k", "--append=--x"}, "append=--x "},
    {{"--kernel", "\xff\xfe"}, "kernel=\xff\xfe "},
    {{"--kernel", "k", "--memory", "128"}, "memory=128M"},
    {{"--kernel", "k", "--memory", "128M"}, "memory=128M"},
    {{"--kernel", "k", "--memory", "144m"}, "memory=144M"},
    {{"--kernel", "k", "--memory", "131072K"}, "memory=128M"},
    {{"--kernel", "k", "--memory", "1T"}, "memory=1048576M"},
    {{"--kernel", "k", "--memory", "16T"}, "memory=16777216M"},
    {{"--kernel", "k", "--memory", "0002g"}, "memory=2048M"},
    {{"--kernel", "k", "--hugepages"}, "hugepages=1"},
    {{"--kernel", "k", "--rpt-invalidate"}, "rpt=1"},
    {{"--kernel", "k", "--pool-stats"}, "pool=1"},
    {{"--kernel", "k", "--hugepages=no"}, "hugepages=0"},
    {{"--kernel", "k", "--hugepages=yes", "--no-reboot"}, "hugepages=1"},
    {{"--kernel", "k", "--cpus", "8"}, "cpus=8/1"},
    {{"--kernel", "k", "--cpus", "3"}, "cpus=3/1"},
    {{"--kernel", "k", "--cpus", "8,threads=4"}, "cpus=8/4"},
    {{"--kernel", "k", "--cpus", "2048,threads=8"}, "cpus=2048/8"},
    {{"--kernel", "k"}, "backing=0:0:-"},
    {{"--kernel", "k", "--memory-backing", "anonymous,share=on"}, "backing=0:1:-"},
    {{"--kernel", "k", "--memory-backing", "memfd"}, "backing=1:1:-"},
    {{"--kernel", "k", "--memory-backing=memfd,share=off"}, "backing=1:0:-"},
    {{"--kernel", "k", "--memory-backing", "hugetlb"}, "hugepages=1"},
    {{"--kernel", "k", "--memory-backing", "hugetlb"}, "backing=2:0:-"},
    {{"--kernel", "k", "--memory-backing", "file:/a,b"}, "backing=3:1:/a,b"},
    {{"--kernel", "k", "--memory-backing", "file:/a,share=off"}, "backing=3:0:/a"},
    {{"--kernel", "k", "--hugepages", "--memory-backing", "memfd"}, "hugepages=0"},
    {{"--kernel", "k"}, "numa="},
    {{"--kernel", "k", "--numa", "node,cpus=0,memory=1G"}, "numa=1024M:0,;"},
    {{"--kernel", "k", "--cpus=2", "--numa", "node,memory=512M,cpus=1", "--numa=node,memory=512M",
      "--numa=node,cpus=0"},
     "numa=512M:1,;512M:;0M:0,;"},
    {{"--kernel", "k", "--numa", "node,cpus=0-3,cpus=7,memory=1G"}, "numa=1024M:0,1,2,3,7,;"},
    {{"--kernel", "k", "--numa", "dist,src=0,dst=1,val=254", "--numa=node,cpus=0,memory=1G",
      "--numa=node", "--numa=dist,src=1,dst=0,val=11"},
     "numa=1024M:0,(1)254,;0M:(0)11,;"},
    {{"--kernel", "k", "--cpus", "2,max=2048"}, "cpus=2/1 max-cpus=2048"},
    {{"--kernel", "k", "--cpus", "4,threads=4,max=8"}, "cpus=4/4 max-cpus=8"},
    {{"--kernel", "k", "--cpus", "4,max=4,threads=2"}, "cpus=4/2 max-cpus=4"},
    {{"--kernel", "k", "--boot", "direct"}, "boot=direct"},
    {{"--kernel", "k", "--boot=of"}, "boot=of"},
    {{"--kernel", "k", "--mmu", "radix"}, "mmu=radix"},
    {{"--kernel", "k", "--mmu", "hash"}, "mmu=hash"},
    {{"--kernel", "k", "--max-memory", "1G"}, "max-memory=1024M hpt=0/auto/0"},
    {{"--kernel", "k", "--max-memory", "4G", "--memory", "2G"}, "max-memory=4096M"},
    {{"--kernel", "k", "--hpt-order", "18"}, "hpt=18/auto/0"},
    {{"--kernel", "k", "--hpt-order", "46", "--hpt-verify"}, "hpt=46/auto/1"},
    {{"--kernel", "k", "--hpt-resize", "on"}, "hpt=0/on/0"},
    {{"--kernel", "k"}, "sandbox=on/-/-"},
    {{"--kernel", "k", "--sandbox", "log", "--user", "u", "--chroot", "/d"}, "sandbox=log/u//d"},
    {{"--kernel", "k", "--sandbox", "off"}, "sandbox=off/-/-"},
    {{"--kernel", "k", "--hpt-resize", "off", "--hpt-verify=no"}, "hpt=0/off/0"},
    {{"--kernel", "k", "--irq", "xive"}, "irq=xive"},
    {{"--kernel", "k", "--irq", "xics"}, "irq=xics compat"},
    {{"--kernel", "k", "--irq", "xics,in=kernel"}, "irq=xics/kernel compat"},
    {{"--kernel", "k", "--irq", "xive,in=user"}, "irq=xive/user compat"},
    {{"--kernel", "k", "--irq", "auto,in=user"}, "irq=auto/user compat"},
    {{"--kernel", "k", "--irq", "xive,in=auto"}, "irq=xive compat"},
    {{"--kernel", "k", "--max-cpu-compat", "power8"}, "compat=power8"},
    {{"--kernel", "k", "--max-cpu-compat", "power9"}, "compat=power9"},
    {{"--kernel", "k", "--max-cpu-compat=power10"}, "compat=power10"},
    {{"--kernel", "k", "--max-cpu-compat=none"}, "compat=none"},
    {{"--kernel", "k", "--console", "none"}, "console=none:-"},
    {{"--kernel", "k", "--console", "pty"}, "console=pty:-"},
    {{"--kernel", "k", "--console", "file:a:b"}, "console=file:a:b"},
    {{"--kernel", "k"}, "qmp=- nvram=-"},
    {{"--kernel", "k"}, "tpm=-"},
    {{"--kernel", "k", "--tpm", "unix:/run/t,pm"}, "tpm=/run/t,pm"},
    {{"--kernel", "k", "--nvram", "/run/a:b,c"}, "nvram=/run/a:b,c"},
    {{"--kernel", "k", "--qmp", "unix:/run/a:b,c"}, "qmp=/run/a:b,c"},
    {{"--kernel", "k", "--gdb", "tcp:1234"}, "gdb=tcp:1234"},
    {{"--kernel", "k", "--gdb", "unix:/run/g"}, "gdb=unix:/run/g"},
    {{"--kernel", "k", "--console", "unix:/run/x"}, "console=unix:/run/x"},
    {{"--kernel", "k", "--name", "vm-1.x"}, "name=vm-1.x"},
    {{"--kernel", "k", "--rtc", "utc"}, "kernel=k"},
    {{"--kernel", "k", "--rtc", "base=utc"}, "kernel=k"},
    {{"--kernel", "k", "--no-reboot"}, "no-reboot=1"},
    {{"--kernel", "k", "--no-reboot=no"}, "no-reboot=0"},
    {{"--kernel", "k", "--log", "debug"}, "log=debug:-"},
    {{"--kernel", "k", "--log", "error:/tmp/x:y"}, "log=error:/tmp/x:y"},
    {{"--kernel", "k", "--trace", "all"}, "trace=all"},
    {{"--kernel", "k", "--trace", "hcall,irq"}, "trace=hcall,irq"},
};

static const Row bad_rows[] = {
    {{NULL}, "--kernel is required"},
    {{"--memory", "1G"}, "--kernel is required"},
    {{"--kernel"}, "--kernel needs a value: --kernel FILE"},
    {{"--kernel", "k", "--memory"}, "--memory needs a value: --memory SIZE"},
    {{"--kernel", ""}, "--kernel : the value is empty"},
    {{"--kernel=", "--memory=1G"}, "the value is empty"},
    {{"--kernel", "k", "--initrd", ""}, "--initrd : the value is empty"},
    {{"--kernel", "k", "--kernel", "k"}, "--kernel is given twice"},
    {{"--kernel", "k", "--hugepages", "--hugepages=no"}, "--hugepages is given twice"},
    {{"--kernel", "k", "--memory", "1G", "--memory", "1G"}, "--memory is given twice"},
    {{"--kernel", "k", "--memroy", "1G"}, "unknown option '--memroy' (did you mean --memory?)"},
    {{"--kernel", "k", "-memory", "1G"}, "did you mean --memory?"},
    {{"--kernel", "k", "--frobnicate"}, "unknown option '--frobnicate'"},
    {{"--kernel", "k", "-x"}, "unknown option '-x'"},
    {{"--kernel", "k", "-"}, "unknown option '-'"},
    {{"--kernel", "k", "--no\nsuch"}, "unknown option '--no?such'"},
    {{"--kernel", "k", "--memory-backing", "file"}, "must be one of anonymous, memfd, hugetlb"},
    {{"--kernel", "k", "--memory-backing", "file:"}, "the path is empty"},
    {{"--kernel", "k", "--memory-backing", "file:,share=on"}, "the path is empty"},
    {{"--kernel", "k", "--memory-backing", "memfd,share=maybe"}, "must be one of anonymous"},
    {{"--kernel", "k", "--memory-backing", "memfd,share=on,share=on"}, "must be one of"},
    {{"--kernel", "k", "--numa", "nodes"}, "--numa nodes: must begin with node or dist"},
    {{"--kernel", "k", "--numa", "node,mem=1G"}, "'mem=1G' is none of cpus=A-B and memory=SIZE"},
    {{"--kernel", "k", "--numa", "node,"}, "'' is none of"},
    {{"--kernel", "k", "--numa", "node,memory=1G,memory=1G"}, "memory is given twice"},
    {{"--kernel", "k", "--numa", "node,memory=130M"}, "not a multiple of 16M"},
    {{"--kernel", "k", "--numa", "node,cpus=3-1"}, "cpus=3-1: no CPU and no range"},
    {{"--kernel", "k", "--numa", "node,cpus=0-2048"}, "cpus=0-2048: no CPU and no range"},
    {{"--kernel", "k", "--numa", "node,cpus=-1"}, "cpus=-1: no CPU and no range"},
    {{"--kernel", "k", "--numa", "node,cpus="}, "cpus=: no CPU and no range"},
    {{"--kernel", "k", "--numa", "node,cpus=0-1-2"}, "cpus=0-1-2: no CPU and no range"},
    {{"--kernel", "k", "--numa", "node,cpus=0,cpus=0-1"}, "CPU 0 is in node 0 already"},
    {{"--kernel", "k", "--numa", "node,cpus=0,memory=512M"},
     "--numa: the nodes' memory adds up to 512 MiB, the guest's is 1024 MiB"},
    {{"--kernel", "k", "--numa", "node,memory=1G"}, "--numa: CPU 0 is in no node"},
    {{"--kernel", "k", "--cpus=2,threads=2", "--numa", "node,memory=1G,cpus=0", "--numa",
      "node,cpus=1"},
     "CPUs 0 and 1 are threads of one core, but in two nodes"},
    {{"--kernel", "k", "--numa", "dist,src=0,dst=1,val=20"}, "there is no node 1, only 0 of them"},
    {{"--kernel", "k", "--numa", "dist,src=0,dst=0,val=10"}, "distance from itself is 10"},
    {{"--kernel", "k", "--numa", "dist,src=0,dst=1,val=10"}, "is from 11 to 254"},
    {{"--kernel", "k", "--numa", "dist,src=0,dst=1,val=255"}, "'val=255' is not val=NUMBER"},
    {{"--kernel", "k", "--numa", "dist,src=0,dst=1"}, "use dist,src=NODE,dst=NODE,val=DISTANCE"},
    {{"--kernel", "k", "--numa", "dist,dst=0,src=1,val=20"}, "'dst=0' is not src=NUMBER"},
    {{"--kernel", "k", "--hugepages=maybe"}, "--hugepages=maybe: must be yes or no"},
    {{"--kernel", "k", "--hugepages="}, "--hugepages=: the value is empty"},
    {{"--kernel", "k", "--memory", ""}, "--memory : the value is empty"},
    {{"--kernel", "k", "--memory", "0"}, "--memory 0: less than the smallest guest of 128M"},
    {{"--kernel", "k", "--memory", "112M"}, "--memory 112M: less than the smallest"},
    {{"--kernel", "k", "--memory", "130M"}, "--memory 130M: not a multiple of 16M"},
    {{"--kernel", "k", "--memory", "134217728"}, "--memory 134217728: more than the largest"},
    {{"--kernel", "k", "--memory", "17T"}, "more than the largest guest of 16T"},
    {{"--kernel", "k", "--memory", "16777217"}, "more than the largest guest of 16T"},
    {{"--kernel", "k", "--memory", "99999999999999T"}, "more than the largest"},
    {{"--kernel", "k", "--memory", "18446744073709551616K"}, "more than the largest"},
    {{"--kernel", "k", "--memory", "99999999999999999999999999"}, "more than the largest"},
    {{"--kernel", "k", "--memory", "-1G"}, "--memory -1G: not a size"},
    {{"--kernel", "k", "--memory", "+1G"}, "--memory +1G: not a size"},
    {{"--kernel", "k", "--memory", " 1G"}, "not a size"},
    {{"--kernel", "k", "--memory", "1.5G"}, "unknown suffix '.5G'"},
    {{"--kernel", "k", "--memory", "1GB"}, "unknown suffix 'GB'"},
    {{"--kernel", "k", "--memory", "1P"}, "unknown suffix 'P'"},
    {{"--kernel", "k", "--memory", "0x40000000"}, "unknown suffix 'x40000000'"},
    {{"--kernel", "k", "--memory", "lots"}, "not a size"},
    {{"--kernel", "k", "--cpus", "0"}, "--cpus 0: a guest needs at least one CPU"},
    {{"--kernel", "k", "--cpus", "-4"}, "--cpus -4: not a number of CPUs"},
    {{"--kernel", "k", "--cpus", "2049"}, "--cpus 2049: more than 2048 CPUs"},
    {{"--kernel", "k", "--cpus", "4294967297"}, "more than 2048 CPUs"},
    {{"--kernel", "k", "--cpus", "18446744073709551617"}, "more than 2048 CPUs"},
    {{"--kernel", "k", "--cpus", "two"}, "not a number of CPUs"},
    {{"--kernel", "k", "--cpus", "4,threads=3"}, "threads must be 1, 2, 4 or 8"},
    {{"--kernel", "k", "--cpus", "4,threads=0"}, "threads must be 1, 2, 4 or 8"},
    {{"--kernel", "k", "--cpus", "16,threads=16"}, "threads must be 1, 2, 4 or 8"},
    {{"--kernel", "k", "--cpus", "4,threads="}, "threads must be 1, 2, 4 or 8"},
    {{"--kernel", "k", "--cpus", "4,threads=2x"}, "threads must be 1, 2, 4 or 8"},
    {{"--kernel", "k", "--cpus", "4,cores=2"}, "unexpected ',cores=2'"},
    {{"--kernel", "k", "--cpus", "4 "}, "unexpected ' '"},
    {{"--kernel", "k", "--cpus", "4,max=3"}, "max=3 is less than the 4 CPUs at the start"},
    {{"--kernel", "k", "--cpus", "4,max=0"}, "max must be a number from 1 to 2048"},
    {{"--kernel", "k", "--cpus", "4,max=2049"}, "max must be a number from 1 to 2048"},
    {{"--kernel", "k", "--cpus", "4,max="}, "max must be a number from 1 to 2048"},
    {{"--kernel", "k", "--cpus", "4,max=8,max=8"}, "unexpected ',max=8'"},
    {{"--kernel", "k", "--cpus", "4,max=6,threads=4"}, "6 CPUs do not fill cores of 4 threads"},
    {{"--kernel", "k", "--cpus", "6,threads=4"}, "6 CPUs do not fill cores of 4 threads"},
    {{"--kernel", "k", "--boot", "slof"}, "--boot slof: must be one of auto, direct, of"},
    {{"--kernel", "k", "--mmu", "hpt"}, "--mmu hpt: must be one of auto, radix, hash"},
    {{"--kernel", "k", "--mmu", "Radix"}, "must be one of auto, radix, hash"},
    {{"--kernel", "k", "--max-cpu-compat", "power7"},
     "--max-cpu-compat power7: must be one of none, power8, power9, power10"},
    {{"--kernel", "k", "--max-memory", "512M"},
     "--max-memory: 512 MiB are less than the guest's memory of 1024 MiB"},
    {{"--kernel", "k", "--max-memory", "1000M"}, "--max-memory 1000M: not a multiple of 16M"},
    {{"--kernel", "k", "--hpt-order", "17"}, "--hpt-order 17: must be a number from 18 to 46"},
    {{"--kernel", "k", "--hpt-order", "47"}, "must be a number from 18 to 46"},
    {{"--kernel", "k", "--hpt-order", "0"}, "must be a number from 18 to 46"},
    {{"--kernel", "k", "--hpt-order", "24M"}, "must be a number from 18 to 46"},
    {{"--kernel", "k", "--hpt-order", "18446744073709551640"}, "must be a number from 18 to 46"},
    {{"--kernel", "k", "--hpt-order", "-24"}, "must be a number from 18 to 46"},
    {{"--kernel", "k", "--sandbox", "no"}, "--sandbox no: must be one of off, on, log"},
    {{"--kernel", "k", "--user", ""}, "--user : the value is empty"},
    {{"--kernel", "k", "--hpt-resize", "yes"}, "--hpt-resize yes: must be one of auto, on, off"},
    {{"--kernel", "k", "--hpt-verify=1"}, "--hpt-verify=1: must be yes or no"},
    {{"--kernel", "k", "--irq", "mpic"}, "--irq mpic: must be one of auto, xive, xics"},
    {{"--kernel", "k", "--irq", "mpic,in=user"}, "must be one of auto, xive, xics"},
    {{"--kernel", "k", "--irq", "xive,in="}, "in: must be one of auto, kernel, user"},
    {{"--kernel", "k", "--irq", "xive,user"}, "unexpected ',user'"},
    {{"--kernel", "k", "--irq", "xive,in=user,in=user"}, "in: must be one of"},
    {{"--kernel", "k", "--console", "tty"}, "--console tty: must be stdio, pty, file:PATH"},
    {{"--kernel", "k", "--console", "file:"}, "--console file:: the path is missing"},
    {{"--kernel", "k", "--console", "unix:"}, "the path is missing"},
    {{"--kernel", "k", "--console",
      "unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
     "longer than the 107 bytes that a socket may have"},
    {{"--kernel", "k", "--name", "a b"}, "--name a b: a name starts with"},
    {{"--kernel", "k", "--name", "-x"}, "a name starts with"},
    {{"--kernel", "k", "--name", "../x"}, "a name starts with"},
    {{"--kernel", "k", "--rtc", "localtime"}, "--rtc localtime: must be utc, base=YYYY-MM-DD"},
    {{"--kernel", "k", "--rtc", "base="}, "must be utc"},
    {{"--kernel", "k", "--rtc", "base=2006-13-17"}, "there is no such date"},
    {{"--kernel", "k", "--rtc", "base=2006-02-30T00:00:00"}, "there is no such date"},
    {{"--kernel", "k", "--rtc", "base=1969-12-31"}, "there is no such date since 1970"},
    {{"--kernel", "k", "--rtc", "base=2006-06-17T25:00:00"}, "there is no such date"},
    {{"--kernel", "k", "--rtc", "base=2006-06-17T16:01:21Z"}, "must be utc"},
    {{"--kernel", "k", "--rtc", "2006-06-17"}, "must be utc"},
    {{"--kernel", "k", "--log", "verbose"}, "--log verbose: unknown level 'verbose'"},
    {{"--kernel", "k", "--log", "info:"}, "the file is missing after 'info:'"},
    {{"--kernel", "k", "--log", ":x"}, "unknown level ''"},
    {{"--kernel", "k", "--trace", "hcal"}, "unknown trace group 'hcal'"},
    {{"--kernel", "k", "--trace", "hcall,,irq"}, "unknown trace group ''"},
    {{"--kernel", "k", "--trace", ""}, "--trace : the value is empty"},
    {{""}, "the name of the configuration file is empty"},
    {{"/nonexistent/vm.conf"}, "cannot open the configuration file '/nonexistent/vm.conf'"},
    {{"--kernel", "k", "/"}, "configuration file '/': cannot read it: Is a directory"},
    {{"/dev/null", "/dev/null"}, "unexpected argument '/dev/null'"},
    {{"--", "--kernel"}, "cannot open the configuration file '--kernel'"},
};

static VmConfig *parse_row(const char *command, const Row *row, GError **error)
{
    char *argv[MAX_ARGS + 1] = {NULL};
    int argc = 0;

    for (; argc < MAX_ARGS && row->args[argc]; argc++)
        argv[argc] = (char *)row->args[argc];
    return options_parse(command, NULL, argc, argv, error);
}

static void test_good(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(good_rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VmConfig) config = parse_row("run", &good_rows[i], &error);

        g_assert_no_error(error);
        g_assert_nonnull(config);
        g_autofree char *text = describe(config);
        if (!strstr(text, good_rows[i].expect))
            g_error("row %u: expected '%s' in '%s'", i, good_rows[i].expect, text);
    }
}

static void test_bad(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(VmConfig) config = parse_row("run", &bad_rows[i], &error);

        if (config)
            g_error("row %u, '%s', was taken", i, bad_rows[i].expect);
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
        if (!strstr(error->message, bad_rows[i].expect))
            g_error("row %u: expected '%s' in '%s'", i, bad_rows[i].expect, error->message);
        g_assert_null(strchr(error->message, '\n'));
    }
}

static void test_rtc(void)
{
    const Row row = {{"--kernel", "k", "--rtc", "base=2006-06-17T16:01:21"}, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = parse_row("run", &row, &error);

    g_assert_no_error(error);
    /* 2006-06-17 16:01:21 UTC is 1150560081. */
    gint64 guest = g_get_real_time() / G_USEC_PER_SEC + config->rtc_offset;
    g_assert_cmpint(guest, >=, 1150560081);
    g_assert_cmpint(guest, <=, 1150560081 + 10);
}

static void test_dtb_needs_no_kernel(void)
{
    const Row row = {{"--memory", "2G"}, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = parse_row("dtb", &row, &error);

    g_assert_no_error(error);
    g_assert_null(config->kernel);
    g_assert_cmpuint(config->memory, ==, 2 * GIB);
}

static void test_extra(void)
{
    g_autofree char *output = NULL;
    const GOptionEntry extra[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "write to FILE", "FILE"},
        {0},
    };
    char *argv[] = {(char *)"--output", (char *)"x.dtb", (char *)"--cpus", (char *)"2", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = options_parse("dtb", extra, 4, argv, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(output, ==, "x.dtb");
    g_assert_cmpuint(config->cpus, ==, 2);

    g_autofree char *help = options_help("dtb", extra);
    g_assert_nonnull(strstr(help, "  --output FILE           write to FILE\n"));
}

typedef struct {
    const char *text;
    const char *expect;
} FileRow;

static const FileRow good_files[] = {
    {"", "kernel=- "},
    {"# nothing\n\n[vm]\n", "kernel=- "},
    {"[vm]\nkernel=vmlinux", "kernel=/base/vmlinux "},
    {"[vm]\r\nkernel=vmlinux\r\nmemory=2G\r\n", "kernel=/base/vmlinux "},
    {"[vm]\nkernel = /boot/vmlinux\n", "kernel=/boot/vmlinux "},
    {"[vm]\nkernel=a\\sb\n", "kernel=/base/a b "},
    {"[vm]\nappend=console=hvc0 root=/dev/vda  \n", "append=console=hvc0 root=/dev/vda name"},
    {"[vm]\nappend=\n", "append= name"},
    {"[vm]\nmemory=2G  \ncpus=4,threads=2\n", "memory=2048M hugepages=0 cpus=4/2"},
    {"[vm]\nhugepages=true\nno-reboot=yes\n", "hugepages=1"},
    {"[vm]\nnuma=node,cpus=0,memory=1G\n# more\nnuma = node\nnuma=dist,src=0,dst=1,val=30\n",
     "numa=1024M:0,(1)30,;0M:;"},
    {"[vm]\nconsole=file:c.log\nlog=warn:l.log\n", "console=file:/base/c.log no-reboot=0 "
                                                   "log=warn:/base/l.log"},
    {"[vm]\nmmu=hash\n[vm]\nirq=xics\n", "mmu=hash irq=xics"},
};

static const FileRow bad_files[] = {
    {"memory=1G\n", "t.conf:1: key 'memory' stands before the group [vm]"},
    {"[vm]\nmemroy=1G\n", "t.conf:2: unknown key 'memroy' (did you mean 'memory'?)"},
    {"[vm]\nfrobnicate=1\n", "t.conf:2: unknown key 'frobnicate'"},
    {"[vm]\nkernel[de]=x\n", "t.conf:2: unknown key 'kernel[de]'"},
    {"[vm]\n=x\n", "t.conf:2: unknown key ''"},
    {"[machine]\nmemory=1G\n", "t.conf:1: unknown group [machine]: the only group is [vm]"},
    {"[vm]\nmemory=1G\n[]\n", "t.conf:3: unknown group []"},
    {"[vm\nmemory=1G\n", "t.conf:1: a group is written [vm]"},
    {"[vm] x\n", "t.conf:1: a group is written [vm]"},
    {"[vm]\nmemory\n", "t.conf:2: 'memory' is no KEY=VALUE"},
    {"[vm]\nmemory=1G\n\nmemory=2G\n",
     "t.conf:4: key 'memory' is given a second time, after line 2"},
    {"[vm]\nmemory=\n", "t.conf:2: memory=: the value is empty"},
    {"[vm]\nmemory=17M\n", "t.conf:2: memory=17M: less than"},
    {"[vm]\n\ncpus=6,threads=4\n", "t.conf:3: cpus=6,threads=4: 6 CPUs do not fill"},
    {"[vm]\nhugepages=1\n", "t.conf:2: hugepages=1: must be yes or no"},
    {"[vm]\nnuma=node\nnuma=node,cpus=x\n", "t.conf:3: numa=node,cpus=x: cpus=x: no CPU"},
    {"[vm]\nname=a\\qb\n", "t.conf:2: name: "},
    {"[vm]\nname=\xff\xfe\n", "t.conf:2: name: "},
    {"\x7f"
     "ELF\x02\x01\n",
     "t.conf:1: '?ELF?\?' is no KEY=VALUE"},
};

static void test_files(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(good_files); i++) {
        const FileRow *row = &good_files[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(VmConfig) config = vm_config_new();

        config_file_parse("t.conf", "/base", row->text, strlen(row->text), config, &error);
        g_assert_no_error(error);
        g_autofree char *text = describe(config);
        if (!strstr(text, row->expect))
            g_error("file %u: expected '%s' in '%s'", i, row->expect, text);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(bad_files); i++) {
        const FileRow *row = &bad_files[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(VmConfig) config = vm_config_new();

        if (config_file_parse("t.conf", "/base", row->text, strlen(row->text), config, &error))
            g_error("file %u, '%s', was taken", i, row->expect);
        g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
        if (!strstr(error->message, row->expect))
            g_error("file %u: expected '%s' in '%s'", i, row->expect, error->message);
        g_assert_null(strchr(error->message, '\n'));
    }
}

static void test_file_nul(void)
{
    static const char text[] = "[vm]\nmemory=1G\0\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = vm_config_new();

    g_assert_false(config_file_parse("t.conf", NULL, text, sizeof(text) - 1, config, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "t.conf: a NUL byte"));
}

/** Options win over the file, and the file's relative paths start at its folder. */
static void test_file_and_options(void)
{
    g_autofree char *folder = g_dir_make_tmp("paprika-options-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "vm.conf", NULL);
    g_autofree char *kernel = g_build_filename(folder, "vmlinux", NULL);
    char *argv[] = {path, (char *)"--memory", (char *)"512M", (char *)"--no-reboot=no", NULL};
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(
        path, "[vm]\nkernel=vmlinux\nmemory=2G\nno-reboot=yes\ncpus=2\n", -1, NULL));
    g_autoptr(VmConfig) config = options_parse("run", NULL, 4, argv, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(config->kernel, ==, kernel);
    g_assert_cmpuint(config->memory, ==, 512 * MIB);
    g_assert_cmpuint(config->cpus, ==, 2);
    g_assert_false(config->no_reboot);

    /* A wrong value in the file is an error although an option overrides it. */
    g_assert_true(g_file_set_contents(path, "[vm]\nkernel=vmlinux\nmemory=1\n", -1, NULL));
    g_assert_null(options_parse("run", NULL, 4, argv, &error));
    g_assert_error(error, PAPRIKA_ERROR, PAPRIKA_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, "vm.conf:3: memory=1: less than"));
    g_clear_error(&error);

    /* Endless and oversized files end early. */
    g_autofree char *big = g_strnfill(CONFIG_FILE_MAX + 1, '#');
    g_assert_true(g_file_set_contents(path, big, CONFIG_FILE_MAX + 1, NULL));
    g_assert_null(options_parse("run", NULL, 4, argv, &error));
    g_assert_nonnull(strstr(error->message, "larger than 1048576 bytes"));
    g_clear_error(&error);
    argv[0] = (char *)"/dev/zero";
    g_assert_null(options_parse("run", NULL, 4, argv, &error));
    g_assert_nonnull(strstr(error->message, "larger than 1048576 bytes"));

    g_unlink(path);
    g_rmdir(folder);
}

/** Options that may be given several times, and keys that may stand so. */
static void test_disks(void)
{
    static const char text[] = "[vm]\nkernel=k\ndisk=a.raw,readonly\nmemory=1G\n"
                               "disk = b,,c,serial=S1,queues=4,direct,iommu=on,on-error=stop\n";
    const Row row = {{"--kernel", "k", "--disk", "x", "--disk", "/y", "--rng"}, NULL};
    const Row balloon = {{"--kernel", "k", "--balloon", "--no-page-reporting"}, NULL};
    g_autoptr(VmConfig) config = vm_config_new();
    GError *error = NULL;

    g_assert_true(config_file_parse("vm.conf", "/base", text, strlen(text), config, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(config->n_disks, ==, 2);
    g_assert_cmpstr(config->disks[0].path, ==, "/base/a.raw");
    g_assert_true(config->disks[0].readonly && !config->disks[0].direct);
    g_assert_cmpuint(config->disks[0].queues, ==, 1);
    g_assert_cmpstr(config->disks[1].path, ==, "/base/b,c");
    g_assert_cmpstr(config->disks[1].serial, ==, "S1");
    g_assert_cmpuint(config->disks[1].queues, ==, 4);
    g_assert_true(config->disks[1].direct && config->disks[1].iommu);
    g_assert_true(config->disks[1].stop_on_error && !config->disks[0].stop_on_error);

    g_autoptr(VmConfig) options = parse_row("run", &row, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(options->n_disks, ==, 2);
    g_assert_cmpstr(options->disks[1].path, ==, "/y");
    g_assert_true(options->rng);
    g_assert_false(options->balloon || options->no_page_reporting);

    g_autoptr(VmConfig) ballooned = parse_row("run", &balloon, &error);
    g_assert_no_error(error);
    g_assert_true(ballooned->balloon && ballooned->no_page_reporting);

    static const char wrong[] = "[vm]\nkernel=k\ndisk=a\ndisk=b,queues=17\n";
    g_assert_false(config_file_parse("vm.conf", "/base", wrong, strlen(wrong), config, &error));
    g_assert_nonnull(strstr(error->message, "vm.conf:4: disk=b,queues=17: queues must be"));
    g_clear_error(&error);
}

static void test_ports(void)
{
    static const char text[] = "[vm]\nkernel=k\nport=name=org.agent.0,to=unix:s\n"
                               "port = to=file:/a,,b,name=log\nport=name=c,to=pty,console=on\n";
    static const struct {
        const char *value, *message;
    } wrong[] = {
        {"name=a", "to= must be pty"},
        {"name=a,to=stdio", "to= must be pty"},
        {"name=a,to=tcp:1", "must be stdio, pty, file:PATH"},
        {"name=a,to=file:", "the path is missing"},
        {"to=none", "a port has a name"},
        {"name=,to=none", "a port has a name"},
        {"name=-a,to=none", "a name starts with"},
        {"name=a\"b,to=none", "a name starts with"},
        {"name=log,to=none", "there is a port 'log' already"},
        {"name=a,to=none,console=yes", "console must be on or off"},
        {"name=a,to=none,size=1", "unknown 'size=1'"},
    };
    g_autoptr(VmConfig) config = vm_config_new();
    OptionContext context = {.config = config};
    g_autoptr(GError) error = NULL;

    g_assert_true(config_file_parse("vm.conf", "/base", text, strlen(text), config, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(config->n_ports, ==, 3);
    g_assert_cmpstr(config->ports[0].name, ==, "org.agent.0");
    g_assert_cmpstr(config->ports[0].path, ==, "/base/s");
    g_assert_true(config->ports[0].kind == CONSOLE_UNIX && !config->ports[0].console);
    g_assert_cmpstr(config->ports[1].path, ==, "/a,b");
    g_assert_true(config->ports[1].kind == CONSOLE_FILE);
    g_assert_true(config->ports[2].kind == CONSOLE_PTY && config->ports[2].console);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpuint(config->ports[i].number, ==, i + 1);

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) why = NULL;

        g_assert_false(option_set_port(&context, wrong[i].value, &why));
        g_assert_nonnull(strstr(why->message, wrong[i].message));
    }
    for (unsigned i = 3; i < CONFIG_MAX_PORTS; i++) {
        g_autofree char *value = g_strdup_printf("name=p%u,to=none", i);

        g_assert_true(option_set_port(&context, value, &error));
    }
    g_assert_false(option_set_port(&context, "name=more,to=none", &error));
    g_assert_nonnull(strstr(error->message, "more than 31 ports"));
}

static void test_nets(void)
{
    static const char text[] = "[vm]\nkernel=k\nnet=tap=t0,mac=02:00:00:12:34:Ab,mtu=9000\n"
                               "net = fd=3:4,iommu=on\n";
    static const struct {
        const char *value, *message;
    } wrong[] = {
        {"user", "must begin with tap= or fd="},
        {"tap=", "1 to 15 bytes"},
        {"tap=sixteen-letters-", "1 to 15 bytes"},
        {"tap=a/b", "1 to 15 bytes"},
        {"fd=2", "fd must be from 3"},
        {"fd=", "there are 1 to 16 descriptors"},
        {"fd=3:", "fd must be"},
        {"fd=3:3", "descriptor 3 is given twice"},
        {"fd=3,queues=2", "2 queues need as many descriptors, not 1"},
        {"tap=a,mac=01:00:00:00:00:01", "mac must be the address of one card"},
        {"tap=a,mac=00:00:00:00:00:00", "mac must be the address of one card"},
        {"tap=a,mac=02:00:00:00:00", "six pairs"},
        {"tap=a,mac=02:00:00:00:00:0g", "six pairs"},
        {"tap=a,mac=02-00-00-00-00-00", "six pairs"},
        {"tap=a,mtu=67", "mtu must be from 68 to 65535"},
        {"tap=a,mtu=65536", "mtu must be from 68 to 65535"},
        {"tap=a,queues=0", "queues must be from 1 to 16"},
        {"tap=a,queues=17", "queues must be from 1 to 16"},
        {"tap=a,model=e1000", "model must be virtio or l-lan"},
        {"tap=a,model=l-lan,mtu=1400", "has no mtu="},
        {"tap=a,queues=2,model=l-lan", "one queue"},
        {"tap=a,model=l-lan,iommu=on", "always DMA windows"},
        {"fd=9,model=l-lan", "must have a mac="},
        {"tap=a,iommu=maybe", "iommu must be on or off"},
        {"tap=a,vhost=yes", "vhost must be on, off, or auto"},
        {"tap=a,vhost=on,iommu=on", "exclude each other"},
        {"tap=a,model=l-lan,vhost=on", "no vhost="},
        {"tap=a,vhostfd=3,vhost=off", "needs vhost=on or vhost=auto"},
        {"tap=a,queues=2,vhost=on,vhostfd=3", "2 queues need as many vhostfd descriptors, not 1"},
        {"tap=a,vhost=on,vhostfd=3:3", "descriptor 3 is given twice"},
        {"tap=a,tso=on", "unknown 'tso=on'"},
    };
    static const uint8_t mac[] = {2, 0, 0, 0x12, 0x34, 0xab};
    g_autoptr(VmConfig) config = vm_config_new();
    GError *error = NULL;

    g_assert_true(config_file_parse("vm.conf", "/base", text, strlen(text), config, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(config->n_nets, ==, 2);
    g_assert_cmpstr(config->nets[0].tap, ==, "t0");
    g_assert_cmpmem(config->nets[0].mac, 6, mac, 6);
    g_assert_true(config->nets[0].has_mac && !config->nets[1].has_mac);
    g_assert_cmpuint(config->nets[0].mtu, ==, 9000);
    g_assert_cmpuint(config->nets[0].queues, ==, 1);
    g_assert_cmpstr(config->nets[1].tap, ==, "");
    g_assert_cmpuint(config->nets[1].queues, ==, 2);
    g_assert_cmpint(config->nets[1].fds[1], ==, 4);
    g_assert_true(config->nets[1].iommu && !config->nets[0].iommu);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const Row row = {{"--kernel", "k", "--net", wrong[i].value}, NULL};
        g_autoptr(VmConfig) none = parse_row("run", &row, &error);

        g_assert_null(none);
        g_assert_nonnull(strstr(error->message, wrong[i].message));
        g_clear_error(&error);
    }
}

static void test_vsock(void)
{
    static const char text[] = "[vm]\nkernel=k\nvsock=cid=4294967294,vhostfd=9,iommu=off\n";
    static const struct {
        const char *value, *message;
    } wrong[] = {
        {"2", "must be from 3 to 4294967294"},
        {"-1", "must be from 3 to 4294967294"},
        {"0x10", "must be from 3 to 4294967294"},
        {"4294967295", "must be from 3 to 4294967294"},
        {"cid=18446744073709551619", "must be from 3 to 4294967294"},
        {"id=7", "must be from 3 to 4294967294"},
        {"7,vhostfd=2", "vhostfd must be from 3"},
        {"7,iommu=yes", "iommu must be on or off"},
        {"7,iommu=on", "vhost-vsock knows no DMA windows"},
        {"7,frob", "unknown 'frob': there are vhostfd=, iommu="},
    };
    const Row row = {{"--kernel", "k", "--vsock", "3"}, NULL};
    g_autoptr(VmConfig) config = vm_config_new();
    GError *error = NULL;

    g_assert_true(config_file_parse("vm.conf", "/base", text, strlen(text), config, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(config->vsock_cid, ==, UINT32_MAX - 1);
    g_assert_cmpint(config->vsock_fd, ==, 9);
    g_autoptr(VmConfig) options = parse_row("run", &row, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(options->vsock_cid, ==, 3);
    g_assert_cmpint(options->vsock_fd, ==, 0);
    g_assert_cmpuint(config_devices(options), ==, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const Row bad = {{"--kernel", "k", "--vsock", wrong[i].value}, NULL};
        g_autoptr(VmConfig) none = parse_row("run", &bad, &error);

        g_assert_null(none);
        g_assert_nonnull(strstr(error->message, wrong[i].message));
        g_clear_error(&error);
    }
}

static void test_append_length(void)
{
    g_autofree char *longest = g_strnfill(2047, 'a');
    g_autofree char *longer = g_strnfill(2048, 'a');
    const Row fits = {{"--kernel", "k", "--append", longest}, NULL};
    const Row exceeds = {{"--kernel", "k", "--append", longer}, NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = parse_row("run", &fits, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(strlen(config->append), ==, 2047);
    g_assert_null(parse_row("run", &exceeds, &error));
    g_assert_nonnull(strstr(error->message, "has 2048 bytes, more than the 2047"));
    /* The message shows the start of the value only. */
    g_assert_cmpuint(strlen(error->message), <, 512);
}

static void test_help(void)
{
    g_autofree char *help = options_help("run", NULL);
    g_auto(GStrv) lines = g_strsplit(help, "\n", -1);

    for (size_t i = 0; i < option_key_count; i++) {
        g_autofree char *option = g_strdup_printf("\n  --%s", option_keys[i].name);
        g_assert_nonnull(strstr(help, option));
    }
    for (char **line = lines; *line; line++)
        g_assert_cmpuint(strlen(*line), <=, 100);
}

static void test_suggest(void)
{
    static const char *const words[] = {"run", "info", "dtb", "memory"};
    g_autofree char *endless = g_strnfill(10000, 'm');

    g_assert_cmpstr(suggest_nearest("rnu", words, 4), ==, "run");
    g_assert_cmpstr(suggest_nearest("inof", words, 4), ==, "info");
    g_assert_cmpstr(suggest_nearest("memry", words, 4), ==, "memory");
    g_assert_null(suggest_nearest("xyz", words, 4));
    g_assert_null(suggest_nearest("", words, 4));
    g_assert_null(suggest_nearest(endless, words, 4));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/good", test_good);
    g_test_add_func("/options/bad", test_bad);
    g_test_add_func("/options/rtc", test_rtc);
    g_test_add_func("/options/dtb-needs-no-kernel", test_dtb_needs_no_kernel);
    g_test_add_func("/options/extra", test_extra);
    g_test_add_func("/options/disks", test_disks);
    g_test_add_func("/options/nets", test_nets);
    g_test_add_func("/options/vsock", test_vsock);
    g_test_add_func("/options/ports", test_ports);
    g_test_add_func("/options/append-length", test_append_length);
    g_test_add_func("/options/help", test_help);
    g_test_add_func("/options/suggest", test_suggest);
    g_test_add_func("/config-file/rows", test_files);
    g_test_add_func("/config-file/nul", test_file_nul);
    g_test_add_func("/config-file/and-options", test_file_and_options);
    return g_test_run();
}
