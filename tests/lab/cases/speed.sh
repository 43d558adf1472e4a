# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions until user space, and the VMM's memory.
# hosts: power9
# icount: yes
# first: yes
# timeout: 120

. /program/cases/lib.sh

cp "$K4" kernel
cp "$INITRD" initrd
paprika --version >/dev/null 2>&1 # bring the program into the page cache

# measure NAME MODE OPTION...: figures at the moment of the guest's user-space line.
measure() {
  name=$1 mode=$2
  shift 2
  start_guest "$name" --kernel kernel --initrd initrd --memory 1G --cpus 1 \
    --mmu "$mode" --append 'console=hvc0 hold=yes' "$@"
  wait_line "$USER_SPACE" || return
  kill -STOP "$pid"
  vcpu=$(($(thread_time "$pid" vcpu) / 1000000))
  all=$(($(thread_time "$pid" '') / 1000000))
  pss=$(vmm_pss "$pid")
  clock=$(guest_clock)
  figure "others-million-$name" $((all - vcpu))
  figure "vcpu-million-$name" "$vcpu"
  figure "guest-clock-ms-$name" "$clock"
  figure "pss-kib-$name" "$pss"
  for task in "/proc/$pid/task/"*; do
    note "$(cat "$task/comm"): $(cut -d ' ' -f 1 "$task/schedstat")"
  done
  cp "/proc/$pid/smaps" "$CASE_DIR/$name.smaps"
  kill -CONT "$pid"
  kill -TERM "$pid"
  wait_guest 20
  # The sandbox's set-up is in it: filters, namespaces.
  expect_at_most 'million instructions of the other threads' $((all - vcpu)) 34
  expect_at_most 'memory beside the guest in KiB' "$pss" 8192
  # The guest's clock is in ms of emulated time: one million instructions. Wanted are 1.25 times that: a
  # host takes either 1,320 or 1,425 million for the same guest, as it was booted, which is 1.19 or 1.27.
  [ "$name" != radix ] || [ -z "$clock" ] ||
    expect_at_most "million instructions of the vCPU thread (clock $clock ms)" \
      "$vcpu" $((clock * 130 / 100))
}

for each in $LAB_MODES; do
  measure "$each" "$each" --boot direct
  [ "$each" != radix ] || direct=$vcpu
done

# The guest's own prom_init, our answers to it, and what it does otherwise after that.
measure of radix --boot of
expect_at_most "million instructions more than direct boot's $direct" $((vcpu - direct)) 150
finish
