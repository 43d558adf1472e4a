# SPDX-License-Identifier: GPL-2.0-or-later
# Resizes of a hash page table with entries of all page and segment sizes; hostile entries are refused.
# hosts: power8 power9 power10 nested
# timeout: 200

. /program/cases/lib.sh
LIMIT=90

# try_resize NAME SEED OPTION...: 20 resizes, each compared with Paprika's own table.
try_resize() {
  name=$1
  seed=$2
  shift 2
  guest "$name" --kernel "$GUESTS/hptresize.elf" --mmu hash --hpt-verify "$@" \
    --append "rounds=20 load=100 seed=$seed"
  expect_status 0
  expect_line '^hptresize: codes ok'
  expect_line '^hptresize: [0-9]* resizes, [0-9]* refused'
  expect_line '^hptresize: twins refused'
  expect_line '^hptresize: cleared'
  expect_line '^hptresize: done'
  expect_log 'resizes checked, 0 wrong'
  for size in 4K 4K/64K 4K/16M 64K 64K/16M 16M 16G; do
    expect_log "[0-9] of $size"
  done
  grep 'resizes checked' "$CASE_DIR/$name.log"
}

# A reboot has the first order again, whatever there was, and what was prepared is gone.
try_reboots() {
  start_guest reboots --kernel "$GUESTS/hptresize.elf" --mmu hash --memory 128M --append reboot=1
  for round in 1 2 3; do
    wait_line "rebooting from order 21" 30 || break
    until [ "$(grep -c '^hptresize: rebooting' "$CASE_DIR/reboots.console")" -gt "$round" ]; do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.2
    done
  done
  kill -TERM "$pid"
  wait_guest 20
  expect_status 0
  refute_line '^FAIL'
  orders=$(sed -n 's/^hptresize: order \([0-9]*\).*/\1/p' "$CASE_DIR/reboots.console" | sort -u)
  expect_equal 'order after each reboot' "$orders" 20
}

if offers hash; then
  try_reboots
  try_resize first 1 --memory 256M
  try_resize second 2 --memory 128M
fi
if offers radix; then
  guest radix --kernel "$GUESTS/hptresize.elf" --mmu radix
  expect_status 0
  expect_line '^hptresize: done'
fi
dmesg >"$CASE_DIR/dmesg-after"
if grep -E -m 5 -e "$TROUBLE|kernel BUG" "$CASE_DIR/dmesg-after"; then
  fail "the host's kernel complains"
fi
finish
