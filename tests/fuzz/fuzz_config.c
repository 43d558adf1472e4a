/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration file of hostile content: it gives a configuration within its
 * bounds, or an error of one line.
 */
#include <string.h>

#include "src/base/error.h"
#include "src/vmm/config_file.h"
#include "src/vmm/options.h"
#include "tests/fuzz/fuzz.h"

static const char *const seeds[] = {
    "[vm]\nkernel=vmlinux\ninitrd=initrd.img\nappend=console=hvc0 root=/dev/vda1\nmemory=2G\n"
    "hugepages=no\ncpus=8,threads=4\nmmu=radix\nirq=xive\n",
    "# a "
    "comment\n\n[vm]\nmemory=131072K\ncpus=3\nmmu=hash\nirq=xics\nrtc=base=2006-06-17T16:01:21\n"
    "name=guest-1\nno-reboot=true\n",
    "[vm]\r\nconsole=unix:/run/guest.sock\r\nlog=debug:guest.log\r\ntrace=hcall,rtas,irq\r\n",
    "[vm]\nmemory=1G\nmemory-backing=file:ram,share=off\nnuma=node,cpus=0-1,cpus=3,memory=512M\n"
    "numa=node,memory=512M,cpus=2\nnuma=dist,src=0,dst=1,val=40\npool-stats=yes\n",
    "[vm]\nport=name=a.0,to=unix:s\nport=name=log,to=file:/a,,b,console=on\nport=to=pty,name=c\n",
    "[vm]\nkernel=a\\sb\\tc\\\\d\nconsole=file:console.log\nrtc=utc\n[vm]\nlog=warn\ntrace=all\n",
};

size_t fuzz_seed(unsigned index, uint8_t *buffer, size_t room)
{
    return fuzz_seed_text(seeds, G_N_ELEMENTS(seeds), index, buffer, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(VmConfig) config = vm_config_new();
    g_autoptr(GError) error = NULL;

    if (config_file_parse("fuzz.conf", "/base", (const char *)data, size, config, &error)) {
        check(!error, "success with an error");
    } else {
        check(error && error->domain == PAPRIKA_ERROR, "failure without an error of ours");
        check(error->code == PAPRIKA_ERROR_USAGE, "an error that is not the user's");
        check(!strpbrk(error->message, "\r\n\t\v\f\x1b\x7f"), "an error of more than one line");
    }
    check(config->memory >= CONFIG_MIN_MEMORY && config->memory <= CONFIG_MAX_MEMORY &&
              config->memory % CONFIG_MEMORY_STEP == 0,
          "memory out of bounds");
    check(config->cpus >= 1 && config->cpus <= CONFIG_MAX_VCPUS && config->threads >= 1 &&
              config->threads <= CONFIG_MAX_THREADS && config->cpus % config->threads == 0,
          "CPUs out of bounds");
    check(!config->kernel || *config->kernel == '/', "a path outside of its folder's reach");
    check((config->console == CONSOLE_FILE || config->console == CONSOLE_UNIX) ==
              (config->console_path != NULL),
          "a console without its path");
    return 0;
}
