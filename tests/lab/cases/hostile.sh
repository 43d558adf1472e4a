# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that makes 200,000 hypercalls and RTAS calls with hostile arguments, in each mode.
# hosts: power9 power10 nested
# timeout: 200

. /program/cases/lib.sh
LIMIT=90

# Not on power8: there the kernel's XICS answers its RTAS services itself, and
# with no result cell it writes one all the same, which the guest takes for a fault.
# Some sequences of calls leave the kernel of an emulated POWER9 host spinning in
# KVM (docs/interrupts.md), which no test can end in time: this one does not.
CALLS=200000
SEED=1
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
  start_guest "$name" --kernel "$GUESTS/hostile.elf" "$@" --append "calls=$calls seed=$SEED"
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

for mode in $LAB_MODES; do
  attack "$mode" "$CALLS" --mmu "$mode"
done

dmesg >"$CASE_DIR/dmesg-after"
if grep -E -m 5 -e "$TROUBLE" "$CASE_DIR/dmesg-after"; then
  fail "the host's kernel complains"
fi
finish
