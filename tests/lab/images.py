# SPDX-License-Identifier: GPL-2.0-or-later
"""Build the images that a host boots from.

Three of them: the host's initramfs (one per page size), a big constant
squashfs "base" (guest kernels and the guest's initramfs), and a small
squashfs "program" with what a developer changes: Paprika, the libraries
that it links, the test guests and the cases.
"""

import gzip
import shutil
import subprocess
import tarfile
from pathlib import Path

import elf
import packages
import stamps
import stage
from cpio import Cpio
from modules import Modules
from paths import BENCH_CASES, BENCH_SOURCE, CASES, IMAGES, LAB_SOURCE, LAB, ROOT
from progress import LabError, say

HOST_MODULES = ("kvm_hv", "nvme", "virtio_blk", "squashfs")
EXTRA_MODULES = ("tun", "vhost_net", "vhost_vsock", "vfio_pci", "overlay",
                 "loop", "virtio_net", "bridge")
# What a guest with devices needs beside the kernel itself.
GUEST_MODULES = ("virtio_blk", "virtio_net", "virtio_rng", "virtio_balloon", "ibmveth")
# For sockets to the host; few guests load them.
VSOCK_MODULES = ("vmw_vsock_virtio_transport",)
# And one whose root file system is on a disk.
ROOT_MODULES = ("crc32c_generic", "ext4")
ROOT_SIZE = "32M"
RESULTS_SIZE = 256 << 20


def _host_files():
    return sorted(path for path in LAB_SOURCE.glob("host/*")
                  if path.suffix != ".c")


def _guest_files():
    return sorted(path for path in LAB_SOURCE.glob("guest/**/*")
                  if path.is_file())


def _root_skeleton():
    archive = Cpio()
    for name in ("bin", "dev", "proc", "sys", "tmp", "etc"):
        archive.add_dir(name)
    archive.add_chardev("dev/console", 5, 1)
    archive.add_chardev("dev/null", 1, 3, 0o666)
    archive.add_file("bin/busybox", packages.busybox().read_bytes(), 0o755)
    archive.add_file("etc/passwd", b"root:x:0:0:root:/:/bin/sh\n")
    archive.add_file("etc/group", b"root:x:0:\n")
    return archive


def host_initramfs(pages):
    """The initramfs of hosts with that page size."""
    path = IMAGES / f"host-{pages}.cpio"
    stamp = path.with_suffix(".stamp")
    value = stamps.digest(*_host_files(), packages.kernel_release(pages),
                          HOST_MODULES, EXTRA_MODULES, 3)
    if stamps.is_current(stamp, value):
        return path
    say(f"image: host initramfs, {pages} pages")
    modules = Modules(packages.kernel_tree(pages))
    archive = _root_skeleton()
    for name in ("host", "modules"):
        archive.add_dir(name)
    load = modules.order(HOST_MODULES)
    for name in modules.order(HOST_MODULES + EXTRA_MODULES):
        archive.add_file(f"modules/{name}.ko", modules.content(name))
    archive.add_file("modules/load", ("\n".join(load) + "\n").encode())
    for name in EXTRA_MODULES:
        order = [item for item in modules.order([name]) if item not in load]
        if order:
            archive.add_file(f"modules/{name}.load",
                             ("\n".join(order) + "\n").encode())
    for source in _host_files():
        if source.name == "init":
            archive.add_file("init", source.read_bytes(), 0o755)
        elif source.name in ("run-case", "load-module"):
            archive.add_file(f"bin/{source.name}", source.read_bytes(), 0o755)
        else:
            archive.add_file(f"host/{source.name}", source.read_bytes())
    archive.add_link("usr", "/program/root/usr")
    archive.add_link("lib64", "/program/root/lib64")
    archive.add_link("lib", "/program/root/lib")
    _write(path, archive.to_bytes())
    stamps.write(stamp, value)
    return path


