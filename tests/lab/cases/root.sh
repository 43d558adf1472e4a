# SPDX-License-Identifier: GPL-2.0-or-later
# Linux with its root file system on a virtio disk: it reboots, is killed amid writes, and finds all again.
# hosts: power9
# long-hosts: nested
# timeout: 300

. /program/cases/lib.sh

cp /base/guest/root.ext4 disk.img

# root NAME OPTION: begins a guest with that disk.
root() {
  start_guest "$1" --kernel "$K4" --initrd /base/guest/root.gz --memory 512M --disk disk.img \
    --append "$LINUX root=/dev/vda do=root $2"
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
  written=$(said 'root: wrote')
  boots=$((boots + 1))

  root after ''
  wait_guest
  expect_status 0
  refute_line
  expect_line 'root: its journal was played'
  expect_line "^root: boot $boots from"
  expect_line '^root: done'
  [ "$(said 'root: files')" -ge "${written:-1}" ] ||
    fail "$written files were flushed, $(said 'root: files') are there"
  boots=$((boots + 1))
done
finish
