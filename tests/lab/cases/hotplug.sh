# SPDX-License-Identifier: GPL-2.0-or-later
# Cores and memory are plugged and unplugged under load; refusals are told; a reboot keeps what there is; power-down.
# hosts: power8 power9 power10
# long-hosts: nested
# timeout: 500

. /program/cases/lib.sh
LIMIT=200
QMP=$CASE_DIR/qmp

# 30 blocks of 16 MiB, one that is plugged first and stays, and room for 64 more; for more than one of
# those the hash table has to grow. What stays is for Linux 6.12: it fails in zone_statistics() when
# the last movable memory goes between another CPU's choice of a zone and its allocation.
FIRST=30
BLOCKS=31
MEMORY="--memory 480M --max-memory 1520M"
MAX=$(rounds 3 9)
# Linux leaves what was plugged free for unplugging, also when it boots.
KEEP=movable_node
# Where there is hash, reboots and refusals take too long for an everyday run.
short=yes
if [ "$LAB_LONG" = yes ] || [ "$LAB_MODES" = radix ]; then short=no; fi

hotplug_guest() {
  name=$1 append=$2
  shift 2
  start_guest "$name" --kernel "$K4" --initrd "$INITRD" --qmp "unix:$QMP" \
    --append "$LINUX $KEEP do=hotplug $append" "$@"
}

# refused COMMAND WHAT ID: the guest keeps it, and that is what we are told.
refused() {
  note "$1 $2"
  if ctl "$1" "$2"; then
    fail "$last_guest: $1 $2: it went"
  elif ! grep -q "the guest keeps $3" "$CASE_DIR/ctl.error"; then
    fail "$last_guest: $1 $2: no word of why: $(cat "$CASE_DIR/ctl.error")"
  fi
}

# wait_state CPUS BLOCKS: until the guest tells of just that.
wait_state() {
  note "state $*"
  state_end=$(($(now) + 60))
  until [ "$(grep '^hotplug: cpus' "$CASE_DIR/$last_guest.console" | tail -n 1 | tr -d '\r')" = \
    "hotplug: cpus $1 blocks $2" ]; do
    kill -0 "$pid" 2>/dev/null || { fail "$last_guest: ended, with cpus $1 and $2 blocks waited for"; return 1; }
    [ "$(now)" -lt "$state_end" ] || { fail "$last_guest: cpus $1 and $2 blocks never came"; return 1; }
    sleep 0.1
  done
}

# range LAST: how Linux writes the CPUs 0 to LAST.
range() { [ "$1" = 0 ] && echo 0 || echo "0-$1"; }

# round CORES MIB: that much comes, and goes again.
round() {
  n=1
  while [ $n -le "$1" ]; do must plug-cpu $n; n=$((n + 1)); done
  must plug-memory "$2"
  wait_state "$(range "$1")" $((BLOCKS + $2 / 16)) || return 1
  must unplug-memory "$2"
  n=$1
  while [ $n -ge 1 ]; do must unplug-cpu $n; n=$((n - 1)); done
  wait_state 0 $BLOCKS
}

all_rounds() {
  start=$(now)
  done=0
  while [ $done -lt "$(rounds 1 50)" ]; do
    # Every number of cores, and much memory less often than little: with a hash table a round of all
    # cores with 1 GiB takes the emulator ten minutes.
    cores=$(((done + 1) % (MAX - 1) + 1))
    case $done in
      4 | 34) round $((MAX - 1)) 1024 ;;
      18) round $cores 512 ;;
      *[13579]) round $cores 16 ;;
      *) round $cores 48 ;;
    esac || break
    echo '@lab progress' >/dev/console
    done=$((done + 1))
  done
  figure "$1-rounds" $done
  figure "$1-seconds" $(($(now) - start))
}

# What is plugged when the guest reboots it finds, and can give back.
reboot_round() {
  must plug-cpu 2
  wait_state 0-1 $BLOCKS
  must plug-memory 64
  wait_boots 2
  wait_state 0-1 $((BLOCKS + 4)) || return
  must unplug-memory 64
  must unplug-cpu 2
  wait_state 0 $BLOCKS
}

for mode in $LAB_MODES; do
  hotplug_guest "$mode" "reboot-at=0-1:$((BLOCKS + 4))" --mmu "$mode" --cpus "1,max=$MAX" $MEMORY
  wait_state 0 $FIRST || { kill -9 "$pid"; continue; }
  must plug-memory 16
  wait_state 0 $BLOCKS
  all_rounds "$mode"
  [ "$short" = yes ] || reboot_round
  note 'unplug-cpu 0'
  ctl unplug-cpu 0 && fail "$mode: the core that the guest starts on was unplugged"
  ctl cores >"$CASE_DIR/$mode.cores"
  expect_equal "number of cores" "$(grep -c 'can be plugged' "$CASE_DIR/$mode.cores")" $((MAX - 1))
  must powerdown
  wait_guest 60
  expect_status 0
  expect_line '^hotplug: powered off by the kernel'
  expect_equal "workers that found all well" "$(grep -c '^mem: ok' "$CASE_DIR/$mode.console")" 2
  [ "$mode" = radix ] || expect_line 'HPT resize to shift'
  refute_line
done
[ "$short" = yes ] && finish

# The guest's last processor stays. So does memory that it had when it booted, and was free to use for
# what cannot be moved: that it takes from the end.
KEEP=
hotplug_guest refused 'alone=yes workers=0 reboot-at=1:18' --cpus 1,max=2 --memory 272M --max-memory 544M
if wait_state 0 17; then
  must plug-cpu 1
  wait_state 1 17
  refused unplug-cpu 1 core1
  must plug-memory 16
  wait_boots 2
  wait_state 0-1 18
  refused unplug-memory 16 dimm0
  must unplug-cpu 1
  wait_state 0 18
fi
kill -PWR "$pid"
wait_guest 60
expect_status 0
expect_line '^hotplug: powered off by the kernel'
refute_line

# Cores of several threads come and go whole.
if [ "$LAB_HOST" = power10 ]; then
  hotplug_guest threads workers=1 --cpus 4,threads=4,max=8 $MEMORY
  if wait_state 0-3 $FIRST; then
    must plug-cpu 4
    wait_state 0-7 $FIRST
    must unplug-cpu 4
    wait_state 0-3 $FIRST
  fi
  must powerdown
  wait_guest 60
  expect_status 0
  refute_line
fi
finish
