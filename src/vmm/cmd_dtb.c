/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `paprika dtb`: the device tree that a guest would get, without KVM. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "firmware/boot_choose.h"
#include "firmware/boot_layout.h"
#include "firmware/kernel_image.h"
#include "firmware/of_boot.h"
#include "firmware/rtas_stub.h"
#include "hw/spapr/dt/dt.h"
#include "hw/spapr/machine_desc.h"
#include "hw/spapr/pci/pci_plan.h"
#include "src/base/error.h"
#include "src/base/fd.h"
#include "src/base/log.h"
#include "src/vmm/commands.h"
#include "src/vmm/host_profile.h"
#include "src/vmm/option_label.h"
#include "src/vmm/options.h"

/** What the tree is placed around where no kernel is given. */
#define DTB_KERNEL_SIZE (64 * MIB)
/** What is described on a host that runs no guests. */
#define DTB_HOST_DEFAULT "power9"

/** The options that only `dtb` has; owned. */
typedef struct {
    char *host, *out, *page_size;
} DtbOptions;

static void dtb_options_clear(DtbOptions *options)
{
    g_free(options->host);
    g_free(options->out);
    g_free(options->page_size);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(DtbOptions, dtb_options_clear)

/** This host's capabilities, if it can run guests. */
static gboolean dtb_read_host(HvCaps *caps)
{
    g_autoptr(GError) reason = NULL;
    const HvOps *ops;
    HvHost *host = hv_kvm_open(&ops, &reason);

    if (!host) {
        log_debug("describing a guest of a " DTB_HOST_DEFAULT " host, as this one runs none: %s",
                  reason->message);
        return FALSE;
    }
    *caps = *ops->host_caps(host);
    caps->cpu.model = NULL;
    ops->host_free(host);
    return TRUE;
}

static gboolean dtb_set_page_size(const char *text, HvCaps *caps, GError **error)
{
    if (!g_ascii_strcasecmp(text, "4k")) {
        caps->page_size = 4096;
    } else if (!g_ascii_strcasecmp(text, "64k")) {
        caps->page_size = 65536;
    } else {
        g_autofree char *shown = option_value_label(text);

        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--page-size %s: hosts have pages of 4k or 64k", shown);
    }
    return TRUE;
}

/** The host that is to be described: a profile, or this one. */
static gboolean dtb_find_host(const DtbOptions *options, HvCaps *caps, GError **error)
{
    if (options->host && !host_profile_get(options->host, caps)) {
        g_autofree char *shown = option_value_label(options->host);

        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "--host %s: the kinds known are " HOST_PROFILE_NAMES, shown);
    }
    if (!options->host && !dtb_read_host(caps))
        host_profile_get(DTB_HOST_DEFAULT, caps);
    return !options->page_size || dtb_set_page_size(options->page_size, caps, error);
}

/** Where @config's kernel would lie; it is loaded to see. */
static gboolean dtb_place_kernel(const VmConfig *config, uint64_t rma, GuestRange *place,
                                 GError **error)
{
    g_autoptr(GuestMem) mem = guest_mem_new(NULL);
    KernelLayout layout;

    *place = (GuestRange){0, DTB_KERNEL_SIZE};
    if (!config->kernel)
        return TRUE;

    g_autoptr(KernelImage) kernel = kernel_image_open(config->kernel, error);
    if (!kernel || !guest_mem_add(mem, 0, rma, error) ||
        !kernel_image_load(kernel, mem, rma, &layout, error))
        return FALSE;
    *place = (GuestRange){layout.start, layout.end};
    return TRUE;
}

static gboolean dtb_place_images(MachineDesc *desc, GError **error)
{
    BootLayoutRequest request = {
        .memory = desc->memory,
        .rma = desc->rma,
        .rtas_size = RTAS_STUB_SIZE,
        .fdt_size = dt_size_limit(desc),
    };
    BootLayout layout;

    if (!dtb_place_kernel(desc->config, desc->rma, &request.kernel, error))
        return FALSE;
    if (desc->config->initrd) {
        g_autoptr(InitrdImage) initrd = initrd_image_open(desc->config->initrd, error);

        if (!initrd)
            return FALSE;
        request.initrd_size = initrd_image_size(initrd);
    }
    if (!boot_layout_place(&request, &layout, error))
        return FALSE;
    desc->initrd = layout.initrd;
    desc->rtas = layout.rtas;
    if (desc->client_interface)
        of_boot_describe(desc);
    return TRUE;
}

