# SPDX-License-Identifier: GPL-2.0-or-later
# A Linux guest under load resizes its hash page table, in a long run 200 times in a row; changes are checked.
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

many=$(rounds 50 200)
# The same guest may have more if it can ever have more memory, and so many changes of it;
# with large pages, of which there are fewer to look at each time.
KERNEL=$K64 APPEND="many=$many between=22,21 load=5" linux many resize:24,25,21 --mmu hash --cpus 2 \
  --memory 256M --max-memory 1G --trace hv
expect_status 0
expect_line '^resize: order 21 at first'
expect_line '^resize: 24 done, now 24'
expect_line '^resize: 25 refused .Operation not permitted., now 24'
expect_line "^resize: $many of $many done, 0 failed, now 21"
expect_equal 'number of sound workers' "$(grep -c '^mem: ok' "$CASE_DIR/many.console")" 2
refute_line

# Segments of 256M and pages of 64K; on power8, where there are such, pages of 16M.
KERNEL=$K64 APPEND="disable_1tb_segments load=4" linux segments resize:22,21,22 --mmu hash \
  --memory 256M --hpt-verify
expect_status 0
expect_line '^resize: 22 done, now 22'
verified 3
# KVM's own entries, for real mode, are in a segment of 1T; the guest's are not.
sed -n 's/.*; \([0-9]*\) entries moved (\([0-9]*\) in segments of 1T.*/\1 \2/p' \
  "$CASE_DIR/segments.log" >"$CASE_DIR/moved"
read -r moved in_1t <"$CASE_DIR/moved"
[ "$moved" -gt "$((in_1t + 1000))" ] || fail "no segments of 256M among $moved entries"
if [ "$LAB_HOST" = power8 ]; then
  echo 20 >/proc/sys/vm/nr_hugepages
  linux huge resize:22,21 --mmu hash --memory 256M --hugepages --hpt-verify
  echo 0 >/proc/sys/vm/nr_hugepages
  expect_status 0
  expect_line '^resize: 22 done, now 22'
  verified 2
  expect_log '[1-9][0-9]* of 16M'
fi

# More than the host can give: less, with a warning, and the guest is told what it has.
APPEND="load=0" linux large resize --mmu hash --memory 256M --hpt-order 40
expect_status 0
expect_log 'the hash page table has order [0-9]+ instead of 40'
granted=$(sed -n 's/.*hash page table of order \([0-9]*\).*/\1/p' "$CASE_DIR/large.log")
expect_line "^resize: order $granted at first"
finish
