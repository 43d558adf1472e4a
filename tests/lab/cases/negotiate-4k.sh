# SPDX-License-Identifier: GPL-2.0-or-later
# Radix or hash on a host with small pages: both share a smaller real mode area.
# hosts: power9
# pages: 4k
# timeout: 200

. /program/cases/lib.sh
LIMIT=120

guest bare --boot of --memory 2G --kernel /program/guests/negotiate.elf --append 'calls=200 seed=2'
expect_status 0
# No XIVE without pages of 64K.
expect_line '^negotiate: starts with irq 0 mmu 40 of 0 80'
expect_line '^negotiate: [1-9][0-9]* served, [1-9][0-9]* refused'

KERNEL=$K64 APPEND=disable_radix
linux hash cpu --boot of --memory 2G --cpus 2
expect_status 0
expect_line '^mmu: Hash'
expect_line '^irq: XICS'
refute_line "$TROUBLE|client-architecture-support call FAILED"
finish
