/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An entry of the hash page table: its two doublewords, in host byte order and
 * in the layout of Power ISA 2.07 (Book III-S, 5.7.6.1). That is what PAPR's
 * calls and KVM's stream carry on every processor; the other layout, of ISA
 * 3.0, exists only inside the hypervisor's own table.
 */
#pragma once

#include <stdint.h>

#include <glib.h>

typedef struct {
    uint64_t v;
    uint64_t r;
} HptEntry;

/* First doubleword. */
/** Segment size B: 0 is 256M, 1 is 1T, the others are reserved. */
#define HPTE_V_B (UINT64_C(3) << 62)
#define HPTE_V_B_1T (UINT64_C(1) << 62)
#define HPTE_V_B_RESERVED (UINT64_C(2) << 62)
/** Abbreviated virtual page number: the 78-bit virtual address without its low 23 bits. */
#define HPTE_V_AVPN UINT64_C(0x3fffffffffffff80)
/** Hypervisor's lock; KVM's stream shows it set, it means nothing there. */
#define HPTE_V_HVLOCK UINT64_C(0x40)
/** Inserted by the guest, not mapped by the hypervisor: valid to the guest. */
#define HPTE_V_ABSENT UINT64_C(0x20)
/** The operating system asks that the entry be never evicted. */
#define HPTE_V_BOLTED UINT64_C(0x10)
/** L: the page size is in the LP field of the second doubleword. */
#define HPTE_V_LARGE UINT64_C(0x04)
/** H: this is in the secondary group. */
#define HPTE_V_SECONDARY UINT64_C(0x02)
#define HPTE_V_VALID UINT64_C(0x01)
/** There is an entry in the slot. */
#define HPTE_V_PRESENT (HPTE_V_VALID | HPTE_V_ABSENT)
/** What H_AVPN compares. */
#define HPTE_V_COMPARE (~UINT64_C(0x7f))

/* Second doubleword. */
#define HPTE_R_PP0 (UINT64_C(1) << 63)
/** Reserved to the hypervisor, which keeps a mark of its own there. */
#define HPTE_R_RESERVED (UINT64_C(1) << 62)
#define HPTE_R_KEY_HIGH (UINT64_C(3) << 60)
#define HPTE_R_RPN UINT64_C(0x0ffffffffffff000)
#define HPTE_R_KEY_LOW UINT64_C(0xe00)
#define HPTE_R_R UINT64_C(0x100)
#define HPTE_R_C UINT64_C(0x80)
#define HPTE_R_WIMG UINT64_C(0x78)
#define HPTE_R_G UINT64_C(0x08)
#define HPTE_R_N UINT64_C(0x04)
#define HPTE_R_PP UINT64_C(0x03)

enum {
    HPTE_AVPN_SHIFT = 7,
    /** Low bits of the virtual address that the AVPN leaves out. */
    HPTE_AVPN_DROPS = 23,
    HPTE_LP_SHIFT = 12,
    HPTE_SEGMENT_256M = 28,
    HPTE_SEGMENT_1T = 40,
};

/** The page sizes that an entry can have: base and actual. */
typedef enum {
    HPTE_PAGE_INVALID,
    HPTE_PAGE_4K,
    HPTE_PAGE_4K_64K,
    HPTE_PAGE_4K_16M,
    HPTE_PAGE_64K,
    HPTE_PAGE_64K_16M,
    HPTE_PAGE_16M,
    HPTE_PAGE_16G,
    HPTE_PAGE_KINDS,
} HptePageKind;

typedef struct {
    /** log2 of the bytes; both 0 if the encoding is reserved. */
    uint8_t base;
    uint8_t actual;
    /** An HptePageKind. */
    uint8_t kind;
} HptePageSize;

/** HptePageKind by the LP field, where L is set. */
extern const uint8_t hpte_lp_kinds[256];

/** The page size of @entry; HPTE_PAGE_INVALID for an encoding that no processor has. */
static inline HptePageKind hpte_page_kind(HptEntry entry)
{
    if (!(entry.v & HPTE_V_LARGE))
        return HPTE_PAGE_4K;
    return (HptePageKind)hpte_lp_kinds[entry.r >> HPTE_LP_SHIFT & 0xff];
}

/** The sizes of @kind; all 0 for HPTE_PAGE_INVALID and what is no kind. */
HptePageSize hpte_kind_size(HptePageKind kind);

/** Its name ("4K", "4K/64K": base/actual); never NULL. */
const char *hpte_kind_name(HptePageKind kind);

/** The page sizes of @entry. */
static inline HptePageSize hpte_page_size(HptEntry entry)
{
    return hpte_kind_size(hpte_page_kind(entry));
}

/** log2 of the segment's bytes; a reserved B counts by its low bit. */
static inline unsigned hpte_segment_shift(uint64_t v)
{
    return v & HPTE_V_B_1T ? HPTE_SEGMENT_1T : HPTE_SEGMENT_256M;
}

static inline gboolean hpte_is_present(HptEntry entry) { return (entry.v & HPTE_V_PRESENT) != 0; }

/**
 * @entry as H_READ and KVM's stream show it: valid if it is present, without
 * what the hypervisor keeps for itself.
 */
static inline HptEntry hpte_guest_view(HptEntry entry)
{
    uint64_t valid = entry.v & HPTE_V_PRESENT ? HPTE_V_VALID : 0;

    return (HptEntry){
        .v = (entry.v & ~(HPTE_V_HVLOCK | HPTE_V_ABSENT | HPTE_V_VALID)) | valid,
        .r = entry.r & ~HPTE_R_RESERVED,
    };
}

/** Whether segment and page size of @entry are none of the reserved ones, so that H_ENTER takes it.
 */
static inline gboolean hpte_is_sane(HptEntry entry)
{
    return !(entry.v & HPTE_V_B_RESERVED) && hpte_page_kind(entry) != HPTE_PAGE_INVALID;
}

/** The bits for L and LP of @kind, to be put into @entry, whose RPN is aligned to the actual size.
 */
void hpte_set_page_kind(HptEntry *entry, HptePageKind kind);

/** The real address to which @entry, of sane sizes, takes the effective address @ea. */
uint64_t hpte_real_address(HptEntry entry, uint64_t ea);
