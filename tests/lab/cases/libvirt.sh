# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's libvirtd, as it is, runs Paprika: a domain is defined, started, watched, paused, plugged, rebooted, dumped, ended.
# hosts: none
# long-hosts: power9
# image: libvirt
# timeout: 200

. /program/cases/lib.sh
LIMIT=120
last_guest=domain
root=/tmp/libvirt-root
touch "$CASE_DIR/domain.console"

# --- what a bare initramfs lacks: a root directory, users, a configuration for that ---------

mkdir -p $root/usr $root/dev $root/proc $root/sys $root/program $root/base $root/tmp $root/run \
  $root/etc/libvirt $root/var/lib $root/var/log/libvirt $root/var/cache $root/srv
ln -s ../run $root/var/run
cp -a /libvirt/lib64 /libvirt/bin /libvirt/lib $root
mount --bind /libvirt/usr $root/usr
mount --bind /program $root/program
mount --bind /base $root/base
mount -t proc proc $root/proc
mount -t sysfs sys $root/sys
mount -o rbind /dev $root/dev
cat >$root/etc/passwd <<'END'
root:x:0:0:root:/root:/bin/sh
libvirt-qemu:x:64055:104::/var/lib/libvirt:/bin/sh
END
cat >$root/etc/group <<'END'
root:x:0:
kvm:x:104:
libvirt-qemu:x:64055:
END
# No polkit to ask, no control groups, no extended attributes.
cat >$root/etc/libvirt/libvirtd.conf <<'END'
auth_unix_rw = "none"
auth_unix_ro = "none"
END
cat >$root/etc/libvirt/qemu.conf <<'END'
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
remember_owner = 0
END
# Its libraries are elsewhere in the lab.
cat >$root/etc/paprika-qemu <<'END'
#!/bin/sh
export LD_LIBRARY_PATH=/program/root/usr/lib/powerpc64le-linux-gnu
exec /program/root/usr/bin/paprika-qemu "$@"
END
chmod 755 $root/etc/paprika-qemu

inside() { chroot $root "$@"; }

start_libvirtd() {
  inside /usr/sbin/libvirtd </dev/null >>"$CASE_DIR/libvirtd.log" 2>&1 &
  wait_until 60 inside /usr/bin/virsh -q list >/dev/null 2>&1 || fail "libvirtd does not answer"
}

stop_libvirtd() {
  daemon=$(cat $root/run/libvirtd.pid)
  kill "$daemon"
  wait_until 30 [ ! -d "/proc/$daemon" ] || fail 'libvirtd does not end'
}

# virsh ARGUMENT...: as libvirt has it; what it says is in the file "said".
virsh() {
  virsh_begun=$(now)
  inside /usr/bin/virsh -q "$@" >said 2>&1
  virsh_status=$?
  note "virsh $*: $virsh_status, $(($(now) - virsh_begun)) s: $(head -c 300 said | tr '\n' ' ')"
  return $virsh_status
}

# does ARGUMENT...: virsh does it.
does() { virsh "$@" || fail "virsh $*: $(cat said)"; }

# says WORDS ARGUMENT...: and it has these words.
says() {
  says_words=$1
  shift
  does "$@"
  grep -qF -e "$says_words" said || fail "virsh $*: no '$says_words' in $(cat said)"
}

# refuses WORDS ARGUMENT...: virsh fails, and has these words.
refuses() {
  refuses_words=$1
  shift
  virsh "$@" && fail "virsh $* did something"
  grep -qF -e "$refuses_words" said || fail "virsh $*: no '$refuses_words' in $(cat said)"
}

has_memory() { virsh dominfo domain && grep -q "^Max memory: *$1" said; }
is() { [ "$(inside /usr/bin/virsh -q domstate domain 2>/dev/null | head -n 1)" = "$1" ]; }

inside /usr/sbin/virtlogd -d
wait_until 20 [ -S $root/run/libvirt/virtlogd-sock ] || fail 'no virtlogd'
begun=$(now)
start_libvirtd
virsh version
does capabilities
does domcapabilities --emulatorbin /etc/paprika-qemu --arch ppc64le --machine pseries --virttype kvm
figure libvirtd-s $(($(now) - begun))

make_tap 9 1
while read -r module; do insmod "/libvirt/modules/$module.ko"; done </libvirt/modules/load
brctl addbr br0 2>/dev/null || ip link add name br0 type bridge
ip addr add 10.7.1.1/24 dev br0
ip link set br0 up
dd if=/dev/urandom of=$root/srv/disk.raw bs=1M count=4 2>/dev/null
cat >$root/srv/domain.xml <<END
<domain type='kvm'>
  <name>domain</name>
  <uuid>11111111-2222-3333-4444-555555555555</uuid>
  <maxMemory slots='8' unit='MiB'>1024</maxMemory>
  <memory unit='MiB'>512</memory>
  <vcpu current='2'>4</vcpu>
  <os>
    <type arch='ppc64le' machine='pseries'>hvm</type>
    <kernel>$K4</kernel>
    <initrd>/base/guest/devices.gz</initrd>
    <cmdline>$LINUX do=libvirt</cmdline>
  </os>
  <cpu mode='host-passthrough'>
    <numa><cell id='0' cpus='0-3' memory='512' unit='MiB'/></numa>
  </cpu>
  <devices>
    <emulator>/etc/paprika-qemu</emulator>
    <controller type='usb' model='none'/>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw' cache='none' io='native'/>
      <source file='/srv/disk.raw'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='ethernet'>
      <target dev='tap9' managed='no'/>
      <mac address='52:54:00:11:22:33'/>
      <model type='virtio'/>
    </interface>
    <console type='pty'><target type='serial' port='0'/></console>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <memballoon model='virtio'/>
  </devices>
