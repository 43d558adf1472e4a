# SPDX-License-Identifier: GPL-2.0-or-later
# What libvirt's QEMU driver does with a domain, by its own command line and dialogue: learn, start, watch, attach and detach, shut down.
# hosts: power9
# timeout: 400

. /program/cases/lib.sh
INITRD=/base/guest/devices.gz
QMP=$CASE_DIR/monitor.sock
LIMIT=60
last_guest=learn

# ask NAME ARGUMENTS [WORDS]: the monitor answers that command without an error, with those words.
ask() {
  message="{\"execute\": \"$1\"${2:+, \"arguments\": $2}}"
  ctl qmp "$message" >answer || fail "$last_guest: $message: $(cat "$CASE_DIR/ctl.error")"
  case $(cat answer) in *"$3"*) return 0 ;; esac
  fail "$last_guest: $1: no '$3' in $(cut -c 1-400 answer)"
  return 1
}

# --- learn: as a daemon without a machine --------------------------------------------------

QMP=/tmp/$CASE.monitor
begun=$(cut -d ' ' -f 1 /proc/uptime)
paprika-qemu -S -no-user-config -nodefaults -nographic -machine none,accel=kvm:tcg \
  -qmp "unix:$QMP,server=on,wait=off" -pidfile "/tmp/$CASE.pid" -daemonize >learn.log 2>&1 ||
  fail "$last_guest: status $?: $(cat learn.log)"
pid=$(cat "/tmp/$CASE.pid")
ask query-kvm '' '"enabled": true'
ask query-version '' 'paprika-'
ask query-machines '' '"alias": "pseries"'
ask query-cpu-definitions '' host-powerpc64-cpu
kill "$pid"
gone() { ! kill -0 "$pid" 2>/dev/null || grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null; }
wait_until 5 gone || fail "$last_guest: the daemon does not end"
[ ! -e "$QMP" ] && [ ! -e "/tmp/$CASE.pid" ] || fail "$last_guest: its files are left over"
figure learn-ms "$(awk -v begun="$begun" '{ print int(($1 - begun) * 1000) }' /proc/uptime)"

# --- start ----------------------------------------------------------------------------------

QMP=$CASE_DIR/monitor.sock
make_tap 9 1
make_tap 1 1
dd if=/dev/urandom of=disk.raw bs=1M count=4 2>/dev/null

# heard WORDS: an event or an answer that the watching client got has them.
heard() { grep -qF -e "$1" events; }
hears() { wait_until 20 heard "$1" || fail "$last_guest: not heard: $1: $(tail -n 4 events | cut -c 1-300)"; }

