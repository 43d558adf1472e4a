# SPDX-License-Identifier: GPL-2.0-or-later
# Eight CPUs of a guest on two of the host; in a long run 64, and 2048 that may come.
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
if [ "$LAB_LONG" = yes ]; then
  LIMIT=900
  for mode in $LAB_MODES; do
    linux "$mode-64" smp --cpus 64 --mmu "$mode"
    expect_status 0
    expect_line '^smp: cpus 64'
    expect_line '^smp: ok'
    refute_line
    # Linux keeps memory for each processor that may come.
    linux "$mode-2048" smp --cpus 2,max=2048 --memory 1536M --mmu "$mode"
    expect_status 0
    expect_line '^smp: cpus 2'
    expect_line 'nr_cpu_ids:2048'
    expect_line '^smp: ok'
    refute_line
  done
fi
finish
