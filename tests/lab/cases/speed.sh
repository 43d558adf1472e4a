# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions until user space, and the VMM's memory.
# hosts: power9
# icount: yes
# timeout: 120

. /program/cases/lib.sh

cp "$K4" kernel
cp "$INITRD" initrd
paprika --version >/dev/null 2>&1 # bring the program into the page cache

# measure MODE: figures at the moment of the guest's user-space line.
measure() {
  start_guest "$1" --kernel kernel --initrd initrd --memory 1G --cpus 1 \
    --mmu "$1" --append 'console=hvc0 hold=yes'
  wait_line "$USER_SPACE" || return
  kill -STOP "$pid"
  vcpu=$(($(thread_time "$pid" vcpu) / 1000000))
  all=$(($(thread_time "$pid" '') / 1000000))
  pss=$(vmm_pss "$pid")
  clock=$(guest_clock)
  figure "others-million-$1" $((all - vcpu))
  figure "vcpu-million-$1" "$vcpu"
  figure "guest-clock-ms-$1" "$clock"
  figure "pss-kib-$1" "$pss"
  for task in "/proc/$pid/task/"*; do
    note "$(cat "$task/comm"): $(cut -d ' ' -f 1 "$task/schedstat")"
  done
  cp "/proc/$pid/smaps" "$CASE_DIR/$1.smaps"
  kill -CONT "$pid"
  kill -TERM "$pid"
  wait_guest 20
  expect_at_most 'million instructions of the other threads' $((all - vcpu)) 30
  expect_at_most 'memory beside the guest in KiB' "$pss" 8192
  # The guest's clock is in ms of emulated time: one million instructions.
  [ "$1" != radix ] || [ -z "$clock" ] ||
    expect_at_most "million instructions of the vCPU thread (clock $clock ms)" \
      "$vcpu" $((clock * 125 / 100))
}

for mode in $LAB_MODES; do
  measure "$mode"
done
finish
