/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a blocked system call ends in: a message that names thread and call, then status 1. */
#pragma once

/** Handle the signal that a filter sends, from now on. Main thread. */
void sandbox_report_start(void);
