# SPDX-License-Identifier: GPL-2.0-or-later
# Every thread is confined; what a taken-over thread tries is stopped, and reported by name.
# hosts: power9 nested
# long-hosts: power8
# timeout: 120

. /program/cases/lib.sh

# status_field THREAD FIELD: of /proc/PID/task/THREAD/status.
status_field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$pid/task/$1/status"; }

# --- each thread of a running guest
start_guest threads --kernel "$K4" --initrd "$INITRD" --cpus 2 --qmp "unix:/tmp/$CASE/qmp" \
  --log debug --append "$LINUX hold=yes"
if wait_line "$USER_SPACE"; then
  for task in "/proc/$pid/task/"*; do
    task=${task##*/}
    name=$(cat "/proc/$pid/task/$task/comm")
    note "$name: filters $(status_field "$task" Seccomp_filters), capabilities $(status_field "$task" CapEff)"
    expect_equal "$name: seccomp" "$(status_field "$task" Seccomp)" 2
    expect_equal "$name: no new privileges" "$(status_field "$task" NoNewPrivs)" 1
    for set in CapInh CapPrm CapEff CapBnd CapAmb; do
      expect_equal "$name: $set" "$(status_field "$task" "$set")" 0000000000000000
    done
    case $name in
      vcpu*) expect_equal "$name: filters" "$(status_field "$task" Seccomp_filters)" 2 ;;
    esac
  done
  for space in net ipc uts; do
    [ "$(readlink "/proc/$pid/ns/$space")" != "$(readlink "/proc/self/ns/$space")" ] ||
      fail "the host's $space namespace"
  done
  expect_log 'sandbox: own namespaces: network, ipc, uts; Landlock version [1-9]'
fi
kill -TERM "$pid"
wait_guest 20
expect_status 0
[ ! -e qmp ] || fail 'the socket is still there'

# --- many vCPUs at once
for sandbox in on log; do
  guest "eight-$sandbox" --kernel "$GUESTS/loop.elf" --memory 256M --cpus 8 --sandbox "$sandbox" \
    --append 'cpus=8 calls=1000'
  expect_status 0
  expect_line '^loop: 1000 calls on 8 CPUs'
done
if dmesg | grep 'type=1326' >"$CASE_DIR/denied"; then
  fail 'calls that are not in the tables'
  tail -n 5 "$CASE_DIR/denied"
fi

# --- intruders
for where in vcpu main; do
  for what in open socket exec fork code kill ioctl; do
    last_guest=$where-$what
    : >"$CASE_DIR/$last_guest.console"
    INTRUDER=$where:$what /program/tests/intruder run --kernel "$K4" --initrd "$INITRD" \
      --console none --append do=poweroff </dev/null >/dev/null 2>"$CASE_DIR/$last_guest.log"
    status=$?
    echo "$status" >"$CASE_DIR/$last_guest.status"
    expect_status 1
    case $what in
      open) call=openat ;;
      exec) call=execve ;;
      fork) call=clone ;;
      code) call=mmap ;;
      *) call=$what ;;
    esac
    case $where in
      vcpu) thread='vcpu0' ;;
      main) thread='intruder' ;;
    esac
    expect_log "sandbox: thread '$thread' asked for the system call $call,"
    ! grep -q 'was let' "$CASE_DIR/$last_guest.log" || fail "$last_guest: was let"
  done
done

# Without a sandbox the same call passes: the intruder does what it says.
INTRUDER=vcpu:open /program/tests/intruder run --kernel "$K4" --initrd "$INITRD" --sandbox off \
  --console none --append "$LINUX do=poweroff" </dev/null >/dev/null 2>"$CASE_DIR/off.log"
status=$?
last_guest=off
: >"$CASE_DIR/off.console"
expect_status 0
expect_log 'vcpu:open was let'

# --- another user, another root directory, sockets removed where they were made
grep -q '^nobody:' /etc/passwd 2>/dev/null ||
  echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
mkdir empty run
chown 65534 run
start_guest user --kernel "$K4" --initrd "$INITRD" --user nobody --chroot "/tmp/$CASE/empty" \
  --qmp "unix:/tmp/$CASE/run/qmp" --append "$LINUX hold=yes"
if wait_line "$USER_SPACE"; then
  for task in "/proc/$pid/task/"*; do
    expect_equal 'user ids' "$(sed -n 's/^Uid:[[:space:]]*//p' "$task/status" | tr '\t' ' ')" \
      '65534 65534 65534 65534'
  done
  expect_equal 'root directory' "$(readlink "/proc/$pid/root")" "/tmp/$CASE/empty"
  paprika ctl "/tmp/$CASE/run/qmp" status >"$CASE_DIR/ctl.log" 2>&1 || fail 'no answer by the socket'
fi
kill -TERM "$pid"
wait_guest 20
expect_status 0
[ ! -e run/qmp ] || fail 'the socket of another user is still there'
finish
