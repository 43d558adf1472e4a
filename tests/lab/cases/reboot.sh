# SPDX-License-Identifier: GPL-2.0-or-later
# Reboots in one process, ten in a long run, in each mode, without growth.
# hosts: power8 power9
# long-hosts: power10 nested
# timeout: 650

. /program/cases/lib.sh

boots=$(rounds 5 11)
for mode in $LAB_MODES; do
  # With 4K pages a hash guest enters each page of its linear mapping: slow.
  case $mode in hash) kernel=$K64 ;; *) kernel=$K4 ;; esac
  start_guest "$mode" --kernel "$kernel" --initrd "$INITRD" --mmu "$mode" \
    --append "$LINUX do=reboot"
  if ! wait_boots 2 400; then fail "$mode: did not come up twice"; kill -9 "$pid"; continue; fi
  fds=$(count_fds "$pid")
  pss=$(vmm_pss "$pid")
  if wait_boots "$boots" 400; then
    fds_after=$(count_fds "$pid")
    pss_after=$(vmm_pss "$pid")
    expect_at_most "number of descriptors ($fds before)" "$fds_after" "$fds"
    expect_at_most "memory in KiB ($pss before)" "$pss_after" $((pss + 256))
    figure "pss-kib-second-boot-$mode" "$pss"
    figure "pss-kib-last-boot-$mode" "$pss_after"
  else
    fail "$mode: only $(count "$USER_SPACE") boots"
  fi
  kill -TERM "$pid"
  wait_guest 20
  [ "$status" != timeout ] || fail "$mode: SIGTERM does not end it"
  refute_line
done

linux no-reboot reboot --no-reboot
expect_status 0
expect_equal 'number of boots' "$(count "$USER_SPACE")" 1
finish
