# SPDX-License-Identifier: GPL-2.0-or-later
# Each interrupt controller that the host offers, by name: IPIs, CPU hotplug, reboots.
# hosts: power8 power9 power10 nested
# pages: 64k 4k
# timeout: 600

. /program/cases/lib.sh
LIMIT=150

case $LAB_HOST in
  power8) choices=xics where=kernel ;;
  nested) choices=xics where='user space' ;;
  *) choices='xics xive' where=kernel ;;
esac
# KVM has no XIVE for guests there.
[ "$LAB_PAGES" = 64k ] || choices=xics

for choice in $choices; do
  name=$(echo "$choice" | tr a-z A-Z)
  linux "$choice-smp" smp --cpus 4 --irq "$choice"
  expect_status 0
  expect_log "$name \\($where\\)"
  expect_line "^ *[0-9]+:.*[1-9].*$name.*IPI"
  expect_line '^smp: ok'
  refute_line

  # With its CPUs busy or ceded, whichever, when the reset comes.
  start_guest "$choice-reboot" --kernel "$K4" --initrd "$INITRD" --cpus 2 --irq "$choice" \
    --append 'console=hvc0 do=reboot'
  wait_boots 5 || fail "$choice: $(boots) boots, not 5"
  kill -TERM "$pid"
  wait_guest 20
  expect_status 0
  refute_line
done
finish
