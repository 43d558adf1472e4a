/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/compat/compat_types.h"

#include <string.h>

#include <glib.h>

#include "src/compat/compat.h"

#define PCI_PROPERTIES                                                                             \
    {"addr", "str"}, {"bus", "str"}, {"multifunction", "bool"}, { "bootindex", "int32" }
#define VIRTIO_PROPERTIES                                                                          \
    {"disable-legacy", "OnOffAuto"}, {"disable-modern", "bool"}, {"iommu_platform", "bool"},       \
        {"ats", "bool"}, {"packed", "bool"}, {"event_idx", "bool"}, {"ioeventfd", "bool"},         \
        {"indirect_desc", "bool"}, {"page-per-vq", "bool"},                                        \
    {                                                                                              \
        "vectors", "uint32"                                                                        \
    }

static const CompatProperty disk[] = {
    PCI_PROPERTIES,
    VIRTIO_PROPERTIES,
    {"drive", "str"},
    {"serial", "str"},
    {"num-queues", "uint16"},
    {"write-cache", "OnOffAuto"},
    {"werror", "BlockdevOnError"},
    {"rerror", "BlockdevOnError"},
    {"logical_block_size", "size"},
    {"physical_block_size", "size"},
    {"share-rw", "bool"},
    {"discard", "bool"},
    {0},
};

static const CompatProperty net[] = {
    PCI_PROPERTIES, VIRTIO_PROPERTIES,      {"netdev", "str"}, {"mac", "str"},
    {"mq", "bool"}, {"host_mtu", "uint16"}, {"tx", "str"},     {0},
};

static const CompatProperty balloon[] = {
    PCI_PROPERTIES,
    VIRTIO_PROPERTIES,
    {"deflate-on-oom", "bool"},
    {"free-page-reporting", "bool"},
    {"guest-stats", "guest statistics"},
    {"guest-stats-polling-interval", "int"},
    {0},
};

static const CompatProperty rng[] = {
    PCI_PROPERTIES,
    VIRTIO_PROPERTIES,
    {"rng", "link<rng-backend>"},
    {0},
};

static const CompatProperty vsock[] = {
    PCI_PROPERTIES, VIRTIO_PROPERTIES, {"guest-cid", "uint64"}, {"vhostfd", "str"}, {0},
};

static const CompatProperty ports[] = {
    PCI_PROPERTIES,
    VIRTIO_PROPERTIES,
    {"max_ports", "uint32"},
    {0},
};

static const CompatProperty port[] = {
    {"chardev", "str"}, {"nr", "uint32"}, {"name", "str"}, {"bus", "str"}, {0},
};

static const CompatProperty vty[] = {{"chardev", "str"}, {"reg", "uint32"}, {0}};

static const CompatProperty bridge[] = {{"index", "uint32"}, {0}};

static const CompatProperty core[] = {{"core-id", "int"}, {"node-id", "int32"}, {0}};

static const CompatProperty dimm[] = {
    {"memdev", "link<memory-backend>"},
    {"addr", "uint64"},
    {"slot", "int32"},
    {"node", "uint32"},
    {"size", "uint64"},
    {0},
};

static const CompatProperty memory[] = {
    {"size", "int"},
    {"share", "bool"},
    {"dump", "bool"},
    {"discard-data", "bool"},
    {"reserve", "bool"},
    {"prealloc", "bool"},
    {"mem-path", "string"},
    {"x-use-canonical-path-for-ramblock-id", "bool"},
    {0},
};

static const CompatProperty memfd[] = {
    {"size", "int"},
    {"share", "bool"},
    {"dump", "bool"},
    {"hugetlb", "bool"},
    {"reserve", "bool"},
    {"prealloc", "bool"},
    {"x-use-canonical-path-for-ramblock-id", "bool"},
    {0},
};

static const CompatProperty ram[] = {
    {"size", "int"},      {"share", "bool"},   {"dump", "bool"},
    {"prealloc", "bool"}, {"reserve", "bool"}, {0},
};

static const CompatProperty random_source[] = {{"filename", "string"}, {0}};

static const CompatProperty secret[] = {{"format", "QCryptoSecretFormat"}, {"file", "string"}, {0}};

static const CompatProperty machine[] = {
    {"type", "string"},
    {"usb", "bool"},
    {"graphics", "bool"},
    {"dump-guest-core", "bool"},
    {"mem-merge", "bool"},
    {"memory-backend", "link<memory-backend>"},
    {"max-cpu-compat", "string"},
    {"resize-hpt", "string"},
    {"ic-mode", "string"},
    {"kvm-type", "string"},
    {"vsmt", "uint32"},
    {"cap-hpt-max-page-size", "int"},
    {"cap-htm", "bool"},
    {"cap-nested-hv", "bool"},
    {"cap-cfpc", "string"},
    {"cap-sbbc", "string"},
    {"cap-ibs", "string"},
    {"cap-ccf-assist", "bool"},
    {"cap-rpt-invalidate", "bool"},
    {"cap-large-decr", "bool"},
    {"cap-vsx", "bool"},
    {"cap-dfp", "bool"},
    {"cap-fwnmi", "bool"},
    {"cap-ail-mode-3", "bool"},
    {0},
};

