# SPDX-License-Identifier: GPL-2.0-or-later
"""Which Debian packages the lab is made of."""

import os
import re
import shutil
import subprocess

import debs
from progress import LabError

GUEST_ARCH = "ppc64el"
KERNEL_META = {"4k": "linux-image-powerpc64le",
               "64k": "linux-image-powerpc64le-64k"}
SYSROOT_PACKAGES = ("libc6-dev", "linux-libc-dev", "libgcc-s1",
                    "libglib2.0-dev", "libfdt-dev", "libseccomp-dev", "libcap-ng-dev",
                    "zlib1g-dev", "liblzma-dev", "libzstd-dev",
                    "libjson-c-dev", "liburing-dev")
LIBVIRT = ("libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-clients")
KERNEL_AT_LEAST = (6, 12)
QEMU_AT_LEAST = (10, 0)


def kernel_tree(pages):
    """The unpacked Debian kernel package with that page size."""
    found = _existing_kernel(pages)
    if found:
        return found
    source = debs.with_at_least(GUEST_ARCH, KERNEL_META[pages],
                                KERNEL_AT_LEAST)
    names = [name for name in source.depends(KERNEL_META[pages])
             if name.startswith("linux-image-")]
    return source.tree(f"kernel-{pages}", names)


def _existing_kernel(pages):
    tree = debs.TREES / f"kernel-{pages}-{GUEST_ARCH}"
    return tree if tree.with_suffix(".stamp").exists() else None


def vmlinux(pages):
    """The kernel image of that page size."""
    return next(kernel_tree(pages).glob("boot/vmlinux-*"))


def kernel_release(pages):
    """What uname -r says there."""
    return vmlinux(pages).name.removeprefix("vmlinux-")


def busybox():
    """A static busybox for ppc64el."""
    tree = debs.Debs(GUEST_ARCH).tree("busybox", ["busybox-static"])
    return next(path for path in (tree / "usr/bin/busybox",
                                  tree / "bin/busybox") if path.exists())


def kexec_tool():
    """Debian's kexec for ppc64el: a lab's guest has no boot loader of its own."""
    tree = debs.Debs(GUEST_ARCH).tree("kexec", ["kexec-tools"])
    return next(path for path in (tree / "sbin/kexec", tree / "usr/sbin/kexec")
                if path.exists())


def swtpm():
    """Debian's swtpm for ppc64el, and where the libraries are that only it needs."""
    tree = debs.Debs(GUEST_ARCH).tree("swtpm", ["swtpm", "swtpm-libs", "libtpms0", "libssl3",
                                                "libjson-glib-1.0-0"])
    libraries = tree / "usr/lib/powerpc64le-linux-gnu"
    return tree / "usr/bin/swtpm", [libraries, libraries / "swtpm"]


def debugger_tree():
    """Debian's GDB for ppc64el, with all that it depends on."""
    return debs.Debs(GUEST_ARCH).tree("gdb", ["gdb-minimal"], True)


def peer_tree():
    """QEMU for ppc64el: what benchmarks are measured against."""
    return _qemu_tree(GUEST_ARCH)


def libvirt_tree():
    """libvirtd, virsh and the driver that starts emulators, with all that they depend on."""
    return debs.Debs(GUEST_ARCH).tree("libvirt", LIBVIRT, True)


def sysroot_tree():
    """Headers and libraries for ppc64el, with all that they depend on."""
    return debs.Debs(GUEST_ARCH).tree("sysroot", SYSROOT_PACKAGES, True)


def emulator():
    """The command that starts QEMU's POWER system emulator.

    The machine's own where it is new enough. Otherwise Debian's backport is
    unpacked with all the libraries that it needs, the C library among them,
    and started by its own dynamic loader: the machine stays as it is, and
    its release does not matter.
    """
    own = shutil.which("qemu-system-ppc64")
    if own and _version([own]) >= QEMU_AT_LEAST:
        return [own]
    arch = debs.machine_arch()
    tree = _qemu_tree(arch)
    libraries = sorted({str(path.parent) for path in tree.glob("**/lib*.so*")
                        if path.parent.name in ("lib", "pulseaudio")
                        or "-linux-gnu" in path.parent.name})
    loader = _loader(tree)
    command = [str(loader), "--library-path", ":".join(libraries),
               str(tree / "usr/bin/qemu-system-ppc64")]
    if _version(command) < QEMU_AT_LEAST:
        raise LabError("QEMU does not start: " + " ".join(command))
    return command + ["-L", str(tree / "usr/share/qemu"),
                      "-L", str(tree / "usr/share/seabios")]


def _loader(tree):
    """The dynamic loader among those libraries, whatever it is called."""
    for name in ("ld-linux*.so.*", "ld64.so.*", "ld.so.*"):
        for path in sorted(tree.glob(f"**/{name}")):
            if path.is_file() and os.access(path, os.X_OK):
                return path
    raise LabError(f"no dynamic loader below {tree}")


def _qemu_tree(arch):
    """QEMU for POWER machines, with all that it depends on."""
    tree = debs.TREES / f"qemu-{arch}"
    if tree.with_suffix(".stamp").exists():
        return tree
    source = debs.with_at_least(arch, "qemu-system-ppc", QEMU_AT_LEAST)
    return source.tree("qemu", ["qemu-system-ppc"], True)


def _version(command):
    try:
        text = subprocess.run([*command, "--version"], capture_output=True,
                              text=True).stdout
    except OSError:
        return (0, 0)
    match = re.search(r"version (\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)
