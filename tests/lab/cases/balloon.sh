# SPDX-License-Identifier: GPL-2.0-or-later
# A guest gives up memory when it is asked, takes it back, and reports what it does not use; a reboot gives all.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 900

. /program/cases/lib.sh
INITRD=/base/guest/devices.gz
QMP=$CASE_DIR/qmp
APPEND=
MEMORY=240 ASKED=144
# Linux takes seconds to map what is plugged.
PLUGGED=$(rounds 0 64)
CTL_LIMIT=60

# balloon_guest NAME MODE KERNEL OPTION...
balloon_guest() {
  name=$1 mode=$2 kernel=$3
  shift 3
  # Blocks of 2 MiB: Linux reports none before 32 are free, and those of hash are of 16 MiB.
  case $kernel in 4k) order=9 ;; *) order=5 ;; esac
  start_guest "$name" --kernel "/base/guest/vmlinux-$kernel" --initrd "$INITRD" --qmp "unix:$QMP" \
    --append "$LINUX movable_node page_reporting.page_reporting_order=$order $APPEND do=balloon" --mmu "$mode" --memory "${MEMORY}M" --balloon "$@"
}

# resident: MiB that the host has for Paprika and its guest.
resident() { awk '/^Pss:/ { print int($2 / 1024) }' "/proc/$pid/smaps_rollup"; }

# await WHAT FROM TO COMMAND...: until it says a number of MiB between the two.
await() {
  what=$1 from=$2 to=$3
  shift 3
  await_end=$(($(now) + 60))
  while :; do
    found=$("$@")
    [ "${found:-0}" -ge "$from" ] && [ "$found" -le "$to" ] && break
    [ "$(now)" -lt "$await_end" ] || { fail "$last_guest: $what is ${found:-none}, not $from to $to"; return 1; }
    sleep 0.5
  done
  note "$last_guest: $what is $found MiB"
}

actual() { ctl memory-use | sed -n 's/^actual *\([0-9]*\)M$/\1/p'; }
# What the guest says that is free, by its statistics.
free_memory() { ctl --json memory-use | sed -n 's/.*"stat-free-memory": *\([0-9]*\).*/\1/p' | awk '{ print int($1 / 1048576) }'; }

# fills TEXT: the guest has filled what was free, and most of it is there.
fills() {
  wait_line "^balloon: filled $1"
  await "resident memory, filled $1," $((MEMORY * 7 / 10)) $((MEMORY + PLUGGED + 64)) resident
}

# takes SIZE: the guest is asked for that, and comes to have it.
takes() {
  must balloon "$1M"
  await actual "$1" "$1" actual
}

ends() {
  must quit
  wait_guest
  expect_status 0
  refute_line
  refute_line 'FAIL|pages wrong: [1-9]'
}

# asked MODE KERNEL REBOOT: what is asked for, and nothing else, goes and comes back; then a reboot
# amid that, if REBOOT is yes.
asked() {
  balloon_guest "asked-$1-$2" "$1" "$2" --no-page-reporting --max-memory "$((MEMORY + PLUGGED))M"
  wait_line "$USER_SPACE"
  [ "$PLUGGED" = 0 ] || must plug-memory "${PLUGGED}M"
  all=$((MEMORY + PLUGGED)) gives=$((MEMORY + PLUGGED - ASKED))
  fills once
  full=$(resident)
  sleep 1
  [ "$(resident)" -ge $((full - 8)) ] || fail "$last_guest: memory went that nobody asked for"
  await actual "$all" "$all" actual
  takes "$ASKED"
  # All that went had been in use, but for what was not filled.
  await "resident memory, of $full," 1 $((full - gives * 7 / 10)) resident
  figure "$1-$2-asked-for" "$gives"
  figure "$1-$2-came-back" $((full - $(resident)))
  await 'free memory' 1 "$ASKED" free_memory
  takes "$all"
  fills again
  if [ "$3" = yes ]; then
    takes "$ASKED"
    must reset
    wait_boots 2
    await actual "$all" "$all" actual
    await 'resident memory after a reboot' $((MEMORY * 7 / 10)) $((all + 64)) resident
    expect_equal boots "$(count "$USER_SPACE")" 2
  fi
  ends
}

# reported NAME MODE KERNEL OPTION...: what the guest frees goes by itself, also while it is asked for more.
reported() {
  # Who takes and frees memory all the time leaves little to report.
  APPEND=idle=yes
  balloon_guest "$@"
  APPEND=
  wait_line '^balloon: filled once'
  # The reports may have begun before we look.
  await 'resident memory, freed,' 1 $((MEMORY * 6 / 10)) resident
  figure "$1-left" "$(resident)"
  # Linux clears every page that it puts into the balloon: it would be there if we kept it.
  takes "$ASKED"
  await 'resident memory, given up,' 1 $((MEMORY * 6 / 10)) resident
  takes "$MEMORY"
  ends
}

first=${LAB_MODES%% *} last=${LAB_MODES##* }
asked "$first" 4k "$(rounds no yes)"
reported "reported-$last-64k" "$last" 64k
if [ "$(rounds no yes)" = yes ]; then
  [ "$first" = "$last" ] || asked "$last" 4k yes
  asked "$last" 64k no
  reported "reported-$first-4k" "$first" 4k
  reported reported-shared "$first" 4k --memory-backing memfd,share=on
fi
finish
