# SPDX-License-Identifier: GPL-2.0-or-later
"""Run groups of cases on their hosts, as many at once as the CPUs allow."""

import io
import json
import shutil
import tarfile
import threading
import time
from collections import Counter

import lock
import session
from paths import LAB, RESULTS
from progress import LabError, plain, say

DURATIONS = LAB / "durations.json"
SLACK = 60  # wall seconds beyond a case's own limit until its host is killed
# With -icount the host's clock runs slower than the wall's, by this at most.
ICOUNT_FACTOR = 6
STEADY_FACTOR = 3
STARTS = 6  # of one host, if its cases or its emulator end it
FORGIVEN = 3  # times that the emulator may fail under one case


class Result:
    """How one case went on one host."""

    def __init__(self, host, case, verdict, seconds, text=""):
        self.host = host
        self.case = case
        self.verdict = verdict  # pass, fail, timeout, skip
        self.seconds = seconds
        self.text = text

    @property
    def name(self):
        """HOST/CASE, as printed."""
        return f"{self.host.label}/{self.case.name}"

    @property
    def passed(self):
        """Whether it counts as passed."""
        return self.verdict in ("pass", "skip")


class Runner:
    """Runs groups {host: [case]} and collects the results."""

    def __init__(self, groups, program):
        self.groups = groups
        self.program = program
        self.results = []
        self._free = lock.SLOTS
        self._changed = threading.Condition()
        self._durations = _load_durations()

    def run(self):
        """Run everything; gives the results."""
        order = sorted(self.groups.items(), key=self._expected, reverse=True)
        threads = []
        for host, group in order:
            weight = min(host.cpus, lock.SLOTS)
            with self._changed:
                self._changed.wait_for(lambda w=weight: self._free >= w)
                self._free -= weight
            thread = threading.Thread(target=self._run_group, daemon=True,
                                      args=(host, group, weight))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
        _save_durations(self._durations)
        return self.results

    def _expected(self, item):
        """Sorts by seconds; a case that never ran here is guessed from its
        limit, of which a host with more modes needs more."""
        host, group = item
        guess = len(host.kind.modes) / 6
        known = sum(self._durations.get(f"{host.label}/{case.name}",
                                        case.timeout * guess)
                    for case in group)
        return (host.cpus, known)

    def _run_group(self, host, group, weight):
        try:
            with lock.host(host.label, 1 if host.skips_idle_time else host.cpus):
                self._run_with_retry(host, group)
        except Exception as error:  # a lab fault must not look like a pass
            self._missing(host, group, f"lab: {error}")
        finally:
            with self._changed:
                self._free += weight
                self._changed.notify_all()

    def _run_with_retry(self, host, group):
        """Start the host again for the rest of its cases if one ends it.

        That case has failed, but for the first times that the emulator itself
        failed under it.
        """
        left, forgiven = group, Counter()
        for _ in range(STARTS):
            if not left:
                break
            left, current, died = self._boot_and_run(host, left)
            if left and died and forgiven[current] < FORGIVEN:
                forgiven[current] += 1
                why = f"the emulator itself failed ({died})"
            elif left and current:
                self._missing(host, [current], "the host ended in this case")
                left = [case for case in left if case is not current]
                why = f"it ended in {current.name}"
            else:
                break
            if left:
                say(f"{host.label}: {why}; starting the host again for: "
                    f"{' '.join(case.name for case in left)}")
        self._missing(host, left, "the host ended before this case did")

    def _missing(self, host, group, why):
        done = {result.name for result in self.results}
        for case in group:
            if f"{host.label}/{case.name}" not in done:
                self._report(Result(host, case, "fail", 0, why))

    def _boot_and_run(self, host, group):
        """Boot once and run; gives the unreported cases, the one of them that
        had begun, and what befell the emulator."""
        names = ",".join(f"{case.name}:{case.timeout}" for case in group)
        say(f"{host.label}: starting for {len(group)} case(s)")
        live = session.Session(host, {"mode": "run", "cases": names},
                               self.program)
        state = _GroupState(host, group)
        for event in live.events(lambda: state.deadline):
            finished = state.handle(event, live)
            if finished:
                self._report(finished)
        live.finish()
        left = state.unreported()
        if left:
            plain("\n".join(f"    {host.label} | {line}" for line in
                            live.last_lines() + live.registers))
        return left, state.current, live.emulator_died()

    def _report(self, result):
        self.results.append(result)
        verdict = {"pass": "ok", "skip": "skip"}.get(result.verdict,
                                                     result.verdict.upper())
        line = f"{result.name}: {verdict} ({result.seconds:.0f} s)"
        say(line)
        figures = _figures(result)
        if figures:
            plain("\n".join(f"    {name} = {value}"
                            for name, value in figures))
        if not result.passed or result.verdict == "skip":
            plain("\n".join("    " + text for text in
                            result.text.splitlines()[-45:]))
        if result.passed:
            self._durations[result.name] = round(result.seconds, 1)


