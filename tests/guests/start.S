/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry, interrupt vectors and the hypercall instruction of the test guests.
 *
 * A guest is entered in real mode, 64-bit, big-endian, with the flattened
 * device tree's address in r3 and 0 in r5 (or an Open Firmware client entry in
 * r5, see tree_of.c). It moves itself to 0 if it was loaded elsewhere, applies
 * its own relative relocations and calls runtime_start(r3, r5).
 *
 * Interrupts stay off (MSR[EE] = 0), but H_CEDE switches them on, system reset
 * can't be masked, and H_SET_MODE can make interrupts little-endian. So every
 * vector is readable in both byte orders, saves all registers, asks
 * trap_handle() and goes on where it was.
 */
#include "frame.h"

#define SRR0 26
#define SRR1 27
#define DSISR 18
#define DAR 19
#define SPRG1 273 /* this CPU's frame; H_SET_SPRG0 can't change it */
#define SPRG2 274
#define SPRG3 275

/* Instructions in the byte order that the assembler does not write. */
#define LE(x) .byte (x) & 255, ((x) >> 8) & 255, ((x) >> 16) & 255, ((x) >> 24) & 255
#define I_MTSPR(spr, r) (0x7c0003a6 | ((r) << 21) | (((spr) & 31) << 16) | (((spr) >> 5) << 11))
#define I_MFSPR(spr, r) (0x7c0002a6 | ((r) << 21) | (((spr) & 31) << 16) | (((spr) >> 5) << 11))
#define I_LI(r, v) (0x38000000 | ((r) << 21) | (v))
#define I_STD(rs, off, ra) (0xf8000000 | ((rs) << 21) | ((ra) << 16) | (off))
#define I_MFMSR(r) (0x7c0000a6 | ((r) << 21))
#define I_XORI(ra, rs, v) (0x68000000 | ((rs) << 21) | ((ra) << 16) | (v))
#define I_BA(addr) (0x48000002 | (addr))
#define I_RFID 0x4c000024

#define LE_COMMON 0x2000
#define FROM_LE 0x2080
#define EARLY 0x2400

    .machine power8
    .section .head, "ax"
    .globl _start
_start:
    b early

/* Eight instructions: the first reads "branch over the next" in little-endian. */
.macro VECTOR n
    .org \n
    tdi 0, 0, 0x48
    b 1f
    LE(I_MTSPR(SPRG2, 3))
    LE(I_LI(3, \n))
    LE(I_BA(LE_COMMON))
1:  mtspr SPRG2, 3
    li 3, \n
    b be_common
.endm

    .irp n, 0x100, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, \
         0x900, 0x980, 0xa00, 0xb00, 0xc00, 0xd00, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, \
         0xea0, 0xf00, 0xf20, 0xf40, 0xf60, 0xf80, 0x1000, 0x1100, 0x1200, 0x1300, \
         0x1400, 0x1500, 0x1600, 0x1700, 0x1800
    VECTOR \n
    .endr

/* Little-endian: keep SRR0 and SRR1, turn the byte order. r3 = vector. */
    .org LE_COMMON
    LE(I_MTSPR(SPRG3, 4))
    LE(I_MFSPR(SPRG1, 4))
    LE(I_STD(5, FRAME_LE_R5, 4))
    LE(I_MFSPR(SRR0, 5))
    LE(I_STD(5, FRAME_LE_SRR0, 4))
    LE(I_MFSPR(SRR1, 5))
    LE(I_STD(5, FRAME_LE_SRR1, 4))
    LE(I_MFMSR(5))
    LE(I_XORI(5, 5, 1))
    LE(I_MTSPR(SRR1, 5))
    LE(I_LI(5, FROM_LE))
    LE(I_MTSPR(SRR0, 5))
    LE(I_RFID)

    .org FROM_LE
    li 5, FRAME_LE_SRR0
    ldbrx 5, 4, 5
    mtspr SRR0, 5
    li 5, FRAME_LE_SRR1
    ldbrx 5, 4, 5
    mtspr SRR1, 5
    li 5, FRAME_LE_R5
    ldbrx 5, 4, 5
    mfspr 4, SPRG3

be_common:
    mtspr SPRG3, 4
    mfspr 4, SPRG1
    std 3, FRAME_VECTOR(4)
    .irp r, 0, 1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
         23, 24, 25, 26, 27, 28, 29, 30, 31
    std \r, 8 * \r(4)
    .endr
    mfspr 5, SPRG2
    std 5, 8 * 3(4)
    mfspr 5, SPRG3
    std 5, 8 * 4(4)
    mfspr 5, SRR0
    std 5, FRAME_SRR0(4)
    mfspr 5, SRR1
    std 5, FRAME_SRR1(4)
    mflr 5
    std 5, FRAME_LR(4)
    mfctr 5
    std 5, FRAME_CTR(4)
    mfcr 5
    std 5, FRAME_CR(4)
    mfxer 5
    std 5, FRAME_XER(4)
    mfspr 5, DAR
    std 5, FRAME_DAR(4)
    mfspr 5, DSISR
    std 5, FRAME_DSISR(4)
    addi 1, 4, FRAME_AREA - 64
    li 0, 0
    std 0, 0(1)
    bl load_toc
    mr 3, 4
    bl trap_handle
    nop
    mfspr 4, SPRG1
    ld 5, FRAME_SRR0(4)
    mtspr SRR0, 5
    ld 5, FRAME_SRR1(4)
    mtspr SRR1, 5
    ld 5, FRAME_LR(4)
    mtlr 5
    ld 5, FRAME_CTR(4)
    mtctr 5
    ld 5, FRAME_CR(4)
    mtcr 5
    ld 5, FRAME_XER(4)
    mtxer 5
    .irp r, 0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, \
         23, 24, 25, 26, 27, 28, 29, 30, 31
    ld \r, 8 * \r(4)
    .endr
    ld 4, 8 * 4(4)
    rfid

