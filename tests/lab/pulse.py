# SPDX-License-Identifier: GPL-2.0-or-later
"""How an emulator gets on, seen from outside.

QEMU can get into a state with -icount in which it takes turns between a timer
that has expired and a processor that may execute nothing: the emulated clock
stands still for ever. No kernel can do that to its machine.

A processor that spins for what never comes, as a kernel does whose processors
wait for each other, is another matter: QEMU leaves its loop at each of the
processor's hints that it waits, and its clock becomes thirty times slower.
Minutes of the host's time, and with them all of its time limits, are then
hours of ours.

And a nested host can lose the timer that takes it out of its guest, which then
runs, or spins, for ever: no exception is taken any more, whatever is due.
"""

import json
import os
import re
import socket
import time
from dataclasses import dataclass

APART = 3  # seconds between the two looks
TICKS = 512e6  # of the time base in a second
SPINNING = 0.08  # seconds of the host's clock in one of the emulator's CPU time
PATIENCE = 10  # seconds for an answer


@dataclass(frozen=True)
class Look:
    """How an emulator gets on."""

    stopped: bool  # the clock and all registers are as they were
    spins: bool
    clock: float  # seconds


class Pulse:
    """One emulator's QMP socket, in the abstract namespace."""

    def __init__(self, label):
        self._name = f"paprika-lab-{os.getpid()}-{label}"

    def options(self):
        """What the emulator's command line needs."""
        return ["-chardev", f"socket,id=pulse,path={self._name},abstract=on,"
                "server=on,wait=off", "-mon", "chardev=pulse,mode=control"]

    def look(self, work):
        """What two looks see, or None of an emulator that gives no answer.

        work() gives the seconds of CPU time that the emulator has had.
        """
        try:
            with self.connect() as talk:
                before, used = talk.registers(), work()
                time.sleep(APART)
                after, used = talk.registers(), work() - used
        except (OSError, ValueError, KeyError):
            return None
        clock = _clock(after)
        return Look(before == after, clock - _clock(before) < SPINNING * used,
                    clock)

    def record(self, path, looks=8):
        """Write the registers down as they are in some moments, for people;
        gives what tells most of them."""
        told = []
        try:
            with self.connect() as talk, open(path, "w", encoding="utf-8") as out:
                for _ in range(looks):
                    text = talk.registers().replace("\r", "")
                    out.write(text + "\n")
                    told += [line for line in text.splitlines()
                             if line.startswith(("NIP", "MSR", "TB"))]
                    time.sleep(1)
        except (OSError, ValueError, KeyError):
            pass  # it does not even answer
        return told

    def connect(self):
        """A conversation with the emulator, to be used by with."""
        return _Talk(self._name)


def _clock(registers):
    """The first processor's time base in seconds."""
    found = re.search(r"^TB \S+ (\d+)", registers, re.M)
    return int(found[1]) / TICKS if found else 0


class _Talk:
    def __init__(self, name):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(PATIENCE)
        try:
            self._socket.connect("\0" + name)
            self._lines = self._socket.makefile("rw", encoding="utf-8")
            self._lines.readline()
            self.ask("qmp_capabilities")
        except OSError:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lines.close()
        self._socket.close()

    def ask(self, command, **arguments):
        """What the command returns; KeyError if it is refused."""
        self._lines.write(json.dumps({"execute": command,
                                      "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline())
            if "event" not in answer:
                return answer["return"]

    def registers(self):
        """All registers of all processors, their clocks among them."""
        return self.ask("human-monitor-command",
                        **{"command-line": "info registers -a"})
