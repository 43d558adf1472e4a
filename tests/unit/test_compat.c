/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's command line: all those that were recorded, and one thing at a time. */
#include "src/compat/compat.h"

#include <string.h>

#include <glib/gstdio.h>

#include "src/base/error.h"
#include "src/compat/qemu_option.h"

static void describe_devices(const CompatConfig *compat, GString *text)
{
    const VmConfig *vm = compat->vm;

    for (unsigned i = 0; i < vm->n_disks; i++) {
        const DiskConfig *d = &vm->disks[i];
        g_string_append_printf(text,
                               "disk %s slot=%u readonly=%d direct=%d queues=%u serial=%s "
                               "stop=%d iommu=%d as %s on %s/%s\n",
                               d->path, d->slot, d->readonly, d->direct, d->queues, d->serial,
                               d->stop_on_error, d->iommu, d->id, d->node,
                               d->layer ? d->layer : "-");
    }
    for (unsigned i = 0; i < vm->n_nets; i++) {
        const NetConfig *n = &vm->nets[i];
        g_string_append_printf(
            text, "net slot=%u fd=%d,%d queues=%u mtu=%u iommu=%d mac=%02x..%02x as %s on %s\n",
            n->slot, n->fds[0], n->fds[1], n->queues, n->mtu, n->iommu, n->mac[0], n->mac[5], n->id,
            n->backend);
        if (n->vhost != NET_VHOST_OFF)
            g_string_append_printf(text, "vhost %d fds=%u:%d,%d\n", n->vhost, n->n_vhost_fds,
                                   n->vhost_fds[0], n->vhost_fds[1]);
    }
    for (unsigned i = 0; i < vm->n_ports; i++) {
        const PortConfig *p = &vm->ports[i];

        g_string_append_printf(text, "port %u %s kind=%d:%s:%d console=%d as %s on %s\n", p->number,
                               p->name, p->kind, p->path ? p->path : "-", p->fd, p->console,
                               p->id ? p->id : "-", p->backend);
    }
    for (guint i = 0; i < compat->nodes->len; i++) {
        const CompatNode *n = g_ptr_array_index(compat->nodes, i);
        g_string_append_printf(text, "node %s: %s %s\n", n->name, n->driver,
                               n->path ? n->path : n->below);
    }
}

/** All that comes of a command line, as text. */
static char *describe(const CompatConfig *compat)
{
    static const char *const consoles[] = {"stdio", "pty", "file", "unix", "none"};
    static const char *const levels[] = {"none", "power8", "power9", "power10"};
    const VmConfig *vm = compat->vm;
    GString *text = g_string_new(NULL);

    if (compat->probing) {
        g_string_append_printf(text, "probing qmp=%s pidfile=%s daemonize=%d\n", vm->qmp_path,
                               compat->pidfile, compat->daemonize);
        return g_string_free(text, FALSE);
    }
    g_string_append_printf(text, "name=%s uuid=%s paused=%d no-shutdown=%d no-reboot=%d\n",
                           vm->name, vm->uuid, vm->paused, vm->no_shutdown, vm->no_reboot);
    g_string_append_printf(text, "kernel=%s initrd=%s append=%s\n", vm->kernel, vm->initrd,
                           vm->append);
    g_string_append_printf(
        text, "memory=%" G_GUINT64_FORMAT "M max=%" G_GUINT64_FORMAT "M backing=%d:%d:%s\n",
        vm->memory / MIB, vm->max_memory / MIB, vm->memory_backing, vm->memory_share,
        vm->memory_path ? vm->memory_path : "-");
    g_string_append_printf(text, "cpus=%u max=%u threads=%u compat=%s nodes=%u\n", vm->cpus,
                           vm->max_cpus, vm->threads, levels[vm->max_cpu_compat],
                           vm->numa ? vm->numa->n_nodes : 0);
    g_string_append_printf(text, "resize=%d rpt=%d irq=%d/%d sandbox=%d timestamps=%d\n",
                           vm->hpt_resize, vm->rpt_invalidate, vm->irq, vm->irq_place, vm->sandbox,
                           compat->timestamps);
    g_string_append_printf(text, "console=%s:%s:%d as %s/%s monitor=%s:%d as %s\n",
                           consoles[vm->console], vm->console_path ? vm->console_path : "-",
                           vm->console_fd, compat->console_id,
                           compat->console_device ? compat->console_device : "-",
                           vm->qmp_path ? vm->qmp_path : "-", vm->qmp_fd, compat->monitor_id);
    g_string_append_printf(text, "rng=%d/%u balloon=%d/%u reporting=%d as %s,%s hotplug=%d\n",
                           vm->rng, vm->rng_slot, vm->balloon, vm->balloon_slot,
                           !vm->no_page_reporting, vm->rng_id ? vm->rng_id : "-",
                           vm->balloon_id ? vm->balloon_id : "-", vm->hotplug);
    if (vm->vsock_cid)
        g_string_append_printf(text, "vsock=%u/%u vhostfd=%d as %s\n", vm->vsock_cid,
                               vm->vsock_slot, vm->vsock_fd, vm->vsock_id ? vm->vsock_id : "-");
    describe_devices(compat, text);
    return g_string_free(text, FALSE);
}

