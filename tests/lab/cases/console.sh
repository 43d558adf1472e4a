# SPDX-License-Identifier: GPL-2.0-or-later
# Every kind of console carries text both ways; a slow reader loses nothing.
# hosts: power9
# long-hosts: nested
# timeout: 300

. /program/cases/lib.sh

# start NAME CONSOLE ACTION: in the background, with what it says in NAME.log.
start() {
  last_guest=$1
  : >"$CASE_DIR/$1.console"
  paprika run --kernel "$K4" --initrd "$INITRD" --append "$LINUX do=$3" \
    --console "$2" </dev/null >"$CASE_DIR/$1.log" 2>&1 &
  pid=$!
}

# converse: through descriptor 3 with a guest that does do=tty, and the answers in its console.
converse() {
  if wait_line 'tty: ready'; then
    echo "hello $last_guest" >&3
    wait_line "got:hello $last_guest" 20
    echo quit >&3
  fi
  wait_guest 60
  exec 3>&-
  expect_status 0
  expect_line 'tty: end'
}

start none none poweroff
wait_guest
expect_status 0

start file file:/tmp/$CASE/file.out poweroff
wait_guest
expect_status 0
cp "/tmp/$CASE/file.out" "$CASE_DIR/file.console"
expect_line "$USER_SPACE"

# Standard input and output through pipes.
mkfifo in
KEYS=in start_guest stdio --kernel "$K4" --initrd "$INITRD" --append "$LINUX do=tty"
exec 3>in
converse

# The host's own terminal, which gets its mode back at the end.
last_guest=terminal
mode=$(stty -g </dev/console)
paprika run --kernel "$GUESTS/hello.elf" --memory 256M --console stdio </dev/console >/dev/console \
  2>"$CASE_DIR/terminal.log"
status=$?
: >"$CASE_DIR/terminal.console"
expect_status 0
expect_log 'console on this terminal'
expect_equal "the terminal's mode" "$(stty -g </dev/console)" "$mode"

# A pseudo terminal; its name is in the log.
start pty pty tty
pty_name() {
  name=$(sed -n 's|.*\(/dev/pts/[0-9]*\).*|\1|p' "$CASE_DIR/pty.log" | head -n 1)
  [ -n "$name" ]
}
if wait_until 5 pty_name; then
  exec 3>"$name"
  stty raw -echo <"$name"
  cat <"$name" >"$CASE_DIR/pty.console" 2>/dev/null &
  reader=$!
  converse
  kill "$reader" 2>/dev/null
else
  fail 'pty: its name was not told'
  kill -9 "$pid"
fi

# A UNIX socket, where somebody connects.
start unix "unix:/tmp/$CASE/sock" tty
if wait_until 5 [ -S sock ]; then
  mkfifo to-unix
  unixcat sock <to-unix >"$CASE_DIR/unix.console" 2>>"$CASE_DIR/unix.log" &
  client=$!
  exec 3>to-unix
  converse
  kill "$client" 2>/dev/null
else
  fail 'unix: there is no socket'
  kill -9 "$pid"
fi

# A reader that takes nothing for a while, while the guest writes a lot.
mkfifo slow
last_guest=slow
paprika run --kernel "$K4" --initrd "$INITRD" --append "$LINUX quiet do=flood" \
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
