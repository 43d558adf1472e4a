/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's command line of hostile content, an argument on each line: it gives a
 * configuration within its bounds, or lines of complaints.
 */
#include <string.h>

#include "src/base/error.h"
#include "src/compat/compat.h"
#include "tests/fuzz/fuzz.h"

#define DOMAIN                                                                                     \
    "-name\nguest=p1,debug-threads=on\n-S\n-machine\npseries-10.0,usb=off\n-accel\nkvm\n-kernel\n" \
    "/k\n"

static const char *const seeds[] = {
    "-S\n-no-user-config\n-nodefaults\n-nographic\n-machine\nnone,accel=kvm:tcg\n-qmp\n"
    "unix:/q,server=on,wait=off\n-pidfile\n/p\n-daemonize",
    DOMAIN "-m\nsize=1048576k,slots=8,maxmem=4194304k\n-smp\n2,maxcpus=4,sockets=4,cores=1,"
           "threads=1\n-object\n{\"qom-type\":\"memory-backend-ram\",\"id\":\"r\",\"size\":"
           "1073741824}\n-numa\nnode,nodeid=0,cpus=0-3,memdev=r\n-numa\ndist,src=0,dst=0,val=10",
    DOMAIN "-blockdev\n{\"driver\":\"file\",\"filename\":\"/d\",\"node-name\":\"s\",\"cache\":"
           "{\"direct\":true}}\n-blockdev\nraw,node-name=f,file=s,read-only=on\n-device\n"
           "virtio-blk-pci,drive=f,id=d0,addr=0x3,num-queues=4,serial=x",
    DOMAIN
    "-netdev\ntap,fds=30:31,id=n\n-device\n{\"driver\":\"virtio-net-pci\",\"netdev\":\"n\","
    "\"mac\":\"52:54:00:11:22:33\",\"mq\":true,\"addr\":\"0x1\"}\n-object\nrng-builtin,id=o\n"
    "-device\nvirtio-rng-pci,rng=o\n-device\nvirtio-balloon-pci,addr=6\n-device\n{\"driver\":"
    "\"vhost-vsock-pci\",\"id\":\"v\",\"guest-cid\":42,\"vhostfd\":\"26\",\"addr\":\"0x9\"}",
    DOMAIN
    "-chardev\nsocket,id=m,fd=27,server=on,wait=off\n-mon\nchardev=m,mode=control\n-chardev\n"
    "pty,id=c\n-device\nspapr-vty,chardev=c,reg=0x30000000\n-add-fd\nset=1,fd=9\n-chardev\n"
    "file,id=f,path=/dev/fdset/1",
    DOMAIN
    "-device\nvirtio-serial-pci,id=s,addr=0x2\n-chardev\nsocket,id=h,fd=8,server=on,wait=off\n"
    "-device\n{\"driver\":\"virtserialport\",\"bus\":\"s.0\",\"nr\":1,\"chardev\":\"h\","
    "\"name\":\"a.0\"}\n-chardev\npty,id=p\n-device\nvirtconsole,chardev=p,id=q",
    DOMAIN "-rtc\nbase=2020-01-01T00:00:00\n-uuid\n11111111-2222-3333-4444-555555555555\n-cpu\n"
           "host,compat=power9\n-sandbox\non,spawn=deny\n-device\nqemu-xhci,id=usb\n-bogus\nx",
};

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    return fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, buffer, room);
}

static void check_config(const CompatConfig *compat)
{
    const VmConfig *vm = compat->vm;

    check(vm->memory >= CONFIG_MIN_MEMORY && vm->memory <= CONFIG_MAX_MEMORY &&
              vm->memory % CONFIG_MEMORY_STEP == 0,
          "memory out of bounds");
    check(vm->cpus >= 1 && vm->cpus <= CONFIG_MAX_VCPUS && vm->threads >= 1 &&
              vm->threads <= CONFIG_MAX_THREADS && vm->cpus % vm->threads == 0,
          "CPUs out of bounds");
    check(compat->probing || compat->help || compat->version || vm->kernel, "no kernel");
    check(vm->n_disks <= CONFIG_MAX_DISKS && vm->n_nets <= CONFIG_MAX_NETS, "too many devices");
    for (unsigned i = 0; i < vm->n_disks; i++)
        check(vm->disks[i].slot < 32 && vm->disks[i].queues >= 1 &&
                  vm->disks[i].queues <= CONFIG_MAX_DISK_QUEUES,
              "a disk out of bounds");
    for (unsigned i = 0; i < vm->n_nets; i++)
        check(vm->nets[i].slot < 32 && vm->nets[i].queues >= 1 &&
                  vm->nets[i].queues <= CONFIG_MAX_NET_QUEUES,
              "a network card out of bounds");
    check(!vm->console_fd || vm->console == CONSOLE_UNIX, "a console with another's socket");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) args = g_strsplit(text, "\n", 64);
    g_autoptr(GError) error = NULL;
    g_autoptr(CompatConfig) compat = compat_parse((int)g_strv_length(args), args, &error);

    if (compat) {
        check(!error, "success with an error");
        check_config(compat);
    } else {
        check(error && error->domain == PAPRIKA_ERROR && error->code == PAPRIKA_ERROR_USAGE,
              "failure without an error of ours");
        check(*error->message && !strpbrk(error->message, "\r\t\v\f\x1b\x7f"),
              "a complaint with control characters");
    }
    return 0;
}
