/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vital product data (LoPAR 12.4) of what a guest's machine consists of: the
 * machine itself and its firmware, which is Paprika.
 */
#pragma once

#include <glib.h>

enum {
    /** Bytes of a location code at most, the terminator not counted (LoPAR 12.3.2.4). */
    VPD_LOCATION_MAX = 79,
    /** Bytes of all that vpd_build() makes, at most. */
    VPD_SIZE_MAX = 512,
};

/**
 * The data of what is at @location, "" for all, in the machine with identity
 * @uuid, in the form of the property "ibm,vpd": a length and a stanza for each. To
 * be freed; NULL where nothing is. The same arguments give the same bytes.
 */
GByteArray *vpd_build(const char *uuid, const char *location);
