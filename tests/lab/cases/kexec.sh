# SPDX-License-Identifier: GPL-2.0-or-later
# A guest starts another kernel by kexec, is reset from outside, writes its crash dump by kdump, and reboots.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 500

. /program/cases/lib.sh
LIMIT=200
QMP=/tmp/$CASE/qmp

# kexec_initrd KERNEL: the guest's programs, and kexec with what it needs, and the kernel to start.
kexec_initrd() {
  rm -rf tree
  cp -r /program/kexec tree
  mkdir -p tree/boot
  cp "$1" tree/boot/vmlinux
  { (cd tree && find . | cpio -o -H newc 2>/dev/null); cat "$INITRD"; } >kexec.initrd
  rm -rf tree
}

# tell_progress: processors that wait for their new kernel do so in a loop, and a host that does nothing
# else is taken for one that hangs. As long as the guest's console grows, the lab hears of it.
tell_progress() {
  told=
  while sleep 1; do
    size=$(wc -c <"$CASE_DIR/$last_guest.console")
    [ "$size" = "$told" ] || echo '@lab progress' >/dev/console
    told=$size
  done
}

# Linux copies the new kernel with the help of the task that asked for it, whose own page may be among
# those that it overwrites (default_machine_kexec() in 6.12 says so): then it hangs, one time in ten. So
# that is put where Linux keeps nothing of its own, into the upper half of memory: movablecore.
# kexec_guest NAME CPUS MODE
kexec_guest() {
  case $3 in hash) kernel=$K64 ;; *) kernel=$K4 ;; esac
  kexec_initrd "$kernel"
  start_guest "$1" --kernel "$kernel" --initrd kexec.initrd --memory 1G --cpus "$2" --mmu "$3" \
    --qmp "unix:$QMP" --append "$LINUX movablecore=512M do=kexec"
  tell_progress &
  teller=$!
  if wait_line '^kexec: waiting'; then
    expect_line "^kexec: second cpus $2 "
    [ "$2" = 1 ] || expect_line ':.*[1-9].*IPI'
    expect_line '^kexec: loaded 1 of'
    must nmi
    if wait_line '^kexec: vmcore'; then
      wait_boots 4 || fail "$1: does not come up after its dump"
      expect_line '^OSRELEASE=6'
      expect_equal 'parts of the dump that can be read' \
        "$(grep -c '^kexec: read 1048576' "$CASE_DIR/$1.console")" 2
      figure "vmcore-mib-$1" "$(sed -n 's/^kexec: vmcore \([0-9]*\) MiB.*/\1/p' "$CASE_DIR/$1.console")"
    fi
  fi
  refute_line '^kexec: FAIL'
  kill -TERM "$pid" 2>/dev/null
  wait_guest 20
  kill "$teller"
  rm -f kexec.initrd
}

# Each processor that waits in that loop makes QEMU's clock thirty times slower: everyday there is none,
# and four kernels are started rather than eight.
for mode in $LAB_MODES; do
  kexec_guest "$mode" 1 "$mode"
  [ "$LAB_LONG" = yes ] || break
done
if [ "$(rounds no yes)" = yes ]; then
  kexec_guest two 2 "${LAB_MODES%% *}"
fi
finish
