# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs paprika on bad input. Sourced by a POSIX shell; busybox's will do.
# Before: PAPRIKA (the program) and BADINPUT_DIR (an empty folder, by absolute
# path, that is ours to fill). Prints "ok NAME" or "not ok NAME - why".

F=${BADINPUT_DIR:?}/files
WORK=$BADINPUT_DIR/work
mkdir -p "$F" "$WORK"

badinput_passed=0
badinput_failed=0

result() {
  if [ -z "$2" ]; then
    echo "ok $1"
    badinput_passed=$((badinput_passed + 1))
  else
    echo "not ok $1 - $2"
    badinput_failed=$((badinput_failed + 1))
    sed 's/^/# /' "$BADINPUT_DIR/err" | head -n 20
  fi
}

# run_bad ARGUMENT...: in an empty folder, without input, 60 seconds at most.
# Leaves $status, and the output in out and err.
run_bad() {
  (
    cd "$WORK" || exit 125
    exec timeout 60 $BADINPUT_AS "$PAPRIKA" "$@"
  ) </dev/null >"$BADINPUT_DIR/out" 2>"$BADINPUT_DIR/err"
  status=$?
}

# judge STATUS TEXT: what is wrong with the last run, or nothing. There must
# be one message, on one line, with TEXT in it (a fixed string).
judge() {
  lines=$(wc -l <"$BADINPUT_DIR/err")
  errors=$(grep -c 'error: ' "$BADINPUT_DIR/err")
  left=$(ls -A "$WORK")
  if [ "$status" -ne "$1" ]; then
    echo "status $status, not $1"
  elif [ "$errors" -ne 1 ] || [ "$lines" -gt "${BADINPUT_LINES:-1}" ]; then
    echo "$lines lines on standard error, $errors of them errors"
  elif ! grep -F -q -e "$2" "$BADINPUT_DIR/err"; then
    echo "no message like: $2"
  elif ! tail -n 1 "$BADINPUT_DIR/err" | grep -q '^[^ ]*: error: '; then
    echo "the last line is no error"
  elif [ -s "$BADINPUT_DIR/out" ]; then
    echo "something on standard output"
  elif [ -n "$left" ]; then
    echo "files left behind: $left"
  fi
}

# bad NAME STATUS TEXT ARGUMENT...: one case.
bad() {
  name=$1
  wanted=$2
  text=$3
  shift 3
  run_bad "$@"
  result "$name" "$(judge "$wanted" "$text")"
  rm -rf "$WORK"
  mkdir "$WORK"
}

# bytes HEX...: those bytes.
bytes() {
  for hex in $(printf %s "$*" | tr -d ' ' | sed 's/../& /g'); do
    # shellcheck disable=SC2059
    printf "\\$(printf %03o "0x$hex")"
  done
}

# elf [NAME=HEX...]: a big-endian ELF64 file for POWER with one segment of 8
# bytes, "b .", loaded and entered at 0. Fields may be replaced.
elf() {

  magic=7f454c46 class=02 data=02 type=0002 machine=0015 entry=0000000000000000
  phoff=0000000000000040 phentsize=0038 phnum=0001
  ptype=00000001 offset=0000000000000078 vaddr=0000000000000000 paddr=0000000000000000
  filesz=0000000000000008 memsz=0000000000000008 align=0000000000000004
  for field in "$@"; do
    eval "${field%%=*}=${field#*=}"
  done
  bytes "$magic" "$class" "$data" 01 00 0000000000000000
  bytes "$type" "$machine" 00000001 "$entry" "$phoff" 0000000000000000 00000000
  bytes 0040 "$phentsize" "$phnum" 0000 0000 0000
  bytes "$ptype" 00000005 "$offset" "$vaddr" "$paddr" "$filesz" "$memsz" "$align"
  bytes 48000000 60000000
}

# config NAME TEXT: the configuration file $F/NAME; TEXT is printf's.
config() {
  # shellcheck disable=SC2059
  printf "$2" >"$F/$1"
}

# summary: the last line; its status says whether all was well.
summary() {
  echo "$badinput_passed passed, $badinput_failed failed"
  [ "$badinput_failed" -eq 0 ]
}