def guest_initramfs():
    """The guest's initramfs: a static busybox and one script."""
    path = IMAGES / "guest.cpio.gz"
    stamp = IMAGES / "guest.stamp"
    value = stamps.digest(*_guest_files(), 2)
    if stamps.is_current(stamp, value):
        return path
    say("image: guest initramfs")
    archive = _root_skeleton()
    archive.add_dir("do")
    for source in _guest_files():
        if source.parent.name == "do":
            archive.add_file(f"do/{source.name}", source.read_bytes())
    for source in sorted(LAB_SOURCE.glob("guest/*.c")):
        archive.add_file(f"bin/{source.stem}", _compile(source).read_bytes(), 0o755)
    archive.add_file("init", (LAB_SOURCE / "guest/init").read_bytes(), 0o755)
    _write(path, gzip.compress(archive.to_bytes(), 9, mtime=0))
    stamps.write(stamp, value)
    return path


def guest_devices_initramfs():
    """The same, followed by the modules that a guest's devices need."""
    path = IMAGES / "devices.cpio.gz"
    stamp = IMAGES / "devices.stamp"
    plain = guest_initramfs()
    value = stamps.digest(plain, GUEST_MODULES, VSOCK_MODULES,
                          [packages.kernel_release(pages)
                           for pages in ("4k", "64k")], 1)
    if stamps.is_current(stamp, value):
        return path
    say("image: guest initramfs with modules")
    archive = Cpio()
    archive.add_dir("modules")
    for pages in ("4k", "64k"):
        archive.add_dir(f"modules/{packages.kernel_release(pages)}")
        _add_modules(archive, pages, GUEST_MODULES, "load")
        _add_modules(archive, pages, VSOCK_MODULES, "load-vsock")
    _write_behind(plain, archive, path)
    stamps.write(stamp, value)
    return path


def _add_modules(archive, pages, names, list_name):
    """Modules in the order in which a guest loads them, and a list of it."""
    where = f"modules/{packages.kernel_release(pages)}"
    modules = Modules(packages.kernel_tree(pages))
    load = modules.order(names)
    for name in load:
        archive.add_file(f"{where}/{name}.ko", modules.content(name))
    archive.add_file(f"{where}/{list_name}", ("\n".join(load) + "\n").encode())


def _write_behind(first, archive, path):
    """An initramfs of two archives, of which the first one is packed."""
    _write(path, first.read_bytes()
           + gzip.compress(archive.to_bytes(), 9, mtime=0))


def root_initramfs():
    """The one with modules, and those for a root file system."""
    path = IMAGES / "root.cpio.gz"
    stamp = IMAGES / "root-initramfs.stamp"
    devices = guest_devices_initramfs()
    value = stamps.digest(devices, ROOT_MODULES,
                          packages.kernel_release("4k"), 1)
    if stamps.is_current(stamp, value):
        return path
    say("image: guest initramfs for a root file system")
    archive = Cpio()
    _add_modules(archive, "4k", ROOT_MODULES, "load-root")
    _write_behind(devices, archive, path)
    stamps.write(stamp, value)
    return path


def root_file_system():
    """A disk's content: ext4 with a small system on it."""
    path = IMAGES / "root.ext4"
    stamp = IMAGES / "root.stamp"
    init = LAB_SOURCE / "guest/root/init"
    busybox = packages.busybox()
    value = stamps.digest(init, busybox, ROOT_SIZE, 1)
    if stamps.is_current(stamp, value):
        return path
    say("image: root file system")
    tree = _fresh_tree("root")
    for name in ("bin", "sbin", "dev", "proc", "sys", "tmp", "data"):
        (tree / name).mkdir()
    shutil.copy(busybox, tree / "bin/busybox")
    (tree / "bin/busybox").chmod(0o755)
    (tree / "bin/sh").symlink_to("busybox")
    shutil.copy(init, tree / "sbin/init")
    (tree / "sbin/init").chmod(0o755)
    path.unlink(missing_ok=True)
    stage.run_logged(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", str(tree),
                      str(path), ROOT_SIZE], LAB / "root.log",
                     "making a root file system")
    shutil.rmtree(tree)
    stamps.write(stamp, value)
    return path


