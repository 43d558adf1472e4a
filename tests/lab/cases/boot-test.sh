# SPDX-License-Identifier: GPL-2.0-or-later
# paprika boot-test runs a matrix; kernels that panic, hang and loop in reboots are told apart.
# hosts: power9
# long-hosts: nested
# timeout: 300

. /program/cases/lib.sh

# test_guests NAME OPTION...: boot-test to its end; its report is NAME.report, its status in $status.
test_guests() {
  last_guest=
  name=$1
  shift
  note "$name: paprika boot-test $*"
  paprika boot-test --output "$CASE_DIR/$name" "$@" </dev/null \
    >"$CASE_DIR/$name.report" 2>"$CASE_DIR/$name.errors"
  status=$?
  [ "$status" = "$wanted" ] || {
    fail "$name: status $status, not $wanted"
    cat "$CASE_DIR/$name.report" "$CASE_DIR/$name.errors"
  }
  # Nothing may stay behind.
  if pidof paprika >/dev/null; then fail "$name: a guest is left"; killall -9 paprika; fi
}

# report REGEX: the report has such a line.
report() {
  grep -Eq -e "$1" "$CASE_DIR/$name.report" || fail "$name: no line in the report like: $1"
}

# Every combination of kernels, translations and numbers of CPUs, with one command.
modes=$(echo "$LAB_MODES" | tr ' ' ';')
cat >matrix.conf <<EOF
[matrix]
kernel=$(rounds "$K4" "$K4;$K64")
initrd=$INITRD
mmu=$modes
cpus=$(rounds 2 '1;2;4')
append=$LINUX do=poweroff
[test]
expect=^$USER_SPACE
poweroff=yes
timeout=120
EOF
count=0
for kernel in $(rounds 4k '4k 64k'); do
  for mode in $LAB_MODES; do
    for cpus in $(rounds 2 '1 2 4'); do count=$((count + 1)); done
  done
done
begun=$(now)
wanted=0
test_guests matrix --matrix matrix.conf --junit "$CASE_DIR/matrix.xml"
report "^$count of $count passed\$"
grep -q "tests=\"$count\" failures=\"0\" errors=\"0\"" "$CASE_DIR/matrix.xml" ||
  fail "the JUnit report has not $count tests that passed"
figure matrix-guests "$count"
figure matrix-seconds $(($(now) - begun))

# bad STATUS NAME APPEND OPTION...: a kernel that does not come to say "never".
bad() {
  wanted=$1 bad_name=$2 append=$3
  shift 3
  test_guests "$bad_name" --kernel "$K4" --append "$LINUX $append" \
    --expect '^never' --timeout 120 "$@"
}

bad 3 panic do=panic --initrd "$INITRD"
report '^panic +guest .*: .*Kernel panic - not syncing: sysrq triggered crash'
report '^  \| .*Call Trace'

# A panic that ends in reboots is no loop of reboots.
bad 3 panic-reboot 'panic=-1 root=/dev/none'
report '^panic +guest .*: .*Kernel panic - not syncing: VFS'

restarts=$(rounds 1 2)
bad 5 loop do=reboot --initrd "$INITRD" --max-reboots "$restarts"
report "^reboot-loop +guest .*: restarted $((restarts + 1)) times"

# The kernel waits for ever, with nothing to say.
bad 6 hang 'root=/dev/none rootwait' --silence 30
report '^hung +guest .*: 30 s of silence after'
report '^  \| .*Waiting for root device'

# Text is typed at the prompt of a shell, and what comes of it is seen.
wanted=0
test_guests shell --kernel "$K4" --initrd "$INITRD" --append "$LINUX do=shell" \
  --send 'echo sum $((40+2))\n' after 'guest # ' --send 'exit\n' after '^sum 42$' \
  --expect '^sum 42$' --poweroff --timeout 120 --tap
report '^ok 1 - guest'

# A signal ends the guests.
note 'signal'
paprika boot-test --output "$CASE_DIR/signal" --kernel "$K4" --append "$LINUX rootwait root=/dev/none" \
  --expect '^never' --timeout 600 --repeat 4 --jobs 2 </dev/null >"$CASE_DIR/signal.report" 2>&1 &
pid=$!
end=$(($(now) + 60))
until grep -q 'Waiting for root' "$CASE_DIR/signal/guest.1.console" "$CASE_DIR/signal/guest.2.console" 2>/dev/null ||
  [ "$(now)" -ge "$end" ]; do sleep 0.2; done
kill -TERM "$pid"
wait "$pid"
status=$?
name=signal
[ "$status" = 143 ] || fail "signal: status $status, not 143"
report '^0 of 4 passed'
if pidof paprika >/dev/null; then fail "signal: a guest is left"; fi
finish
