# SPDX-License-Identifier: GPL-2.0-or-later
#
# Helpers for cases; a case begins with `. /program/cases/lib.sh`.
# A case fails when anything called fail(), and goes on after that, so that
# one run shows all that is wrong; `finish` at its end gives the status.
#
# Set by the host: CASE, CASE_DIR (results), LAB_HOST, LAB_PAGES, LAB_MODES
# (translations that KVM offers), LAB_CPUS, LAB_ICOUNT, LAB_LONG (yes: as often and
# as much as was promised; else what finds most mistakes in a short time).

K4=/base/guest/vmlinux-4k
K64=/base/guest/vmlinux-64k
INITRD=/base/guest/initrd.gz
GUESTS=/program/guests
USER_SPACE='paprika-guest: user space at'
TROUBLE='Oops|BUG:|Call Trace|WARNING: CPU|Kernel panic|soft lockup|rcu_sched.*stall|Unable to handle'
LIMIT=${LIMIT:-90}
# How most guests are started: without what takes Linux two thirds of its start and tests
# nothing of ours (its ciphers' own tests, certificates, types for BPF). Cases boot and speed
# leave it whole. How it ends grace periods matters where CPUs go offline: docs/lab.md says why.
LINUX='console=hvc0 rcupdate.rcu_expedited=1 rcutree.jiffies_till_first_fqs=250 rcutree.jiffies_till_next_fqs=250 cryptomgr.notests initcall_blacklist=jent_mod_init,load_system_certificate_list,bpf_tcp_ca_kfunc_init,bpf_dummy_struct_ops_init,init_kprobe_trace'

case_failed=no
last_guest=
status=

# now: seconds since the host came up.
now() {
  read -r now_up _ </proc/uptime
  echo "${now_up%.*}"
}

note() { echo "$*"; }

# fail TEXT: the case has failed; quotes the last guest's console.
fail() {
  case_failed=yes
  echo "FAIL: $*"
  [ -n "$last_guest" ] || return 0
  for file in log console; do
    [ -s "$CASE_DIR/$last_guest.$file" ] || continue
    echo "--- $last_guest.$file ends with:"
    tail -n 12 "$CASE_DIR/$last_guest.$file" | tr -d '\r'
  done
  echo "---"
}

# skip TEXT: this case does not apply here.
skip() { echo "SKIP: $*"; exit 77; }

# finish: the last command of every case.
finish() {
  [ "$case_failed" = no ] && exit 0
  exit 1
}

# figure NAME VALUE: a number worth keeping.
figure() { echo "$1 $2" >>"$CASE_DIR/figures"; }

# rounds SHORT LONG: how often to repeat, in a short run and in a long one.
rounds() {
  case $LAB_LONG in yes) echo "$2" ;; *) echo "$1" ;; esac
}

offers() {
  case " $LAB_MODES " in *" $1 "*) return 0 ;; esac
  return 1
}

# start_guest NAME OPTION...: paprika run in the background, with its console
# in NAME.console and its messages in NAME.log; the process id is in $pid. What
# is typed at the console comes from the file KEYS, if that is set.
start_guest() {
  last_guest=$1
  shift
  note "$last_guest: paprika run $*"
  paprika run --console stdio "$@" <"${KEYS:-/dev/null}" \
    >"$CASE_DIR/$last_guest.console" 2>"$CASE_DIR/$last_guest.log" &
  pid=$!
}

# wait_guest [SECONDS]: until the guest has ended; its status is in $status,
# which is "timeout" when it had to be killed.
wait_guest() {
  end=$(($(now) + ${1:-$LIMIT}))
  while kill -0 "$pid" 2>/dev/null; do
    if [ "$(now)" -ge "$end" ]; then
      kill -9 "$pid" 2>/dev/null
      wait "$pid" 2>/dev/null
      status=timeout
      echo "$status" >"$CASE_DIR/$last_guest.status"
      return
    fi
    sleep 0.1
  done
  wait "$pid"
  status=$?
  echo "$status" >"$CASE_DIR/$last_guest.status"
}

