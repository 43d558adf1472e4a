# SPDX-License-Identifier: GPL-2.0-or-later
# A guest of 1 TiB costs Paprika no more than one of 1 GiB until its first instruction.
# hosts: power9
# icount: yes
# timeout: 60
#
# What KVM does for a memory slot is not Paprika's work, and does not count.

. /program/cases/lib.sh

cp "$GUESTS/quick.elf" kernel
paprika --version >/dev/null 2>&1 # bring the program into the page cache

# own_work SIZE: thousands of instructions (microseconds here) of the main
# thread before the first entry, without the memory slots, to $own.
own_work() {
  guest "$1" --kernel kernel --memory "$1" --mmu radix --trace boot,hv
  expect_status 0
  total=$(sed -n 's/.*ready to enter the guest after \([0-9]*\) us.*/\1/p' "$CASE_DIR/$1.log")
  slots=$(sed -n 's/.*memory slot .*(\([0-9]*\) us)/\1/p' "$CASE_DIR/$1.log" |
    { sum=0; while read -r us; do sum=$((sum + us)); done; echo $sum; })
  own=$((${total:-0} - slots))
  figure "own-thousand-$1" "$own"
  figure "slots-thousand-$1" "$slots"
}

own_work 1G
small=$own
own_work 1T
large=$own
[ "$small" -gt 100 ] || fail "no figures: $small"
expect_at_most "thousand instructions of Paprika for 1 TiB ($small for 1 GiB)" \
  "$large" $((small * 105 / 100))
finish