# domain NAME ACTION MODE: what libvirt 11.3.0 starts for a domain of type kvm, with all the
# devices that there are; a client watches its events, its console goes to a file.
domain() {
  last_guest=$1
  touch "$CASE_DIR/$1.console"
  note "$1: paprika-qemu"
  maketap tap9 1 listenfd 28 "$QMP" listenfd 29 "$PWD/agent" paprika-qemu \
    -name "guest=$1,debug-threads=on" -S \
    -object '{"qom-type":"secret","id":"masterKey0","format":"raw","file":"/none/master-key.aes"}' \
    -machine "pseries-10.0,usb=off,dump-guest-core=off" -accel kvm -cpu host \
    -m size=524288k,slots=8,maxmem=1048576k -overcommit mem-lock=off \
    -smp 2,maxcpus=4,sockets=4,cores=1,threads=1 \
    -object '{"qom-type":"memory-backend-ram","id":"ram-node0","size":536870912}' \
    -numa node,nodeid=0,cpus=0-3,memdev=ram-node0 \
    -uuid 11111111-2222-3333-4444-555555555555 -display none -no-user-config -nodefaults \
    -chardev socket,id=charmonitor,fd=28,server=on,wait=off \
    -mon chardev=charmonitor,id=monitor,mode=control -rtc base=utc -no-shutdown -boot strict=on \
    -kernel "$2" -initrd "$INITRD" -append "$LINUX panic=0 do=libvirt" \
    -blockdev "{\"driver\":\"file\",\"filename\":\"$PWD/disk.raw\",\"aio\":\"native\",\"node-name\":\"libvirt-1-storage\",\"cache\":{\"direct\":true,\"no-flush\":false},\"auto-read-only\":true,\"discard\":\"unmap\"}" \
    -blockdev '{"node-name":"libvirt-1-format","read-only":false,"cache":{"direct":true,"no-flush":false},"driver":"raw","file":"libvirt-1-storage"}' \
    -device '{"driver":"virtio-blk-pci","bus":"pci.0","addr":"0x3","drive":"libvirt-1-format","id":"virtio-disk0","bootindex":1,"write-cache":"on"}' \
    -netdev '{"type":"tap","fd":"3","id":"hostnet0"}' \
    -device '{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"52:54:00:11:22:33","bus":"pci.0","addr":"0x1"}' \
    -device '{"driver":"virtio-serial-pci","id":"virtio-serial0","bus":"pci.0","addr":"0x2"}' \
    -chardev socket,id=charchannel0,fd=29,server=on,wait=off \
    -device '{"driver":"virtserialport","bus":"virtio-serial0.0","nr":1,"chardev":"charchannel0","id":"channel0","name":"org.qemu.guest_agent.0"}' \
    -chardev pty,id=charserial0 \
    -device '{"driver":"spapr-vty","chardev":"charserial0","id":"serial0","reg":805306368}' \
    -audiodev '{"id":"audio1","driver":"none"}' \
    -device '{"driver":"virtio-balloon-pci","id":"balloon0","bus":"pci.0","addr":"0x5"}' \
    -object '{"qom-type":"rng-random","id":"objrng0","filename":"/dev/urandom"}' \
    -device '{"driver":"virtio-rng-pci","rng":"objrng0","id":"rng0","bus":"pci.0","addr":"0x6"}' \
    -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
    -msg timestamp=on </dev/null >>"$CASE_DIR/$1.log" 2>&1 &
  pid=$!
  wait_until 20 [ -S "$QMP" ] || fail "$1: no socket"
  ask query-chardev '' '"label": "charserial0"' || return 1
  pty=$(sed -n 's|.*"pty:\(/dev/pts/[0-9]*\)".*|\1|p' answer)
  [ -c "$pty" ] || { fail "$1: no console: $(cat answer)"; return 1; }
  exec 9<>"$pty"
  stty raw -echo <&9
  cat <&9 >"$CASE_DIR/$1.console" &
  reader=$!
}

# dialogue: what libvirt says before the guest may run, on a connection that stays. Interface tap1
# comes along with the getfd that is said there.
dialogue() {
  rm -f talk events
  mkfifo talk
  maketap tap1 1 unixcat "$QMP" 3 <talk >events 2>&1 &
  exec 8>talk
  number=13
  while read -r message; do echo "$message" >&8; done <<'END'
{"execute": "qmp_capabilities", "id": "libvirt-1"}
{"execute": "query-migrate-capabilities", "id": "libvirt-2"}
{"execute": "migrate-set-capabilities", "arguments": {"capabilities": [{"capability": "events", "state": true}]}, "id": "libvirt-3"}
{"execute": "query-chardev", "id": "libvirt-4"}
{"execute": "query-hotpluggable-cpus", "id": "libvirt-5"}
{"execute": "query-cpus-fast", "id": "libvirt-6"}
{"execute": "query-iothreads", "id": "libvirt-7"}
{"execute": "balloon", "arguments": {"value": 536870912}, "id": "libvirt-8"}
{"execute": "query-balloon", "id": "libvirt-9"}
{"execute": "query-named-block-nodes", "arguments": {"flat": true}, "id": "libvirt-10"}
{"execute": "qom-list", "arguments": {"path": "/machine/peripheral"}, "id": "libvirt-11"}
{"execute": "query-block", "id": "libvirt-12"}
END
  hears '"id": "libvirt-12"'
  expect_equal 'answers' "$(grep -c '"id": "libvirt-' events)" 12
  grep '"error"' events && fail "$last_guest: an error"
  grep -o '"qom-path": "[^"]*"' events | head -n 4
}

