# SPDX-License-Identifier: GPL-2.0-or-later
# One CPU, four cores, and two cores of two threads: online, IPIs, hotplug.
# hosts: power8 power9 power10 nested
# timeout: 400

. /program/cases/lib.sh
LIMIT=150

check_cpus() {
  expect_status 0
  expect_line "^smp: cpus $1"
  expect_line '^smp: ok'
  refute_line
}

for mode in $LAB_MODES; do
  linux "$mode-4" smp --cpus 4 --mmu "$mode"
  check_cpus 4
  expect_line ':.*[1-9].*IPI'
done

linux one smp --cpus 1
check_cpus 1

linux threads smp --cpus 4,threads=2
if [ "$LAB_HOST" = power8 ]; then
  # SMT is off on this host, so KVM grants one thread per core.
  case $status in 1|2) ;; *) fail "status $status for threads that KVM does not grant" ;; esac
  expect_log 'thread'
  refute_line "$USER_SPACE"
else
  check_cpus 4
  expect_line '^smp: cpu 1 siblings 0[-,]1'
fi
finish
