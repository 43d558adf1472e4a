# SPDX-License-Identifier: GPL-2.0-or-later
# Linux guests with 4K and 64K pages boot to user space and power off.
# hosts: power8 power9 power10 nested
# pages: 64k 4k
# timeout: 300

. /program/cases/lib.sh
LINUX=console=hvc0

for mode in $LAB_MODES; do
  for pages in 4k 64k; do
    KERNEL=/base/guest/vmlinux-$pages linux "$mode-$pages" info --mmu "$mode" --memory 1G
    expect_status 0
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
