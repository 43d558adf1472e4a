# SPDX-License-Identifier: GPL-2.0-or-later
# Open Firmware's services: all of them, then 20,000 calls with hostile cells beside a second CPU.
# hosts: power9
# long-hosts: power8 nested
# timeout: 200

. /program/cases/lib.sh

for mode in $LAB_MODES; do
  start_guest "$mode" --kernel "$GUESTS/client.elf" --boot of --mmu "$mode" --cpus 2 --memory 256M \
    --append 'calls=20000'
  wait_line '^client: 5000 calls' || { wait_guest 1; continue; }
  pss=$(vmm_pss "$pid")
  fds=$(count_fds "$pid")
  wait_line '^client: 15000 calls' || { wait_guest 1; continue; }
  # Properties that a client sets are kept, up to 1 MiB of them.
  expect_at_most 'growth in KiB' $(($(vmm_pss "$pid") - pss)) 2048
  expect_equal 'number of open files' "$(count_fds "$pid")" "$fds"
  wait_guest
  expect_status 0
  expect_line '^client: written by firmware'
  expect_line '^client: [0-9]+ nodes, [0-9]+ properties ok'
  expect_line '^client: 20000 calls ok'
  expect_line '^client: done, second CPU made [1-9]'
  refute_line '^FAIL'
done

# A client that gives up has crashed, as far as anybody can tell.
guest exit --kernel "$GUESTS/client.elf" --boot of --memory 128M --append 'exit=1'
expect_status 3
expect_log "Open Firmware's exit"
refute_line 'calls ok'

# Without Open Firmware there is none to call.
guest direct --kernel "$GUESTS/client.elf" --boot direct
expect_status 3
expect_line '^FAIL: there is no Open Firmware'
finish
