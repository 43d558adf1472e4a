# SPDX-License-Identifier: GPL-2.0-or-later
"""`./try`: see a guest boot, on this machine's KVM or on an emulated host."""

import os
import re
import shutil
import subprocess
import sys

import hosts
import images
import lock
import packages
import stage
from paths import RUN
from progress import LabError, say
from session import Session

EPILOG = """On a POWER machine with KVM the guest runs on that. On any other machine a
POWER9 host is emulated, and the guest runs on the KVM of that host. With a
terminal you end in a shell in the guest ('exit' powers it off); without one
the guest powers off by itself. The exit status is that of the guest: 0 when
it powered off. Everything is kept below build/."""


def add_parser(sub):
    """The grammar of `lab try`."""
    item = sub.add_parser("try", prog="./try", help="see a guest boot",
                          description="Build Paprika and boot a Linux guest "
                          "with it.", epilog=EPILOG)
    item.add_argument("--host", default="power9",
                      help="which POWER host to emulate: power8, power9, "
                      "power10 or nested, with /4k for 4K pages (power9)")
    item.add_argument("--mmu", default="auto",
                      choices=("auto", "radix", "hash"),
                      help="address translation of the guest (auto)")
    item.add_argument("--guest", default="4k", choices=("4k", "64k"),
                      help="page size of the guest's kernel (4k)")
    item.add_argument("--cpus", default="1",
                      help="CPUs of the guest, as paprika run takes them (1)")
    item.add_argument("--do", default="",
                      help="what the guest shall do: shell, poweroff, info, "
                      "smp, mem, panic, rtc, tty, reboot")
    item.set_defaults(function=command)


def command(options):
    """Boot the guest where it can be booted."""
    action = options.do or ("shell" if sys.stdin.isatty() else "poweroff")
    if stage.is_native() and os.access("/dev/kvm", os.R_OK | os.W_OK):
        return _on_this_machine(options, action)
    return _on_emulated_host(options, action)


def _on_this_machine(options, action):
    say("step 1 of 2: building Paprika")
    program = stage.build() / "paprika"
    kernel, initrd = packages.vmlinux(options.guest), images.guest_initramfs()
    say("step 2 of 2: starting the guest on this machine's KVM")
    return subprocess.run(
        [str(program), "run", "--kernel", str(kernel), "--initrd",
         str(initrd), "--append", f"console=hvc0 do={action}", "--mmu",
         options.mmu, "--cpus", options.cpus, "--memory", "1G",
         "--console", "stdio"], check=False).returncode


def _on_emulated_host(options, action):
    host = hosts.parse(options.host)
    import commands
    directory = RUN / "try"
    say("step 1 of 4: packages for the emulated host and the guest")
    with lock.building():
        packages.emulator()
        images.prepare()
    say("step 2 of 4: building Paprika for it")
    program = commands.build_program(directory)
    say(f"step 3 of 4: starting the emulated {host.kind.name} host")
    size = shutil.get_terminal_size()
    live = Session(host, {
        "mode": "try", "do": action, "guest": options.guest,
        "mmu": options.mmu, "guestcpus": options.cpus, "rows": size.lines,
        "cols": size.columns}, program, directory)
    live.attach(on_wait=_Narrator())
    return _guest_status(live)


def _guest_status(live):
    with open(live.drive, "rb") as drive:
        text = drive.read(64).split(b"\0")[0].decode(errors="replace")
    match = re.match(r"status (\d+)", text)
    if not match:
        raise LabError("the guest's status did not arrive; the host's "
                       f"console is in {live.log_path}")
    say(f"the guest ended with status {match[1]}")
    return int(match[1])


class _Narrator:
    """Tells in a few lines how far the host has come."""

    STAGES = ((b"OPAL", "firmware runs"),
              (b"Linux ppc64le", "the host's kernel runs"),
              (b"@lab up", "the host is up, and its KVM is ready"))

    def __init__(self):
        self._seen = b""
        self._told = 0

    def __call__(self, data):
        self._seen = (self._seen + data)[-65536:]
        for number, (mark, text) in enumerate(self.STAGES):
            if number >= self._told and mark in self._seen:
                self._told = number + 1
                self._say(text)
        if b"@lab console" in self._seen and self._told < 9:
            self._told = 9
            self._say("step 4 of 4: the guest's console follows"
                      + (" (Ctrl-] ends everything)"
                         if sys.stdin.isatty() else ""))

    @staticmethod
    def _say(text):
        # The terminal is raw at this time, hence the carriage return.
        say(text + ("\r" if sys.stdin.isatty() else ""))
