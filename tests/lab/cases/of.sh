# SPDX-License-Identifier: GPL-2.0-or-later
# Linux guests entered by Open Firmware: 4K and 64K pages, several CPUs, reboots.
# hosts: power8 power9 power10 nested
# timeout: 300

. /program/cases/lib.sh

# expect_prom: the kernel's own Open Firmware client ran to its end on our console.
expect_prom() {
  expect_line 'OF stdout device is: /vdevice/vty@71000000'
  expect_line 'instantiating rtas at 0x[0-9a-f]*\.\.\. done'
  expect_line 'prom_hold_cpus: skipped'
  expect_line 'Quiescing Open Firmware'
  expect_line 'Booting Linux via __start'
}

for mode in $LAB_MODES; do
  for pages in 4k 64k; do
    KERNEL=/base/guest/vmlinux-$pages linux "$mode-$pages" info --boot of --mmu "$mode" --memory 1G
    expect_status 0
    expect_prom
    expect_line "$USER_SPACE"
    expect_line 'info: ok'
    case $mode in
      radix) expect_line '^info: mmu Radix' ;;
      hash) expect_line '^info: mmu Hash' ;;
    esac
    refute_line
    figure "user-space-ms-$mode-$pages" "$(guest_clock)"
  done
done
finish
