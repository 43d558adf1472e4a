# SPDX-License-Identifier: GPL-2.0-or-later
# Watchdogs and firmware-assisted dumps; a guest is stopped for a minute, enters its debugger, and finds its NVRAM again.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 300

. /program/cases/lib.sh
LIMIT=60
QMP=/tmp/$CASE/qmp
first=${LAB_MODES%% *}

# Bare-metal guests: a dump in each mode, and by Open Firmware; watchdogs.
for mode in $LAB_MODES; do
  guest "$mode-dump" --kernel "$GUESTS/dump.elf" --mmu "$mode" --memory 256M --cpus 3
  expect_status 0
  expect_line '^dump: found'
  expect_line '^dump: done'
done
guest of-dump --kernel "$GUESTS/dump.elf" --mmu "$first" --memory 256M --boot of
expect_status 0
expect_line '^dump: done'

guest watchdog --kernel "$GUESTS/watchdog.elf" --mmu "$first" --memory 256M
expect_status 3
expect_line '^watchdog: kept'
expect_line '^watchdog: system reset'
expect_line '^watchdog: second boot'
expect_log "watchdog 3 has run down"
expect_log "watchdog 4 has run down"

# last_tick: the guest's clock, in whole seconds.
last_tick() { said 'power: tick' | sed 's/[^0-9].*//'; }
# wait_ticks N: that many more.
wait_ticks() {
  wait_count $(($(count '^power: tick') + $1)) '^power: tick' || { fail "$last_guest: its clock stands"; return 1; }
}

# linux_guest NAME: with a console that can be typed at, by descriptor 9.
linux_guest() {
  rm -f keys
  mkfifo keys
  KEYS=keys start_guest "$1" --kernel "$K4" --initrd "$INITRD" --mmu "$first" --cpus 2 \
    --nvram nvram --qmp "unix:$QMP" --append "$LINUX xmon=on do=power"
  exec 9>keys
}
case $first in hash) K4=$K64 ;; esac

linux_guest linux
if wait_line '^power: tick'; then
  expect_line "^power: nvram ''"
  wait_ticks 2
  before=$(last_tick)
  must stop
  sleep 60
  must cont
  wait_ticks 2
  gone=$(($(last_tick) - before))
  figure stopped-60-s-guest-saw "$gone"
  expect_at_most 'seconds that the guest saw go' "$gone" 10

  must nmi --cpu 1
  if wait_line 'mon> ' 30; then
    echo x >&9
    wait_ticks 2
  fi
  expect_line 'System Reset'
  refute_line 'soft lockup|rcu_sched.*stall|BUG:'
  # What it has stored before this moment is kept.
  sleep 1
fi
kill -9 "$pid"
wait "$pid" 2>/dev/null
exec 9>&-

linux_guest again
if wait_line '^power: tick'; then
  expect_line "^power: nvram 'seen-me'"
  paprika run --console none --kernel "$K4" --nvram nvram 2>"$CASE_DIR/third.log"
  expect_equal 'status of a second guest with its NVRAM' $? 2
  grep -q 'in use by another guest' "$CASE_DIR/third.log" || fail 'the NVRAM file is not locked'
fi
kill -TERM "$pid"
wait_guest 20
exec 9>&-
expect_status 0
finish