# tell NAME [ARGUMENTS [WORDS]]: the same connection's next message is answered without an error,
# with those words. Nothing is said once something has failed.
tell() {
  [ "$case_failed" = no ] || return 1
  number=$((number + 1))
  echo "{\"execute\": \"$1\"${2:+, \"arguments\": $2}, \"id\": \"libvirt-$number\"}" >&8
  hears "\"id\": \"libvirt-$number\""
  grep -F "\"id\": \"libvirt-$number\"" events >told
  grep -q '"error"' told && fail "$last_guest: $1: $(cat told)"
  grep -qF -e "$3" told || fail "$last_guest: $1: no '$3' in $(cut -c 1-600 told)"
}

# lacks WORDS: the last answer has none of them.
lacks() { grep -qF -e "$1" told && fail "$last_guest: '$1' in $(cut -c 1-600 told)"; }

# asked WORDS ANSWER: what is typed at the guest's console is answered so at last.
asked() {
  [ "$case_failed" = no ] || return 1
  asked_end=$(($(now) + 30))
  while [ "$(said "libvirt: $1")" != "$2" ]; do
    [ "$(now)" -lt "$asked_end" ] || { fail "$last_guest: $1: '$(said "libvirt: $1")', not '$2'"; return; }
    echo "$1" >&9
    sleep 1
  done
}

# status_is STATUS: of the machine.
status_is() { ctl qmp '{"execute": "query-status"}' | grep -qF "\"status\": \"$1\""; }
is() { wait_until 20 status_is "$1" || fail "$last_guest: it is not $1"; }

# go_on: unless something has failed, so that nothing waits for what cannot come.
go_on() {
  [ "$case_failed" = no ] && return
  kill -9 "$pid"
  finish
}

# used: the guest has used one more of what was plugged.
uses=0
used() {
  [ "$case_failed" = no ] || return 1
  uses=$((uses + 1))
  wait_count "$uses" '^devplug: used' || fail "$last_guest: use $uses never came"
}

# attach_disk MESSAGE...: those that make nodes, of which the last is the disk's, and the disk.
attach_disk() {
  dd if=/dev/urandom of=d3.raw bs=64k count=16 2>/dev/null
  before=$(sum <d3.raw)
  for nodes; do tell blockdev-add "$nodes"; done
  tell device_add "{\"driver\": \"virtio-blk-pci\", \"bus\": \"pci.0\", \"addr\": \"0x7\", \"drive\": \"$node\", \"id\": \"virtio-disk2\"$more}"
  tell query-block '' "/machine/peripheral/virtio-disk2/virtio-backend"
  tell qom-list '{"path": "/machine/peripheral"}' '"virtio-disk2", "type": "child<virtio-blk-pci>"'
  used
  expect_line "^devplug: disk vdb size 2048 ro 0 .*sum $before"
}

# counters: what domblkstat and domblkinfo ask for, of a disk that was read and written.
counters() {
  tell query-blockstats
  stats=$(sed 's/.*virtio-disk2\/virtio-backend//; s/}.*//' told)
  for count in rd_bytes wr_bytes rd_operations wr_operations flush_operations; do
    value=$(echo "$stats" | sed -n "s/.*\"$count\": \([0-9]*\).*/\1/p")
    [ "${value:-0}" -gt 0 ] || fail "$last_guest: $count is '$value': $stats"
  done
  tell query-blockstats '{"query-nodes": true}' "\"node-name\": \"$node\""
  tell query-named-block-nodes '{"flat": true}' "\"node-name\": \"$node\""
}

# detach_disk NODE...: the disk, and its nodes; the file has what the guest wrote.
detach_disk() {
  tell device_del '{"id": "virtio-disk2"}'
  deleted virtio-disk2
  for name; do tell blockdev-del "{\"node-name\": \"$name\"}"; done
  tell qom-list '{"path": "/machine/peripheral"}'
  lacks virtio-disk2
  expect_equal 'what was written' "$(dd if=d3.raw bs=64k count=16 2>/dev/null | sum)" "$(said 'devplug: used vdb')"
}

# deleted DEVICE: libvirt is told that it is gone, after what went before.
gone_so_far=0
deleted() {
  [ "$case_failed" = no ] || return 1
  gone_so_far=$((gone_so_far + 1))
  wait_until 20 deletions_are "$gone_so_far" && grep DEVICE_DELETED events | tail -n 1 >told
  grep -qF "\"data\": {\"device\": \"$1\"" told || fail "$last_guest: $1 is not gone: $(cat told)"
}
deletions_are() { [ "$(grep -c DEVICE_DELETED events)" = "$1" ]; }

