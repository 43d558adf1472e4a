# SPDX-License-Identifier: GPL-2.0-or-later
# A debugger, and Debian's GDB, read a running Linux guest, set breakpoints, step; the guest is dumped to a core file.
# hosts: power9
# timeout: 300

. /program/cases/lib.sh

gdb=/tmp/$CASE/gdb
qmp=/tmp/$CASE/qmp
GDB=$PWD/debugger/gdb
mkdir debugger
xz -dc /base/gdb.tar.xz | tar x -C debugger

# talk PACKET...: each is a line; the answers are in the file "answers".
talk() {
  for packet in "$@"; do echo "$packet"; done | gdbtalk "$gdb" >answers 2>&1 ||
    fail "$last_guest: gdbtalk: $*"
  tr '\n' '|' <answers | cut -c 1-400
  echo
}

# answer N: the Nth line of the answers.
answer() { sed -n "$1p" answers; }

# swap HEX: the bytes of 8 in the other order.
swap() { echo "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\8\7\6\5\4\3\2\1/'; }

# entry HEX: where calls within the kernel come to the function at it: behind the two instructions
# by which others load its table of contents (ELFv2's local entry point), if there are any.
entry() {
  talk "m$1,4" >/dev/null
  case $(answer 1) in
    *4c3c) printf '%x\n' $((0x$1 + 8)) ;;
    *) echo "$1" ;;
  esac
}

# debug COMMAND...: Debian's GDB does that; what it says is in the file "said".
debug() {
  for command in "$@"; do
    shift
    set -- "$@" -ex "$command"
  done
  $GDB/ld64.so.2 --library-path $GDB $GDB/gdb -nx -batch "$@" >said 2>&1 ||
    fail "$last_guest: GDB ends with $?"
  sed 's/^/gdb: /' said | cut -c 1-200 | head -n 40
}

# heard REGEX: GDB said so.
heard() { grep -qE "$1" said || fail "$last_guest: GDB does not say: $1"; }

# real_gdb: it knows nothing of the guest but what the stub tells.
real_gdb() {
  debug "target remote $gdb" 'info threads' "x/s 0x$banner" 'info registers pc msr' 'p $vs63' \
    "break *0x$open" continue 'x/i $pc' stepi stepi delete detach
  heard '"Linux version 6'
  heard '^[* ] 2 +Thread 2'
  heard '^msr +0x[89]'
  heard "hit Breakpoint 1, 0x0*$open"
  heard "^=> 0x0*$open"
  heard 'uint128|v4_float|v2_double'
  goes_on
}

# went_on: the guest has done more than before.
went_on() { [ "$(said 'gdb: round')" != "$before" ]; }

# goes_on: the guest still does what it did.
goes_on() {
  before=$(said 'gdb: round')
  wait_until 30 went_on || fail "$last_guest: it does not go on"
}

look() {
  banner=$(said 'gdb: linux_banner')
  open=$(entry "$(said 'gdb: do_sys_openat2')")
  expect_equal 'status of an illegal instruction' "$(said 'gdb: illegal')" 132

  # Registers and memory, by the guest's own translation.
  talk qSupported:swbreak+ '?' qfThreadInfo g "m$banner,e" 'qXfer:features:read:target.xml:1000,1fc0'
  expect_equal threads "$(answer 3)" m1,2
  expect_equal 'digits of all registers' "$(answer 4 | wc -c)" 2673
  expect_equal 'memory at linux_banner' "$(answer 5)" 4c696e75782076657273696f6e20
  answer 6 | grep -q org.gnu.gdb.power.vsx || fail "$last_guest: no description"
  goes_on

  [ "$breakpoints" = yes ] || return
  # A breakpoint in the kernel, ten times over it as GDB does it, and ten steps.
  set -- qSupported:swbreak+ "Z0,$open,4" 'go vCont;c' wait Hg@ p40
  for i in 1 2 3 4 5 6 7 8 9; do
    set -- "$@" "z0,$open,4" 'vCont;s:@;c' "Z0,$open,4" 'go vCont;c' wait
  done
  talk "$@" "z0,$open,4" 'go vCont;c' 'sleep 1' '^C' p40 D
  answer 3 | grep -q '^T05thread:[12];swbreak:;$' || fail "$last_guest: no stop at the breakpoint"
  expect_equal 'place of the stop' "$(swap "$(answer 5)")" "$open"
  expect_equal 'stops at the breakpoint' "$(grep -c '^T05.*swbreak:;$' answers)" 10
  grep -q '^T02' answers || fail "$last_guest: no stop on demand"
  goes_on
  expect_equal 'status of an illegal instruction' "$(said 'gdb: round' | sed 's/.* //')" 132

  real_gdb

  # One hanging up with a breakpoint in place.
  talk "Z0,$open,4" "go c" wait
  goes_on
  # One that is attached while the guest has an illegal instruction of its own.
  before=$(said 'gdb: round')
  talk qSupported:swbreak+ 'go c' 'sleep 2' '^C' D
  went_on || goes_on
  expect_equal 'status of an illegal instruction' "$(said 'gdb: round' | sed 's/.* //')" 132
}

# A core file, sparse, and what is in it.
dump() {
  paprika ctl "$qmp" dump core || fail "$last_guest: no dump"
  corecat core "$banner" 14 >seen
  cat seen
  grep -q '^class 2 data 1 type 4 machine 21$' seen || fail "$last_guest: no core file of ppc64"
  grep -q '^text Linux version $' seen || fail "$last_guest: no linux_banner in the core file"
  expect_equal 'notes of CPUs' "$(grep -c '^note CORE 1 size 504' seen)" 2
  expect_equal 'notes in all' "$(grep -c ^note seen)" 8
  debug 'core-file core' 'info threads' "x/s 0x$banner"
  heard '"Linux version 6'
  heard '^  2 '
  expect_at_most 'KiB that the core file takes' "$(du -k core | cut -f 1)" 150000
  figure "core-kib-$last_guest" "$(du -k core | cut -f 1)"
  case $LAB_LONG in yes) gzip -1 <core >"$CASE_DIR/core-$last_guest.gz" ;; esac
  goes_on
}

# The emulated partition gives its guest's illegal instructions to that guest itself.
breakpoints=yes
[ "$LAB_HOST" = nested ] && breakpoints=no
for mode in $LAB_MODES; do
  start_guest "$mode" --kernel "$K4" --initrd "$INITRD" --memory 256M --cpus 2 \
    --append "$LINUX do=gdb" --mmu "$mode" --gdb "unix:$gdb" --qmp "unix:$qmp"
  wait_line 'gdb: ready' || continue
  look
  dump
  paprika ctl "$qmp" quit
  wait_guest 20
  expect_status 0
  refute_line
  rm -f core
done
finish
