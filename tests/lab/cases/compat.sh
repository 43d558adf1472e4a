# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that are shown older processors (--max-cpu-compat), and run on them.
# hosts: power8 power9 power10
# long-hosts: nested
# timeout: 300

. /program/cases/lib.sh
LIMIT=100

# shown LEVEL NAME [OPTION...]: a guest that is kept to LEVEL sees a NAME.
shown() {
  level=$1
  name=$2
  shift 2
  linux "$level" cpu --max-cpu-compat "$level" "$@"
  expect_status 0
  expect_line "^cpu: $name"
  expect_line '^cpu: ok'
  refute_line
}

case $LAB_HOST in
  power8)
    shown power8 'POWER8 \(architected\)' --cpus 2
    shown power10 'POWER8 \(architected\)' ;;
  power9)
    shown power9 'POWER9 \(architected\)' --cpus 4,threads=2
    expect_line '^mmu: Radix' ;;
  power10)
    shown power10 'POWER10 \(architected\)'
    shown power9 'POWER9 \(architected\)'
    expect_line '^mmu: Radix' ;;
  nested)
    shown power9 'POWER9 \(architected\)' --cpus 2
    expect_line '^mmu: Radix'
    linux power8 cpu --max-cpu-compat power8
    expect_status 2
    expect_log 'needs a hash page table, which this host does not give' ;;
esac
if offers radix && offers hash; then
  # As on a POWER8: no radix, no XIVE. (A kernel with 4K pages takes long with hash.)
  KERNEL=$K64 shown power8 'POWER8 \(architected\)' --cpus 2
  expect_line '^mmu: Hash'
  expect_line '^irq: XICS'
  linux radix cpu --max-cpu-compat power8 --mmu radix
  expect_status 2
  expect_log 'radix came with POWER9'
fi
linux none cpu
expect_status 0
refute_line 'architected'
finish
