// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports a crash as a panicking kernel does. */
#include "guest.h"

void guest_main(void)
{
    static const char why[] = "test guest asked for it";

    print("osterm: terminating\n");
    rtas_call("ibm,os-term", 1, 1, NULL, (u32)(u64)why);
    print("osterm: came back\n");
}
