# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that makes a million hypercalls and RTAS calls with hostile arguments.
# hosts: power8 power9 power10 nested
# timeout: 500

. /program/cases/lib.sh
LIMIT=450

# A million calls on each host, by guests of different seeds. One guest that goes
# on for more than 250,000 under radix and XIVE has the kernel of a POWER9 host
# spin in KVM (docs/interrupts.md), which ends no test in time.
GUESTS_PER_HOST=5
CALLS=200000
EDGE=20000 # the guest's first and last lines of progress: measures are taken there
GROWTH_KB=1024 # what the VMM may grow by; noise of the allocator is far less

# take_measure: the VMM's descriptors and memory beside the guest's, now.
take_measure() {
  fds=$(count_fds "$pid")
  pss=$(vmm_pss "$pid")
  threads=$(ls "/proc/$pid/task" | wc -l)
}

# attack NAME CALLS OPTION...
attack() {
  name=$1
  calls=$2
  shift 2
  start_guest "$name" --kernel "$GUESTS/hostile.elf" "$@" --append "calls=$calls seed=$seed"
  # By its first line of progress all that is allocated once has been.
  wait_line "^hostile: $EDGE calls" || { wait_guest 1; return; }
  take_measure
  first_fds=$fds first_pss=$pss first_threads=$threads
  wait_line "^hostile: $((calls - EDGE)) calls" || { wait_guest 1; return; }
  take_measure
  wait_guest 120
  expect_status 0
  expect_line "^hostile: done $calls calls"
  refute_line '^FAIL'
  expect_equal 'number of open files' "$fds" "$first_fds"
  expect_equal 'number of threads' "$threads" "$first_threads"
  expect_at_most 'growth in KiB' $((pss - first_pss)) "$GROWTH_KB"
  figure "$name-pss-kb" "$pss"
  log_size=$(stat -c %s "$CASE_DIR/$name.log")
  expect_at_most 'size of the log' "$log_size" 1000000
}

seed=1
while [ "$seed" -le "$GUESTS_PER_HOST" ]; do
  for mode in $LAB_MODES; do
    [ "$seed" -le "$GUESTS_PER_HOST" ] || break
    attack "$mode-$seed" "$CALLS" --mmu "$mode"
    seed=$((seed + 1))
  done
done

dmesg >"$CASE_DIR/dmesg-after"
if grep -E -m 5 -e "$TROUBLE" "$CASE_DIR/dmesg-after"; then
  fail "the host's kernel complains"
fi
finish
