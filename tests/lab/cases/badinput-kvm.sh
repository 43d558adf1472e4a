# SPDX-License-Identifier: GPL-2.0-or-later
# What the host lacks is refused, by name: no KVM, no permission, no HV, no such mode.
# hosts: power8 power9 power10 nested
# timeout: 300

. /program/cases/lib.sh

PAPRIKA=$(command -v paprika)
BADINPUT_DIR=/tmp/$CASE/badinput
mkdir "$BADINPUT_DIR"
. /program/badinput/lib.sh

# Messages about what was chosen may come before the error.
BADINPUT_LINES=10
K=$F/good.elf
elf >"$K"
run="run --console none --kernel $K"

# --- what this kind of host lacks
offers radix || bad 'radix' 2 '--mmu radix: this host has hash page tables only' $run --mmu radix
offers hash || bad 'hash' 2 '--mmu hash: this host gives no hash page tables' $run --mmu hash
case $LAB_HOST in
  power8) bad 'xive' 2 "irq 'xive': this host's processors have none" $run --irq xive ;;
  nested)
    bad 'xive' 2 "irq 'xive,in=kernel': this host's KVM offers guests no XIVE" $run \
      --irq xive,in=kernel
    bad 'kernel' 2 "irq 'in=kernel': this host's KVM has no interrupt controller" $run \
      --irq xics,in=kernel ;;
esac
if [ "$LAB_HOST" = power8 ]; then
  bad 'threads' 2 'KVM does not grant 2 threads per core on this host (granted: ' \
    $run --cpus 2,threads=2
fi
bad 'no huge pages' 1 'huge pages' $run --hugepages

# --- what does not fit
truncate -s 120M "$F/large-initrd"
elf memsz=0000000040000000 >"$F/large-kernel"
bad 'initrd beside the kernel' 2 'initrd' run --console none --memory 128M \
  --kernel "$K4" --initrd "$F/large-initrd"
bad 'kernel' 2 "$F/large-kernel" run --console none --memory 128M --kernel "$F/large-kernel"

# --- consoles that cannot be
bad 'console file' 2 'no-folder/log' run --kernel "$K" --console file:no-folder/log
bad 'console socket' 2 'no-folder/sock' run --kernel "$K" --console unix:no-folder/sock
bad 'console socket on a file' 2 "$F/good.elf" run --kernel "$K" --console "unix:$F/good.elf"
bad 'monitor socket on a file' 2 "$F/good.elf" run --kernel "$K" --console none --qmp "unix:$F/good.elf"

# --- permission
grep -q '^nobody:' /etc/passwd 2>/dev/null ||
  echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
cat >"$BADINPUT_DIR/as-nobody" <<'END'
#!/bin/sh
exec su -s /bin/sh -- nobody -c 'exec "$0" "$@"' "$@"
END
chmod +x "$BADINPUT_DIR/as-nobody"
mode=$(stat -c %a /dev/kvm)
chmod 600 /dev/kvm
BADINPUT_AS=$BADINPUT_DIR/as-nobody
bad 'not permitted' 1 'cannot open /dev/kvm (its group may' $run
BADINPUT_AS=
chmod "$mode" /dev/kvm

# --- something else in its place
mv /dev/kvm /dev/kvm.away
bad 'no device' 1 'cannot open /dev/kvm' $run
: >/dev/kvm
bad 'a file' 1 '/dev/kvm does not answer as KVM does' $run
rm /dev/kvm
mknod /dev/kvm c 1 3
bad 'another device' 1 '/dev/kvm does not answer as KVM does' $run
rm /dev/kvm
# A clock may be opened once only: that is how a busy device answers.
if [ -c /dev/rtc0 ] && (exec 5</dev/rtc0) 2>/dev/null; then
  numbers=$(tr : ' ' </sys/class/rtc/rtc0/dev)
  # shellcheck disable=SC2086
  mknod /dev/kvm c $numbers
  exec 5</dev/rtc0
  bad 'busy' 1 'cannot open /dev/kvm: Device or resource busy' $run
  exec 5<&-
  rm /dev/kvm
else
  note 'no clock device to play a busy one'
fi
mv /dev/kvm.away /dev/kvm

# --- modules: not HV, and none at all
if rmmod kvm_hv; then
  bad 'not HV' 1 '/dev/kvm makes no HV guests' $run
  bad 'not HV, to info' 1 '/dev/kvm makes no HV guests' info
  if rmmod kvm; then
    bad 'no module' 1 'cannot open /dev/kvm (is the kvm-hv module loaded?' $run
    insmod /modules/kvm.ko || fail 'the module kvm does not come back'
  fi
  insmod /modules/kvm_hv.ko || fail 'the module kvm_hv does not come back'
else
  fail 'kvm_hv is in use: something holds a VM'
fi
[ -c /dev/kvm ] || fail 'no /dev/kvm again'
paprika info >"$CASE_DIR/info" 2>&1 || fail "paprika info: $(cat "$CASE_DIR/info")"
cat "$CASE_DIR/info"
paprika info --json >"$CASE_DIR/info.json" || fail 'paprika info --json'

summary || fail 'some cases'
finish
