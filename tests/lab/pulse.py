# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether an emulator still executes instructions.

QEMU can get into a state with -icount in which it takes turns between a timer
that has expired and a processor that may execute nothing: the emulated clock
stands still for ever. No kernel can do that to its machine, so it is told from
a host that hangs by looking at the machine from outside, twice.
"""

import json
import os
import socket
import time

APART = 3  # seconds between the two looks
PATIENCE = 10  # seconds for an answer


class Pulse:
    """One emulator's QMP socket, in the abstract namespace."""

    def __init__(self, label):
        self._name = f"paprika-lab-{os.getpid()}-{label}"

    def options(self):
        """What the emulator's command line needs."""
        return ["-chardev", f"socket,id=pulse,path={self._name},abstract=on,"
                "server=on,wait=off", "-mon", "chardev=pulse,mode=control"]

    def has_stopped(self):
        """The clock and all registers are as they were seconds ago.

        An emulator that gives no answer is taken for one that works.
        """
        try:
            with self.connect() as talk:
                before = talk.registers()
                time.sleep(APART)
                return before == talk.registers()
        except (OSError, ValueError, KeyError):
            return False

    def record(self, path, looks=8):
        """Write the registers down as they are in some moments, for people."""
        try:
            with self.connect() as talk, open(path, "w", encoding="utf-8") as out:
                for _ in range(looks):
                    out.write(talk.registers() + "\n")
                    time.sleep(1)
        except (OSError, ValueError, KeyError):
            pass  # it does not even answer

    def connect(self):
        """A conversation with the emulator, to be used by with."""
        return _Talk(self._name)


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
