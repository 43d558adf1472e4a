# SPDX-License-Identifier: GPL-2.0-or-later
# Eight CPUs of a guest on two of the host.
# hosts: power9
# host-cpus: 2
# timeout: 300

. /program/cases/lib.sh
LIMIT=130

for mode in $LAB_MODES; do
  linux "$mode-8" smp --cpus 8 --mmu "$mode"
  expect_status 0
  expect_line '^smp: cpus 8'
  expect_line '^smp: ok'
  refute_line
done
finish