# guest NAME OPTION...: runs a guest to its end, LIMIT seconds at most.
guest() {
  start_guest "$@"
  wait_guest
}

# linux NAME ACTION OPTION...: a Linux guest that does what guest/do/ACTION
# says. KERNEL chooses its kernel, APPEND adds to its command line.
linux() {
  linux_name=$1
  linux_do=$2
  shift 2
  guest "$linux_name" --kernel "${KERNEL:-$K4}" --initrd "$INITRD" \
    --append "$LINUX do=$linux_do${APPEND:+ $APPEND}" "$@"
}

# count REGEX: how many lines like that the console of the last guest has.
count() { grep -Ec -e "$1" "$CASE_DIR/$last_guest.console"; }

# wait_count N REGEX [SECONDS]: until it has N of them; false if it does not get them.
wait_count() {
  count_end=$(($(now) + ${3:-$LIMIT}))
  while [ "$(count "$2")" -lt "$1" ]; do
    kill -0 "$pid" 2>/dev/null || [ "$(count "$2")" -ge "$1" ] || return 1
    [ "$(now)" -lt "$count_end" ] || return 1
    sleep 0.1
  done
}

# wait_boots N [SECONDS]: until the guest has come to user space N times; false if it does not.
wait_boots() { wait_count "$1" "$USER_SPACE" "${2:-$LIMIT}"; }

# said WORDS: what the last guest said last behind these words at the begin of a line. A line
# that is not whole yet does not count.
said() {
  sed '$d' "$CASE_DIR/$last_guest.console" | tr -d '\r' | sed -n "s/^$1 //p" | tail -n 1
}

# wait_until SECONDS COMMAND...: until it succeeds; false if it does not.
wait_until() {
  until_end=$(($(now) + $1))
  shift
  until "$@"; do
    [ "$(now)" -lt "$until_end" ] || return 1
    sleep 0.1
  done
}

# ctl ARGUMENT...: paprika ctl of the guest whose monitor is on the socket QMP, within CTL_LIMIT
# seconds; what it complains of is in the file ctl.error.
ctl() { timeout "${CTL_LIMIT:-120}" paprika ctl "$QMP" "$@" 2>"$CASE_DIR/ctl.error"; }

# must ARGUMENT...: ctl does it.
must() {
  note "$*"
  ctl "$@" || fail "$last_guest: ctl $*: $(cat "$CASE_DIR/ctl.error")"
}

# sum: of what comes in.
sum() { md5sum | cut -d ' ' -f 1; }

# load_modules LIST: the host's kernel modules that /modules/LIST.load names, but those that are there.
load_modules() {
  while read -r module; do
    grep -q "^$module " /proc/modules || insmod "/modules/$module.ko"
  done <"/modules/$1.load"
}

# make_tap NUMBER QUEUES [MTU]: interface tapNUMBER, of the address 10.7.NUMBER.1.
make_tap() {
  grep -q "^tun " /proc/modules || insmod /modules/tun.ko
  maketap "tap$1" "$2" || fail "no tap$1"
  ip addr add "10.7.$1.1/24" dev "tap$1"
  ip link set "tap$1" mtu "${3:-1500}" up
}

# wait_line REGEX [SECONDS]: until the console of the guest that was started
# last has such a line.
wait_line() {
  end=$(($(now) + ${2:-$LIMIT}))
  until grep -Eq "$1" "$CASE_DIR/$last_guest.console"; do
    if ! kill -0 "$pid" 2>/dev/null; then
      grep -Eq "$1" "$CASE_DIR/$last_guest.console" && return 0
      fail "$last_guest: ended without a line like: $1"
      return 1
    fi
    if [ "$(now)" -ge "$end" ]; then
      fail "$last_guest: no line within time like: $1"
      return 1
    fi
    sleep 0.1
  done
}

expect_status() {
  [ "$status" = "$1" ] || fail "$last_guest: status $status, not $1"
}

expect_line() {
  grep -Eq -e "$1" "$CASE_DIR/$last_guest.console" ||
    fail "$last_guest: no line like: $1"
}

