# SPDX-License-Identifier: GPL-2.0-or-later
#
# Helpers of benchmarks, behind cases/lib.sh: Paprika and its peers, started alike, and what they cost.
#
# What peers there are: paprika (entered directly), paprika-of (by Open Firmware), vof and slof (QEMU).
#
# A figure's name is WHAT/PEER/..., its value a whole number, of which less is better: instructions,
# or KiB of memory. tests/bench/report.py makes tables of them.

PATH=$PATH:/bench/tools
QEMU="/bench/qemu/ld64.so.2 --library-path /bench/qemu /bench/qemu/qemu-system-ppc64 -L /bench/qemu"
# Without what a host of the lab can't mitigate.
QEMU_MACHINE=pseries,accel=kvm,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off

# vmm RUNNER PEER MODE CPUS MEMORY OPTION...: a guest of KERNEL, RAMDISK and the words APPEND, its
# console on standard output, by the command RUNNER. A file as RAMDISK is optional. OPTIONs are the
# peer's own.
vmm() {
  vmm_runner=$1 vmm_peer=$2 vmm_mode=$3 vmm_cpus=$4 vmm_memory=$5
  shift 5
  vmm_words=$APPEND
  case $vmm_peer in
    paprika*)
      set -- paprika run --console stdio --mmu "$vmm_mode" --cpus "$vmm_cpus" --memory "$vmm_memory" \
        --kernel "$KERNEL" ${RAMDISK:+--initrd "$RAMDISK"} ${APPEND:+--append "$APPEND"} "$@"
      [ "$vmm_peer" != paprika-of ] || set -- "$@" --boot of ;;
    *)
      vmm_machine=$QEMU_MACHINE
      [ "$vmm_peer" = slof ] || vmm_machine=$vmm_machine,x-vof=on
      # What Paprika decides for its guest, it decides for itself here.
      if [ "$vmm_mode" = hash ] && [ "$LAB_HOST" != power8 ]; then vmm_words="$APPEND disable_radix"; fi
      # shellcheck disable=SC2086 # words
      set -- $QEMU -M "$vmm_machine" -cpu host -smp "$vmm_cpus" -m "$vmm_memory" -nodefaults -display none \
        -name bench,debug-threads=on -chardev stdio,id=console,signal=off -device spapr-vty,chardev=console \
        -kernel "$KERNEL" ${RAMDISK:+-initrd "$RAMDISK"} ${vmm_words:+-append "$vmm_words"} "$@" ;;
  esac
  # shellcheck disable=SC2086 # words
  exec $vmm_runner "$@"
}

# plain_guest WORDS: from here on guests are of Linux with what it needs for user space, and have these
# words on their command line. It and the VMMs are in the page cache.
plain_guest() {
  cp "$K4" kernel
  cp "$INITRD" initrd
  KERNEL=kernel RAMDISK=initrd APPEND=$1
  paprika --version >/dev/null 2>&1
  $QEMU --version >/dev/null 2>&1
}

# begin NAME: what follows is about the guest so called, in messages and names of files.
begin() {
  last_guest=$1
  note "$last_guest"
  echo "bench: $last_guest" >/dev/console
}

# launch NAME PEER MODE CPUS MEMORY OPTION...: in the background; its process id is in $pid.
launch() {
  begin "$1"
  shift
  (vmm '' "$@") </dev/null >"$CASE_DIR/$last_guest.console" 2>"$CASE_DIR/$last_guest.log" &
  pid=$!
}

# end_vmm: the guest has done its part.
end_vmm() {
  kill -9 "$pid" 2>/dev/null
  wait "$pid" 2>/dev/null
}

# take PID: instructions of its vCPUs' threads and of all others so far, in $vcpu and $others.
take() {
  read -r vcpu others <<END
$(threads "$1")
END
}

# record WHAT: the figures that were taken of the guest called so.
record() {
  figure "$1/vcpu" "$vcpu"
  figure "$1/others" "$others"
}

# record_memory WHAT PID
record_memory() {
  figure "$1/pss" "$(vmm_pss "$2")"
  figure "$1/private" "$(vmm_memory "$2" 'Private_(Clean|Dirty)')"
}

# until_line WHAT REGEX PEER MODE CPUS MEMORY OPTION...: what it costs until the guest says that.
# It is waited for at the end of a pipe, as the lab's case `speed` does. With ENTRY, a REGEX as well, what it
# has cost until the guest said that goes to the figures of ENTRY_WHAT.
until_line() {
  until_what=$1 until_line=$2
  shift 2
  begin "$(echo "$until_what" | tr / -)"
  rm -f pipe entry
  mkfifo pipe
  (vmm '' "$@") </dev/null >pipe 2>"$CASE_DIR/$last_guest.log" &
  pid=$!
  # Whoever says nothing is ended, and then the pipe ends, too.
  (sleep "$LIMIT"; kill -9 "$pid") 2>/dev/null &
  until_watch=$!
  awk -v line="$until_line" -v entry="${ENTRY:-}" -v pid="$pid" '
    { print }
    entry != "" && $0 ~ entry { entry = ""; system("threads " pid " >entry") }
    $0 ~ line { exit }' pipe >"$CASE_DIR/$last_guest.console"
  kill -STOP "$pid"
  if grep -Eq "$until_line" "$CASE_DIR/$last_guest.console"; then
    if [ -n "${ENTRY:-}" ]; then
      read -r vcpu others <entry && record "$ENTRY_WHAT"
    fi
    record_memory "$until_what" "$pid"
    take "$pid"
    record "$until_what"
  else
    fail "$last_guest: did not say: $until_line"
  fi
  kill "$until_watch" 2>/dev/null
  end_vmm
}

# until_run WHAT PEER MODE CPUS MEMORY OPTION...: what it costs until the first KVM_RUN.
until_run() {
  until_what=$1
  shift
  begin "$(echo "$until_what" | tr / -)"
  rm -f first
  (vmm 'firstrun first' "$@") </dev/null >/dev/null 2>"$CASE_DIR/$last_guest.log" &
  pid=$!
  if wait_until 60 grep -q '^pid' first 2>/dev/null; then
    read -r vcpu others <<END
$(grep -v '^pid' first | sum-threads)
END
    record "$until_what"
    record_memory "$until_what" "$(sed -n 's/^pid //p' first)"
  else
    fail "$last_guest: has not come to its first KVM_RUN"
  fi
  end_vmm
}

# span WHAT UNITS NAME: what the guest's load so named (guest/bench) costs, for each of UNITS.
span() {
  wait_line "^bench: ready $3" "$LIMIT" || return
  take "$pid"
  span_vcpu=$vcpu span_others=$others
  wait_line "^bench: done $3" "$LIMIT" || return
  take "$pid"
  figure "$1/vcpu" $(((vcpu - span_vcpu) / $2))
  figure "$1/others" $(((others - span_others) / $2))
}

# device_guest: from here on guests are of Linux with modules and all that guest/bench needs.
device_guest() {
  cp "$K4" kernel
  cat /bench/guest.cpio /base/guest/devices.gz >initrd
  KERNEL=kernel RAMDISK=initrd
}

# loads NAME PEER MODE WORDS LOADS OPTION...: a guest that does these loads, with WORDS on its command line.
loads() {
  loads_name=$1 loads_peer=$2 loads_mode=$3
  APPEND="$LINUX $4 do=bench:$5"
  shift 5
  launch "$loads_name" "$loads_peer" "$loads_mode" 1 1G "$@"
}

# end_loads: all of them have been seen.
end_loads() {
  wait_line '^bench: end' 60
  refute_line '^bench: FAIL'
  end_vmm
}
