# SPDX-License-Identifier: GPL-2.0-or-later
# A guest makes a million hypercalls and RTAS calls with hostile arguments, over all modes.
# hosts: power8 power9 power10 nested
# timeout: 300

. /program/cases/lib.sh
LIMIT=90

CALLS=$(rounds 200000 1000000)
SEED=1
EDGE=20000 # the guest's first and last lines of progress: measures are taken there

# attack NAME CALLS OPTION...
attack() {
  name=$1
  calls=$2
  shift 2
  start_guest "$name" --kernel "$GUESTS/hostile.elf" "$@" --append "calls=$calls seed=$SEED$xics"
  # By its first line of progress all that is allocated once has been.
  wait_line "^hostile: $EDGE calls" || { wait_guest 1; return; }
  take_measure
  first="$fds $pss $threads"
  wait_line "^hostile: $((calls - EDGE)) calls" 250 || { wait_guest 1; return; }
  take_measure
  wait_guest 120
  expect_status 0
  expect_line "^hostile: done $calls calls"
  refute_line '^FAIL'
  # shellcheck disable=SC2086 # three words
  expect_no_growth $first
  figure "$name-pss-kb" "$pss"
  log_size=$(stat -c %s "$CASE_DIR/$name.log")
  expect_at_most 'size of the log' "$log_size" 1000000
}

# There KVM's XICS answers its RTAS services itself, by rules of its own.
xics=
[ "$LAB_HOST" = power8 ] && xics=' kernel-xics=1'
set -- $LAB_MODES
for mode; do
  attack "$mode" $((CALLS / $#)) --mmu "$mode"
done

# Our own XIVE, whose pages it tries, too.
if [ "$LAB_HOST" != power8 ]; then
  xics=' xive-pages=1'
  attack xive-user $((CALLS / 5)) --irq xive,in=user
fi

dmesg >"$CASE_DIR/dmesg-after"
if grep -E -m 5 -e "$TROUBLE" "$CASE_DIR/dmesg-after"; then
  fail "the host's kernel complains"
fi
finish