_GIVEN_UP = {
    "killed": "killed at its time limit",
    "spins": "killed, for its processor only waits in a loop",
    "stopped": "killed, for its emulator has stopped",
}


class _GroupState:
    """What a running host has said so far."""

    def __init__(self, host, group):
        self.host = host
        self._cases = {case.name: case for case in group}
        self._left = dict(self._cases)
        self.current = None
        self._begun = time.monotonic()
        self.deadline = self._begun + session.BOOT_LIMIT

    def handle(self, event, live):
        """Take one event; gives a Result when a case has ended."""
        now = time.monotonic()
        kind, *words = event
        if kind == "up":
            say(f"{self.host.label}: up after {now - live.started:.0f} s")
            self.deadline = now + SLACK
        elif kind == "begin" and words and words[0] in self._left:
            case = self._left[words[0]]
            factor = (ICOUNT_FACTOR if self.host.icount else
                      STEADY_FACTOR if self.host.steady else 1)
            self.current = case
            self._begun = now
            self.deadline = now + case.timeout * factor + SLACK
        elif kind == "stored" and len(words) == 3:
            _unpack(self.host, live.drive, words)
        elif kind == "end" and len(words) >= 2 and words[0] in self._left:
            case = self._left.pop(words[0])
            self.current = None
            self.deadline = now + SLACK
            output = RESULTS / self.host.label / case.name / "output"
            text = output.read_text(errors="replace") \
                if output.exists() else "(no output was stored)"
            return Result(self.host, case, words[1], now - self._begun, text)
        elif kind == "trouble":
            say(f"{self.host.label}: {' '.join(words)}")
        elif kind in _GIVEN_UP:
            say(f"{self.host.label}: {_GIVEN_UP[kind]}; its console is in "
                f"{live.log_path}")
        return None

    def unreported(self):
        """The cases that have not ended."""
        return list(self._left.values())


def _unpack(host, drive, words):
    """Take one case's results from the drive."""
    name, offset, size = words[0], int(words[1]), int(words[2])
    target = RESULTS / host.label
    shutil.rmtree(target / name, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    with open(drive, "rb") as raw:
        raw.seek(offset << 20)
        data = raw.read(size)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = [item for item in archive.getmembers()
                   if (item.isfile() or item.isdir())
                   and not item.name.startswith("/")
                   and ".." not in item.name.split("/")]
        archive.extractall(target, members=members)


def _figures(result):
    path = RESULTS / result.host.label / result.case.name / "figures"
    if result.seconds == 0 or not path.exists():
        return []
    return [line.split(" ", 1) for line in path.read_text().splitlines()
            if " " in line]


def _load_durations():
    try:
        return json.loads(DURATIONS.read_text())
    except (OSError, ValueError):
        return {}


def _save_durations(durations):
    DURATIONS.write_text(json.dumps(durations, indent=1, sort_keys=True))


def summarize(results):
    """Print what failed; gives the numbers of passed and failed."""
    failed = [result for result in results if not result.passed]
    for result in failed:
        plain(f"failed: {result.name}")
    return len(results) - len(failed), len(failed)


def check_not_empty(groups):
    """A run of nothing must not look like a success."""
    if not groups:
        raise LabError("none of these cases runs on that host")
