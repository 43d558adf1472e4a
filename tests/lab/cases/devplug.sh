# SPDX-License-Identifier: GPL-2.0-or-later
# Disks and network cards come and go through slots' connectors under load; refusals are told; what is plugged survives a reboot.
# hosts: power9
# long-hosts: power8 power10
# timeout: 900

. /program/cases/lib.sh

INITRD=/base/guest/devices.gz
QMP=$CASE_DIR/qmp
MAC=02:00:00:aa:bb:01

make_file() { dd if=/dev/urandom of="$1" bs=64k count="$2" 2>/dev/null; }

# devplug_guest NAME OPTION...
devplug_guest() {
  name=$1 uses=0
  shift
  start_guest "$name" --kernel "$K4" --initrd "$INITRD" --qmp "unix:$QMP" --hotplug \
    --append "$LINUX do=devplug" --memory 512M --disk load "$@"
  wait_count 1 '^devplug: ready' || fail "$name: not ready"
}

# used WHAT: wait until the guest has used what was plugged; how often so far is counted in $uses.
used() {
  uses=$((uses + 1))
  wait_count "$uses" '^devplug: used' 60 || fail "$last_guest: use $uses, of $1, never came"
}

# refused WHY COMMAND...: ctl fails, and says so.
refused() {
  why=$1
  shift
  note "$*"
  if ctl "$@"; then
    fail "$last_guest: $*: it went"
  elif ! grep -q "$why" "$CASE_DIR/ctl.error"; then
    fail "$last_guest: $*: no word of why: $(cat "$CASE_DIR/ctl.error")"
  fi
}

# A disk that comes, is read, and written; the file then has just that.
disk_round() {
  make_file extra $((16 + $1 % 16))
  before=$(sum <extra)
  must plug-disk "extra,id=extra$2"
  used extra
  expect_line "^devplug: disk vdb .* sum $before"
  must unplug-disk extra
  written=$(said 'devplug: used vdb')
  expect_equal 'what was written' "$(dd if=extra bs=64k count=16 2>/dev/null | sum)" "$written"
}

net_round() {
  # One that does without DMA windows is the kernel's to serve.
  must plug-net "tap=tap1,mac=$MAC,id=card${2:-,vhost=on}"
  used card
  expect_line "^devplug: net eth0 $MAC"
  must unplug-net card
}

make_file load 64
make_tap 1 1
load_modules vhost_net

# The monitor has noticed that its last client is gone.
measure() {
  sleep 1
  take_measure
}

# all_rounds NAME N: disks and cards, through DMA windows every other time.
all_rounds() {
  start=$(now)
  round=0
  while [ "$round" -lt "$2" ] && [ "$case_failed" = no ]; do
    keys=
    [ $((round % 2)) = 1 ] && keys=,iommu=on
    disk_round "$round" "$keys"
    net_round "$round" "$keys"
    [ "$round" = 0 ] && measure && first_fds=$fds first_pss=$pss first_threads=$threads
    round=$((round + 1))
  done
  measure
  expect_no_growth "$first_fds" "$first_pss" "$first_threads"
  figure "$1-rounds" "$round"
  figure "$1-seconds" $(($(now) - start))
}

# One disk grows, and the guest keeps it.
kept() {
  make_file kept 16
  must plug-disk kept,serial=keep,id=kept
  used kept
  must resize-disk kept 2M
  wait_line '^devplug: sizes .*4096' 30
  refused 'the guest keeps kept' unplug-disk kept
  refused 'in use' plug-disk kept
}

# That one is there when the guest starts again. One that it says nothing about counts as kept after
# half a minute, or else goes when the guest starts again.
over_reset() {
  make_file deaf 16
  must plug-disk deaf,serial=deaf,id=deaf
  used deaf
  refused 'the guest keeps deaf' unplug-disk deaf
  ctl unplug-disk deaf &
  unplug=$!
  wait_count 2 '^devplug: deaf' 30 || fail "$last_guest: it was not asked for deaf"
  must reset
  wait "$unplug" || fail "$last_guest: deaf did not go with the reset: $(cat "$CASE_DIR/ctl.error")"
  wait_count 2 '^devplug: ready' || fail "$last_guest: not ready again"
  expect_line '^devplug: found vdb 4096'
  ctl disks >"$CASE_DIR/$last_guest.disks"
  expect_equal 'number of disks' "$(wc -l <"$CASE_DIR/$last_guest.disks")" 2
}

# What the machine was started with can go, too.
end_guest() {
  must unplug-disk disk0
  wait_line '^devplug: gone 40000008' 10
  must quit
  wait_guest 30
  expect_status 0
  refute_line
  refute_line 'devplug: FAIL'
}

for mode in $LAB_MODES; do
  devplug_guest "$mode" --mmu "$mode" --cpus 2
  all_rounds "$mode" "$(rounds 2 50)"
  kept
  [ "$LAB_LONG" = yes ] && over_reset
  end_guest
  [ "$LAB_LONG" = yes ] || finish
done

# Interrupts by way of user space, in the last mode.
devplug_guest user --mmu "${LAB_MODES##* }" --irq xics,in=user --cpus 2
all_rounds user 10
end_guest
finish
