# SPDX-License-Identifier: GPL-2.0-or-later
# Each interrupt controller, in the kernel and in user space: IPIs, CPU hotplug, reboots.
# hosts: power8 power9 power10 nested
# pages: 64k 4k
# timeout: 600

. /program/cases/lib.sh
LIMIT=$(rounds 150 1500)
hotplug=$(rounds 3 100)
reboots=$(rounds 2 10)

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
  APPEND="rounds=$hotplug" linux "$choice-smp" smp --cpus 4 --irq "$choice"
  expect_status 0
  expect_log "$name \\($where\\)"
  expect_line "^ *[0-9]+:.*[1-9].*$name.*IPI"
  expect_line "^smp: $hotplug rounds"
  expect_line '^smp: ok'
  refute_line

  # With its CPUs busy or ceded, whichever, when the reset comes.
  start_guest "$choice-reboot" --kernel "$K4" --initrd "$INITRD" --cpus 4 --irq "$choice" \
    --append 'console=hvc0 do=reboot'
  wait_boots $((reboots + 1)) || fail "$choice: $(boots) boots, not $((reboots + 1))"
  kill -TERM "$pid"
  wait_guest 20
  expect_status 0
  refute_line
done
finish
