# SPDX-License-Identifier: GPL-2.0-or-later
# A QMP client that is not Paprika's drives the monitor's commands; guests are found by name and listed.
# hosts: power9
# timeout: 120

. /program/cases/lib.sh

name=build-7
sock=/run/paprika/$name.qmp

# converse MESSAGE...: a session of these messages, in the form of QMP's public description; what the
# monitor says is in the file "heard".
converse() {
  {
    echo '{"execute": "qmp_capabilities", "id": "begin"}'
    for message in "$@"; do echo "$message"; done
  } | unixcat "$sock" end >heard 2>&1
}

# heard WORDS: something that the monitor said has them.
heard() { grep -qF -e "$1" heard || fail "$last_guest: not heard: $1: $(cut -c 1-300 heard | tail -n 5)"; }

start_guest guest --kernel "$K4" --initrd "$INITRD" --memory 256M --cpus 2 --name "$name" \
  --append "$LINUX do=inspect"
wait_line 'inspect: ready'

# Found by its name.
paprika list | tee list
grep -Eq "^$name +running +2 +256M +$pid\$" list || fail "$last_guest: paprika list"
expect_equal 'state by name' "$(paprika ctl "$name" status)" running
expect_equal 'processors' "$(paprika ctl "$name" cpus | grep -c '^ *[01] ')" 2
banner=$(said 'inspect: banner')
paprika ctl "$name" memory "0x$banner" 32 | tee memory
grep -q 'Linux version' memory || fail "$last_guest: no linux_banner by ctl memory"

# Every question, by a client of its own.
set --
for ask in commands qmp-schema version name uuid target kvm status cpus-fast memory-size-summary chardev \
  iothreads block blockstats dump dump-guest-memory-capability mmu; do
  set -- "$@" "{\"execute\": \"query-$ask\", \"id\": \"$ask\"}"
done
converse "$@" '{"execute": "query-balloon", "id": "balloon"}' \
  '{"execute": "trace-event-set-state", "arguments": {"name": "rtas", "enable": true}, "id": "on"}' \
  '{"execute": "trace-event-get-state", "arguments": {"name": "*"}, "id": "get"}' \
  '{"execute": "trace-event-set-state", "arguments": {"name": "*", "enable": false}, "id": "off"}' \
  '{"execute": "pmemsave", "arguments": {"val": 0, "size": 100000, "filename": "/tmp/monitor/saved"}, "id": "save"}' \
  '{"execute": "exec-oob", "id": "oob"}' '{"exec-oob": "stop", "id": "oob2"}'
grep -q '"QMP"' heard || fail "$last_guest: no greeting"
expect_equal 'answers' "$(grep -c '"return".*"id"' heard)" 21
expect_equal 'refusals' "$(grep -c '"error": {' heard)" 4
heard 'the sandbox opens no files'
heard '"class": "DeviceNotActive"'
heard '"name": "build-7"'
heard '{"name": "rtas", "state": "enabled"}'
heard '"name": "dump-guest-memory", "meta-type": "command"'

# One client stops and goes away, another hears of it, and lets the guest go on.
echo '{"execute": "qmp_capabilities"}' | unixcat "$sock" >events 2>&1 &
listener=$!
wait_until 30 grep -q return events
converse '{"execute": "stop"}'
expect_equal 'state after stop' "$(paprika ctl "$name" status)" paused
converse '{"execute": "cont"}'
expect_equal 'state after cont' "$(paprika ctl "$name" status)" running

# From the start again, in place.
converse '{"execute": "system_reset"}'
wait_boots 2 60 || fail "$last_guest: no second boot"
paprika ctl "$name" quit
wait_guest 20
expect_status 0
wait $listener
for event in STOP RESUME RESET SHUTDOWN; do
  grep -q "\"timestamp\".*\"event\": \"$event\"" events || fail "$last_guest: no event $event"
done
grep -q '"host-qmp-system-reset"' events || fail "$last_guest: no reason of the reset"
grep -q '"host-qmp-quit"' events || fail "$last_guest: no reason of the end"

# A crash is told of. Beside it, a guest that is killed leaves its socket behind, and the list takes that away.
start_guest crash --kernel "$K4" --initrd "$INITRD" --memory 256M --name crash --append "$LINUX panic=-1 do=panic"
crash=$pid
wait_until 30 [ -e /run/paprika/crash.qmp ]
echo '{"execute": "qmp_capabilities"}' | unixcat /run/paprika/crash.qmp >crashed 2>&1 &
listener=$!
start_guest killed --kernel "$K4" --initrd "$INITRD" --memory 256M --name gone --sandbox off --append "$LINUX do=inspect"
wait_line 'Linux version'
# Without a sandbox it may open files.
paprika ctl gone qmp '{"execute": "pmemsave", "arguments": {"val": 0, "size": 100000, "filename": "/tmp/monitor/saved"}}'
expect_equal 'bytes saved' "$(wc -c <saved)" 100000
kill -9 "$pid"
wait_guest 10
[ -e /run/paprika/gone.qmp ] || fail 'there is no socket of the killed guest'
last_guest=crash
pid=$crash
wait_guest 60
expect_status 3
wait $listener
grep -q '"event": "GUEST_PANICKED"' crashed || fail "$last_guest: no event GUEST_PANICKED"
grep -q '"guest-panic"' crashed || fail "$last_guest: no event SHUTDOWN of a panic"
expect_equal 'list without guests' "$(paprika list)" ''
[ ! -e /run/paprika/gone.qmp ] || fail 'the socket of the killed guest is still there'
finish