/* r2 = the TOC; changes r12 and needs LR saved. */
load_toc:
    mflr 0
    bcl 20, 31, 1f
1:  mflr 12
    addis 2, 12, (.TOC. - 1b)@ha
    addi 2, 2, (.TOC. - 1b)@l
    mtlr 0
    blr

    .org EARLY
early:
    li 0, 1 /* MSR[SF] = 1 (Open Firmware enters with 0) and MSR[RI] = 1 only */
    sldi 0, 0, 63
    ori 0, 0, 2
    mtmsrd 0
    isync
    mr 28, 3
    mr 27, 5
    bcl 20, 31, 1f
1:  mflr 12
    addi 31, 12, _start - 1b /* where we run */
    ld 30, .Lsize - 1b(12)
    addi 4, 12, .Lsize - 1b
    add 30, 30, 4
    sub 30, 30, 31 /* bytes of the image, a multiple of 16 */
    cmpdi 31, 0
    beq 3f
    li 5, 0
2:  ldx 0, 31, 5
    stdx 0, 0, 5
    dcbst 0, 5
    sync
    icbi 0, 5
    addi 5, 5, 8
    cmpld 5, 30
    blt 2b
    isync
    li 4, 3f - _start
    mtctr 4
    bctr
3:  bl load_toc
    /* Clear what follows the image. */
    addis 4, 2, core_end@toc@ha
    addi 4, 4, core_end@toc@l
    li 0, 0
4:  cmpld 30, 4
    bge 5f
    std 0, 0(30)
    addi 30, 30, 8
    b 4b
    /* Relative relocations (a position-independent image): we are at 0. */
5:  addis 4, 2, rela_start@toc@ha
    addi 4, 4, rela_start@toc@l
    addis 5, 2, rela_end@toc@ha
    addi 5, 5, rela_end@toc@l
6:  cmpld 4, 5
    bge 8f
    lwz 6, 12(4)
    cmpwi 6, 22 /* R_PPC64_RELATIVE */
    bne 7f
    ld 6, 0(4)
    ld 7, 16(4)
    std 7, 0(6)
7:  addi 4, 4, 24
    b 6b
8:  li 3, 0
    bl set_up_cpu
    mr 3, 28
    mr 4, 27
    bl runtime_start
    nop
9:  b 9b

    .balign 8
.Lsize:
    .quad image_end - .

/* r3 = CPU index: its frame to SPRG1, its stack to r1. Changes r4, r5. */
set_up_cpu:
    addis 4, 2, trap_frames@toc@ha
    addi 4, 4, trap_frames@toc@l
    sldi 5, 3, FRAME_AREA_SHIFT
    add 4, 4, 5
    mtspr SPRG1, 4
    addis 4, 2, cpu_stacks@toc@ha
    addi 4, 4, cpu_stacks@toc@l
    addi 5, 3, 1
    sldi 5, 5, STACK_SHIFT
    add 4, 4, 5
    addi 1, 4, -64
    li 0, 0
    std 0, 0(1)
    blr

/* Where start-cpu sends another CPU, r3 = its index. */
    .globl secondary_entry
secondary_entry:
    li 0, 2
    mtmsrd 0, 1
    bl load_toc
    bl set_up_cpu
    bl secondary_main
    nop
9:  b 9b

/*
 * long hcall_raw(u64 number, u64 args[9]): r4 to r12 from and to args. H_CEDE
 * comes back with interrupts on: they are taken here, then switched off.
 */
    .text
    .globl hcall_raw
    .type hcall_raw, @function
hcall_raw:
    std 4, -8(1)
    ld 5, 8(4)
    ld 6, 16(4)
    ld 7, 24(4)
    ld 8, 32(4)
    ld 9, 40(4)
    ld 10, 48(4)
    ld 11, 56(4)
    ld 12, 64(4)
    ld 4, 0(4)
    sc 1
    li 0, 2
    mtmsrd 0, 1
    mtctr 12
    ld 12, -8(1)
    std 4, 0(12)
    std 5, 8(12)
    std 6, 16(12)
    std 7, 24(12)
    std 8, 32(12)
    std 9, 40(12)
    std 10, 48(12)
    std 11, 56(12)
    mfctr 0
    std 0, 64(12)
    blr
    .size hcall_raw, . - hcall_raw

    .section .note.GNU-stack, "", @progbits
