# SPDX-License-Identifier: GPL-2.0-or-later
# A disk's driver posts loops, wild addresses and torn descriptors: the device needs a reset, Paprika goes on.
# hosts: power9
# long-hosts: power10
# timeout: 1500

. /program/cases/lib.sh
LIMIT=$(rounds 60 1400)

offers radix || skip 'the program reaches its device without translation'
truncate -s 1M disk.img

# attack NAME KICKS OPTION...
attack() {
  attack_name=$1 kicks=$2
  shift 2
  start_guest "$attack_name" --kernel "$GUESTS/rings.elf" --memory 256M --mmu radix \
    --disk disk.img --append "kicks=$kicks" "$@"
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
  expect_log 'disk0 needs a reset'
  refute_line '^FAIL'
  expect_at_most 'size of the log' "$(stat -c %s "$CASE_DIR/$attack_name.log")" 1000000
  grep '^rings: done' "$CASE_DIR/$attack_name.console"
}

attack one "$(rounds 6000 1000000)" --cpus 1
# The second CPU changes what is read, all the time: it costs the emulation ten times as much.
attack torn "$(rounds 4000 20000)" --cpus 2
finish