expect_log() {
  grep -Eq -e "$1" "$CASE_DIR/$last_guest.log" ||
    fail "$last_guest: no message like: $1"
}

# without_fair_server: a console less one warning of Linux 6.12's own making. Its
# sched_cpu_dying() wants one task on a CPU that goes offline, and counts its
# fair server, which is no task, if that is queued at the moment: two are
# counted then, and one is listed. (To switch the server off warns as well.)
without_fair_server() {
  awk '
    function decide() { if (total != 2 || listed != 1) printf "%s", held; within = 0 }
    /WARNING: CPU.*sched_cpu_dying/ && !within { held = ""; within = 1; total = listed = 0 }
    !within { print; next }
    total && !/pid: [0-9]*, name: / { decide(); print; next }
    { held = held $0 "\n" }
    total { listed++ }
    /enqueued tasks \([0-9]* total\)/ { total = $0; sub(/.*\(/, "", total); total += 0 }
    END { if (within) decide() }'
}

# refute_line [REGEX]: by default, signs of trouble in a Linux guest.
refute_line() {
  if without_fair_server <"$CASE_DIR/$last_guest.console" | grep -E -m 3 -e "${1:-$TROUBLE}"; then
    fail "$last_guest: these lines should not be there"
  fi
}

# expect_equal WHAT VALUE WANTED
expect_equal() { [ "$2" = "$3" ] || fail "$last_guest: $1 is $2, not $3"; }

# expect_at_most WHAT VALUE LIMIT: whole numbers.
expect_at_most() {
  [ "$2" -le "$3" ] 2>/dev/null ||
    fail "$last_guest: $1 is ${2:-unknown}, more than $3"
}

# guest_clock: what the guest's clock said at its user-space line, in ms. That line is rounded down
# to 10 ms; the kernel's last one before it, which is not, may be later than that.
guest_clock() {
  awk -v line="$USER_SPACE" '
    /Run .* as init process/ { sub(/^\[ */, ""); last = int($1 * 1000) }
    index($0, line) { clock = int($NF * 1000 + 0.5); print (clock > last ? clock : last); exit }' \
    "$CASE_DIR/$last_guest.console"
}

# count_fds PID
count_fds() { ls "/proc/$1/fd" | wc -l; }

# vmm_memory PID KIND: KiB of memory beside the guest's, as smaps counts it in its lines KIND (a
# REGEX). A mapping of 64 MiB or more is guest memory.
vmm_memory() {
  awk -v kind="^$2:" '/^Size:/ { size = $2 } $1 ~ kind { if (size < 65536) total += $2 }
    END { print total }' "/proc/$1/smaps"
}

# vmm_pss PID: KiB, of what is shared a share.
vmm_pss() { vmm_memory "$1" Pss; }

# take_measure: the guest's descriptors, threads, and KiB beside its memory, now.
take_measure() {
  fds=$(count_fds "$pid")
  pss=$(vmm_pss "$pid")
  threads=$(ls "/proc/$pid/task" | wc -l)
}

# expect_no_growth FDS PSS THREADS: the last measure is no more than an earlier one, but for the
# allocator's noise.
expect_no_growth() {
  expect_equal 'number of open files' "$fds" "$1"
  expect_at_most 'growth in KiB' $((pss - $2)) 1024
  expect_equal 'number of threads' "$threads" "$3"
}

# thread_time PID NAME: nanoseconds of CPU of the threads so named (a prefix).
thread_time() {
  total=0
  for task in "/proc/$1/task/"*; do
    read -r comm <"$task/comm" || continue
    case $comm in
      "$2"*)
        read -r ran _ <"$task/schedstat"
        total=$((total + ran)) ;;
    esac
  done
  echo "$total"
}

# runs_of PATTERN: how often threads so named have run, of the guest that was started last.
runs_of() {
  for task in /proc/"$pid"/task/*; do
    # shellcheck disable=SC2254 # a pattern
    case $(cat "$task/comm") in $1) cut -d ' ' -f 3 "$task/schedstat" ;; esac
  done | awk '{ runs += $1 } END { print runs + 0 }'
}
