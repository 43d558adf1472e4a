# SPDX-License-Identifier: GPL-2.0-or-later
#
# Bad input and what is said of it: bad NAME STATUS TEXT ARGUMENT...
# No case here needs KVM, or gets as far as asking for it. Sourced after lib.sh.

K=$F/good.elf
elf >"$K"
run="run --kernel $K"

# --- commands and options

bad 'no command' 2 'a command is missing'
bad 'unknown command' 2 "unknown command 'frobnicate'" frobnicate
bad 'mistyped command' 2 "unknown command 'rnu' (did you mean run?)" rnu --kernel x
bad 'empty command' 2 "unknown command ''" ''
bad 'option instead of a command' 2 "unknown command '--kernel'" --kernel "$K"
bad 'run without anything' 2 '--kernel is required' run
bad 'unknown option' 2 "unknown option '--frobnicate'" $run --frobnicate
bad 'mistyped option' 2 "unknown option '--memroy' (did you mean --memory?)" $run --memroy 1G
bad 'option with one dash' 2 'did you mean --kernel?' run -kernel "$K"
bad 'option without its value' 2 '--memory needs a value' $run --memory
bad 'option twice' 2 '--memory is given twice' $run --memory 1G --memory 1G
bad 'surplus argument' 2 "unexpected argument 'b'" $run a b
bad 'newline in an option' 2 "unknown option '--a?b'" $run '--a
b'
bad 'empty kernel' 2 '--kernel : the value is empty' run --kernel ''
bad 'empty initrd' 2 '--initrd : the value is empty' $run --initrd ''
bad 'unknown option of info' 2 "unknown option '--jsno' (did you mean --json?)" info --jsno
bad 'info of no guest' 2 "cannot connect to socket './x'" info ./x
bad 'argument of info' 2 "unexpected argument 'y'" info x y
bad 'unknown option of dtb' 2 "unknown option '--hsot'" dtb --hsot power9
bad 'unknown host of dtb' 2 '--host power7' dtb --host power7 --out tree

# --- memory and processors

bad 'no memory' 2 '--memory 0: less than the smallest guest of 128M' $run --memory 0
bad 'little memory' 2 '--memory 112M: less than the smallest' $run --memory 112M
bad 'odd memory' 2 '--memory 130M: not a multiple of 16M' $run --memory 130M
bad 'huge memory' 2 '--memory 17T: more than the largest guest of 16T' $run --memory 17T
bad 'overflowing memory' 2 'more than the largest' $run --memory 99999999999999T
bad 'memory beyond 64 bits' 2 'more than the largest' $run --memory 99999999999999999999999
bad 'negative memory' 2 '--memory -1G: not a size' $run --memory -1G
bad 'fractional memory' 2 "unknown suffix '.5G'" $run --memory 1.5G
bad 'memory in words' 2 '--memory much: not a size' $run --memory much
bad 'memory with a wrong suffix' 2 "unknown suffix 'GB'" $run --memory 1GB
bad 'no processor' 2 '--cpus 0: a guest needs at least one CPU' $run --cpus 0
bad 'negative processors' 2 '--cpus -1: not a number' $run --cpus -1
bad 'huge number of processors' 2 '--cpus 2049: more than 2048 CPUs' $run --cpus 2049
bad 'overflowing processors' 2 'more than 2048 CPUs' $run --cpus 18446744073709551617
bad 'three threads' 2 'threads must be 1, 2, 4 or 8' $run --cpus 6,threads=3
bad 'no threads' 2 'threads must be 1, 2, 4 or 8' $run --cpus 6,threads=0
bad 'half a core' 2 '6 CPUs do not fill cores of 4 threads' $run --cpus 6,threads=4
bad 'fewer processors at most' 2 'max=2 is less than the 4 CPUs at the start' $run --cpus 4,max=2
bad 'sockets' 2 "unexpected ',sockets=2'" $run --cpus 4,sockets=2

# --- other values

