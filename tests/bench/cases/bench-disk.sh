# SPDX-License-Identifier: GPL-2.0-or-later
# Console output and disk requests of a Linux guest.
# hosts: power9
# icount: yes
# timeout: 1500

. /program/cases/lib.sh
. /bench/cases/lib.sh
LIMIT=120
KIB=64 REQUESTS=2048 MIB=64

device_guest
dd if=/dev/urandom of=disk.img bs=1M count=$MIB 2>/dev/null

# The least for a disk request: the same reads by io_uring, and an eventfd.
for how in read-1 read-32 write-1 write-32; do
  blockload disk.img "${how%-*}" "${how#*-}" $REQUESTS $MIB signal >"$CASE_DIR/floor" 2>&1
  cost=$(sed -n 's/^blockload: nanoseconds //p' "$CASE_DIR/floor")
  [ -n "$cost" ] || fail "the bare loop of $how: $(cat "$CASE_DIR/floor")"
  figure "disk-$how/floor/others" $((cost / REQUESTS))
done

DISK=disk-read-1,disk-read-32,disk-write-1,disk-write-32
for peer in paprika vof; do
  case $peer in
    paprika) set -- --disk disk.img ;;
    *) set -- -object iothread,id=io \
      -drive if=none,id=disk,format=raw,file=disk.img,aio=io_uring \
      -device virtio-blk-pci,drive=disk,iothread=io ;;
  esac
  loads "disk-$peer" "$peer" radix "kib=$KIB requests=$REQUESTS mib=$MIB" "console,$DISK" "$@"
  span "console/$peer" $KIB console
  for how in read-1 read-32 write-1 write-32; do
    span "disk-$how/$peer" $REQUESTS "disk-$how"
  done
  end_loads
done
finish