# A line is looked at once another one follows.
knows_memory() {
  echo memory >&9
  sleep 1
  memory=$(said 'libvirt: memory')
  [ -n "$memory" ]
}

# plugs: devices come and go as libvirt attaches and detaches them.
plugs() {
  # As libvirt 9.0.0 and 11.3.0 have a raw image.
  node=libvirt-3-format more=
  attach_disk \
    "{\"driver\": \"file\", \"filename\": \"$PWD/d3.raw\", \"node-name\": \"libvirt-3-storage\", \"auto-read-only\": true, \"discard\": \"unmap\"}" \
    '{"node-name": "libvirt-3-format", "read-only": false, "driver": "raw", "file": "libvirt-3-storage"}'
  counters
  tell block_resize '{"node-name": "libvirt-3-format", "size": 2097152}'
  asked 'size vdb' 4096
  tell query-block '' '"virtual-size": 2097152'
  detach_disk libvirt-3-format libvirt-3-storage

  node=libvirt-4-storage
  more=', "num-queues": 2, "write-cache": "on", "serial": "s4"'
  attach_disk "{\"driver\": \"file\", \"filename\": \"$PWD/d3.raw\", \"aio\": \"native\", \"node-name\": \"libvirt-4-storage\", \"read-only\": false, \"cache\": {\"direct\": true, \"no-flush\": false}}"
  expect_line '^devplug: disk vdb .*serial s4'
  detach_disk libvirt-4-storage

  tell getfd '{"fdname": "tapfd-net10"}'
  tell netdev_add '{"type": "tap", "fd": "tapfd-net10", "id": "hostnet1"}'
  tell device_add '{"driver": "virtio-net-pci", "netdev": "hostnet1", "id": "net1", "mac": "52:54:00:aa:bb:cc", "bus": "pci.0", "addr": "0x7"}'
  tell qom-list '{"path": "/machine/peripheral"}' '"net1", "type": "child<virtio-net-pci>"'
  used
  expect_line '^devplug: net eth1 52:54:00:aa:bb:cc'
  asked 'carrier eth1' 1
  tell set_link '{"name": "net1", "up": false}'
  asked 'carrier eth1' 0
  ping -c 1 -W 2 -q 10.7.1.2 >/dev/null && fail "$last_guest: it answers without a cable"
  tell set_link '{"name": "net1", "up": true}'
  asked 'carrier eth1' 1
  [ "$case_failed" = yes ] || wait_until 20 ping -c 1 -W 2 -q 10.7.1.2 >/dev/null || fail "$last_guest: it does not answer"
  tell device_del '{"id": "net1"}'
  deleted net1
  tell netdev_del '{"id": "hostnet1"}'
  tell qom-list '{"path": "/machine/peripheral"}'
  lacks '"net1"'
  wait_until 5 sh -c '[ "$(cat /sys/class/net/tap1/carrier)" = 0 ]' || fail "$last_guest: tap1 is still held"

  # attach-device and detach-device of memory.
  wait_until 20 knows_memory || fail "$last_guest: how much memory it has"
  tell object-add '{"qom-type": "memory-backend-ram", "id": "memdimm0", "size": 268435456}'
  tell device_add '{"driver": "pc-dimm", "node": 0, "memdev": "memdimm0", "id": "dimm0", "slot": 0}'
  tell query-memory-devices '' '"size": 268435456'
  asked memory $((memory + 256))
  tell device_del '{"id": "dimm0"}'
  deleted dimm0
  tell object-del '{"id": "memdimm0"}'
  asked memory "$memory"
}

# runs: the guest has its devices where libvirt's addresses are.
runs() {
  wait_count "$1" '^libvirt: ready' || { fail "$last_guest: it does not come to user space"; return 1; }
  refute_line
  expect_line '^libvirt: cpus 2 uuid 11111111-2222-3333-4444-555555555555'
  for place in '01.0 0x1041' '02.0 0x1043' '03.0 0x1042' '05.0 0x1045' '06.0 0x1044'; do
    expect_line "^libvirt: pci [0-9a-f]*:00:$place"
  done
  expect_line "^libvirt: disk $(sum <disk.raw)"
  expect_line '^libvirt: net 52:54:00:11:22:33 2 packets received'
  expect_line '^libvirt: rng virtio_rng'
}