bad 'unknown boot' 2 '--boot slof: must be one of auto, direct, of' $run --boot slof
bad 'unknown mmu' 2 '--mmu hpt: must be one of auto, radix, hash' $run --mmu hpt
bad 'unknown compat' 2 '--max-cpu-compat power7: must be one of' $run --max-cpu-compat power7
bad 'no kind of memory' 2 'must be one of anonymous, memfd' $run --memory-backing disk
bad 'no kind of NUMA value' 2 '--numa nodes: must begin with node or dist' $run --numa nodes
bad 'memory of nodes' 2 'adds up to 512 MiB, the guest' $run --numa node,cpus=0,memory=512M
bad 'CPU in no node' 2 '--numa: CPU 1 is in no node' $run --cpus 2 --numa node,cpus=0,memory=1G
bad 'core in two nodes' 2 'threads of one core, but in two nodes' $run --cpus 2,threads=2 \
  --numa node,cpus=0,memory=1G --numa node,cpus=1
bad 'CPU in two nodes' 2 'CPU 0 is in node 0 already' $run --numa node,cpus=0 --numa node,cpus=0
bad 'distance of no node' 2 'there is no node 7, only 1' $run --numa node,cpus=0,memory=1G \
  --numa dist,src=0,dst=7,val=20
bad 'little largest memory' 2 '--max-memory: 512 MiB are less' $run --max-memory 512M
bad 'tiny hash table' 2 '--hpt-order 17: must be a number from 18 to 46' $run --hpt-order 17
bad 'huge hash table' 2 '--hpt-order 47: must be a number from 18 to 46' $run --hpt-order 47
bad 'unknown sandbox' 2 '--sandbox no: must be one of off, on, log' $run --sandbox no
bad 'unknown hpt-resize' 2 '--hpt-resize yes: must be one of auto, on, off' $run --hpt-resize yes
bad 'unknown irq' 2 '--irq apic: must be one of auto, xive, xics' $run --irq apic
bad 'irq elsewhere' 2 '--irq xive,in=qemu: in: must be one of auto, kernel, user' $run --irq xive,in=qemu
bad 'irq, more' 2 "--irq xive,kernel: unexpected ',kernel'" $run --irq xive,kernel
bad 'unknown console' 2 '--console vga: must be stdio' $run --console vga
bad 'console file without a name' 2 'the path is missing' $run --console file:
bad 'endless socket name' 2 'longer than the 107 bytes' $run --console \
  "unix:$WORK/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
bad 'disk that is not there' 2 "cannot open disk '/nonexistent/disk'" $run --disk /nonexistent/disk
bad 'disk that is a folder' 2 'cannot open disk' $run --disk /
bad 'disk that is no disk' 2 'neither a file nor a block device' $run --disk /dev/null
bad 'disk with an unknown key' 2 "unknown 'colour=red'" $run --disk d,colour=red
bad 'disk without a path' 2 'the path is empty' $run --disk ,readonly
bad 'disk with no queue' 2 'queues must be from 1 to 16' $run --disk d,queues=0
bad 'disk with a long serial number' 2 'serial has 1 to 20 bytes' $run --disk d,serial=123456789012345678901
bad 'disk that ignores errors' 2 'on-error must be report or stop' $run --disk d,on-error=ignore
bad 'tap that is not there' 2 "there is no interface 'no-such-tap'" $run --net tap=no-such-tap
bad 'interface that is no tap' 2 "'lo' is no tap interface" $run --net tap=lo
bad 'descriptor that is no tap' 2 'descriptor 77 is no tap' $run --net fd=77
bad 'network of no kind' 2 'must begin with tap= or fd=' $run --net bridge=br0
bad 'network card for many' 2 'mac must be the address of one card' $run --net tap=t,mac=ff:ff:ff:ff:ff:ff
bad 'network of an unknown model' 2 'model must be virtio or l-lan' $run --net tap=t,model=e1000
bad 'logical LAN with queues' 2 'a card of model l-lan has no mtu=' $run --net tap=t,model=l-lan,queues=2
bad 'logical LAN without an address' 2 'by fd= must have a mac=' $run --net fd=9,model=l-lan
bad 'vhost through DMA windows' 2 'vhost=on and iommu=on exclude each other' \
  $run --net tap=t,vhost=on,iommu=on
