/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/base/log.h"
#include "src/vmm/option_devices.h"
#include "src/vmm/option_net.h"
#include "src/vmm/option_port.h"
#include "src/vmm/options.h"

VmConfig *vm_config_new(void)
{
    VmConfig *config = g_new0(VmConfig, 1);

    config->memory = GIB;
    config->cpus = 1;
    config->threads = 1;
    config->sandbox = SANDBOX_ON;
    config->log_level = LOG_INFO;
    return config;
}

void vm_config_free(VmConfig *config)
{
    if (!config)
        return;
    g_free(config->kernel);
    g_free(config->initrd);
    g_free(config->append);
    g_free(config->name);
    g_free(config->log_file);
    g_free(config->trace);
    g_free(config->console_path);
    g_free(config->qmp_path);
    g_free(config->uuid);
    g_free(config->nvram_path);
    g_free(config->tpm_path);
    g_free(config->numa);
    g_free(config->memory_path);
    g_free(config->user);
    g_free(config->chroot);
    g_free(config->rng_id);
    g_free(config->balloon_id);
    g_free(config->vsock_id);
    g_free(config->ports_id);
    option_clear_disks(config);
    option_clear_nets(config);
    option_clear_ports(config);
    g_free(config->gdb);
    g_free(config);
}