const CompatType compat_types[] = {
    {"virtio-blk-pci", "virtio-pci", disk},
    {"virtio-blk-pci-non-transitional", "virtio-pci", disk},
    {"virtio-net-pci", "virtio-pci", net},
    {"virtio-net-pci-non-transitional", "virtio-pci", net},
    {"virtio-balloon-pci", "virtio-pci", balloon},
    {"virtio-balloon-pci-non-transitional", "virtio-pci", balloon},
    {"virtio-rng-pci", "virtio-pci", rng},
    {"virtio-rng-pci-non-transitional", "virtio-pci", rng},
    {"vhost-vsock-pci", "virtio-pci", vsock},
    {"vhost-vsock-pci-non-transitional", "virtio-pci", vsock},
    /* By this one libvirt knows that there are such. */
    {"vhost-vsock-device", "vhost-vsock-common", NULL},
    {"virtio-serial-pci", "virtio-pci", ports},
    {"virtio-serial-pci-non-transitional", "virtio-pci", ports},
    {"virtserialport", "virtio-serial-port", port},
    {"virtconsole", "virtserialport", port},
    {"spapr-vty", "vio-spapr-device", vty},
    {"spapr-pci-host-bridge", "pci-host-bridge", bridge},
    {"host-spapr-cpu-core", "spapr-cpu-core", core},
    {"host-powerpc64-cpu", "powerpc64-cpu", NULL},
    {"pc-dimm", "device", dimm},
    {"memory-backend-ram", "memory-backend", ram},
    {"memory-backend-file", "memory-backend", memory},
    {"memory-backend-memfd", "memory-backend", memfd},
    {"rng-random", "rng-backend", random_source},
    {"rng-builtin", "rng-backend", NULL},
    {"secret", "secret_common", secret},
    {"kvm-accel", "accel", NULL},
    {COMPAT_MACHINE "-machine", "spapr-machine", machine},
    {"none-machine", "machine", NULL},
};

const size_t compat_type_count = G_N_ELEMENTS(compat_types);

const CompatType *compat_find_type(const char *name)
{
    for (size_t i = 0; i < compat_type_count; i++) {
        if (!strcmp(compat_types[i].name, name))
            return &compat_types[i];
    }
    return NULL;
}

const CompatOptionGroup compat_option_groups[] = {
    {"machine",
     {{"type", "string"},
      {"accel", "string"},
      {"usb", "boolean"},
      {"graphics", "boolean"},
      {"dump-guest-core", "boolean"},
      {"memory-backend", "string"},
      {"max-cpu-compat", "string"},
      {"resize-hpt", "string"},
      {"kernel-irqchip", "string"}}},
    {"accel", {{"accel", "string"}}},
    {"name", {{"guest", "string"}, {"debug-threads", "boolean"}}},
    {"memory", {{"size", "size"}, {"slots", "number"}, {"maxmem", "size"}}},
    {"smp-opts",
     {{"cpus", "number"},
      {"maxcpus", "number"},
      {"sockets", "number"},
      {"dies", "number"},
      {"clusters", "number"},
      {"cores", "number"},
      {"threads", "number"}}},
    {"numa", {{"type", "string"}}},
    {"object", {{"qom-type", "string"}, {"id", "string"}}},
    {"overcommit", {{"mem-lock", "boolean"}, {"cpu-pm", "boolean"}}},
    {"sandbox",
     {{"enable", "boolean"},
      {"obsolete", "string"},
      {"elevateprivileges", "string"},
      {"spawn", "string"},
      {"resourcecontrol", "string"}}},
    {"boot-opts", {{"strict", "boolean"}, {"menu", "boolean"}}},
    {"rtc", {{"base", "string"}, {"clock", "string"}, {"driftfix", "string"}}},
    {"msg", {{"timestamp", "boolean"}, {"guest-name", "boolean"}}},
    {"mon", {{"chardev", "string"}, {"mode", "string"}, {"pretty", "boolean"}}},
    {"chardev",
     {{"backend", "string"},
      {"id", "string"},
      {"path", "string"},
      {"fd", "string"},
      {"server", "boolean"},
      {"wait", "boolean"},
      {"append", "boolean"}}},
    {"device", {{"driver", "string"}, {"id", "string"}}},
    {"netdev", {{"type", "string"}, {"id", "string"}}},
    {"add-fd", {{"set", "number"}, {"fd", "number"}, {"opaque", "string"}}},
    {"audiodev", {{"driver", "string"}, {"id", "string"}}},
};

const size_t compat_option_group_count = G_N_ELEMENTS(compat_option_groups);