bad 'socket address of a host' 2 "a guest's CID must be from 3 to 4294967294" $run --vsock 2
bad 'socket address of anyone' 2 "a guest's CID must be from 3 to 4294967294" $run --vsock cid=4294967295
bad 'sockets through DMA windows' 2 'vhost-vsock knows no DMA windows' $run --vsock 5,iommu=on
bad 'sockets by a descriptor of nothing' 2 'descriptor 77: Bad file descriptor' $run --vsock 5,vhostfd=77
bad 'port without a name' 2 'a port has a name' $run --port to=none
bad 'port without a place' 2 'to= must be pty, file:PATH, unix:PATH or none' $run --port name=a
bad 'port on the terminal' 2 'to= must be pty' $run --port name=a,to=stdio
bad 'two ports of one name' 2 "there is a port 'a' already" $run --port name=a,to=none --port name=a,to=pty
bad 'port of a strange name' 2 'a name starts with' $run --port name=a/b,to=none
bad 'port with a strange key' 2 "unknown 'nr=1'" $run --port name=a,nr=1
bad 'network with a short MTU' 2 'mtu must be from 68 to 65535' $run --net tap=t,mtu=20
bad 'disk with half a translation' 2 'iommu must be on or off' $run --disk d,iommu=yes
bad 'monitor that is no socket' 2 '--qmp stdio: must be unix:PATH or none' $run --qmp stdio
bad 'NVRAM without a file' 2 '--nvram : the value is empty' $run --nvram ''
bad 'debugger without a kind' 2 '--gdb 1234: must be tcp:' $run --gdb 1234
bad 'debugger by a name' 2 'an address in numbers' $run --gdb tcp:host:1
bad 'debugger without a port' 2 'from 1 to 65535' $run --gdb tcp:0
bad 'TPM that is no socket' 2 '--tpm ctrl: must be unix:PATH' $run --tpm ctrl
bad 'TPM without a path' 2 'the path is missing' $run --tpm unix:
bad 'TPM that nobody plays' 2 '--tpm: no emulator to connect to' $run --tpm unix:no-such-socket
bad 'TPM that is a folder' 2 'swtpm socket --tpm2' $run --tpm unix:/
bad 'monitor without a path' 2 'the path is missing' $run --qmp unix:
bad 'ctl without a socket' 2 'a name or socket is missing' ctl
bad 'ctl without a command' 2 'a command is missing' ctl sock
bad 'unknown command of ctl' 2 "unknown command 'statis' (did you mean status?)" ctl sock statis
bad 'unknown option of ctl' 2 "unknown option '--jso' (did you mean --json?)" ctl sock status --jso
bad 'ctl translate without an address' 2 'translate takes ADDRESS' ctl sock translate
bad 'ctl status with an argument' 2 'status takes no argument' ctl sock status 1
bad 'ctl with a processor that is none' 2 "--cpu 'x': must be a number" ctl sock translate 1 --cpu x
bad 'ctl stop of a processor' 2 'stop takes no --cpu' ctl sock stop --cpu 1
bad 'ctl of no guest' 2 "cannot connect to socket 'no-folder/sock'" ctl no-folder/sock status
bad 'date that is none' 2 'there is no such date' $run --rtc base=2026-02-30
bad 'clock in local time' 2 '--rtc localtime: must be utc' $run --rtc localtime
bad 'unknown log level' 2 "unknown level 'loud'" $run --log loud
bad 'unknown trace group' 2 "unknown trace group 'hcal'" $run --trace hcal
bad 'name with a slash' 2 '--name a/b: a name starts with' $run --name a/b
bad 'endless command line' 2 'more than the 2047' $run --append "$(printf '%02100d' 0)"
bad 'switch with a number' 2 '--hugepages=2: must be yes or no' $run --hugepages=2

# --- configuration files

bad 'missing configuration' 2 "cannot open the configuration file 'missing.conf'" run missing.conf
bad 'folder as configuration' 2 'Is a directory' run /
bad 'endless configuration' 2 'this is no configuration file' run /dev/zero
config unknown-key.conf '[vm]\nkernel=x\nmemroy=1G\n'
bad 'unknown key' 2 "unknown-key.conf:3: unknown key 'memroy' (did you mean 'memory'?)" \
  run "$F/unknown-key.conf"
