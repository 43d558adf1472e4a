# SPDX-License-Identifier: GPL-2.0-or-later
# Linux guests entered by Open Firmware: 4K and 64K pages, four CPUs, reboots.
# hosts: power8 power9 nested
# long-hosts: power10
# timeout: 300

. /program/cases/lib.sh

# expect_prom MODE: the kernel's own client of Open Firmware ran to its end on
# our console, and got that translation.
expect_prom() {
  expect_line 'OF stdout device is: /vdevice/vty@71000000'
  expect_line 'Calling ibm,client-architecture-support\.\.\. done'
  expect_line 'instantiating rtas at 0x[0-9a-f]*\.\.\. done'
  expect_line 'Quiescing Open Firmware'
  case $1 in
    radix) expect_line 'lpar: Using radix MMU under hypervisor' ;;
    hash) expect_line 'hash-mmu: Initializing hash mmu' ;;
  esac
  refute_line 'WARNING'
  refute_line
}

for mode in $LAB_MODES; do
  KERNEL=$K4 linux "$mode-4k-smp" smp --boot of --mmu "$mode" --cpus 4 --memory 256M
  expect_status 0
  expect_prom "$mode"
  expect_line '^smp: ok'

  start_guest "$mode-64k-reboot" --kernel "$K64" --initrd "$INITRD" --boot of --mmu "$mode" \
    --append "$LINUX do=reboot"
  wait_boots 2 120 || fail "$mode: only $(count "$USER_SPACE") boots"
  kill -TERM "$pid"
  wait_guest 20
  expect_status 0
  expect_prom "$mode"
done

# What can only be negotiated brings Open Firmware without being asked for it.
if offers radix && offers hash; then
  APPEND='disable_radix xive=off' linux auto info
  expect_status 0
  expect_prom hash
  expect_line '^ *[0-9]+:.*XICS'
fi
finish