</domain>
END
does define /srv/domain.xml

# --- its life -----------------------------------------------------------------------------

# attach_console: what the console says goes to the file where lib.sh looks.
attach_console() {
  does ttyconsole domain
  pty=$(head -n 1 said)
  exec 9<>"$pty"
  stty raw -echo <&9
  cat <&9 >>"$CASE_DIR/domain.console" &
  reader=$!
}

# The process that runs it, for lib.sh.
find_pid() { pid=$(cat $root/run/libvirt/qemu/domain.pid); }

begun=$(now)
if virsh start domain --paused; then
  find_pid
  attach_console
  says paused domstate domain
  does resume domain
  wait_count 1 '^libvirt: ready' || fail 'it does not come to user space'
  figure start-s $(($(now) - begun))
  refute_line
  expect_line '^libvirt: cpus 2 uuid 11111111-2222-3333-4444-555555555555'
  expect_line "^libvirt: disk $(sum <$root/srv/disk.raw)"
  expect_line '^libvirt: net 52:54:00:11:22:33 2 packets received'
  expect_line '^libvirt: rng virtio_rng'

  does dominfo domain
  # What is typed at the console arrives.
  echo hello >&9
  wait_line '^libvirt: typed hello'

  says balloon.current domstats domain
  says unused dommemstat domain
  does vcpuinfo domain
  does domblklist domain
  does domiflist domain
  says running qemu-monitor-command domain '{"execute": "query-status"}'
  does suspend domain
  says paused domstate domain
  does resume domain
  does setmem domain 400M --live
  does setvcpus domain 3 --live

  # A disk and a card come, are used, and go.
  dd if=/dev/urandom of=$root/srv/d3.raw bs=64k count=16 2>/dev/null
  before=$(sum <$root/srv/d3.raw)
  does attach-disk domain /srv/d3.raw vdb --targetbus virtio --sourcetype file --subdriver raw --live
  wait_count 1 '^devplug: used' || fail 'the disk does not come'
  expect_line "^devplug: disk vdb size 2048 ro 0 .*sum $before"
  says vdb domblklist domain
  says rd_bytes domblkstat domain vdb
  says 1048576 domblkinfo domain vdb
  says 'No errors found' domblkerror domain
  does blockresize domain vdb 2M
  says 2097152 domblkinfo domain vdb
  says block.1.wr.bytes=1048576 domstats domain --block
  does detach-disk domain vdb --live
  expect_equal 'what was written' "$(dd if=$root/srv/d3.raw bs=64k count=16 2>/dev/null | sum)" "$(said 'devplug: used vdb')"
  does attach-interface domain bridge br0 --model virtio --mac 52:54:00:aa:bb:cc --live
  wait_count 2 '^devplug: used' || fail 'the card does not come'
  does domif-setlink domain 52:54:00:aa:bb:cc down
  ping -c 1 -W 2 -q 10.7.1.2 >/dev/null && fail 'it answers without a cable'
  does domif-setlink domain 52:54:00:aa:bb:cc up
  wait_until 20 ping -c 1 -W 2 -q 10.7.1.2 >/dev/null || fail 'it does not answer'
  does detach-interface domain bridge 52:54:00:aa:bb:cc --live
  says vda domblklist domain
  grep -q vdb said && fail 'a disk is left over'

  # So does memory.
  cat >$root/srv/dimm.xml <<END
<memory model='dimm'><target><size unit='MiB'>256</size><node>0</node></target></memory>
END
  does attach-device domain /srv/dimm.xml --live
  says '786432 KiB' dominfo domain
  does detach-device domain /srv/dimm.xml --live
  wait_until 20 has_memory '524288 KiB' || fail "the memory stays: $(cat said)"

  # libvirtd goes and comes back: it finds its domain.
  stop_libvirtd
  start_libvirtd
  says running domstate domain

  # What there is not fails at once.
  refuses 'Paprika' save domain /srv/domain.save
  says running domstate domain
  virsh snapshot-create-as domain s1 && fail 'a snapshot'
  virsh screenshot domain /srv/shot && fail 'a screenshot'

  does dump domain /srv/core --memory-only
  [ "$(head -c 4 $root/srv/core | tail -c 3)" = ELF ] || fail 'dump: no core file'
  rm -f $root/srv/core

  does reboot domain
  wait_count 2 '^libvirt: ready' || fail 'it does not come back from reboot'
  does reset domain
  wait_count 3 '^libvirt: ready' || fail 'it does not come back from reset'
  does shutdown domain
  wait_until 60 is 'shut off' || fail 'it does not shut down'
  kill "$reader" 2>/dev/null
  exec 9>&-

  does start domain
  does destroy domain
  says 'shut off' domstate domain
else
  fail "start: $(cat said)"
fi
does undefine domain
for file in $root/var/log/libvirt/qemu/*.log; do
  [ -f "$file" ] && cp "$file" "$CASE_DIR/"
done
ps | grep '[p]rogram/root/usr/bin/paprika-qemu' && fail 'a process is left over'
stop_libvirtd
finish