config unknown-group.conf '[vm]\nkernel=x\n[disk]\n'
bad 'unknown group' 2 'unknown-group.conf:3: unknown group [disk]' run "$F/unknown-group.conf"
config key-twice.conf '[vm]\nmemory=1G\nmemory=1G\n'
bad 'key twice' 2 "key-twice.conf:3: key 'memory' is given a second time" run "$F/key-twice.conf"
config no-group.conf 'kernel=x\n'
bad 'key outside of a group' 2 "no-group.conf:1: key 'kernel' stands before" run "$F/no-group.conf"
config odd.conf '[vm]\n\nmemory=130M\n'
bad 'odd memory in a file' 2 'odd.conf:3: memory=130M: not a multiple' run "$F/odd.conf"
config empty-value.conf '[vm]\nkernel=\n'
bad 'empty value in a file' 2 'empty-value.conf:2: kernel=: the value is empty' \
  run "$F/empty-value.conf"
config nul.conf '[vm]\nkernel=a\000b\n'
bad 'NUL in a file' 2 'nul.conf: a NUL byte' run "$F/nul.conf"
config line.conf '[vm]\nkernel\n'
bad 'line without a value' 2 "line.conf:2: 'kernel' is no KEY=VALUE" run "$F/line.conf"
bad 'kernel as configuration' 2 'good.elf: a NUL byte' run "$K"
config relative.conf '[vm]\nkernel=not-there\n'
bad 'kernel missing beside its configuration' 2 "$F/not-there" run "$F/relative.conf"
: >"$F/empty"
bad 'empty configuration' 2 '--kernel is required' run "$F/empty"

# --- kernels

# kernel NAME TEXT: the kernel $F/NAME is refused, with "kernel 'NAME'TEXT".
kernel() {
  bad "kernel: $1" 2 "kernel '$F/$1'$2" run --kernel "$F/$1" --console file:console.log \
    --log info:log
}

kernel missing ': No such file or directory'
kernel empty ' is empty'
printf 'vmlinux: not here\n' >"$F/text"
kernel text ' is a text file'
printf '#!/bin/sh\nexit 0\n' >"$F/script"
kernel script ' is a script'
mkdir "$F/folder"
kernel folder ' is a directory'
ln -s /dev/zero "$F/endless-device"
kernel endless-device ' is a device'
mkfifo "$F/fifo"
kernel fifo ' is a pipe'
ln -s loop "$F/loop"
kernel loop ': Too many levels of symbolic links'
elf machine=003e >"$F/x86-64"
kernel x86-64 ' is for x86-64'
elf machine=00b7 >"$F/arm64"
kernel arm64 ' is for arm64'
{ head -c 510 /dev/zero; bytes 55aa eb66 48647253; head -c 4096 /dev/zero; } >"$F/bzImage"
kernel bzImage ' is an x86 Linux kernel'
# The boot wrapper of a zImage: ELF32, big-endian, one segment.
bytes 7f454c46 01020100 0000000000000000 0002 0014 00000001 00400000 00000034 00000000 00000000 \
  0034 0020 0001 0000 0000 0000 \
  00000001 00000054 00400000 00400000 00000008 00000008 00000007 00000004 48000000 60000000 \
  >"$F/wrapper"
