# SPDX-License-Identifier: GPL-2.0-or-later
# A running guest is asked by paprika ctl: addresses translated, hash table counted, stopped and continued.
# hosts: power9 power8
# long-hosts: power10 nested
# timeout: 240

. /program/cases/lib.sh

sock=/tmp/$CASE/qmp

# ctl ARGUMENT...: what it prints is in $answer.
ctl() {
  answer=$(paprika ctl "$sock" "$@" 2>&1)
  result=$?
  note "ctl $*: $result"
  note "$answer"
  [ $result = 0 ] || fail "$last_guest: ctl $*"
}

# refused WORDS ARGUMENT...: it fails with status 1, in such words.
refused() {
  words=$1
  shift
  answer=$(paprika ctl "$sock" "$@" 2>&1)
  expect_equal "status of ctl $*" $? 1
  case $answer in
    *"$words"*) ;;
    *) fail "$last_guest: ctl $*: $answer" ;;
  esac
}

# real: the real address in $answer.
real() { echo "$answer" | sed -n 's/^real  *\(0x[0-9a-f]*\), memory$/\1/p'; }

# talk_nonsense: ten thousand lines, of which each is answered.
talk_nonsense() {
  i=0
  while [ $i -lt 2500 ]; do
    printf '%s\n' '{"execute": "stop", }' '[[[[[[[[' '}' '"execute'
    i=$((i + 1))
  done >nonsense
  timeout 60 unixcat "$sock" end <nonsense >answers 2>/dev/null
  expect_equal 'number of answers' "$(grep -c GenericError answers)" 10000
}

inspect() {
  mode=$1
  ctl status
  expect_equal 'the state' "$answer" running
  ctl mmu
  echo "$answer" | grep -q "^translation  *$mode" || fail "$last_guest: not $mode"
  expect_equal 'what info says of it' "$(paprika info "$sock")" "$answer"

  banner=$(said 'inspect: banner')
  ctl translate "0x$banner"
  expect_equal 'place of linux_banner' "$(real)" "0x$(printf '%x' $((0x$banner & 0x0fffffffffffffff)))"
  set -- $(said 'inspect: user')
  ctl translate "$1"
  expect_equal 'place of the shell' "$(real)" "0x$(printf '%x' "$2")"
  refused 'there is no CPU 7' translate 0x1000 --cpu 7
  if [ "$mode" = radix ]; then
    expect_equal 'levels' "$(echo "$answer" | grep -c ^level)" 0
    refused 'not present' translate 0x3ff000000000
    refused 'no hash page table' hpt
  else
    refused 'not mapped' translate "0xc$(printf '%015x' $((memory << 20)))"
    ctl hpt
    order=$(said 'inspect: order')
    echo "$answer" | grep -q "^order  *$order," || fail "$last_guest: not order $order"
    figure "hpt-order-$last_guest" "$order"
  fi

  # Stopped, the guest does nothing, and the count is exact.
  ctl stop
  before=$(thread_time "$pid" vcpu)
  sleep 1
  expect_at_most 'ms in one second of a stopped guest' \
    $((($(thread_time "$pid" vcpu) - before) / 1000000)) 100
  if [ "$mode" = hash ]; then
    ctl hpt
    echo "$answer" | grep -q 'while the guest ran' && fail "$last_guest: not counted at rest"
  fi
  ctl status
  expect_equal 'the state' "$answer" paused
  ctl translate "0x$banner"
  ctl cont

  [ -e nonsense ] || talk_nonsense
  ctl status
  expect_equal 'the state' "$answer" running
  ran=$(thread_time "$pid" vcpu)
  sleep 1
  [ "$((($(thread_time "$pid" vcpu) - ran) / 1000000))" -gt 300 ] || fail "$last_guest: it does not run"
  figure "pss-kib-$last_guest" "$(vmm_pss "$pid")"

  ctl quit
  wait_guest 20
  expect_status 0
  [ ! -e "$sock" ] || fail "$last_guest: the socket is still there"
  refute_line
}

memory=512
for mode in $LAB_MODES; do
  case $mode in
    radix) kernels=$(rounds "$K4" "$K4 $K64") ;;
    hash) kernels=$(rounds "$K64" "$K4 $K64") ;;
  esac
  for kernel in $kernels; do
    [ "$kernel" = "$K4" ] && name=$mode-4k || name=$mode-64k
    start_guest "$name" --kernel "$kernel" --initrd "$INITRD" --memory ${memory}M --cpus 1 \
      --append "$LINUX do=inspect" --mmu "$mode" --qmp "unix:$sock"
    wait_line 'inspect: ready' && inspect "$mode"
  done
done
finish