# agent WORD: the guest's agent is there, and answers who comes to its channel.
agent() {
  [ "$case_failed" = no ] || return 1
  hears '"event": "VSERPORT_CHANGE", "data": {"id": "channel0", "open": true}'
  { echo "$1"; sleep 5; } | unixcat agent >agent.answer 2>&1 &
  wait_until 20 grep -q "pong $1" agent.answer || fail "$last_guest: the agent does not answer $1"
  kill $! 2>/dev/null
  tell query-chardev '' '"label": "charchannel0", "filename": "unix", "frontend-open": true'
}

domain first "$K4" && {
  dialogue
  # -S: nothing has run.
  sleep 1
  [ ! -s "$CASE_DIR/first.console" ] || fail 'first: it runs before cont'
  ask query-status '' '"running": false'
  echo '{"execute": "cont", "id": "libvirt-13"}' >&8
  hears '"event": "RESUME"'
  runs 1
  go_on
  echo hello >&9
  wait_line '^libvirt: typed hello'
  agent once

  # Who comes back finds it: another connection is greeted.
  ask query-status '' '"status": "running"'
  ask query-hotpluggable-cpus '' '"type": "host-spapr-cpu-core"'
  ask query-block '' '"qdev": "/machine/peripheral/virtio-disk0/virtio-backend"'
  ask query-jobs ''

  # suspend, resume.
  ask stop ''
  hears '"event": "STOP"'
  ask cont ''

  plugs
  go_on
  opener=$(cat "/proc/$pid/task/$pid/children")
  figure opener-kib "$(awk '/^Private/ { total += $2 } END { print total }' "/proc/${opener% }/smaps_rollup")"

  # inject-nmi: the guest has nothing that would look at it, and panics; on_crash=restart.
  tell inject-nmi
  hears '"event": "GUEST_PANICKED"'
  is guest-panicked
  expect_line 'System Reset'
  tell system_reset
  hears '"event": "RESET"'
  hears '"event": "VSERPORT_CHANGE", "data": {"id": "channel0", "open": false}'
  tell cont
  wait_count 2 '^libvirt: ready' || fail 'first: it does not come again'
  for place in '01.0 0x1041' '02.0 0x1043' '03.0 0x1042' '05.0 0x1045' '06.0 0x1044'; do
    wait_count 2 "^libvirt: pci [0-9a-f]*:00:$place" 1 || fail "first: $place is not there again"
  done
  agent again
  go_on

  # A disk that the domain has from its start.
  tell device_del '{"id": "virtio-disk0"}'
  deleted virtio-disk0
  tell blockdev-del '{"node-name": "libvirt-1-format"}'
  tell blockdev-del '{"node-name": "libvirt-1-storage"}'
  tell query-block '' '"return": []'

  # reboot as libvirt does it: shut down, and begin anew what is kept then.
  tell system_powerdown
  hears '"event": "POWERDOWN"'
  hears '"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}'
  go_on
  is shutdown
  ctl qmp '{"execute": "cont"}' >/dev/null && fail 'first: cont of what has ended'
  tell system_reset
  tell cont
  is running
  refute_line 'devplug: FAIL'

  # The end that destroy asks for.
  kill -0 "$pid" || fail 'first: it is not kept'
  kill "$pid"
  wait_guest 10
  expect_status 0
  hears '"guest": false, "reason": "host-signal"'
  expect_log '^20[0-9-]*T[0-9:.]*Z first: '
  exec 8>&-
  kill "$reader" 2>/dev/null
}

# What is not there is named, all of it, in the log that libvirt shows.
last_guest=refused
touch refused.console
paprika-qemu -name guest=refused -machine pseries,accel=tcg -device qemu-xhci,id=usb \
  -device virtio-scsi-pci,id=scsi0 >"$CASE_DIR/refused.log" 2>&1
status=$?
expect_status 2
expect_log "Device 'qemu-xhci' is not there in Paprika: use <controller type='usb' model='none'/>"
expect_log "Device 'virtio-scsi-pci' is not there"
expect_log "accelerator 'tcg' is not there"

finish
