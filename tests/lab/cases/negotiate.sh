# SPDX-License-Identifier: GPL-2.0-or-later
# Linux negotiates radix or hash, XIVE or XICS, from either state, and again after a reboot.
# hosts: power8 power9 power10 nested
# timeout: 600

. /program/cases/lib.sh
LIMIT=150
KERNEL=$K64
case $LAB_HOST in
  nested) best=XICS name=POWER9 ;;
  power8) best=XICS name=POWER8 ;;
  power9) best=XIVE name=POWER9 ;;
  *) best=XIVE name=POWER10 ;;
esac

# sees TRANSLATION CONTROLLER: what the last guest found itself to have.
sees() {
  expect_line "^cpu: $name \(architected\)"
  expect_line "^mmu: $1"
  expect_line "^irq: $2"
  refute_line "$TROUBLE|client-architecture-support call FAILED"
}

negotiates() {
  tag=$1 translation=$2 controller=$3
  shift 3
  linux "$tag" cpu --boot of --cpus 2 "$@"
  expect_status 0
  sees "$translation" "$controller"
}

# negotiates_again NAME TRANSLATION CONTROLLER OPTION...: two boots of what is started so, the
# second from the state that the first one left.
negotiates_again() {
  again=$1 translation=$2 controller=$3
  shift 3
  start_guest "$again" --boot of --cpus 2 "$@"
  wait_count 2 '^cpu: ok' || fail "$again: only $(count '^cpu: ok') boots"
  kill -TERM "$pid" 2>/dev/null
  wait_guest 20
  sees "$translation" "$controller"
  for found in mmu irq; do
    expect_equal "number of different lines '$found'" \
      "$(grep "^$found: " "$CASE_DIR/$again.console" | sort -u | wc -l)" 1
  done
}

# Every pair of modes from every other, and broken vectors, from a program of our own.
for mode in auto $LAB_MODES; do
  guest "bare-$mode" --boot of --cpus 2 --mmu "$mode" --kernel /program/guests/negotiate.elf \
    --append 'calls=300 seed=1'
  expect_status 0
  expect_line '^negotiate: [1-9][0-9]* served, [1-9][0-9]* refused'
done

# Where there is nothing to choose; elsewhere the loader's Linux below has as free a choice.
offers radix || negotiates auto Hash $best
offers hash || negotiates auto Radix $best
if offers radix && offers hash; then
  # The guest's wish is granted, first in place, then from the start.
  negotiates_again legacy Hash XICS --kernel "$KERNEL" --initrd "$INITRD" \
    --append "$LINUX do=cpu:again disable_radix xive=off"

  # A boot loader has negotiated before, other modes than Linux wants: each boot switches twice.
  cat "$KERNEL" "$INITRD" >both
  images="images=$(wc -c <"$KERNEL") size=$(wc -c <"$INITRD")"
  negotiates_again loader-legacy Radix XIVE --kernel /program/guests/negotiate.elf --initrd both \
    --append "$LINUX do=cpu:again first=1 $images"
  expect_line '^negotiate: starts with irq 40 mmu 40 of 80 80'
  expect_line '^negotiate: loads with irq 0 mmu 0'
  negotiates_again loader-modern Hash XICS --kernel /program/guests/negotiate.elf --initrd both \
    --append "$LINUX do=cpu:again disable_radix xive=off first=2 $images"
  expect_line '^negotiate: starts with irq 0 mmu 0 '
  expect_line '^negotiate: loads with irq 40 mmu 40'

  # What the guest wants is not to be had, and it knows.
  APPEND='disable_radix xive=off' negotiates forced Radix XIVE --mmu radix --irq xive
  expect_line 'Ignoring cmdline option disable_radix'

  # Without tlbie of its own it needs H_RPT_INVALIDATE, which is not for every guest.
  APPEND='radix_hcall_invalidate=on' negotiates no-tlbie Radix XIVE --rpt-invalidate
  APPEND='radix_hcall_invalidate=on' linux no-tlbie-refused cpu --boot of
  expect_status 0
  expect_log 'takes radix only without GTSE, which needs --rpt-invalidate'

  name=POWER8
  negotiates older Hash XICS --max-cpu-compat power8
fi
if ! offers hash; then
  APPEND=disable_radix negotiates forced Radix XICS
  expect_line 'Ignoring cmdline option disable_radix'
fi
finish
