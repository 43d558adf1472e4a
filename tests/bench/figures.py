# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of benchmarks: kept as JSON, merged, compared.

A figure's name is WHAT/PEER/..., and its values are whole numbers of which less is better, one for
each time that it was measured. A run is one case on one kind of host:

  {"runs": {"power9/bench-boot": {"date": ..., "program": ..., "figures": {NAME: [VALUE, ...]}}}}
"""

import json
import re
from statistics import median

REGRESSION = 0.03  # of a figure, by which it may be worse than it was


class Run:
    """One case on one kind of host."""

    def __init__(self, name, data):
        self.name = name
        self.data = data
        self.values = data["figures"]

    @property
    def host(self):
        """The kind of host."""
        return self.name.split("/")[0]

    def __contains__(self, figure):
        return figure in self.values

    def get(self, figure):
        """The figure itself, of several times the median; None without one."""
        values = self.values.get(figure)
        return median(values) if values else None

    def judged(self):
        """What is compared: all figures of ours by name, with their values; those of vCPUs' and of
        other threads as their sum, since what one does not do the other has to."""
        found = {}
        for figure, values in self.values.items():
            stem, _, kind = figure.rpartition("/")
            if not is_ours(figure) or kind == "others":
                continue
            if kind == "vcpu":
                others = self.values.get(f"{stem}/others", [0] * len(values))
                found[f"{stem}/all"] = [vcpu + other for vcpu, other in zip(values, others)]
            else:
                found[figure] = values
        return found


def load(path):
    """All runs in a file, by name; none if there is no file."""
    if not path.exists():
        return {}
    return parse(json.loads(path.read_text(encoding="utf-8")))


def parse(data):
    """All runs in what a file holds."""
    return {name: Run(name, run) for name, run in data["runs"].items()}


def dump(runs):
    """The text of a file with these runs."""
    data = {"runs": {name: runs[name].data for name in sorted(runs)}}
    text = json.dumps(data, indent=1, sort_keys=True)
    # One line for each figure.
    return re.sub(r"\[[\d,\s]*\]", lambda match: " ".join(match[0].split())
                  .replace("[ ", "[").replace(" ]", "]"), text) + "\n"


def read_results(lines):
    """Figures as a case has written them, "NAME VALUE", several of one name gathered."""
    found = {}
    for line in lines:
        name, _, value = line.rpartition(" ")
        if name and value.isdigit():
            found.setdefault(name, []).append(int(value))
    return found


def spread(values):
    """By which part of it a figure differed from one time to another."""
    return (max(values) - min(values)) / max(1, median(values))


def is_ours(figure):
    """Whether Paprika was measured, and not a peer, a floor, or the guest itself."""
    parts = figure.split("/")
    return len(parts) > 1 and parts[1].startswith("paprika") and parts[0] != "boot-clock"


class Difference:
    """How a figure of ours differs from the reference."""

    def __init__(self, run, figure, was, now, noise):
        self.name = f"{run}: {figure}"
        self.was = was
        self.now = now
        self.noise = noise

    @property
    def part(self):
        """By which part it is more; negative if it is less."""
        return (self.now - self.was) / max(1, self.was)

    @property
    def is_regression(self):
        """Whether it is worse by more than may be, and than its noise."""
        return self.part > REGRESSION + self.noise

    def __str__(self):
        return f"{self.name}: {self.was:.0f} before, {self.now:.0f} now ({self.part:+.1%}, noise {self.noise:.1%})"


def compare(reference, measured):
    """The differences of our figures from the reference, and the names of those that are missing
    although the run was made."""
    differences, missing = [], []
    for name, run in measured.items():
        before, now = reference[name].judged() if name in reference else {}, run.judged()
        for figure, values in before.items():
            if figure not in now:
                missing.append(f"{name}: {figure}")
                continue
            differences.append(Difference(name, figure, median(values), median(now[figure]),
                                          max(spread(values), spread(now[figure]))))
    return differences, missing
