# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of 128 MiB, 1 GiB and 2 GiB use the memory that they were given.
# hosts: power8 power9
# long-hosts: power10 nested
# timeout: 400

. /program/cases/lib.sh
LIMIT=120

try_memory() {
  linux "$1-$2" mem --memory "$2" --mmu "$1"
  expect_status 0
  expect_line '^mem: ok'
  refute_line
  total=$(sed -n 's/^MemTotal: *\([0-9]*\) kB.*/\1/p' "$CASE_DIR/$last_guest.console")
  [ "${total:-0}" -ge "$3" ] || fail "$last_guest: MemTotal $total kB, less than $3"
}

for mode in $LAB_MODES; do
  try_memory "$mode" 128M 64000
done
# A kernel with large pages takes fewer faults for as much memory.
KERNEL=$K64
for mode in $(rounds "${LAB_MODES%% *}" "$LAB_MODES"); do
  try_memory "$mode" 2G 1950000
done
[ "$LAB_LONG" != yes ] || try_memory auto 1G 950000
finish
