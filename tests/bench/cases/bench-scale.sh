# SPDX-License-Identifier: GPL-2.0-or-later
# The same by number of CPUs, by size of memory and by number of devices.
# hosts: power9
# icount: yes
# timeout: 3000

. /program/cases/lib.sh
. /bench/cases/lib.sh
LIMIT=300

# The guest leaves out what takes it two thirds of its start, and the VMM nothing.
plain_guest "$LINUX hold=yes"

for cpus in 1 4 8 16; do
  for peer in paprika vof; do
    until_run "cpus-run/$peer/$cpus" "$peer" radix "$cpus" 1G
    case $cpus in
      1 | 8) until_line "cpus-user/$peer/$cpus" "$USER_SPACE" "$peer" radix "$cpus" 1G ;;
    esac
  done
done

# Described, and not touched before the first KVM_RUN: more than the host has.
echo 1 >/proc/sys/vm/overcommit_memory
for memory in 128M 256M 1G 16G 256G 1T; do
  for peer in paprika vof; do
    # QEMU takes memory in steps of 256 MiB only.
    [ "$peer $memory" = 'vof 128M' ] || until_run "memory-run/$peer/$memory" "$peer" radix 1 "$memory"
  done
done
# And as memory that may be plugged in later, to user space.
until_line memory-user/paprika/max-1T "$USER_SPACE" paprika radix 1 1G --max-memory 1T
until_line memory-user/vof/max-1T "$USER_SPACE" vof radix 1 1G,slots=32,maxmem=1T

# Four disks and two networks.
for disk in 1 2 3 4; do truncate -s 16M disk$disk; done
make_tap 9 1
make_tap 10 1
disks='' qemu_disks=''
for disk in 1 2 3 4; do
  disks="$disks --disk disk$disk"
  qemu_disks="$qemu_disks -drive if=none,id=d$disk,format=raw,file=disk$disk,aio=io_uring -device virtio-blk-pci,drive=d$disk"
done
qemu_nets=''
for net in 9 10; do
  qemu_nets="$qemu_nets -netdev tap,id=n$net,ifname=tap$net,script=no,downscript=no -device virtio-net-pci,netdev=n$net,romfile="
done
until_run devices-run/paprika/none paprika radix 1 1G
until_run devices-run/vof/none vof radix 1 1G
# shellcheck disable=SC2086 # words
until_run devices-run/paprika/six paprika radix 1 1G $disks --net tap=tap9 --net tap=tap10
# shellcheck disable=SC2086 # words
until_run devices-run/vof/six vof radix 1 1G $qemu_disks $qemu_nets
finish
