# SPDX-License-Identifier: GPL-2.0-or-later
# Drivers of a disk, a network card and sockets post loops, wild addresses and torn descriptors: the device needs a reset, Paprika goes on.
# hosts: power9
# long-hosts: power10
# timeout: 1500

. /program/cases/lib.sh
LIMIT=$(rounds 60 1400)

offers radix || skip 'the program reaches its device without translation'
truncate -s 1M disk.img

# attack NAME KICKS DEVICE OPTION...
attack() {
  attack_name=$1 kicks=$2 device=$3
  shift 3
  start_guest "$attack_name" --kernel "$GUESTS/rings.elf" --memory 256M --mmu radix \
    --append "kicks=$kicks net=$([ "$device" = net0 ] && echo 1 || echo 0)${SOCKETS:+ vsock=$SOCKETS}" "$@"
  wait_line "^rings: $((kicks / 4)) kicks" || { wait_guest 1; return; }
  take_measure
  first="$fds $pss $threads"
  wait_line "^rings: $((kicks / 2)) kicks" || { wait_guest 1; return; }
  take_measure
  # shellcheck disable=SC2086 # three words
  expect_no_growth $first
  wait_guest
  expect_status 0
  expect_line "^rings: done $kicks kicks"
  expect_log "$device needs a reset"
  refute_line '^FAIL'
  expect_at_most 'size of the log' "$(stat -c %s "$CASE_DIR/$attack_name.log")" 1000000
  grep '^rings: done' "$CASE_DIR/$attack_name.console"
}

attack one "$(rounds 6000 1000000)" disk0 --disk disk.img --cpus 1
# The second CPU changes what is read, all the time: it costs the emulation ten times as much.
attack torn "$(rounds 4000 20000)" disk0 --disk disk.img --cpus 2

# Packets arrive all the time for who does not answer.
make_tap 0 1
arp -s 10.7.0.2 02:00:00:00:00:02
ping -i 0.01 10.7.0.2 >/dev/null &
pinging=$!
attack net "$(rounds 6000 1000000)" net0 --net tap=tap0 --cpus 1
kill "$pinging"

# What the kernel's worker finds wrong is the device's fault alone.
load_modules vhost_vsock
SOCKETS=77
attack vsock "$(rounds 6000 1000000)" vsock --vsock "$SOCKETS" --cpus 1
finish