kernel wrapper ' is a 32-bit PowerPC program'
elf type=0001 >"$F/relocatable"
kernel relocatable ' is an object file or module'
elf type=0004 >"$F/core"
kernel core ' is a core dump'
elf | head -c 40 >"$F/cut-in-header"
kernel cut-in-header ' is cut short'
elf | head -c 100 >"$F/cut-in-segments"
kernel cut-in-segments ' is cut short'
elf filesz=0000000000100000 memsz=0000000000100000 >"$F/cut-in-data"
kernel cut-in-data ' is cut short'
elf phnum=0000 >"$F/no-segments"
kernel no-segments ' has no program headers'
elf phnum=ffff >"$F/endless-segments"
kernel endless-segments ' has 65535 program headers'
elf phoff=fffffffffffffff0 >"$F/segments-far-out"
kernel segments-far-out ' is cut short'
elf offset=ffffffffffffffff >"$F/data-far-out"
kernel data-far-out ' is cut short'
elf filesz=0000000000000009 memsz=0000000000000008 >"$F/more-data-than-memory"
kernel more-data-than-memory ' '
elf paddr=fffffffffffffff8 memsz=0000000000000010 >"$F/address-overflow"
kernel address-overflow ' '
elf entry=0000000010000000 >"$F/entry-outside"
kernel entry-outside ' has its entry point at 0x10000000'
elf | gzip -c | head -c 30 >"$F/cut-gzip"
kernel cut-gzip ' holds gzip data that is cut short'
{ bytes 1f8b0800000000000003; head -c 200 /dev/zero | tr '\0' '\377'; } >"$F/damaged-gzip"
kernel damaged-gzip ' holds damaged gzip data'
printf 'just text\n' | gzip -c >"$F/gzip-of-text"
kernel gzip-of-text ' is gzip data that holds a text file'
{ bytes fd377a585a00; printf 'and nothing that belongs there'; } >"$F/damaged-xz"
kernel damaged-xz ' holds damaged xz data'
{ bytes 28b52ffd; printf 'and nothing that belongs there'; } >"$F/damaged-zstd"
kernel damaged-zstd ' holds damaged zstd data'
bytes d00dfeed000000480000003800000048 >"$F/device-tree"
kernel device-tree ' is a flattened device tree'

# --- initial RAM disks

bad 'initrd: missing' 2 "$F/missing" $run --initrd "$F/missing"
bad 'initrd: empty' 2 "$F/empty" $run --initrd "$F/empty"
bad 'initrd: folder' 2 "$F/folder" $run --initrd "$F/folder"
bad 'initrd: endless device' 2 "$F/endless-device" $run --initrd "$F/endless-device"
bad 'initrd: fifo' 2 "$F/fifo" $run --initrd "$F/fifo"

# --- what does not fit; dtb tells without KVM

truncate -s 200M "$F/large-initrd"
bad 'initrd larger than memory' 2 "initrd '$F/large-initrd' of 200 MiB does not fit" \
  $run --memory 128M --initrd "$F/large-initrd"
truncate -s 20000G "$F/endless-initrd" 2>/dev/null || truncate -s 4000G "$F/endless-initrd"
elf memsz=0000000040000000 >"$F/large-kernel"
elf memsz=7fffffffffffffff >"$F/endless-kernel"
elf paddr=0000000040000000 entry=0000000040000000 vaddr=0000000040000000 >"$F/high-kernel"
dtb="dtb --host power9 --out tree --memory 128M"
bad 'initrd does not fit' 2 'initrd' $dtb --kernel "$K" --initrd "$F/large-initrd"
bad 'endless initrd does not fit' 2 'initrd' $dtb --kernel "$K" --initrd "$F/endless-initrd"
bad 'kernel does not fit' 2 "$F/large-kernel" $dtb --kernel "$F/large-kernel"
bad 'endless kernel does not fit' 2 "$F/endless-kernel" $dtb --kernel "$F/endless-kernel"
bad 'kernel lies beyond memory' 2 "$F/high-kernel" $dtb --kernel "$F/high-kernel"
bad 'log into no folder' 2 'no-folder/log' $run --log info:no-folder/log
bad 'dtb into no folder' 1 'no-folder/tree' dtb --host power9 --out no-folder/tree

# --- permissions, which do not hold for root

if [ "$(id -u)" -ne 0 ]; then
  elf >"$F/secret"
  chmod 0 "$F/secret"
  bad 'kernel: not permitted' 2 "$F/secret" run --kernel "$F/secret"
fi

# --- the host, last

case $(uname -m) in
  ppc64 | ppc64le) ;;
  *)
    bad 'no POWER host' 1 "this machine ($(uname -m)) is no POWER host" $run
    bad 'no POWER host, to info' 1 "this machine ($(uname -m)) is no POWER host" info
    ;;
esac