/** What comes of @args: a description, or the complaints. */
static char *outcome(char *const *args)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(CompatConfig) compat = compat_parse((int)g_strv_length((char **)args), args, &error);

    g_assert_true(!compat == (error != NULL));
    if (compat)
        return describe(compat);
    g_assert_true(error->domain == PAPRIKA_ERROR && error->code == PAPRIKA_ERROR_USAGE);
    return g_strconcat(error->message, "\n", NULL);
}

static void test_recorded(void)
{
    g_autofree char *folder = g_build_filename(SOURCE_ROOT, "tests/data/libvirt", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    unsigned count = 0, accepted = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir))) {
        if (!g_str_has_suffix(name, ".txt"))
            continue;
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_autofree char *stem = g_strndup(path, strlen(path) - strlen(".txt"));
        g_autofree char *expect_path = g_strconcat(stem, ".expect", NULL);
        g_autofree char *text = NULL, *expect = NULL;

        g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_auto(GStrv) args = g_strsplit(g_strchomp(text), "\n", -1);
        g_autofree char *got = outcome(args);
        if (g_getenv("UPDATE_EXPECT"))
            g_assert_true(g_file_set_contents(expect_path, got, -1, NULL));
        g_test_message("%s", name);
        g_assert_true(g_file_get_contents(expect_path, &expect, NULL, NULL));
        g_assert_cmpstr(got, ==, expect);
        count++;
        accepted += g_str_has_prefix(name, "kvm-") && g_str_has_prefix(got, "name=");
    }
    g_assert_cmpuint(count, >=, 20);
    g_assert_cmpuint(accepted, >=, 7);
}

/* What every row has, with a disk and its console, of a guest that would start. */
#define BASE                                                                                       \
    "-machine", "pseries", "-accel", "kvm", "-kernel", "k", "-blockdev",                           \
        "{\"driver\":\"file\",\"filename\":\"d\",\"node-name\":\"n\"}", "-chardev", "pty,id=c"

enum { MAX_ARGS = 20 };