def _compile_for_host(tree, sources):
    """Small programs that cases use in the host; gives their paths."""
    where = tree / "tools"
    where.mkdir()
    targets = []
    for source in sorted(sources.glob("host/*.c")):
        targets.append(where / source.stem)
        stage.run_logged([*stage.compiler(), "-O2", "-Wall", "-Werror", "-o",
                          str(targets[-1]), str(source)],
                         LAB / f"{source.stem}.log", f"building {source.name}")
    return targets


def _compile(source):
    """A small static program for the guest; gives its path."""
    target = IMAGES / source.stem
    stage.run_logged([*stage.compiler(), "-O2", "-static", "-nostdlib", "-s",
                      "-ffreestanding", "-fno-stack-protector", "-Wall",
                      "-Werror", f"-I{ROOT}", "-o", str(target), str(source)],
                     LAB / f"{source.stem}.log", f"building {source.name}")
    return target


def base():
    """Guest kernels and initramfs, a debugger; changes with their versions only."""
    path = IMAGES / "base.squashfs"
    stamp = IMAGES / "base.stamp"
    initrd = guest_initramfs()
    devices = guest_devices_initramfs()
    root_initrd = root_initramfs()
    root = root_file_system()
    debugger = packages.debugger_tree()
    value = stamps.digest(initrd, devices, root_initrd, root,
                          [packages.kernel_release(pages)
                           for pages in ("4k", "64k")],
                          debugger.with_suffix(".packages").read_text(), 4)
    if stamps.is_current(stamp, value):
        return path
    say("image: guest kernels")
    tree = _fresh_tree("base")
    guest = tree / "guest"
    guest.mkdir()
    for pages in ("4k", "64k"):
        shutil.copy(packages.vmlinux(pages), guest / f"vmlinux-{pages}")
    shutil.copy(initrd, guest / "initrd.gz")
    shutil.copy(devices, guest / "devices.gz")
    shutil.copy(root_initrd, guest / "root.gz")
    shutil.copy(root, guest / "root.ext4")
    _add_debugger(debugger, tree / "gdb.tar.xz")
    _squash(tree, path)
    stamps.write(stamp, value)
    return path


def libvirt():
    """A root directory with Debian's libvirt; changes with its version only."""
    path = IMAGES / "libvirt.squashfs"
    stamp = IMAGES / "libvirt.stamp"
    value = stamps.digest(packages.libvirt_tree().with_suffix(".packages").read_text(),
                          packages.kernel_release("64k"), 2)
    if stamps.is_current(stamp, value):
        return path
    say("image: libvirt")
    tree = _fresh_tree("libvirt")
    _add_libvirt(tree)
    _add_bridge(tree)
    _squash(tree, path)
    stamps.write(stamp, value)
    return path


def _add_bridge(tree):
    """What the host's kernel needs for a bridge."""
    modules = Modules(packages.kernel_tree("64k"))
    load = modules.order(("bridge",))
    (tree / "modules").mkdir()
    for name in load:
        (tree / "modules" / f"{name}.ko").write_bytes(modules.content(name))
    (tree / "modules/load").write_text("\n".join(load) + "\n")


