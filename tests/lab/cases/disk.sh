# SPDX-License-Identifier: GPL-2.0-or-later
# Virtio disks: written, read back, flushed, discarded, read-only, refused while in use; random numbers.
# hosts: power8 power9 power10 nested
# timeout: 300

. /program/cases/lib.sh

INITRD=/base/guest/devices.gz

# disks NAME KERNEL OPTIONS OPTION...: a guest with vda, whose options are OPTIONS, and vdb.
# While it runs, no other gets at vda.
disks() {
  disks_name=$1 disks_kernel=$2 disks_options=$3
  shift 3
  rm -f disk.img
  truncate -s 64M disk.img
  start_guest "$disks_name" --kernel "/base/guest/vmlinux-$disks_kernel" --initrd "$INITRD" \
    --append "$LINUX do=disk" --memory 512M --rng \
    --disk "disk.img,serial=disk-one$disks_options" --disk shared.img,readonly "$@"
  refused
  wait_guest
  expect_status 0
  refute_line
  refute_line 'disk: FAIL'
  expect_line '^disk: vda size 131072 ro 0 serial disk-one'
  expect_line '^disk: vdb size 2048 ro 1'
  expect_equal 'what was read' "$(said 'disk: read')" "$(said 'disk: wrote')"
  expect_line '^disk: discarded, 0 bytes left'
  expect_line '^disk: read-only holds'
  expect_equal 'what the shared disk has' "$(said 'disk: shared')" "$(sum <shared.img)"
  expect_line '^disk: rng virtio_rng.0, 256 bytes'
  # What the guest was told is on the disk is there, and the MiB that was discarded is not.
  expect_equal 'what the file has' "$(dd if=disk.img bs=1M count=1 2>/dev/null | sum)" "$(said 'disk: kept')"
  [ "$(dd if=disk.img bs=1M skip=1 count=1 2>/dev/null | tr -d '\000' | wc -c)" = 0 ] ||
    fail "$last_guest: what was discarded is in the file"
  expect_line '^disk: irq [^ ]* [1-9]'
  expect_line '^disk: done'
}

# refused: one file, two guests; the second is refused, and says so.
refused() {
  refused_pid=$pid
  wait_line "$USER_SPACE"
  guest second --kernel "$K4" --disk disk.img
  expect_status 2
  expect_log 'in use'
  pid=$refused_pid last_guest=$disks_name
}

dd if=/dev/urandom of=shared.img bs=1M count=1 2>/dev/null

# Both page sizes, DMA with and without windows, and each translation that there is.
first=${LAB_MODES%% *} last=${LAB_MODES##* }
disks "$first-4k" 4k "" --mmu "$first" --cpus 2
disks "$last-64k-iommu" 64k ,iommu=on,queues=2 --mmu "$last" --cpus 2
expect_line '^disk: vda .* queues 2'
if [ "$(rounds no yes)" = yes ]; then
  disks "$first-64k" 64k ,direct --mmu "$first" --cpus 2
  disks "$first-4k-iommu" 4k ,iommu=on --mmu "$first" --cpus 2
  disks "$last-4k" 4k ,queues=2 --mmu "$last" --cpus 2 --irq xics,in=user
fi
finish
