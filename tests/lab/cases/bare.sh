# SPDX-License-Identifier: GPL-2.0-or-later
# Bare-metal guests: loading at 0 and elsewhere, CPUs, reboots, crashes, console.
# hosts: power8 power9 power10 nested
# timeout: 400

. /program/cases/lib.sh
LIMIT=100

# bare NAME PROGRAM OPTION...: one of tests/guests/, to its end.
bare() {
  bare_name=$1
  bare_program=$2
  shift 2
  guest "$bare_name" --kernel "$GUESTS/$bare_program.elf" --mmu "$mode" "$@"
}

# Still in charge of a guest that only faults: ends at a word from outside.
try_endless() {
  start_guest "$1" --kernel "$GUESTS/badpc.elf" --mmu "$mode" --append "$2"
  wait_line '^badpc: jumping' 30 || return
  # Faults are what the emulator of the host is slowest at.
  sleep 0.2
  if kill -TERM "$pid" 2>/dev/null; then
    wait_guest 20
    expect_status 0
  else
    # A guest that KVM can't run any further counts as crashed.
    wait_guest 1
    expect_status 3
  fi
}

for mode in $LAB_MODES; do
  bare "$mode-hello" hello --append 'a b=c' --memory 256M
  expect_status 0
  expect_line "^hello: .* cpus 1 .* ram 256 MiB"
  expect_line "^hello: mmu $mode"
  expect_line "^hello: .* bootargs 'a b=c'"

  bare "$mode-hello-of" hello --boot of --append 'a b=c' --memory 256M --cpus 3
  expect_status 0
  expect_line "^hello: .* cpus 3 .* ram 256 MiB"
  expect_line "^hello: mmu $mode"
  expect_line "^hello: tree at 0 .* bootargs 'a b=c'"

  bare "$mode-hello-pie" hello-pie --cpus 2
  expect_status 0
  expect_line '^hello: .* cpus 2 .* ram 1024 MiB'

  bare "$mode-quick" quick
  expect_status 0

  bare "$mode-smp" smp --cpus 4
  expect_status 0
  expect_line '^smp: H_JOIN 5 times'
  expect_line '^smp: 4 CPUs ok'

  bare "$mode-smp-1" smp
  expect_status 0
  expect_line '^smp: 1 CPUs ok'

  bare "$mode-reboot" reboot --append boots=3 --memory 256M
  expect_status 0
  expect_line '^reboot: boot 3, '
  expect_line '^reboot: done'

  bare "$mode-no-reboot" reboot --no-reboot --memory 256M
  expect_status 0
  expect_line '^reboot: boot 0, '
  refute_line '^reboot: boot 1'

  bare "$mode-proctbl" proctbl
  expect_status 0
  expect_line '^proctbl: done'

  bare "$mode-osterm" osterm
  expect_status 3
  expect_line '^osterm: terminating'
  refute_line 'came back'

  bare "$mode-vty" vty --append 'kb=128 echo=0'
  expect_status 0
  expect_line '^vty: done'
  lines=$(grep -c '^vty 00000[0-9]*.$' "$CASE_DIR/$last_guest.console")
  expect_equal 'number of console lines' "$lines" 8192

  try_endless "$mode-nowhere" where=0
  try_endless "$mode-no-vectors" where=1
done
finish
