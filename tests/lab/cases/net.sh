# SPDX-License-Identifier: GPL-2.0-or-later
# A network card on a tap, virtio's and PAPR's own: ping, TCP both ways, queues, MTU, reboot; virtio's with large segments.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 400

. /program/cases/lib.sh

INITRD=/base/guest/devices.gz
PROGRAM=$(command -v paprika)

# serve NUMBER [NEXT]: the host's side of what guest/do/net does, at interface tapNUMBER, for one
# boot, and what comes then, or next NEXT says it later. Who has nothing to say must not end his side: nc leaves then.
mkfifo silence
exec 9<>silence
serve() {
  (nc -l -p 5001 <&9 | sum >"sum$1") &
  [ -z "$2" ] || next "$2"
}
next() { (echo "$1" | nc -l -p 5003 >/dev/null) & }

# What sends in large pieces: nc would do so only while the network is slower than it is.
mkdir files
httpd -f -p 5002 -h files &
server=$!

# exchanged NUMBER PACKETS IRQ: what was sent has come, both ways, in so many packets at most.
exchanged() {
  refute_line
  refute_line 'FAIL'
  expect_line '^net: ping 3 packets received'
  # "SUM in N packets": where segments go whole 2 MiB are less than the 1,400 packets of an MTU.
  sent=$(said 'net: sent') received=$(said 'net: received')
  expect_equal 'what the host got' "$(cat "sum$1")" "${sent%% *}"
  expect_equal 'what the guest got' "${received%% *}" "$(sum <files/data)"
  for packets in "${sent#* in }" "${received#* in }"; do
    expect_at_most 'number of packets' "${packets% packets}" "$2"
  done
  expect_line "^net: irq $3 [1-9]"
}

dd if=/dev/urandom of=files/data bs=64k count=32 2>/dev/null

# card NUMBER KERNEL BOOTS OPTION...: a guest with one card, which starts again in between, and ends
# as $end says.
end=off
card() {
  card_number=$1 card_kernel=$2 card_boots=$3
  shift 3
  start_guest "card$card_number" --kernel "/base/guest/vmlinux-$card_kernel" --initrd "$INITRD" \
    --append "$LINUX do=net net=$card_number" --memory 512M "$@"
  boot=1
  while [ "$boot" -lt "$card_boots" ]; do
    serve "$card_number" reboot
    wait_boots $((boot + 1)) || fail "$last_guest: boot $boot does not end"
    exchanged "$card_number" "$most" "$irq"
    boot=$((boot + 1))
  done
  serve "$card_number" "$end"
}

first=${LAB_MODES%% *} last=${LAB_MODES##* }
most=700 irq='virtio[^ ]*-input[^ ]*'

make_tap 1 1 1400
card 1 4k "$(rounds 2 10)" --mmu "$first" --cpus 1 --net tap=tap1,mac=02:00:00:12:34:56,mtu=1400
# While it runs, nobody else gets at its interface.
net_pid=$pid
guest second --kernel "$K4" --net tap=tap1
expect_status 2
expect_log 'in use'
pid=$net_pid last_guest=card1
wait_guest
expect_status 0
exchanged 1 "$most" "$irq"
expect_line '^net: eth0 02:00:00:12:34:56 mtu 1400 queues 1 carrier 1'

# Several queues, by descriptors that are handed over, through DMA windows.
paprika() { exec maketap tap2 2 "$PROGRAM" "$@"; }
make_tap 2 2
card 2 64k 1 --mmu "$last" --cpus 2 --name cards --net fd=3:4,iommu=on
wait_guest
unset -f paprika
expect_status 0
exchanged 2 "$most" "$irq"
expect_line '^net: eth0 [0-9a-f][26ae]:.* mtu 1500 queues 2 carrier 1'

# The kernel's own workers: our threads are there for the control queue, and for interrupts that KVM
# has no controller for. Memory that comes is the workers', too; a stopped guest's is left alone.
load_modules vhost_net
make_tap 4 2
end='' QMP=$CASE_DIR/qmp
card 4 4k "$(rounds 1 5)" --mmu "$first" --cpus 2 --max-memory 1G --qmp "unix:$QMP" \
  --net tap=tap4,mac=02:00:00:12:34:58,queues=2,vhost=on
wait_line '^net: eth0' && must plug-memory 256M
wait_line '^net: irq'
ours=$(runs_of 'net0.*') theirs=$(runs_of "vhost-$pid")
figure runs-of-our-threads "$ours"
figure runs-of-the-kernels "$theirs"
[ "$LAB_HOST" = nested ] || expect_at_most 'runs of our threads' "$ours" 40
[ "$theirs" -gt 40 ] || fail "the kernel's workers did nothing"
must stop
theirs=$(runs_of "vhost-$pid")
ping -c 2 -W 1 -q 10.7.4.2 >/dev/null && fail 'a stopped guest answers'
expect_equal 'runs while the guest is stopped' "$(runs_of "vhost-$pid")" "$theirs"
must cont
ping -c 1 -W 10 -q 10.7.4.2 >/dev/null || fail 'the guest does not answer any more'
next off
end=off
wait_guest
expect_status 0
exchanged 4 "$most" "$irq"
expect_line '^net: eth0 .* queues 2 carrier 1'

# PAPR's own card, which sums and cuts for nobody.
most=2000 irq=eth0
make_tap 3 1
card 3 4k "$(rounds 1 5)" --mmu "$first" --cpus 1 --net tap=tap3,mac=02:00:00:12:34:57,model=l-lan
wait_guest
expect_status 0
exchanged 3 "$most" "$irq"
kill "$server"
expect_line '^net: eth0 02:00:00:12:34:57 mtu 1500 queues 1 carrier 1'
finish
