# SPDX-License-Identifier: GPL-2.0-or-later
# Every kind of console carries text both ways; a slow reader loses nothing.
# hosts: power9 nested
# timeout: 300

. /program/cases/lib.sh

run() {
  last_guest=$1
  shift
  paprika run --kernel "$K4" --initrd "$INITRD" "$@"
}

# No console at all, and a file.
last_guest=none
guest none --kernel "$K4" --initrd "$INITRD" --append do=poweroff --console none
expect_status 0
guest file --kernel "$K4" --initrd "$INITRD" --append 'console=hvc0 do=poweroff' \
  --console "file:/tmp/$CASE/file.out"
expect_status 0
cp "/tmp/$CASE/file.out" "$CASE_DIR/file.console"
expect_line "$USER_SPACE"

# Standard input and output through pipes.
mkfifo in
last_guest=stdio
paprika run --kernel "$K4" --initrd "$INITRD" --append 'console=hvc0 do=tty' \
  --console stdio <in >"$CASE_DIR/stdio.console" 2>"$CASE_DIR/stdio.log" &
pid=$!
exec 3>in
if wait_line 'tty: ready'; then
  for word in hello world 'a line with blanks' quit; do echo "$word" >&3; sleep 0.2; done
fi
wait_guest 60
exec 3>&-
expect_status 0
expect_line 'got:hello'
expect_line 'got:a line with blanks'
expect_line 'tty: end'

# A pseudo terminal; its name is in the log.
last_guest=pty
paprika run --kernel "$K4" --initrd "$INITRD" --append 'console=hvc0 do=tty' \
  --console pty </dev/null >"$CASE_DIR/pty.out" 2>"$CASE_DIR/pty.log" &
pid=$!
name=
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  name=$(cat "$CASE_DIR/pty.log" "$CASE_DIR/pty.out" | sed -n 's|.*\(/dev/pts/[0-9]*\).*|\1|p' | head -n 1)
  [ -n "$name" ] && break
  sleep 0.2
done
: >"$CASE_DIR/pty.console"
if [ -z "$name" ]; then
  fail 'pty: its name was not told'
  kill -9 "$pid"
else
  stty raw -echo <"$name"
  cat <"$name" >"$CASE_DIR/pty.console" &
  reader=$!
  if wait_line 'tty: ready'; then
    echo from-the-pty >"$name"
    wait_line 'got:from-the-pty' 20
    echo quit >"$name"
  fi
  wait_guest 60
  kill "$reader" 2>/dev/null
  expect_status 0
fi

# A UNIX socket, where somebody connects.
last_guest=unix
rm -f sock
paprika run --kernel "$K4" --initrd "$INITRD" --append 'console=hvc0 do=tty' \
  --console "unix:/tmp/$CASE/sock" </dev/null >"$CASE_DIR/unix.log" 2>&1 &
pid=$!
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  [ -S sock ] && break
  sleep 0.2
done
mkfifo to-unix
: >"$CASE_DIR/unix.console"
nc local:"/tmp/$CASE/sock" <to-unix >"$CASE_DIR/unix.console" 2>>"$CASE_DIR/unix.log" &
client=$!
exec 3>to-unix
if wait_line 'tty: ready'; then
  echo from-the-socket >&3
  wait_line 'got:from-the-socket' 20
  echo quit >&3
fi
wait_guest 60
exec 3>&-
kill "$client" 2>/dev/null
expect_status 0

# A reader that takes nothing for a while, while the guest writes a lot.
mkfifo slow
last_guest=slow
paprika run --kernel "$K4" --initrd "$INITRD" --append 'console=hvc0 quiet do=flood' \
  --console stdio </dev/null >slow 2>"$CASE_DIR/slow.log" &
pid=$!
(sleep 4; while dd bs=2048 count=8 2>/dev/null >part && [ -s part ]; do cat part; sleep 0.2; done) \
  <slow >"$CASE_DIR/slow.console" &
wait_guest 90
wait
expect_status 0
expect_line 'flood: end'
expect_equal 'number of lines' "$(grep -c 'flood: [0-9]' "$CASE_DIR/slow.console")" 2000
finish
