/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the families of RTAS services for PCI share. */
#pragma once

#include "hw/spapr/pci/pci_host.h"

/** The bridge that two cells of a call name, or NULL. */
PciHost *rtas_pci_host(Vcpu *cpu, uint32_t buid_high, uint32_t buid_low);