static const struct {
    const char *args[MAX_ARGS];
    /** A part of the outcome. */
    const char *expect;
} rows[] = {
    {{0}, "memory=1024M"},
    {{"-m", "2G"}, "memory=2048M max=0M"},
    {{"-m", "size=1048576k,slots=4,maxmem=2097152k"}, "memory=1024M max=2048M"},
    {{"-m", "1M"}, "-m: memory: less than the smallest guest"},
    {{"-m", "1G,maxmem=512M"}, "maxmem is less"},
    {{"-m", "1G,hotplug=on"}, "-m: the property 'hotplug' (=on) is not there"},
    {{"-smp", "8,sockets=2,cores=2,threads=2"}, "cpus=8 max=0 threads=2"},
    {{"-smp", "2,maxcpus=4,threads=2"}, "cpus=2 max=4 threads=2"},
    {{"-smp", "sockets=2,cores=3,threads=2"}, "cpus=12 max=0 threads=2"},
    {{"-smp", "4,sockets=2,cores=1,threads=1"}, "are not 4 processors"},
    {{"-smp", "4,dies=2"}, "dies other than 1"},
    {{"-smp", "0"}, "needs at least one CPU"},
    {{"-smp", "x"}, "cpus=x is not a number"},
    {{"-smp", "99999999999999999999"}, "is not a number up to"},
    {{"-machine", "pseries-2.12"}, "machine 'pseries-2.12' is not there"},
    {{"-machine", "pseries,cap-htm=on"}, "cap-htm=on is not there in Paprika: guests have no tr"},
    {{"-machine", "pseries,cap-nested-hv=on"}, "guests cannot have guests"},
    {{"-machine", "pseries,cap-hpt-max-page-size=16777216"}, "cap-hpt-max-page-size=16777216 is"},
    {{"-machine", "pseries,max-cpu-compat=power7"}, "max-cpu-compat=power7 is not there"},
    {{"-machine", "pseries,ic-mode=xics,kernel-irqchip=off"}, "irq=2/2"},
    {{"-machine", "pseries,resize-hpt=disabled"}, "resize=2"},
    {{"-machine", "pseries,usb=on"}, "usb=on is not there"},
    {{"-machine", "pseries,frobnicate=on"}, "the property 'frobnicate' (=on) is not there"},
    {{"-machine", "pseries,memory-backend=nope"}, "there is no object 'nope' of memory"},
    {{"-accel", "tcg"}, "accelerator 'tcg' is not there"},
    {{"-cpu", "POWER9"}, "compat=power9"},
    {{"-cpu", "host,compat=power8"}, "compat=power8"},
    {{"-cpu", "host,pmu=off"}, "the property 'pmu' (=off) is not there"},
    {{"-cpu", "POWER7"}, "model=POWER7 is not there"},
    {{"-uuid", "zz"}, "'zz' is no UUID"},
    {{"-uuid", "11111111-2222-3333-4444-55555555ABCD"},
     "uuid=11111111-2222-3333-4444-55555555abcd"},
    {{"-name", "a b"}, "a name starts with a letter"},
    {{"-rtc", "base=2020-01-02T03:04:05"}, "memory="},
    {{"-rtc", "base=never"}, "must be utc"},
    {{"-rtc", "base=utc,clock=vm"}, "clock=vm is not there"},
    {{"-incoming", "defer"}, "cannot restore"},
    {{"-drive", "file=x"}, "-drive is not there"},
    {{"-frobnicate", "x"}, "the option '-frobnicate' is not there"},
    {{"--frobnicate"}, "the option '--frobnicate' is not there"},
    {{"-smp"}, "-smp needs a value"},
    {{"-daemonize"}, "only for -machine none"},
    {{"-sandbox", "off"}, "sandbox=0"},
    {{"-sandbox", "on,obsolete=allow"}, "obsolete=allow is not there"},
    {{"-display", "gtk"}, "type=gtk is not there in Paprika: it has no display"},
    {{"-overcommit", "mem-lock=on"}, "memory is not locked"},
    {{"-boot", "order=c"}, "the property 'order' (=c) is not there"},
    {{"-audiodev", "{\"id\":\"a\",\"driver\":\"pa\"}"}, "driver=pa is not there"},
    {{"-object", "iothread,id=i"}, "leave out <iothreads>"},
    {{"-object", "memory-backend-ram,id=r,size=1G,prealloc=on"}, "prealloc=on is not there"},
    {{"-object", "tls-creds-x509,id=t"}, "-object tls-creds-x509: is not there"},
    {{"-object", "id=t"}, "the property 'qom-type' is missing"},
    {{"-object", "memory-backend-memfd,id=r,size=1G,hugetlb=on,share=off", "-machine",
      "pseries,memory-backend=r"},
     "-object memory-backend-memfd: size=1G is not a number"},
    {{"-object", "memory-backend-memfd,id=r,size=1073741824,hugetlb=on,share=off", "-machine",
      "pseries,memory-backend=r"},
     "backing=2:0"},
    {{"-object", "memory-backend-file,id=r,size=1073741824,mem-path=/m,share=on", "-machine",
      "pseries,memory-backend=r"},
     "backing=3:1:/m"},
    {{"-object", "memory-backend-ram,id=r,size=2147483648", "-machine", "pseries,memory-backend=r"},
     "has 2147483648 bytes, and -m names 1073741824"},
    {{"-smp", "2", "-object", "memory-backend-ram,id=a,size=536870912", "-object",
      "memory-backend-ram,id=b,size=536870912", "-numa", "node,nodeid=0,cpus=0,memdev=a", "-numa",
      "node,nodeid=1,cpus=1,memdev=b", "-numa", "dist,src=0,dst=1,val=20"},
     "nodes=2"},
    {{"-numa", "node,nodeid=3,cpus=0"}, "nodes are numbered from 0"},
    {{"-numa", "cpu,node-id=0"}, "-numa cpu: is not there"},
    {{"-device", "virtio-blk-pci,drive=n,addr=0x1f,id=d0"}, "disk d slot=31"},
    {{"-device", "virtio-blk-pci,drive=n,addr=3.0"}, "disk d slot=3"},
    {{"-device", "virtio-blk-pci,drive=n,addr=3.1"}, "addr=3.1 is not there"},
    {{"-device", "virtio-blk-pci,drive=n,addr=20"}, "addr=20 is not there"},
    {{"-device", "virtio-blk-pci,drive=n,bus=pci.1"}, "bus=pci.1 is not there"},
    {{"-device", "virtio-blk-pci,drive=n,write-cache=off"}, "write-cache=off is not there"},
    {{"-device", "virtio-blk-pci,drive=n,werror=stop"}, "both are stop, or report"},
    {{"-device", "virtio-blk-pci,drive=n,iommu_platform=on"}, "iommu=1"},
    {{"-device", "virtio-blk-pci,drive=n,iothread=i"}, "leave out iothread="},
    {{"-device", "virtio-blk-pci,drive=n,num-queues=17"}, "is not a number up to 16"},
    {{"-device", "virtio-blk-pci,drive=n,id=v 1"}, "id=v 1: a name begins with a letter"},
    {{"-device", "virtio-blk-pci,drive=n,id=v", "-device", "virtio-balloon-pci,id=v"},
     "id=v: there is one already"},
    {{"-device", "virtio-blk-pci,drive=m,id=v"}, "-device v: drive=m: there is no such -blockdev"},
    {{"-device", "virtio-blk-pci,id=v"}, "-device v: the property 'drive' is missing"},
    {{"-device", "virtio-blk-pci,drive=n", "-device", "virtio-blk-pci,drive=n"}, "n is in use"},
    {{"-device", "qemu-xhci,id=usb"},
     "Device 'qemu-xhci' is not there in Paprika: use <controller type='usb' model='none'/>"},
    {{"-device", "frob"}, "Device 'frob' is not there in Paprika"},
    {{"-device", "{\"driver\":"}, "-device: "},
    {{"-device", "virtio-net-pci,netdev=x"}, "netdev=x: there is no such -netdev"},
    {{"-netdev", "user,id=u", "-device", "virtio-net-pci,netdev=u"}, "the type 'user' is not"},
    {{"-netdev", "tap,id=u,fds=30:31,vhost=on,vhostfds=32:33", "-device",
      "virtio-net-pci,netdev=u,mq=on,vectors=6,mac=52:54:00:00:00:01"},
     "vhost 1 fds=2:32,33"},
    {{"-netdev", "tap,id=u,fd=30,vhost=on,vhostfd=32", "-device",
      "virtio-net-pci,netdev=u,iommu_platform=on"},
     "vhost 1 fds=1:32,"},
    {{"-netdev", "tap,id=u,fd=30,vhost=on", "-device", "virtio-net-pci,netdev=u"},
     "vhost 1 fds=0:"},
    {{"-netdev", "tap,id=u,fd=30,vhost=off", "-device", "virtio-net-pci,netdev=u"},
     "net slot=0 fd=30,"},
    {{"-netdev", "tap,id=u,fd=30,vhost=maybe", "-device", "virtio-net-pci,netdev=u"},
     "vhost=maybe"},
    {{"-netdev", "tap,id=u", "-device", "virtio-net-pci,netdev=u"}, "either fd, fds or ifname"},
    {{"-netdev", "tap,id=u,fd=30,fd=x", "-device", "virtio-net-pci,netdev=u"}, "fd must be from"},
    {{"-device", "virtio-rng-pci,rng=o"}, "rng=o: there is no such object"},
    {{"-object", "rng-random,id=o,filename=/dev/hwrng", "-device", "virtio-rng-pci,rng=o"},
     "entropy is the host kernel's"},
    {{"-object", "rng-builtin,id=o", "-device", "virtio-rng-pci,rng=o,addr=0x4"}, "rng=1/4"},
    {{"-device", "virtio-balloon-pci,free-page-reporting=on,addr=0x5"}, "balloon=1/5 reporting=1"},
    {{"-device", "virtio-balloon-pci", "-device", "virtio-balloon-pci"}, "a second one"},
    {{"-device", "{\"driver\":\"vhost-vsock-pci\",\"id\":\"vsock0\",\"guest-cid\":4294967294,"
                 "\"vhostfd\":\"26\",\"bus\":\"pci.0\",\"addr\":\"0x7\"}"},
     "vsock=4294967294/7 vhostfd=26 as vsock0"},
    {{"-device", "vhost-vsock-pci-non-transitional,guest-cid=3"}, "vsock=3/0 vhostfd=0 as -"},
    {{"-device", "vhost-vsock-pci"}, "'guest-cid' is missing"},
    {{"-device", "vhost-vsock-pci,guest-cid=2"}, "a guest's CID must be from 3"},
    {{"-device", "vhost-vsock-pci,guest-cid=3,vhostfd=x"}, "vhostfd must be from 3"},
    {{"-device", "vhost-vsock-pci,guest-cid=3,iommu_platform=on"}, "knows no DMA windows"},
    {{"-device", "vhost-vsock-pci,guest-cid=3", "-device", "vhost-vsock-pci,guest-cid=4"},
     "a second one"},
    {{"-device", "virtio-serial-pci,id=s,addr=0x2,max_ports=31,bus=pci.0", "-chardev",
      "socket,id=f,fd=8,server=on,wait=off", "-device",
      "virtserialport,bus=s.0,nr=1,chardev=f,id=ch,name=org.qemu.guest_agent.0"},
     "port 1 org.qemu.guest_agent.0 kind=3:-:8 console=0 as ch on f"},
    {{"-device", "virtio-serial-pci,id=s", "-chardev", "socket,id=f,path=/s,server=on,wait=off",
      "-device", "virtserialport,nr=7,chardev=f,name=a", "-device", "virtconsole,chardev=c,id=h"},
     "port 1 h kind=1:-:0 console=1 as h on c"},
    {{"-device", "virtserialport,chardev=c,name=a"}, "a port needs a virtio-serial-pci before it"},
    {{"-device", "virtio-serial-pci", "-device", "virtio-serial-pci"}, "a second one"},
    {{"-device", "virtio-serial-pci,max_ports=32"}, "is not a number up to 31"},
    {{"-device", "virtio-serial-pci,id=s", "-device", "virtserialport,bus=t.0,chardev=c,name=a"},
     "the bus for ports is s.0"},
    {{"-device", "virtio-serial-pci", "-device", "virtserialport,nr=0,chardev=c,name=a"},
     "nr=0 is"},
    {{"-device", "virtio-serial-pci", "-device", "virtserialport,chardev=c"}, "a port has a name"},
    {{"-device", "virtio-serial-pci", "-device", "virtserialport,chardev=x,name=a"},
     "there is no chardev 'x'"},
    {{"-device", "virtio-serial-pci", "-chardev", "spicevmc,id=f", "-device",
      "virtserialport,chardev=f,name=a"},
     "the backend 'spicevmc' is not there"},
    {{"-device", "virtio-serial-pci", "-chardev", "stdio,id=f", "-device",
      "virtserialport,chardev=f,name=a"},
     "a port on stdio is not there"},
    {{"-device", "virtio-serial-pci", "-device", "virtserialport,nr=3,chardev=c,name=a", "-chardev",
      "null,id=f", "-device", "virtserialport,nr=3,chardev=f,name=b"},
     "there is a port 3 already"},
    {{"-device", "spapr-vty,chardev=c,id=s"}, "console=pty:-:0 as c"},
    {{"-device", "spapr-vty,chardev=x"}, "there is no chardev 'x'"},
    {{"-device", "spapr-vty,chardev=c", "-device", "spapr-vty,chardev=c"}, "a second console"},
    {{"-chardev", "file,id=f,path=/f", "-device", "spapr-vty,chardev=f"}, "console=file:/f:0 as f"},
    {{"-chardev", "file,id=f,path=/f,append=on", "-device", "spapr-vty,chardev=f"},
     "append=on is not there"},
    {{"-add-fd", "set=2,fd=9,opaque=x", "-chardev", "file,id=f,path=/dev/fdset/2,append=on",
      "-device", "spapr-vty,chardev=f"},
     "console=file:/dev/fd/9:0"},
    {{"-chardev", "file,id=f,path=/dev/fdset/2", "-device", "spapr-vty,chardev=f"},
     "there is no such -add-fd"},
    {{"-chardev", "socket,id=f,fd=8,server=on,wait=off", "-device", "spapr-vty,chardev=f"},
     "console=unix:-:8 as f"},
    {{"-chardev", "socket,id=f,path=/s,server=off", "-device", "spapr-vty,chardev=f"},
     "does not listen"},
    {{"-chardev", "socket,id=f,host=h,port=1,server=on,wait=off", "-device", "spapr-vty,chardev=f"},
     "other sockets than UNIX ones"},
    {{"-chardev", "spicevmc,id=f"}, "the backend 'spicevmc' is not there"},
    {{"-chardev", "socket,id=q,path=/q,server=on,wait=off", "-mon", "chardev=q,mode=control"},
     "monitor=/q:0 as q"},
    {{"-mon", "chardev=c,mode=control"}, "a monitor is on a socket"},
    {{"-mon", "chardev=c,mode=readline"}, "mode=readline is not there"},
    {{"-qmp", "unix:/q,server=on,wait=off"}, "monitor=/q:0"},
    {{"-qmp", "unix:/q,server=on,wait=on"}, "wait=on is not there"},
    {{"-qmp", "tcp:1:2,server=on,wait=off"}, "the monitor is at unix:PATH"},
    {{"-qmp", "unix:/q,server=on,wait=off", "-qmp", "unix:/q,server=on,wait=off"}, "a second mon"},
    {{"-blockdev", "qcow2,node-name=q,file=n"}, "the driver 'qcow2' is not there"},
    {{"-blockdev", "raw,node-name=q,file=n", "-device", "virtio-blk-pci,drive=q"}, "node q: raw n"},
    {{"-blockdev", "raw,node-name=q,file=x"}, "file=x is no node of a file"},
    {{"-blockdev", "file,node-name=n,filename=e"}, "there is a node 'n' already"},
    {{"-blockdev", "file,node-name=q,filename=a,,b,cache.direct=on,read-only=on", "-device",
      "virtio-blk-pci,drive=q"},
     "disk a,b slot=0 readonly=1 direct=1"},
    {{"-blockdev", "file,node-name=q,filename=e,detect-zeroes=on"}, "detect-zeroes=on is not"},
};

