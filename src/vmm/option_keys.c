/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/option_keys.h"

#include <string.h>

#include "src/base/error.h"
#include "src/vmm/option_devices.h"
#include "src/vmm/option_net.h"
#include "src/vmm/option_numa.h"
#include "src/vmm/option_port.h"
#include "src/vmm/option_values.h"
#include "src/vmm/suggest.h"

const OptionKey option_keys[] = {
    {.name = "kernel",
     .arg = "FILE",
     .heading = "What to boot",
     .help = "the guest's kernel: an ELF64 vmlinux of either byte order,\n"
             "plain or compressed with gzip, xz or zstd; required",
     .set = option_set_kernel},
    {.name = "initrd",
     .arg = "FILE",
     .help = "initial RAM disk or initramfs",
     .set = option_set_initrd},
    {.name = "append",
     .arg = "STRING",
     .help = "the kernel's command line",
     .may_be_empty = TRUE,
     .set = option_set_append},

    {.name = "boot",
     .arg = "auto|direct|of",
     .help = "how the kernel is entered: with the finished device tree,\n"
             "or by Open Firmware, which it asks for what it needs;\n"
             "auto is direct unless the command line asks for what is\n"
             "negotiated (disable_radix, xive=off)",
     .fallback = "auto",
     .set = option_set_boot},

    {.name = "memory",
     .arg = "SIZE",
     .heading = "Machine",
     .help = "guest memory, with suffix K, M, G or T, without one in MiB;\n"
             "a multiple of 16M from 128M to 16T",
     .fallback = "1G",
     .set = option_set_memory},
    {.name = "max-memory",
     .arg = "SIZE",
     .help = "the most memory that the guest can ever have: what is\n"
             "between it and --memory, the default, can be plugged",
     .set = option_set_max_memory},
    {.name = "hugepages",
     .help = "as --memory-backing hugetlb",
     .fallback = "no",
     .set = option_set_hugepages},
    {.name = "memory-backing",
     .arg = "KIND",
     .help = "anonymous   pages of nobody else's\n"
             "memfd       a file without a name, which can be passed on\n"
             "hugetlb     huge pages of the host's default size\n"
             "file:PATH   a new or empty file, or one without a name in\n"
             "            a folder\n"
             "with ,share=on others see what the guest writes, with\n"
             ",share=off they do not",
     .fallback = "anonymous",
     .set = option_set_memory_backing},
    {.name = "cpus",
     .arg = "N[,max=M][,threads=T]",
     .help = "virtual CPUs at the start, and up to 2048 in all that may\n"
             "be plugged (by default none), in cores of T threads;\n"
             "T is 1, 2, 4 or 8, and N and M are multiples of it",
     .fallback = "1,threads=1",
     .set = option_set_cpus},
    {.name = "numa",
     .arg = "node|dist,...",
     .help = "node[,cpus=A[-B]]...[,memory=SIZE]  one more node; nodes have\n"
             "            their memory in this order, all of --memory\n"
             "dist,src=A,dst=B,val=N  how far two nodes are apart, by\n"
             "            default 20; may be repeated",
     .repeats = TRUE,
     .set = option_set_numa},
    {.name = "mmu",
     .arg = "auto|radix|hash",
     .help = "address translation; auto takes radix where the host\noffers it",
     .fallback = "auto",
     .set = option_set_mmu},
    {.name = "hpt-order",
     .arg = "N",
     .help = "size of the first hash page table, 2^N bytes, N from 18\n"
             "to 46; by default as the memory needs",
     .set = option_set_hpt_order},
    {.name = "hpt-resize",
     .arg = "auto|on|off",
     .help = "let the guest resize its hash page table; auto where the\nhost can",
     .fallback = "auto",
     .set = option_set_hpt_resize},
    {.name = "hpt-verify",
     .help = "check each resize of the hash page table by Paprika's own",
     .fallback = "no",
     .set = option_set_hpt_verify},
    {.name = "irq",
     .arg = "auto|xive|xics[,in=kernel|user]",
     .help = "interrupt controller; auto takes the best that the host\noffers; in the host's "
             "kernel where that has it, or in user\nspace",
     .fallback = "auto",
     .set = option_set_irq},
    {.name = "max-cpu-compat",
     .arg = "power8|power9|power10|none",
     .help = "the newest processor that the guest is\nshown; none: the host's own",
     .fallback = "none",
     .set = option_set_max_cpu_compat},
    {.name = "rpt-invalidate",
     .help = "let the host's kernel answer H_RPT_INVALIDATE, by which a\n"
             "hostile guest can stop a processor of the host",
     .fallback = "no",
     .set = option_set_rpt_invalidate},
    {.name = "pool-stats",
     .help = "let the guest ask how much of the host's processors is\n"
             "idle (H_PIC)",
     .fallback = "no",
     .set = option_set_pool_stats},
    {.name = "rtc",
     .arg = "base=DATE|utc",
     .help = "the guest's clock at start: DATE is YYYY-MM-DD or\n"
             "YYYY-MM-DDThh:mm:ss, in UTC; utc is the host's clock",
     .fallback = "utc",
     .set = option_set_rtc},
    {.name = "nvram",
     .arg = "FILE",
     .help = "keep the guest's NVRAM in a file, which is made if it is\nnot there; by default it "
             "is lost at the end",
     .per_guest = TRUE,
     .set = option_set_nvram},
    {.name = "name",
     .arg = "NAME",
     .help = "the guest's name, in its device tree and in log lines",
     .per_guest = TRUE,
     .set = option_set_name},
    {.name = "no-reboot",
     .help = "end, with status 0, where the guest asks for a reboot",
     .fallback = "no",
     .set = option_set_no_reboot},

    {.name = "disk",
     .arg = "FILE[,KEY...]",
     .heading = "Devices",
     .help = "a disk: a raw image or a block device; may be given\n"
             "several times. A comma in its name is written twice.\n"
             "readonly    it can't be written, and may be shared\n"
             "direct      past the host's page cache\n"
             "serial=S    what the guest is told, up to 20 bytes\n"
             "queues=N    1 to 16, each with a thread; by default 1\n"
             "iommu=on    memory is reached through DMA windows",
     .repeats = TRUE,
     .set = option_set_disk},
    {.name = "net",
     .arg = "tap=NAME[,KEY...]",
     .help = "a network card on a tap interface of the host; may be\n"
             "given several times. fd=N[:N...] takes descriptors that\n"
             "are attached to one.\n"
             "mac=ADDRESS by default made from the guest's name\n"
             "model=NAME  virtio, or l-lan: PAPR's own\n"
             "mtu=N       what the guest is told, 68 to 65535\n"
             "queues=N    1 to 16 pairs, each with a thread; default 1\n"
             "iommu=on    memory is reached through DMA windows\n"
             "vhost=on    the host's kernel moves the packets; auto:\n"
             "            where it can. vhostfd=N[:N...] takes\n"
             "            descriptors of /dev/vhost-net",
     .per_guest = TRUE,
     .repeats = TRUE,
     .set = option_set_net},
    {.name = "port",
     .arg = "name=NAME,to=KIND[,console=on]",
     .help = "a stream of bytes between guest and host, which the guest\n"
             "finds by NAME (virtio-serial); may be given up to 31\n"
             "times. KIND is as for --console, but for stdio: a socket\n"
             "may have its client come and go, and what the guest\n"
             "writes waits for it. With console=on it is a console",
     .per_guest = TRUE,
     .repeats = TRUE,
     .set = option_set_port},
    {.name = "vsock",
     .arg = "CID[,KEY...]",
     .help = "sockets between guest and host (AF_VSOCK), by vhost-vsock;\n"
             "CID is the guest's address, 3 to 4294967294. Also cid=CID\n"
             "vhostfd=N   a descriptor of /dev/vhost-vsock",
     .per_guest = TRUE,
     .set = option_set_vsock},
    {.name = "rng",
     .help = "an entropy device, fed by the host's kernel",
     .fallback = "no",
     .set = option_set_rng},
    {.name = "tpm",
     .arg = "unix:PATH",
     .help = "a TPM 2.0, played by swtpm, whose control socket this is",
     .per_guest = TRUE,
     .set = option_set_tpm},
    {.name = "hotplug",
     .help = "disks and network cards may come and go while the guest runs\n"
             "(paprika ctl plug-disk, plug-net)",
     .fallback = "no",
     .set = option_set_hotplug},
    {.name = "balloon",
     .help = "a memory balloon: memory that the guest can do without,\n"
             "by itself or when it is asked, goes back to the host",
     .fallback = "no",
     .set = option_set_balloon},
    {.name = "no-page-reporting",
     .help = "of a balloon: only when it is asked",
     .fallback = "no",
     .set = option_set_no_page_reporting},

    {.name = "console",
     .arg = "KIND",
     .heading = "Console and messages",
     .help = "stdio       this terminal; Ctrl-A x leaves, Ctrl-A h helps\n"
             "pty         a new pseudo-terminal, whose path is logged\n"
             "file:PATH   output goes to a file, which is emptied first\n"
             "unix:PATH   a listening socket, for one client at a time\n"
             "none        no console",
     .fallback = "stdio",
     .per_guest = TRUE,
     .set = option_set_console},
    {.name = "qmp",
     .arg = "unix:PATH|none",
     .help = "a listening socket where this guest can be asked and\nsteered, by paprika ctl or "
             "any client of QEMU's protocol;\nwith --name there is one by default, where paprika "
             "list finds it",
     .per_guest = TRUE,
     .set = option_set_qmp},
    {.name = "gdb",
     .arg = "tcp:[HOST:]PORT|unix:PATH",
     .help = "let a debugger connect (GDB's target\nremote); HOST is by default this host alone",
     .per_guest = TRUE,
     .set = option_set_gdb},
    {.name = "log",
     .arg = "LEVEL[:FILE]",
     .help = "log error, warn, info or debug and graver, to a file or\nto standard error",
     .fallback = "info",
     .per_guest = TRUE,
     .set = option_set_log},
    {.name = "trace",
     .arg = "LIST",
     .help = "trace to standard error: all, or of hcall, rtas, irq, hv,\n"
             "boot, virtio, of those wanted, separated by commas",
     .set = option_set_trace},
    {.name = "sandbox",
     .arg = "on|off|log",
     .heading = "Confinement",
     .help = "give up all but what a guest needs and block other system\n"
             "calls; log: only let the host's kernel log those",
     .fallback = "on",
     .set = option_set_sandbox},
    {.name = "user",
     .arg = "NAME",
     .help = "become this user once all files are open; needs root",
     .set = option_set_user},
    {.name = "chroot",
     .arg = "DIR",
     .help = "make DIR the root directory once all files are open",
     .set = option_set_chroot},
};

const size_t option_key_count = G_N_ELEMENTS(option_keys);

const OptionKey *option_key_find(const char *name)
{
    for (size_t i = 0; i < option_key_count; i++) {
        if (!strcmp(option_keys[i].name, name))
            return &option_keys[i];
    }
    return NULL;
}

const char *option_key_nearest(const char *name)
{
    const char *names[G_N_ELEMENTS(option_keys)];

    for (size_t i = 0; i < option_key_count; i++)
        names[i] = option_keys[i].name;
    return suggest_nearest(name, names, option_key_count);
}

gboolean option_key_set(const OptionKey *key, OptionContext *context, const char *value,
                        const char *label, GError **error)
{
    gboolean ok;

    if (!*value && !key->may_be_empty)
        ok = error_set(error, PAPRIKA_ERROR_USAGE, "the value is empty");
    else
        ok = key->set(context, value, error);
    G_STATIC_ASSERT(G_N_ELEMENTS(option_keys) <= 8 * sizeof(context->config->given));
    if (ok)
        context->config->given |= UINT64_C(1) << (key - option_keys);
    else
        g_prefix_error(error, "%s: ", label);
    return ok;
}
