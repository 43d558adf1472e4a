# SPDX-License-Identifier: GPL-2.0-or-later
# An idle guest of eight CPUs costs less than 1 % of one CPU in Paprika.
# hosts: power9
# icount: yes
# timeout: 240

. /program/cases/lib.sh
LIMIT=200
SECONDS_IDLE=10
# What an exit to Paprika may cost with all that KVM does for it; a hypercall was measured at 6,500.
EXIT_COST=20000

# Instructions are nanoseconds here: 1 % of a CPU is ten million a second.
BUDGET=$((SECONDS_IDLE * 10000000))

paprika --version >/dev/null 2>&1 # bring the program into the page cache

# take: instructions of the vCPUs' threads (the guest's and KVM's among them) and of all others
# (exact), and the hypercalls and RTAS calls that came out to Paprika so far.
take() {
  vcpus=$(thread_time "$pid" vcpu)
  others=$(($(thread_time "$pid" '') - vcpus))
  exits=$(grep -c '^' "$CASE_DIR/$last_guest.log")
}

# In user space each interrupt is several exits: what that costs is told in a long run.
kinds=auto
[ "$LAB_LONG" != yes ] || kinds='auto xive,in=user xics,in=user'
for irq in $kinds; do
  name=${irq%,*}
  [ "$irq" = "$name" ] || name=$name-user
  start_guest "$name" --kernel "$K4" --initrd "$INITRD" --cpus 8 --irq "$irq" \
    --trace hcall,rtas --append "$LINUX do=idle"
  wait_line '^idle: begins' || { kill -9 "$pid"; continue; }
  # What woke up for that line falls asleep again.
  sleep 3
  take
  vcpus_before=$vcpus others_before=$others exits_before=$exits
  sleep $SECONDS_IDLE
  take
  kill -TERM "$pid"
  wait_guest 20
  refute_line

  vcpus=$((vcpus - vcpus_before)) others=$((others - others_before)) exits=$((exits - exits_before))
  figure "exits-per-second-$name" $((exits / SECONDS_IDLE))
  figure "other-threads-instructions-per-second-$name" $((others / SECONDS_IDLE))
  figure "vcpu-threads-with-guest-instructions-per-second-$name" $((vcpus / SECONDS_IDLE))
  [ "$irq" = auto ] || continue
  expect_at_most 'instructions of the other threads, and of exits' \
    $((others + exits * EXIT_COST)) "$BUDGET"
done
finish