static void test_rows(void)
{
    static const char *const base[] = {BASE};

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) args = g_ptr_array_new();

        for (unsigned j = 0; j < G_N_ELEMENTS(base); j++)
            g_ptr_array_add(args, (gpointer)base[j]);
        for (unsigned j = 0; j < MAX_ARGS && rows[i].args[j]; j++)
            g_ptr_array_add(args, (gpointer)rows[i].args[j]);
        g_ptr_array_add(args, NULL);
        g_autofree char *got = outcome((char *const *)args->pdata);
        if (!strstr(got, rows[i].expect))
            g_error("row %u: no '%s' in:\n%s", i, rows[i].expect, got);
    }
}

static void test_missing(void)
{
    static char *const nothing[] = {NULL};
    g_autofree char *got = outcome(nothing);

    g_assert_nonnull(strstr(got, "-machine is missing"));
    g_assert_nonnull(strstr(got, "-kernel is missing"));
}

/** All complaints come at once, each on a line, and whatever bytes there are in them. */
static void test_all_at_once(void)
{
    static char *const args[] = {(char *)"-accel",  (char *)"tcg", (char *)"-fr\nob",
                                 (char *)"-device", (char *)"VGA", NULL};
    g_autofree char *got = outcome(args);
    g_auto(GStrv) lines = g_strsplit(got, "\n", -1);

    g_assert_cmpuint(g_strv_length(lines), ==, 6);
    g_assert_nonnull(strstr(got, "-fr?ob"));
}

static void test_bounds(void)
{
    g_autoptr(GString) text = g_string_new("driver");
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < 2 * QEMU_OPTION_MAX; i++)
        g_string_append(text, ",a=b");
    g_assert_null(qemu_option_parse("-device", text->str, "driver", &error));
    g_assert_nonnull(strstr(error->message, "more than"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/compat/recorded", test_recorded);
    g_test_add_func("/compat/rows", test_rows);
    g_test_add_func("/compat/missing", test_missing);
    g_test_add_func("/compat/all-at-once", test_all_at_once);
    g_test_add_func("/compat/bounds", test_bounds);
    return g_test_run();
}
