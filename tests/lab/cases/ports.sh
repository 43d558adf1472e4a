# SPDX-License-Identifier: GPL-2.0-or-later
# Ports (virtio-serial): bytes both ways, clients that come and go, a port to a file, a console, a reboot.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 240

. /program/cases/lib.sh

# join: a client of the port, to which descriptor 3 leads; what it hears is in the file heard.
join() {
  rm -f to-port
  mkfifo to-port
  : >heard
  unixcat talk <to-port >heard 2>>"$CASE_DIR/client.log" &
  client=$!
  exec 3>to-port
}

leave() {
  exec 3>&-
  kill "$client" 2>/dev/null
  wait "$client" 2>/dev/null
}

has_heard() { [ "$(wc -c <heard)" -ge "$1" ]; }

# back_and_forth N BYTES: the guest takes as many, and gives them back, for the N-th time.
back_and_forth() {
  size=$2
  head -c "$size" /dev/urandom >data
  wanted=$(sum <data)
  before=$(wc -c <heard)
  { echo "take $size"; cat data; } >&3
  wait_count "$1" '^ports: took [0-9a-f]{32}' 60 || fail "$last_guest: it did not take all"
  expect_line "^ports: took $wanted"
  echo give >&3
  wait_until 60 has_heard $((before + size)) || fail "$last_guest: not all $size bytes came back"
  expect_equal 'sum of what came back' "$(tail -c "$size" heard | sum)" "$wanted"
}

start_guest ports --kernel "$K4" --initrd "$INITRD" --append "$LINUX do=ports" --memory 512M \
  --qmp "unix:/tmp/$CASE/qmp" \
  --port "name=org.paprika.talk,to=unix:/tmp/$CASE/talk" \
  --port "name=log,to=file:/tmp/$CASE/log" \
  --port "name=extra,to=file:/tmp/$CASE/extra,console=on"
wait_until 10 [ -S qmp ] || fail 'ports: there is no monitor'
echo '{"execute": "qmp_capabilities"}' | unixcat qmp >events 2>&1 &
# It comes before the guest has opened the port, and says something at once.
wait_until 10 [ -S talk ] || fail 'ports: there is no socket'
join
if wait_line '^ports: ready'; then
  start=$(now)
  expect_line '^ports: there is org.paprika.talk'
  expect_line '^ports: there is log'
  back_and_forth 1 1048576
  figure ports.both-ways-s $(($(now) - start))
  back_and_forth 2 100000
  echo file >&3
  wait_line '^ports: filed' 30
  expect_equal 'sum of the file' "$(sum <log)" "$wanted"

  # Nobody there for a while, then somebody else.
  echo later >&3
  sleep 0.2
  leave
  if wait_line '^ports: nobody there' 20; then
    sleep 0.5
    [ "$(count '^ports: somebody came')" = 0 ] || fail 'ports: what nobody read did not wait'
    join
    wait_until 60 has_heard $((size + 5)) || fail "ports: only $(wc -c <heard) bytes had waited"
    expect_equal 'what had waited' "$(head -n 1 heard)" kept
    expect_equal 'sum of what had waited' "$(tail -c +6 heard | sum)" "$wanted"
  fi

  leave
  join
  echo reboot >&3
  if wait_boots 2; then
    wait_count 2 '^ports: ready' || fail 'ports: not ready after a reboot'
    back_and_forth 3 100000
  fi
  echo quit >&3
fi
wait_guest 60
expect_status 0
refute_line
expect_equal 'what the console said' "$(tr -d '\r' <extra | sort -u)" 'a console'
for open in true false; do
  grep -q "VSERPORT_CHANGE.*org.paprika.talk.*$open" events || fail "ports: no event that it is open: $open"
done
leave
cp events "$CASE_DIR/events"
finish
