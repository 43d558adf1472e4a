// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * H_REGISTER_PROC_TBL with every combination of flags and with good and bad
 * tables. What has to be refused in every mode is checked; what depends on the
 * mode and the host is printed.
 */
#include "guest.h"

enum {
    FLAG_GTSE = 0x01,
    FLAG_HASH_TABLE = 0x02,
    FLAG_RADIX = 0x04,
    FLAG_REGISTER = 0x08,
    FLAG_MODIFY = 0x10,
    TABLE_SIZE_CODE = 4, /* 2^(12 + 4) bytes */
};

static u64 table;

static long set_table(u64 flags, u64 base, u64 page, u64 size)
{
    return hcall(H_REGISTER_PROC_TBL, flags, base, page, size);
}

static void must_fail(const char *what, long ret)
{
    print("proctbl: %s: %ld\n", what, ret);
    if (ret >= 0)
        guest_fail("%s was accepted", what);
}

void guest_main(void)
{
    bool radix = machine.radix;
    long ret;

    table = (machine.rma - 0x100000) & -(u64)0x10000;
    for (u64 flags = 0; flags < 0x20; flags++) {
        if (!!(flags & FLAG_RADIX) != radix)
            continue; /* a change of mode, below */
        ret = set_table(flags, flags & FLAG_HASH_TABLE ? 0 : table, 0, TABLE_SIZE_CODE);
        print("proctbl: flags %02lx: %ld\n", flags, ret);
    }
    must_fail("flag beyond the known", set_table(0x20 | FLAG_MODIFY | FLAG_REGISTER, table, 0, 4));
    must_fail("top flag", set_table(1UL << 63 | FLAG_MODIFY | FLAG_REGISTER, table, 0, 4));
    if (radix) {
        u64 flags = FLAG_MODIFY | FLAG_REGISTER | FLAG_RADIX | FLAG_GTSE;

        must_fail("table size 25", set_table(flags, table, 0, 25));
        must_fail("unaligned table", set_table(flags, table + 8, 0, TABLE_SIZE_CODE));
        must_fail("table in the top byte", set_table(flags, 1UL << 60, 0, TABLE_SIZE_CODE));
        must_fail("page size for radix", set_table(flags, table, 1, TABLE_SIZE_CODE));
        ret = set_table(flags, table, 0, TABLE_SIZE_CODE);
        if (ret != H_SUCCESS)
            guest_fail("the table that Linux would register was refused: %ld", ret);
    }
    if (option("switch", 0)) {
        for (u64 flags = 0; flags < 0x20; flags++) {
            if (!!(flags & FLAG_RADIX) == radix)
                continue;
            ret = set_table(flags, flags & FLAG_HASH_TABLE ? 0 : table, 0, TABLE_SIZE_CODE);
            print("proctbl: other mode, flags %02lx: %ld\n", flags, ret);
        }
    }
    ret = set_table(FLAG_MODIFY, 0, 0, 0);
    print("proctbl: deregister: %ld\nproctbl: done\n", ret);
}
