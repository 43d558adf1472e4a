# SPDX-License-Identifier: GPL-2.0-or-later
# Linux with its root file system on a virtio disk: it reboots, is killed amid writes, and finds all again.
# hosts: power9
# long-hosts: nested
# pages: 64k
# timeout: 300

. /program/cases/lib.sh

cp /base/guest/root.ext4 disk.img

# root NAME OPTION: begins a guest with that disk.
root() {
  start_guest "$1" --kernel "$K4" --initrd /base/guest/root.gz --memory 512M --disk disk.img \
    --append "$LINUX root=/dev/vda do=root $2 console=hvc0"
}

# files WORD: the last number that the guest has said with it; whole lines only.
files() {
  tr -d '\r' <"$CASE_DIR/$last_guest.console" | sed '$d' | sed -n "s/^root: $1 \([0-9]*\)$/\1/p" | tail -n 1
}

root twice reboot=yes
wait_guest
expect_status 0
refute_line
expect_line '^root: boot 1 from /dev/vda ext4'
expect_line '^root: boot 2 from /dev/vda ext4'
expect_line '^root: done'

boots=3
for round in $(seq "$(rounds 1 20)"); do
  root killed write=yes
  wait_line '^root: wrote [0-9]*5' || break
  sleep 1
  kill -KILL "$pid"
  wait "$pid"
  refute_line
  written=$(files wrote)
  boots=$((boots + 1))

  root after ''
  wait_guest
  expect_status 0
  refute_line
  expect_line 'root: its journal was played'
  expect_line "^root: boot $boots from"
  expect_line '^root: done'
  [ "$(files files)" -ge "${written:-1}" ] ||
    fail "$written files were flushed, $(files files) are there"
  boots=$((boots + 1))
done
finish
