# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of one emulated host: start it, follow its console, end it."""

import atexit
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import images
import lock
import packages
import pulse
from paths import RUN
from progress import LabError

BOOT_LIMIT = 180  # wall seconds until the host must have said "@lab up"
SILENCE = 30  # wall seconds after which the emulator is looked at, and again
SPINS = 6  # looks in a row at which it spins, and nothing else will come of it
BEATS = 2  # of a host that spins, by which it is known to be alive
BEATLESS = 2.5  # seconds of its clock without one, by which it is known not to be
UNATTENDED_LIMIT = 600  # wall seconds of a guest that nobody watches
LEAVE_KEY = b"\x1d"  # Ctrl-]
BEGIN_MARK = b"@lab console"
END_MARK = b"@lab ended"
# An emulator must not outlive a lab that was killed.
_DIE_WITH_US = ["setpriv", "--pdeathsig", "KILL"] \
    if shutil.which("setpriv") else []


class Session:
    """A host's process, its directory and the log of its console."""

    def __init__(self, host, settings, program, directory=None):
        self.host = host
        self.dir = directory or RUN / host.label
        self.dir.mkdir(parents=True, exist_ok=True)
        self.drive = images.results_drive(self.dir)
        self.log_path = self.dir / "console.log"
        self._pulse = pulse.Pulse(host.label)
        self._fault = ""
        self._spins = self._beats = 0  # since there was anything else
        self._clock = None  # when the host was first looked at after a beat
        self.registers = []  # what they were when the host was given up
        with lock.building():
            command = packages.emulator() + self._options(settings, program)
        (self.dir / "command").write_text(" ".join(command) + "\n")
        self._log = open(self.log_path, "wb")
        self._errors = open(self.dir / "emulator.log", "wb")
        self.process = subprocess.Popen(
            _DIE_WITH_US + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, start_new_session=True)
        atexit.register(self.kill)
        self.started = time.monotonic()
        os.set_blocking(self.process.stdout.fileno(), False)
        self._pending = b""

    def _options(self, settings, program):
        kernel = packages.vmlinux(self.host.pages)
        initrd = images.host_initramfs(self.host.pages)
        base = images.base()
        drives = [("base", base, ",readonly=on"),
                  ("program", program, ",readonly=on"),
                  ("results", self.drive, ",cache=unsafe")]
        if self.host.extra:
            image = {"bench": images.bench, "libvirt": images.libvirt}[self.host.extra]
            drives.append((self.host.extra, image(), ",readonly=on"))
        if self.host.skips_idle_time:
            # Where the clock runs ahead whenever the host is idle, a wait
            # for a drive can last for minutes of it: read from memory.
            initrd = images.with_contents(initrd, self.dir / "initrd", {
                "base.squashfs": base, "program.squashfs": program})
        return self.host.emulator_options(kernel, initrd,
                                          self._append(settings), drives) \
            + self._pulse.options()

    def _append(self, settings):
        values = {"host": self.host.kind.name, "pages": self.host.pages,
                  "modes": ",".join(self.host.kind.modes),
                  "icount": "yes" if self.host.icount else "no",
                  "beats": "yes" if self.host.beats else "no",
                  "cpus": self.host.cpus,
                  "extra": self.host.extra or "no",
                  "long": os.environ.get("LAB_LONG", "no"), **settings}
        if self.host.skips_idle_time:
            values["nvme_core"] = "io_timeout=86400"
        words = ["console=hvc0", "quiet", "panic=1", "rcupdate.rcu_expedited=1",
                 "cryptomgr.notests"]
        return " ".join(words + [f"lab.{key}={value}"
                                 for key, value in values.items()])

    def read(self, timeout, extra=None):
        """Bytes from the console; None at its end, b'' on timeout.

        Extra is a further file descriptor to wait for.
        """
        inputs = [self.process.stdout] + ([extra] if extra is not None else [])
        ready, _, _ = select.select(inputs, [], [], timeout)
        if self.process.stdout not in ready:
            return b""
        data = self.process.stdout.read(65536)
        if data == b"":
            return None
        data = data or b""
        self._log.write(data)
        self._log.flush()
        return data

    def events(self, deadline):
        """Yield the words after each "@lab" until the console ends.

        The deadline is a function that gives the monotonic time at which
        patience ends; a host that outlives it is killed, and the last event
        is then ("killed",). So is one whose emulator has stopped, with the
        last event ("stopped",), or only spins, with ("spins",).
        """
        look_at = time.monotonic() + SILENCE
        while True:
            left = deadline() - time.monotonic()
            if left <= 0:
                yield self._give_up("killed")
                return
            data = self.read(min(left, 5))
            if data is None:
                self.process.wait()
                return
            if data or time.monotonic() >= look_at:
                fate = "" if data else self._look()
                if fate:
                    yield self._give_up(fate)
                    return
                look_at = time.monotonic() + SILENCE
            self._pending += data
            *lines, self._pending = self._pending.split(b"\n")
            for line in lines:
                text = line.decode(errors="replace").strip()
                if "@lab alive" in text:
                    self._beats += 1
                    self._clock = None
                    continue
                self._spins = self._beats = 0
                if "@lab " in text:
                    yield tuple(text[text.index("@lab ") + 5:].split())

    def _work(self):
        """Seconds of CPU time that the emulator has had."""
        try:
            stat = Path(f"/proc/{self.process.pid}/stat").read_text()
        except OSError:
            return 0
        user, system = stat.rsplit(") ", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _look(self):
        """"stopped" or "spins" if a silent host will not get any further."""
        look = self._pulse.look(self._work)
        if look is None:
            return ""
        if self._clock is None:
            self._clock = look.clock
        self._spins = self._spins + 1 if look.spins else 0
        if look.stopped:
            self._fault = "it executes nothing, its clock stands still"
        elif self.host.beats and look.clock - self._clock > BEATLESS:
            self._fault = "its host gets no timer interrupt any more"
        if self._fault:
            return "stopped"
        return "spins" if (self._spins >= SPINS and self._beats >= BEATS) else ""

    def _give_up(self, fate):
        """Keep what can be known of the host, and kill it."""
        self.registers = self._pulse.record(self.dir / "fault-registers")
        shutil.copy(self.log_path, self.dir / "fault-console.log")
        self.kill()
        return (fate,)

    def kill(self):
        """End the emulator at once."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        atexit.unregister(self.kill)

    def finish(self):
        """Wait for the emulator and close the logs."""
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill()
        atexit.unregister(self.kill)
        self._log.close()
        self._errors.close()

    def emulator_died(self):
        """Why, if the emulator itself failed: a signal, not our SIGKILL."""
        status = self.process.poll()
        if self._fault:
            return self._fault
        if status is not None and status < 0 and status != -signal.SIGKILL:
            return f"signal {-status}"
        return ""

    def last_lines(self, count=15):
        """The end of the console's log."""
        text = self.log_path.read_text(errors="replace")
        return [line.rstrip() for line in text.splitlines()[-count:]]

    def attach(self, on_wait=None):
        """Join the person's terminal to the host's console.

        Only what stands between the two marks is shown; on_wait is called
        with what comes before, to tell how far the host has come.
        """
        terminal = sys.stdin.isatty()
        stdin = sys.stdin.fileno() if terminal else None
        part = _Excerpt(sys.stdout.fileno(), on_wait)
        end_at = time.monotonic() + BOOT_LIMIT
        with _raw_terminal(terminal):
            while True:
                data = self.read(1, stdin)
                if data is None:
                    break
                if part.take(data):
                    end_at = time.monotonic() + UNATTENDED_LIMIT
                if terminal and self._forward(stdin):
                    break
                if time.monotonic() > end_at and not (terminal and part.begun):
                    self.kill()
                    raise LabError(f"the {'guest' if part.begun else 'host'} "
                                   f"takes too long; see {self.log_path}")
        self.finish()

    def _forward(self, stdin):
        """Pass keys on; True when the person asked to leave."""
        if not select.select([stdin], [], [], 0)[0]:
            return False
        keys = os.read(stdin, 1024)
        if LEAVE_KEY in keys or not keys:
            self.kill()
            return True
        self.process.stdin.write(keys)
        self.process.stdin.flush()
        return False


class _Excerpt:
    """Writes what stands between the marks in a stream."""

    def __init__(self, descriptor, on_wait):
        self.begun = False
        self._ended = False
        self._descriptor = descriptor
        self._on_wait = on_wait
        self._held = b""

    def take(self, data):
        """Take the next bytes; True when the first mark was in them."""
        if self._ended or not data:
            return False
        self._held += data
        if not self.begun:
            if self._on_wait:
                self._on_wait(data)
            if BEGIN_MARK not in self._held:
                return False
            self._held = self._held.split(BEGIN_MARK, 1)[1].lstrip(b"\r\n")
            self.begun = True
            self._flush()
            return True
        self._flush()
        return False

    def _flush(self):
        """Write all but what may become the end mark."""
        if END_MARK in self._held:
            self._held = self._held.split(END_MARK, 1)[0]
            self._ended = True
            kept = 0
        else:
            kept = next((size for size in range(len(END_MARK), 0, -1)
                         if self._held.endswith(END_MARK[:size])), 0)
        show = self._held[:len(self._held) - kept]
        self._held = self._held[len(self._held) - kept:]
        while show:
            show = show[os.write(self._descriptor, show):]


class _raw_terminal:
    """The terminal in raw mode for a while."""

    def __init__(self, wanted):
        self._wanted = wanted

    def __enter__(self):
        if self._wanted:
            import termios
            import tty
            self._saved = termios.tcgetattr(sys.stdin)
            tty.setraw(sys.stdin)
        return self

    def __exit__(self, *_):
        if self._wanted:
            import termios
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, self._saved)
