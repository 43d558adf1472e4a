# SPDX-License-Identifier: GPL-2.0-or-later
# Sockets between guest and host: streams both ways at once, who calls whom; a stop, plugged memory, a reboot.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 400

. /program/cases/lib.sh

INITRD=/base/guest/devices.gz
QMP=$CASE_DIR/qmp
if ! [ -e /dev/vhost-vsock ]; then
  guest absent --kernel "$K4" --vsock 3
  expect_status 1
  expect_log 'cannot open /dev/vhost-vsock .*module vhost_vsock'
fi
load_modules vhost_vsock
dd if=/dev/urandom of=data bs=64k count=8 2>/dev/null
data=$(sum <data)

# call_guest CID: what the guest has for who calls it is in the file called.
call_guest() { vsockcat "$1" 7001 <data >called; }

# exchanged BOOT: what each has sent has come, in that boot.
exchanged() {
  wait_count "$1" '^vsock: calls' || fail "$last_guest: boot $1 did not call"
  wait "$listener" || fail 'the host could not listen'
  refute_line
  refute_line 'FAIL'
  expect_equal 'what the guest got that was called' "$(said 'vsock: called')" "$data"
  expect_equal 'what the guest got that called' "$(said 'vsock: calls')" "$data"
  for file in called calls; do
    expect_equal "what the host got ($file)" "$(sum <$file)" "$(said 'vsock: data')"
  done
}

# serve BOOT CID: the host's side of one boot, but for what comes then.
serve() {
  wait_count "$1" '^vsock: data' || fail "$last_guest: boot $1 does not come that far"
  vsockcat listen 7002 <data >calls &
  listener=$!
  wait_until 30 call_guest "$2" || fail 'the guest cannot be called'
  exchanged "$1"
  expect_equal "the guest's address" "$(said 'vsock: cid')" "$2"
}

# next WORD: to whoever asks what comes next.
next() { echo "$1" | vsockcat listen 7003 >/dev/null || fail 'the guest does not ask'; }

# vsock_guest NAME KERNEL CID OPTION...
vsock_guest() {
  vsock_name=$1 vsock_kernel=$2 vsock_cid=$3
  shift 3
  start_guest "$vsock_name" --kernel "$vsock_kernel" --initrd "$INITRD" --append "$LINUX do=vsock" \
    --memory 512M --vsock "$vsock_cid" "$@"
}

# An address of more than 31 bits, in the sandbox.
cid=4000000042 boots=$(rounds 2 10)
vsock_guest first "$K4" "$cid" --cpus 2 --mmu "${LAB_MODES%% *}" --max-memory 1G --qmp "unix:$QMP"
wait_line '^vsock: data'

# While it runs, nobody else has its address.
first_pid=$pid
guest second --kernel "$K4" --vsock "$cid"
expect_status 2
expect_log "CID $cid is in use"
pid=$first_pid last_guest=first

# A stopped guest does not answer, and does so once it goes on.
must plug-memory 256M
must stop
theirs=$(runs_of "vhost-$pid")
call_guest "$cid" && fail 'a stopped guest answers'
must cont
serve 1 "$cid"
ours=$(runs_of 'vsock.*') theirs=$(($(runs_of "vhost-$pid") - theirs))
figure runs-of-our-thread "$ours"
figure runs-of-the-kernels "$theirs"
[ "$LAB_HOST" = nested ] || expect_at_most 'runs of our thread' "$ours" 40
[ "$theirs" -gt 10 ] || fail "the kernel's worker did nothing"
expect_line '^vsock: irq virtio[^ ]*-rx [1-9]'
boot=1
while [ "$boot" -lt "$boots" ]; do
  next reboot
  boot=$((boot + 1))
  serve "$boot" "$cid"
done
next off
wait_guest
expect_status 0

# Its address is free now; large pages, the other translation, controllers in user space.
if [ "$LAB_LONG" = yes ]; then
  vsock_guest third "$K64" "cid=$cid" --cpus 1 --mmu "${LAB_MODES##* }" --irq xics,in=user
  serve 1 "$cid"
  next off
  wait_guest
  expect_status 0
fi
finish
