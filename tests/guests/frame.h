/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offsets shared by start.S and struct trap_frame of guest.h. */
#pragma once

#define FRAME_SRR0 256
#define FRAME_SRR1 264
#define FRAME_LR 272
#define FRAME_CTR 280
#define FRAME_CR 288
#define FRAME_XER 296
#define FRAME_DAR 304
#define FRAME_DSISR 312
#define FRAME_VECTOR 320
#define FRAME_LE_R5 328
#define FRAME_LE_SRR0 336
#define FRAME_LE_SRR1 344

/* A frame and behind it the stack that the handler runs on. */
#define FRAME_AREA_SHIFT 12
#define FRAME_AREA (1 << FRAME_AREA_SHIFT)
#define STACK_SHIFT 13
#define MAX_CPUS 16
