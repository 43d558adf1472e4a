# SPDX-License-Identifier: GPL-2.0-or-later
# Disks: what was flushed is there after SIGKILL; no room and shortened files are errors, or stop the guest.
# hosts: power9
# long-hosts: nested
# timeout: 300

. /program/cases/lib.sh

INITRD=/base/guest/devices.gz
QMP=/tmp/$CASE/qmp

# sparse FILE MIB
sparse() { rm -f "$1"; truncate -s "$2M" "$1"; }

# with_disks NAME ACTION OPTION...
with_disks() {
  with_name=$1 with_do=$2
  shift 2
  start_guest "$with_name" --kernel "$K4" --initrd "$INITRD" --append "$LINUX do=$with_do" \
    --memory 256M "$@"
}

# killed N: a guest that writes, killed after that many hundredths of a second.
killed() {
  sparse disk.img 16
  with_disks killed durable --disk "disk.img,queues=2" --cpus 2
  wait_line '^safe 2 ' || return
  usleep "$1"0000
  kill -KILL "$pid"
  wait "$pid"
  refute_line
  refute_line 'disk: FAIL'
  for writer in 0 1 2; do
    safe=$(said "safe $writer")
    records=$((records + ${safe:-0}))
    journalcheck disk.img "$writer" "${safe:-0}" || fail "what was flushed is not there"
  done
}

records=0 times=$(rounds 2 200)
for round in $(seq "$times"); do
  killed $(($(od -An -N2 -tu2 /dev/urandom) % 100))
  [ "$case_failed" = no ] || break
done
[ "$records" -gt $((times * 10)) ] || fail "only $records records in $times rounds"
note "killed $times times, $records records were safe, all of them are there"
figure records "$records"

# Two file systems with room for 1 MiB each, and a file that is cut.
for name in report stop; do
  mkdir $name
  mount -t tmpfs -o size=1m none $name
  sparse $name/disk.img 8
done
sparse cut.img 8
with_disks errors disk-errors --qmp "unix:$QMP" --disk report/disk.img \
  --disk stop/disk.img,on-error=stop --disk cut.img
wait_line "$USER_SPACE"
truncate -s 64k cut.img
wait_line '^disk: vda: the rest works'
wait_until 30 grep -q '^paprika: stopped' "$CASE_DIR/errors.log"
expect_log 'stopped'
refute_line '^disk: vdb'
# Nothing is better: it stops again.
must cont
sleep 1
paprika ctl "$QMP" status >status 2>&1
grep -q paused status || fail "not stopped again: $(cat status)"
mount -o remount,size=4m none stop
must cont
wait_guest
expect_status 0
refute_line 'disk: FAIL'
expect_line '^disk: vda: writing failed'
expect_line '^disk: vdb: all written'
expect_line '^disk: vdc: reading at 0 failed'
expect_line '^disk: vdc: reading at 2 failed'
expect_line '^disk: vdc: the rest works'
expect_line '^disk: done'
expect_log 'No space left'
umount report stop
finish
