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
mkfifo pipe

# measure NAME MODE OPTION...: figures at the moment of the guest's user-space line. It is waited for
# at the end of a pipe: the guest goes on for anything up to 100 million instructions before it
# first sleeps, which would count if the console were looked at every now and then.
measure() {
  name=$1 mode=$2
  shift 2
  last_guest=$name
  note "$name: paprika run $*"
  paprika run --console stdio --kernel kernel --initrd initrd --memory 1G --cpus 1 --mmu "$mode" \
    --append 'console=hvc0 hold=yes' "$@" </dev/null >pipe 2>"$CASE_DIR/$name.log" &
  pid=$!
  awk -v line="$USER_SPACE" '{ print } index($0, line) { exit }' pipe >"$CASE_DIR/$name.console"
  kill -STOP "$pid"
  expect_line "$USER_SPACE"
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
  expect_at_most 'million instructions of the other threads' $((all - vcpu)) 30
  expect_at_most 'memory beside the guest in KiB' "$pss" 6144
  # The guest's clock is in ms of emulated time: one million instructions.
  [ "$name" != radix ] ||
    expect_at_most "million instructions of the vCPU thread (clock $clock ms)" \
      "$vcpu" $((clock * 125 / 100))
}

for each in $LAB_MODES; do
  measure "$each" "$each" --boot direct
  [ "$each" != radix ] || direct=$vcpu
done

dd if=/dev/zero of=disk bs=1M count=16 2>/dev/null
make_tap 1 1
measure devices radix --boot direct --disk disk --net tap=tap1

# The guest's own prom_init, which runs before its clock does, and our answers to it.
measure of radix --boot of
expect_at_most "million instructions more than direct boot's $direct" $((vcpu - direct)) 60
finish