def _add_libvirt(tree):
    """libvirt as Debian has it: a root directory for its daemon, without what that does not use."""
    source = packages.libvirt_tree()
    libraries = Path("usr/lib/powerpc64le-linux-gnu")
    driver = libraries / "libvirt/connection-driver/libvirt_driver_qemu.so"
    programs = [Path("usr/sbin/libvirtd"), Path("usr/sbin/virtlogd"), Path("usr/bin/virsh"),
                Path("usr/lib/libvirt/libvirt_iohelper"), driver]
    places = [path for path in (source / libraries, source / "lib/powerpc64le-linux-gnu")
              if path.exists()]
    for name in programs:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, tree / name)
    for library in elf.closure([source / name for name in programs], places):
        shutil.copy(library, tree / libraries / library.name)
    loader = tree / libraries / "ld64.so.2"
    if not loader.exists():
        shutil.copy(next(path / "ld64.so.2" for path in places
                         if (path / "ld64.so.2").exists()), loader)
    (tree / "lib64").mkdir()
    (tree / "lib64/ld64.so.2").symlink_to(f"../{libraries}/ld64.so.2")
    (tree / "lib").symlink_to("usr/lib")
    models = tree / "usr/share/libvirt/cpu_map"
    models.mkdir(parents=True)
    for path in (source / "usr/share/libvirt/cpu_map").iterdir():
        if path.name == "index.xml" or path.name.startswith("ppc64"):
            shutil.copy(path, models / path.name)
    (tree / "bin").mkdir()
    shutil.copy(packages.busybox(), tree / "bin/busybox")
    (tree / "bin/sh").symlink_to("busybox")
    for name in ("dev", "proc", "sys", "run", "var", "etc", "tmp", "program", "base"):
        (tree / name).mkdir()


def program(staged):
    """Paprika as staged, its libraries, the test guests and the cases."""
    path = IMAGES / "program.squashfs"
    tree = _fresh_tree("program")
    root = tree / "root"
    shutil.copytree(staged, root, symlinks=True)
    libraries = root / "usr/lib/powerpc64le-linux-gnu"
    libraries.mkdir(parents=True, exist_ok=True)
    for name in ("lib64", "lib"):
        (root / name).mkdir(exist_ok=True)
    programs = [item for item in root.glob("usr/**/*") if item.is_file()]
    programs += _add_built(tree, "guests", "tests/guests/*.elf")
    programs += _add_built(tree, "tests", "tests/intruder/intruder")
    programs += _compile_for_host(tree, LAB_SOURCE)
    shutil.copy(_compile(LAB_SOURCE / "guest/vsockcat.c"), tree / "tools")
    swtpm, places = packages.swtpm()
    shutil.copy(swtpm, root / "usr/bin/swtpm")
    programs.append(swtpm)
    late = [stage.find_library(name) for name in stage.late_libraries()]
    for library in late + elf.closure(programs + late, stage.library_dirs() + places):
        shutil.copy(library, libraries / library.name)
    (root / "lib/powerpc64le-linux-gnu").symlink_to(
        "../usr/lib/powerpc64le-linux-gnu")
    loader = libraries / "ld64.so.2"
    if not loader.exists():
        shutil.copy(stage.find_library("ld64.so.2"), loader)
    (root / "lib64/ld64.so.2").symlink_to(
        "../usr/lib/powerpc64le-linux-gnu/ld64.so.2")
    _add_kexec(tree / "kexec")
    shutil.copytree(CASES, tree / "cases")
    shutil.copytree(CASES.parent.parent / "badinput", tree / "badinput")
    _squash(tree, path)
    return path


def bench():
    """What benchmarks need beside the others: Debian's QEMU, tools, cases, and more for guests."""
    path = IMAGES / "bench.squashfs"
    stamp = IMAGES / "bench.stamp"
    peer = packages.peer_tree()
    sources = sorted(item for item in BENCH_SOURCE.glob("*/*") if item.is_file())
    sources += sorted(LAB_SOURCE.glob("guest/*.h"))
    value = stamps.digest(*sources, peer.with_suffix(".packages").read_text(), 1)
    if stamps.is_current(stamp, value):
        return path
    say("image: benchmarks")
    tree = _fresh_tree("bench")
    _add_peer(peer, tree / "qemu")
    _compile_for_host(tree, BENCH_SOURCE)
    for source in sorted(BENCH_SOURCE.glob("host/*")):
        if not source.suffix:
            shutil.copy(source, tree / "tools")
    shutil.copytree(BENCH_CASES, tree / "cases")
    archive = Cpio()
    for name in ("bin", "do"):
        archive.add_dir(name)
    for source in sorted(BENCH_SOURCE.glob("guest/*")):
        if source.suffix == ".c":
            made = _compile(source)
            archive.add_file(f"bin/{made.name}", made.read_bytes(), 0o755)
            shutil.copy(made, tree / "tools")
        elif not source.suffix:
            archive.add_file(f"do/{source.name}", source.read_bytes())
    _write(tree / "guest.cpio", archive.to_bytes())
    _squash(tree, path)
    stamps.write(stamp, value)
    return path


