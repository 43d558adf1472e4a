# SPDX-License-Identifier: GPL-2.0-or-later
# A Linux guest under load resizes its hash page table, 200 times in a row, too; each change is checked.
# hosts: power8 power9 power10
# timeout: 400

. /program/cases/lib.sh
LIMIT=200

# verified CHECKED: Paprika's own table agreed with the kernel's each time.
verified() {
  expect_log "hash page table: $1 resizes checked, 0 wrong"
  refute_line
}

# Up, more than its memory justifies, down to where bolted entries collide, back.
linux plan resize:24,25,22,23 --mmu hash --cpus 2 --hpt-verify
expect_status 0
expect_line '^resize: order 23 at first'
expect_line '^resize: 24 done, now 24'
expect_line '^resize: 25 refused .Operation not permitted., now 24'
expect_line '^resize: 22 refused .No space left on device., now 24'
expect_line '^resize: 23 done, now 23'
expect_equal 'number of sound workers' "$(grep -c '^mem: ok' "$CASE_DIR/plan.console")" 2
verified 3

# The same guest may have more if it can ever have more memory, and 200 changes of it.
APPEND="many=200 between=22,21 load=5" linux many resize:24,25,21 --mmu hash --cpus 2 \
  --memory 256M --max-memory 1G --trace hv
expect_status 0
expect_line '^resize: order 21 at first'
expect_line '^resize: 24 done, now 24'
expect_line '^resize: 25 refused .Operation not permitted., now 24'
expect_line '^resize: 200 of 200 done, 0 failed, now 21'
expect_equal 'number of sound workers' "$(grep -c '^mem: ok' "$CASE_DIR/many.console")" 2
refute_line
finish