/** What a guest that is entered by Open Firmware finds before it has negotiated. */
static gboolean dtb_describe_client(MachineDesc *desc, GError **error)
{
    CasOffer offer;

    desc->client_interface = TRUE;
    cas_offer_init(&offer, desc->config, desc->caps);
    return machine_desc_set_negotiable(desc, &offer, error);
}

static void *dtb_make(const VmConfig *config, const HvCaps *caps, size_t *size, GError **error)
{
    char uuid[MACHINE_UUID_SIZE];
    MachineDesc desc;
    g_autoptr(PciPlan) plan = pci_plan_new(config, error);

    if (!plan)
        return NULL;
    machine_uuid_from_name(config->name, uuid);
    if (!machine_desc_init(&desc, config, caps, 0, uuid, error))
        return NULL;
    desc.pci = plan->count ? plan : NULL;
    if ((boot_choose_of(config) && !dtb_describe_client(&desc, error)) ||
        !dtb_place_images(&desc, error))
        return NULL;
    return dt_build(&desc, size, error);
}

static gboolean write_all(int fd, const char *name, const void *data, size_t size, GError **error)
{
    const uint8_t *next = data;

    while (size) {
        ssize_t done = write(fd, next, size);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "cannot write to %s", name);
        next += done;
        size -= (size_t)done;
    }
    return TRUE;
}

/** To @path; a regular file is replaced whole or stays as it was. */
static gboolean dtb_write_file(const char *path, const void *tree, size_t size, GError **error)
{
    g_autoptr(GError) reason = NULL;
    struct stat st;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        auto_fd fd = open(path, O_WRONLY | O_CLOEXEC);

        if (fd < 0)
            return error_set_errno(error, PAPRIKA_ERROR_HOST, errno, "--out %s: cannot open it",
                                   path);
        return write_all(fd, path, tree, size, error);
    }
    if (!g_file_set_contents_full(path, tree, (gssize)size, G_FILE_SET_CONTENTS_CONSISTENT, 0666,
                                  &reason))
        return error_set(error, PAPRIKA_ERROR_HOST, "--out %s: %s", path, reason->message);
    return TRUE;
}

static gboolean dtb_write(const char *path, const void *tree, size_t size, GError **error)
{
    if (path && strcmp(path, "-"))
        return dtb_write_file(path, tree, size, error);
    if (isatty(STDOUT_FILENO))
        return error_set(error, PAPRIKA_ERROR_USAGE,
                         "a device tree is binary, and standard output a terminal: use --out FILE, "
                         "or pipe it to dtc -I dtb -O dts");
    return write_all(STDOUT_FILENO, "standard output", tree, size, error);
}

static gboolean dtb_run(const VmConfig *config, const DtbOptions *options, GError **error)
{
    HvCaps caps = {0};
    size_t size = 0;

    if (!dtb_find_host(options, &caps, error))
        return FALSE;
    g_autofree void *tree = dtb_make(config, &caps, &size, error);
    return tree && dtb_write(options->out, tree, size, error);
}

int cmd_dtb(int argc, char **argv)
{
    g_auto(DtbOptions) options = {0};
    const GOptionEntry extra[] = {
        {"host", 0, 0, G_OPTION_ARG_STRING, &options.host,
         "the kind of host: " HOST_PROFILE_NAMES "\n(default: this one, or power9)", "KIND"},
        {"page-size", 0, 0, G_OPTION_ARG_STRING, &options.page_size, "pages of the host: 4k or 64k",
         "SIZE"},
        {"out", 0, 0, G_OPTION_ARG_FILENAME, &options.out,
         "where to write the tree (default: standard output)", "FILE"},
        {0},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(VmConfig) config = options_parse("dtb", extra, argc, argv, &error);

    if (config && dtb_run(config, &options, &error))
        return EXIT_STATUS_OK;
    log_error("%s", error->message);
    return error_exit_status(error);
}
