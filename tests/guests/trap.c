// SPDX-License-Identifier: GPL-2.0-or-later
/* What happens at an interrupt: wake-ups go on, expected faults are skipped, the rest ends. */
#include "guest.h"

enum { MSR_EE = 0x8000, DSISR_WATCH = 0x00400000, DECREMENTER_FAR = 0x7fffffff };

u8 trap_frames[MAX_CPUS][FRAME_AREA] __attribute__((aligned(256)));
u64 trap_counts[256];
volatile bool trap_expected;
volatile u64 trap_skipped;
bool (*trap_hook)(struct trap_frame *frame);

_Static_assert(offsetof(struct trap_frame, srr0) == FRAME_SRR0, "frame.h");
_Static_assert(offsetof(struct trap_frame, vector) == FRAME_VECTOR, "frame.h");
_Static_assert(offsetof(struct trap_frame, le_srr1) == FRAME_LE_SRR1, "frame.h");

void trap_handle(struct trap_frame *frame);

static void trap_report(const struct trap_frame *f)
{
    guest_fail("trap %lx at %lx msr %lx lr %lx dar %lx dsisr %lx r1 %lx r3 %lx", f->vector, f->srr0,
               f->srr1, f->lr, f->dar, f->dsisr, f->gpr[1], f->gpr[3]);
}

/** Called by start.S with all registers saved; they are restored after it. */
void trap_handle(struct trap_frame *frame)
{
    trap_counts[frame->vector / 32]++;
    if (trap_hook && trap_hook(frame))
        return;
    switch (frame->vector) {
    case VECTOR_DECREMENTER:
        set_decrementer(DECREMENTER_FAR);
        frame->srr1 &= ~(u64)MSR_EE;
        return;
    case VECTOR_EXTERNAL:
    case VECTOR_DOORBELL:
        frame->srr1 &= ~(u64)MSR_EE;
        return;
    case VECTOR_SYSTEM_RESET:
    case VECTOR_TRACE:
        return;
    case VECTOR_DATA_STORAGE:
        if ((frame->dsisr & DSISR_WATCH) && !trap_expected) {
            hcall(H_SET_MODE, 0, 2, 0, 0); /* take the watch points away, try again */
            hcall(H_SET_MODE, 0, 5, 0, 0);
            return;
        }
        break;
    }
    if (!trap_expected || frame->vector == VECTOR_SYSTEM_RESET)
        trap_report(frame);
    trap_expected = false;
    trap_skipped++;
    frame->srr0 += 4;
}
