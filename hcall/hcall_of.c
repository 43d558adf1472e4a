/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The private call by which the guest-side stub enters Open Firmware. */
#include "hcall/hcall.h"

/** H_OF_CLIENT. In: r4 real address of the argument array. H_BUSY: to be made again. */
static HcallRet h_of_client(Vcpu *cpu, uint64_t *args)
{
    return cpu->vm->control->client_call(cpu, args[0]);
}

const HcallDef h_of_defs[] = {
    {H_OF_CLIENT, "H_OF_CLIENT", h_of_client, "private; IEEE 1275, 6.3.1 for the array",
     HCALL_HERE},
    {0},
};
