# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that panics ends with status 3.
# hosts: power8 power9 power10 nested
# timeout: 120

. /program/cases/lib.sh

for mode in $LAB_MODES; do
  linux "$mode" panic --mmu "$mode" --trace rtas
  expect_status 3
  expect_log 'ibm,nmi-register.* = 0,'
  expect_line "$USER_SPACE"
  expect_line 'sysrq: Trigger a crash'
done
finish
