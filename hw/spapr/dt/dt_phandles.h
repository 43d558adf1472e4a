/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every phandle of the guest's tree; the numbers mean nothing else. */
#pragma once

enum {
    DT_PHANDLE_IRQ_CONTROLLER = 1,
    DT_PHANDLE_VDEVICE = 2,
    DT_PHANDLE_EVENT_SOURCES = 3,
    /** That of bridge n is so much further. */
    DT_PHANDLE_PCI = 0x100,
};