def _add_alone(binary, source, where):
    """A program and the libraries of its tree that it needs, in one directory."""
    where.mkdir()
    places = sorted({item.parent for item in source.glob("**/lib*.so*")})
    for item in [binary, *elf.closure([binary], places)]:
        shutil.copy(item, where / item.name)


def _add_debugger(source, archive):
    """GDB, packed: QEMU takes no initrd of more than 128 MiB, where all this is."""
    alone = IMAGES / "gdb.tree"
    shutil.rmtree(alone, ignore_errors=True)
    _add_alone(source / "usr/bin/gdb", source, alone)
    with tarfile.open(archive, "w:xz") as packed:
        packed.add(alone, "gdb")
    shutil.rmtree(alone)


def _add_peer(peer, where):
    """QEMU, and the firmware of its machine."""
    _add_alone(peer / "usr/bin/qemu-system-ppc64", peer, where)
    for name in ("slof.bin", "vof.bin"):
        shutil.copy(peer / "usr/share/qemu" / name, where)


def _add_kexec(tree):
    """What a guest needs to start another kernel, to be packed by a case."""
    tool = packages.kexec_tool()
    libraries = tree / "lib64"
    for place in (tree / "bin", libraries):
        place.mkdir(parents=True)
    shutil.copy(tool, tree / "bin/kexec")
    for library in elf.closure([tool], stage.library_dirs()):
        shutil.copy(library, libraries / library.name)
    shutil.copy(stage.find_library("ld64.so.2"), libraries / "ld64.so.2")


def _add_built(tree, where, pattern):
    target = tree / where
    target.mkdir(exist_ok=True)
    added = []
    for path in sorted(stage.build_dir().glob(pattern)):
        if path.is_file() and path.read_bytes()[:4] == b"\x7fELF" \
                and path.suffix != ".o":
            added.append(target / path.name)
            shutil.copy(path, added[-1])
    return added


def with_contents(initramfs, target, files):
    """A copy of an initramfs with further files in /images."""
    archive = Cpio()
    archive.add_dir("images")
    for name, path in files.items():
        archive.add_file(f"images/{name}", Path(path).read_bytes())
    _write(target, initramfs.read_bytes() + archive.to_bytes())
    return target


def results_drive(where):
    """An empty (sparse) drive that a host writes its results to."""
    path = where / "results.raw"
    with open(path, "wb") as drive:
        drive.truncate(RESULTS_SIZE)
    return path


def prepare():
    """Build every image that does not depend on Paprika itself."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for pages in ("64k", "4k"):
        host_initramfs(pages)
    base()


def _fresh_tree(name):
    tree = IMAGES / f"{name}.tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    return tree


def _squash(tree, path):
    """Pack without compression: the emulated host would pay for it."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    result = subprocess.run(
        ["mksquashfs", str(tree), str(partial), "-noI", "-noD", "-noF",
         "-noX", "-all-root", "-no-progress", "-quiet", "-no-xattrs"],
        capture_output=True, text=True)
    if result.returncode != 0:
        raise LabError(f"mksquashfs of {path.name}: {result.stderr.strip()}")
    partial.replace(path)
    shutil.rmtree(tree)


def _write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    partial.replace(path)
