# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of emulated host, and the emulator's command line for each."""

from dataclasses import dataclass

from progress import LabError

PAGES = ("64k", "4k")
STEADY_SHIFT = 2  # log2 of the nanoseconds that an instruction takes


@dataclass(frozen=True)
class Kind:
    """One kind of POWER host."""

    name: str
    machine: str
    bare_metal: bool
    modes: tuple  # what KVM offers to a guest there


KINDS = {kind.name: kind for kind in (
    Kind("power8", "powernv8", True, ("hash",)),
    Kind("power9", "powernv9", True, ("radix", "hash")),
    Kind("power10", "powernv10", True, ("radix", "hash")),
    Kind("nested", "pseries,cap-nested-hv=on,cap-cfpc=broken,cap-sbbc=broken,"
         "cap-ibs=broken,cap-ccf-assist=off", False, ("radix",)),
)}


@dataclass(frozen=True)
class Host:
    """A kind with a kernel page size, a number of CPUs and a clock."""

    kind: Kind
    pages: str = "64k"
    cpus: int = 1
    icount: bool = False
    steady: bool = False
    extra: str = ""  # a further image: "bench", or "libvirt"

    @property
    def skips_idle_time(self):
        """Whether the host's clock runs ahead as soon as it is idle."""
        return self.icount or self.steady

    @property
    def beats(self):
        """Whether it says every second of its clock that it is alive."""
        return self.steady

    @property
    def label(self):
        """A name for messages and directories."""
        parts = [self.kind.name, self.pages]
        if self.cpus != 1:
            parts.append(f"{self.cpus}cpu")
        if self.icount:
            parts.append("icount")
        if self.extra:
            parts.append(self.extra)
        return "-".join(parts)

    def emulator_options(self, kernel, initrd, append, drives):
        """The emulator's options; drives is a list of (name, path, flags)."""
        options = ["-M", self.kind.machine, "-m", "4G",
                   "-smp", f"{self.cpus},cores={self.cpus},threads=1",
                   "-net", "none", "-vga", "none", "-display", "none",
                   "-no-reboot", "-monitor", "none",
                   "-chardev", "stdio,id=console,signal=off",
                   "-serial", "chardev:console",
                   "-kernel", str(kernel), "-initrd", str(initrd),
                   "-append", append]
        if not self.kind.bare_metal:
            options += ["-cpu", "POWER9"]
        options += self._clock_options()
        options += self._drive_options(drives)
        return options

    def _clock_options(self):
        """How the host's time passes.

        icount: an instruction is a nanosecond, to measure in instructions.
        steady: an instruction is 4 ns, near to the emulator's real speed, so
        that a busy machine can't make the host drown in its own timer ticks
        (a nested host did), and a run repeats. Otherwise the wall's time.
        """
        if self.skips_idle_time:
            shift = 0 if self.icount else STEADY_SHIFT
            return ["-accel", "tcg,thread=single", "-icount",
                    f"shift={shift},align=off,sleep=off", "-rtc", "clock=vm"]
        return ["-accel", "tcg,thread=multi"]

    def _drive_options(self, drives):
        options = []
        if self.kind.bare_metal:
            options += ["-device", "nvme,id=nvme,serial=lab,bus=pcie.0"]
        for number, (name, path, flags) in enumerate(drives, 1):
            options += ["-drive", f"if=none,id={name},format=raw,"
                        f"file={path}{flags}"]
            if self.kind.bare_metal:
                options += ["-device", f"nvme-ns,bus=nvme,drive={name},"
                            f"nsid={number}"]
            else:
                options += ["-device", f"virtio-blk-pci,drive={name},"
                            f"serial={number}"]
        return options


def parse(text, cpus=1, icount=False):
    """HOST[/PAGES] as the command line names it."""
    name, _, pages = text.partition("/")
    pages = pages or "64k"
    if name not in KINDS:
        raise LabError(f"no host kind '{name}'; there are: "
                       + ", ".join(KINDS))
    if pages not in PAGES:
        raise LabError(f"no host page size '{pages}'; there are: "
                       + ", ".join(PAGES))
    return Host(KINDS[name], pages, cpus, icount)
