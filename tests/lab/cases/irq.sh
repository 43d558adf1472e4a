# SPDX-License-Identifier: GPL-2.0-or-later
# Each interrupt controller, in the kernel and in user space: IPIs, CPU hotplug, reboots.
# hosts: power8 power9 power10 nested
# timeout: 600

. /program/cases/lib.sh
# CPUs go off and on line in each boot: two rounds in all, or 110.
boots=$(rounds 2 11)
hotplug=$(rounds 1 10)

case $LAB_HOST in
  power8) matrix='xics,in=kernel xics,in=user' ;;
  nested) matrix='xics,in=user xive,in=user' ;;
  *) matrix='xive,in=kernel xics,in=kernel xive,in=user xics,in=user' ;;
esac
# KVM has no XIVE for guests on hosts with small pages, and the rest is as with large ones.
[ "$LAB_PAGES" = 64k ] || case $LAB_HOST in
  power8 | nested) matrix=${matrix% *} ;;
  *) matrix='xics,in=kernel xive,in=user' ;;
esac

for choice in $matrix; do
  name=$(echo "${choice%,*}" | tr a-z A-Z)
  case $choice in *kernel) where=kernel ;; *) where='user space' ;; esac
  start_guest "$choice" --kernel "$K4" --initrd "$INITRD" --cpus 4 --irq "$choice" \
    --append "$LINUX do=smp:reboot rounds=$hotplug"
  wait_count "$boots" '^smp: ok' $((60 * boots)) ||
    fail "$choice: $(count '^smp: ok') boots, not $boots"
  kill -TERM "$pid" 2>/dev/null
  wait_guest 20
  expect_status 0
  expect_log "$name \\($where\\)"
  expect_line "^ *[0-9]+:.*[1-9].*$name.*IPI"
  expect_line "^smp: $hotplug rounds"
  expect_line '^smp: cpus 4'
  refute_line 'smp: FAIL'
  refute_line
done
finish
