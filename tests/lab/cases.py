# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases, what their headers ask for, and how they share hosts."""

import os
import re
from dataclasses import dataclass

import hosts
from paths import BENCH_CASES, CASES
from progress import LabError


@dataclass(frozen=True)
class Case:
    """A script in tests/lab/cases, or tests/bench/cases, and what its header says."""

    name: str
    summary: str
    kinds: tuple
    long_kinds: tuple  # where it runs in a long run, too
    pages: tuple
    cpus: int
    timeout: int
    icount: bool
    first: bool
    extra: str

    def hosts(self):
        """The hosts that this case runs on."""
        kinds = self.kinds + (self.long_kinds if _is_long() else ())
        return [self.host(hosts.KINDS[kind], pages)
                for kind in kinds for pages in self.pages]

    def host(self, kind, pages):
        """The host of this kind and page size as the case wants it."""
        return hosts.Host(kind, pages, self.cpus, self.icount,
                          steady=self.cpus == 1 and not self.icount,
                          extra=self.extra)


def _is_long():
    """Whether all that was promised is run, however long it takes."""
    return os.environ.get("LAB_LONG") == "yes"


def _patience():
    """How much longer a case may take in a long run: one that hangs is told apart long before."""
    return 20 if _is_long() else 1


def _parse(path):
    text = path.read_text()
    lines = [line for line in text.splitlines() if line.startswith("#")]
    fields = dict(match.groups() for match in
                  (re.match(r"# ([a-z-]+): (.*)", line) for line in lines)
                  if match)
    summary = next((line[2:] for line in lines
                    if re.match(r"# \w", line) and "SPDX" not in line
                    and not re.match(r"# [a-z-]+: ", line)), "")
    kinds = tuple(fields.get("hosts", "power8 power9 power10 nested").split())
    if kinds == ("none",):
        kinds = ()
    long_kinds = tuple(fields.get("long-hosts", "").split())
    pages = tuple(fields.get("pages", "64k").split())
    for name in kinds + long_kinds:
        if name not in hosts.KINDS:
            raise LabError(f"{path.name}: no host kind '{name}'")
    for size in pages:
        if size not in hosts.PAGES:
            raise LabError(f"{path.name}: no page size '{size}'")
    return Case(path.stem, summary, kinds, long_kinds, pages,
                int(fields.get("host-cpus", "1")),
                int(fields.get("timeout", "120")) * _patience(),
                fields.get("icount", "no") == "yes",
                fields.get("first", "no") == "yes",
                "bench" if path.parent == BENCH_CASES else fields.get("image", ""))


def _load(directory):
    return {path.stem: _parse(path) for path in sorted(directory.glob("*.sh"))
            if path.stem != "lib"}


def load_all():
    """Every case by name, but for benchmarks."""
    return _load(CASES)


def load_benchmarks():
    """Every benchmark by name."""
    return _load(BENCH_CASES)


def figures_name(host, case):
    """What the figures of a benchmark on a host are kept under."""
    return f"{host.kind.name}/{case.name}"


def benchmark_pairs():
    """The (host, case) pairs of all benchmarks, by the names of their figures."""
    return {figures_name(host, case): (host, case)
            for case in load_benchmarks().values() for host in case.hosts()}


def find(name):
    """One case."""
    known = load_all() | load_benchmarks()
    if name not in known:
        raise LabError(f"no case '{name}'; there are: " + ", ".join(known))
    return known[name]


def group(wanted):
    """Pairs of a host and a case, gathered by host."""
    groups = {}
    for host, case in wanted:
        groups.setdefault(host, []).append(case)
    for group_cases in groups.values():
        group_cases.sort(key=lambda case: not case.first)
    return groups
