/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The version of QEMU whose command line and monitor this front speaks: libvirt takes it for
 * what the emulator can be asked at all, and refuses those below 4.2 or 6.2. Paprika's own is
 * in the package's name.
 */
#pragma once

enum {
    COMPAT_VERSION_MAJOR = 10,
    COMPAT_VERSION_MINOR = 0,
    COMPAT_VERSION_MICRO = 0,
};
