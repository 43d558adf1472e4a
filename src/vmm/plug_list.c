/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices on PCI and what they work on, as the monitor lists and changes them. */
#include <string.h>
#include <sys/stat.h>

#include "hw/virtio/virtio_net.h"
#include "src/base/error.h"
#include "src/vmm/option_label.h"
#include "src/vmm/plug_private.h"

const char *plug_card_driver(PciDeviceKind kind)
{
    static const char *const drivers[] = {
        [PCI_DEVICE_DISK] = "virtio-blk-pci",   [PCI_DEVICE_NET] = "virtio-net-pci",
        [PCI_DEVICE_RNG] = "virtio-rng-pci",    [PCI_DEVICE_BALLOON] = "virtio-balloon-pci",
        [PCI_DEVICE_VSOCK] = "vhost-vsock-pci", [PCI_DEVICE_PORTS] = "virtio-serial-pci",
    };

    return drivers[kind];
}

/** The disk that works on @block, or on a layer upon it. */
static const PlugCard *user_of(const Plug *plug, const BlockNode *block)
{
    for (unsigned i = 0; i < plug->cards->len; i++) {
        const PlugCard *card = g_ptr_array_index(plug->cards, i);

        for (const BlockNode *node = card->block; node; node = node->below) {
            if (node == block)
                return card;
        }
    }
    return NULL;
}

static const char *file_driver(const Disk *disk)
{
    struct stat info;

    return !fstat(disk->fd, &info) && S_ISBLK(info.st_mode) ? "host_device" : "file";
}

static void block_info(const Plug *plug, BlockNode *block, PlugNode *node)
{
    const PlugCard *user = user_of(plug, block);
    const Disk *disk = user ? virtio_blk_disk(user->virtio) : backends_bottom(block)->disk;

    *node = (PlugNode){
        .name = block->name,
        .file = block->file,
        .driver = block->below ? "raw" : file_driver(disk),
        .disk = disk,
        .readonly = block->readonly,
        .virtio = user ? user->virtio : NULL,
    };
}

static void card_info(const Plug *plug, const PlugCard *card, PlugCardInfo *info)
{
    *info = (PlugCardInfo){.kind = card->kind, .id = card->device.id, .virtio = card->virtio};
    if (card->block) {
        block_info(plug, card->block, &info->node);
    } else if (card->kind == PCI_DEVICE_DISK) {
        /* One of the configuration without names: its node has the name that it has itself. */
        const Disk *disk = virtio_blk_disk(card->virtio);

        info->node =
            (PlugNode){card->device.id, card->file, "raw", disk, disk->readonly, card->virtio};
    }
}

gboolean plug_card_at(const Plug *plug, unsigned index, PlugCardInfo *info)
{
    if (index >= plug->cards->len)
        return FALSE;
    card_info(plug, g_ptr_array_index(plug->cards, index), info);
    return TRUE;
}

gboolean plug_node_at(const Plug *plug, unsigned index, PlugNode *node)
{
    BlockNode *block;
    unsigned count = 0;

    while ((block = backends_block_at(plug->parts, count)) && count < index)
        count++;
    if (block) {
        block_info(plug, block, node);
        return TRUE;
    }
    for (unsigned i = 0; i < plug->cards->len; i++) {
        const PlugCard *card = g_ptr_array_index(plug->cards, i);
        PlugCardInfo info;

        if (card->kind != PCI_DEVICE_DISK || card->block || count++ < index)
            continue;
        card_info(plug, card, &info);
        *node = info.node;
        return TRUE;
    }
    return FALSE;
}

/* --- changes ------------------------------------------------------------------------- */

static PlugCard *find_disk(const Plug *plug, const char *id, const char *node)
{
    for (unsigned i = 0; i < plug->cards->len; i++) {
        PlugCard *card = g_ptr_array_index(plug->cards, i);
        PlugCardInfo info;

        card_info(plug, card, &info);
        if (card->kind == PCI_DEVICE_DISK &&
            ((id && !strcmp(id, info.id)) || (node && !strcmp(node, info.node.name)) ||
             (node && card->block && !strcmp(node, backends_bottom(card->block)->name))))
            return card;
    }
    return NULL;
}

gboolean plug_grow_disk(Plug *plug, const char *id, const char *node, uint64_t size, GError **error)
{
    PlugCard *card = find_disk(plug, id, node);

    if (!card && node) {
        BlockNode *unused = backends_find_block(plug->parts, node, error);

        return unused && disk_grow(backends_bottom(unused)->disk, size, error);
    }
    if (!card)
        return error_set(error, PAPRIKA_ERROR_USAGE, "there is no such disk");
    if (!virtio_blk_grow(card->virtio, size, error))
        return FALSE;
    if (card->block)
        backends_bottom(card->block)->disk->size = size;
    return TRUE;
}

gboolean plug_set_link(Plug *plug, const char *name, gboolean up, GError **error)
{
    for (unsigned i = 0; i < plug->cards->len; i++) {
        PlugCard *card = g_ptr_array_index(plug->cards, i);

        if (card->kind == PCI_DEVICE_NET &&
            (!strcmp(name, card->device.id) || (card->net && !strcmp(name, card->net->name)))) {
            virtio_net_set_link(card->virtio, up);
            return TRUE;
        }
    }
    g_autofree char *shown = option_value_label(name);
    return error_set(error, PAPRIKA_ERROR_USAGE, "Device '%s' not found", shown);
}
