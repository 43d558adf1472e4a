/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/of_caller.h"

#include <string.h>

#include "firmware/boot_describe.h"
#include "firmware/of_boot.h"
#include "hw/spapr/dt/dt.h"
#include "src/base/guest_mem.h"

enum { UNTOUCHED = 0x5a5a5a5a };

/** Where the next string goes. */
static uint32_t next_text = OF_CALLER_TEXT;

FakeVm *of_caller_new(FakeHvProfile profile, unsigned cpus)
{
    FakeVm *fake = fake_vm_new(profile, cpus, 1, 1, OF_CALLER_MEMORY);
    g_autoptr(GError) error = NULL;
    MachineDesc desc;
    size_t size;

    fake_vm_add_devices(fake);
    g_assert_true(boot_describe_negotiable(&fake->vm, &desc, &error));
    of_boot_describe(&desc);
    g_autofree void *fdt = dt_build(&desc, &size, &error);
    g_assert_no_error(error);
    fake->vm.of = of_client_new(&fake->vm, fdt, size, desc.rma, &error);
    g_assert_no_error(error);
    of_client_reserve(fake->vm.of, (GuestRange){0, 0x200000});
    next_text = OF_CALLER_TEXT;
    return fake;
}

uint32_t of_caller_text(FakeVm *fake, const char *text)
{
    uint32_t at = next_text;

    if (!text)
        return next_text = OF_CALLER_TEXT;
    g_assert_true(guest_mem_write(fake->vm.mem, at, text, strlen(text) + 1));
    next_text += (uint32_t)strlen(text) + 1;
    return at;
}

HcallRet of_caller_call(FakeVm *fake, const char *service, unsigned nargs, const uint32_t *args,
                        unsigned nret, uint32_t *rets)
{
    uint32_t words[3 + OF_MAX_CELLS + 1] = {0}, word;

    words[0] = of_caller_text(fake, service);
    words[1] = nargs;
    words[2] = nret;
    for (unsigned i = 0; i <= OF_MAX_CELLS; i++)
        words[3 + i] = i < nargs ? args[i] : UNTOUCHED;
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_true(guest_mem_store_be32(fake->vm.mem, OF_CALLER_ARRAY + 4 * i, words[i]));
    HcallRet ret = of_client_call(fake->vm.of, fake->vm.vcpus[0], OF_CALLER_ARRAY);

    /* But for the results the array is as it was. */
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        g_assert_true(guest_mem_load_be32(fake->vm.mem, OF_CALLER_ARRAY + 4 * i, &word));
        if (ret == H_SUCCESS && i >= 3 + nargs && i < 3 + nargs + nret)
            rets[i - 3 - nargs] = word;
        else
            g_assert_cmphex(word, ==, words[i]);
    }
    return ret;
}

uint32_t of_caller_one(FakeVm *fake, const char *service, unsigned nargs, const uint32_t *args)
{
    uint32_t result = UNTOUCHED;

    g_assert_cmpint(of_caller_call(fake, service, nargs, args, 1, &result), ==, H_SUCCESS);
    of_caller_text(fake, NULL);
    return result;
}
