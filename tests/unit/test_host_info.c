/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/vmm/host_info.h"

#include <errno.h>
#include <string.h>

#include "tests/unit/fake_hv.h"

static void expect(const char *text, const char *part)
{
    if (!strstr(text, part))
        g_error("no '%s' in:\n%s", part, text);
}

static void test_family(void)
{
    g_assert_cmpstr(host_cpu_family(0x004b0201), ==, "POWER8");
    g_assert_cmpstr(host_cpu_family(0x004c0100), ==, "POWER8");
    g_assert_cmpstr(host_cpu_family(0x004d0200), ==, "POWER8");
    g_assert_cmpstr(host_cpu_family(0x004e1202), ==, "POWER9");
    g_assert_cmpstr(host_cpu_family(0x00800200), ==, "POWER10");
    g_assert_cmpstr(host_cpu_family(0x00820200), ==, "POWER11");
    g_assert_cmpstr(host_cpu_family(0), ==, "unknown");
}

static void test_power9(void)
{
    const HvOps *ops;
    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    HostInfo info;

    hv_fake_set_max_htab_order(host, 20);
    host_info_collect(&info, ops, host);
    g_assert_cmpstr(info.mmu, ==, "radix");
    g_assert_cmpuint(info.hpt_order, ==, 20);
    g_assert_null(info.vm_error);

    g_autofree char *text = host_info_text(&info);
    expect(text, "POWER9 (PVR 004e1202)\n");
    expect(text, "radix                   yes: pages of 4K, ");
    expect(text, "segments of 4K with pages of 4K");
    expect(text, "largest table now       order 20 (1M bytes)\n");
    expect(text, "XIVE (kernel), XICS (kernel), XIVE (user space), XICS (user space)\n");
    expect(text, "--mmu auto              radix\n");
    expect(text, "--irq auto              XIVE (kernel)\n");

    g_autofree char *json = host_info_json(&info);
    expect(json, "\"kvm\": true,\n");
    expect(json, "\"pvr\": \"0x004e1202\",\n");
    expect(json, "\"largest_hpt_order\": 20\n");
    expect(json, "\"radix_page_sizes\": [\n      4096,\n");
    expect(json, "\"mmu\": \"radix\",\n    \"irq\": \"XIVE (kernel)\"\n");
    expect(json, "\"vm_error\": null\n}\n");
    host_info_finish(&info);
    ops->host_free(host);
}

/** No table fits, which is not the same as none being offered. */
static void test_no_table(void)
{
    const HvOps *ops;
    HvHost *host = hv_fake_new(FAKE_HV_POWER8, &ops);
    HostInfo info;

    hv_fake_fail_always(host, FAKE_VM_ALLOCATE_HTAB, ENOMEM);
    host_info_collect(&info, ops, host);
    g_assert_cmpuint(info.hpt_order, ==, 0);
    g_assert_cmpstr(info.mmu, ==, "hash");
    /* Bounded: one try per order, at most. */
    g_assert_cmpuint(hv_fake_count(host, FAKE_VM_ALLOCATE_HTAB), <=, 46 - 18 + 1);

    g_autofree char *text = host_info_text(&info);
    expect(text, "largest table now       none: the kernel has no memory for it\n");
    expect(text, "radix                   no\n");
    g_autofree char *json = host_info_json(&info);
    expect(json, "\"largest_hpt_order\": null\n");
    host_info_finish(&info);
    ops->host_free(host);
}

static void test_nested(void)
{
    const HvOps *ops;
    HvHost *host = hv_fake_new(FAKE_HV_NESTED, &ops);
    HostInfo info;

    host_info_collect(&info, ops, host);
    g_assert_cmpuint(hv_fake_count(host, FAKE_VM_ALLOCATE_HTAB), ==, 0);

    g_autofree char *text = host_info_text(&info);
    expect(text, "is a partition          yes\n");
    expect(text, "hash page table         no\n");
    expect(text, "interrupt controllers   XIVE (user space), XICS (user space)\n");
    expect(text, "--irq auto              XICS (user space)\n");
    g_autofree char *json = host_info_json(&info);
    expect(json, "\"hash\": false,\n");
    expect(json, "\"interrupt_controllers\": [\n    \"xive-user\",\n    \"xics-user\"\n  ],\n");
    host_info_finish(&info);
    ops->host_free(host);
}

static void test_no_vm(void)
{
    const HvOps *ops;
    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    HostInfo info;

    hv_fake_fail(host, FAKE_VM_NEW, 1, ENOMEM);
    host_info_collect(&info, ops, host);
    g_assert_nonnull(info.vm_error);
    g_autofree char *text = host_info_text(&info);
    expect(text, "\nNo guest can run: ");
    expect(text, "largest table now       none: no VM to try it on\n");
    g_autofree char *json = host_info_json(&info);
    g_assert_null(strstr(json, "\"vm_error\": null"));
    host_info_finish(&info);
    ops->host_free(host);
}

/** Page sizes that no host should name don't break the report. */
static void test_odd_sizes(void)
{
    const HvOps *ops;
    HvHost *host = hv_fake_new(FAKE_HV_POWER9, &ops);
    HvCaps *caps = hv_fake_caps(host);
    HostInfo info;

    for (unsigned i = 0; i < HV_MAX_PAGE_SIZES; i++) {
        caps->smmu.sps[i].shift = UINT32_MAX;
        for (unsigned j = 0; j < HV_MAX_PAGE_SIZES; j++)
            caps->smmu.sps[i].enc[j].shift = 63 + j;
    }
    for (unsigned i = 0; i < HV_MAX_RADIX_AP; i++)
        caps->rmmu.ap_encodings[i] = UINT32_MAX;
    caps->rmmu.ap_count = HV_MAX_RADIX_AP;
    caps->smt_possible = UINT32_MAX;
    host_info_collect(&info, ops, host);
    g_autofree char *text = host_info_text(&info);
    g_autofree char *json = host_info_json(&info);
    expect(json, "9223372036854775808");
    expect(text, "8192P");
    host_info_finish(&info);
    ops->host_free(host);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host-info/family", test_family);
    g_test_add_func("/host-info/power9", test_power9);
    g_test_add_func("/host-info/no-table", test_no_table);
    g_test_add_func("/host-info/nested", test_nested);
    g_test_add_func("/host-info/no-vm", test_no_vm);
    g_test_add_func("/host-info/odd-sizes", test_odd_sizes);
    return g_test_run();
}
