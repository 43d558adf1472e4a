/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine with a client interface, and a client that calls it by argument arrays in its memory.
 */
#pragma once

#include "firmware/of_client.h"
#include "tests/unit/fake_vm.h"

enum {
    OF_CALLER_MEMORY = 128 << 20,
    /** Where the client puts its array, its strings, and other data. */
    OF_CALLER_ARRAY = 0x100000,
    OF_CALLER_TEXT = 0x110000,
    OF_CALLER_DATA = 0x120000,
};

/** A machine of @cpus vCPUs on a host of @profile, whose client has called nothing yet. */
FakeVm *of_caller_new(FakeHvProfile profile, unsigned cpus);

/** Put @text where strings go, behind the ones that are there; its address. Starts anew with NULL.
 */
uint32_t of_caller_text(FakeVm *fake, const char *text);

/** Call @service from vCPU 0 with @nargs cells; results go to @rets. What the entry returns. */
HcallRet of_caller_call(FakeVm *fake, const char *service, unsigned nargs, const uint32_t *args,
                        unsigned nret, uint32_t *rets);

/** A call that works and has one result: OF(fake, service, arguments...) */
uint32_t of_caller_one(FakeVm *fake, const char *service, unsigned nargs, const uint32_t *args);
#define OF(fake, service, ...)                                                                     \
    of_caller_one(fake, service, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),             \
                  (uint32_t[]){__VA_ARGS__})
