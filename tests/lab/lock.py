# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks between labs of one work tree that run at the same time.

Emulated hosts take one CPU of this machine for each of theirs, and more at
once would only slow each other; so there are as many slots as CPUs, two at
most, and a host waits for its slots. Images are built by one at a time.
"""

import contextlib
import fcntl
import os
import time

from paths import LAB
from progress import say

SLOTS = max(1, min(2, os.cpu_count() or 1))


@contextlib.contextmanager
def _held(names, count, waiting_for):
    """Hold as many as count of these locks, and say when that takes time."""
    LAB.mkdir(parents=True, exist_ok=True)
    free = {name: open(LAB / name, "w", encoding="ascii") for name in names}
    held, told = [], False
    try:
        while True:
            for name, lock in free.items():
                if len(held) < count and lock not in held and _try(lock):
                    held.append(lock)
                elif lock not in held and len(held) < count and count > 1:
                    break  # always in the same order: no deadlock
            if len(held) == count:
                break
            if not told:
                say(f"waiting: {waiting_for}")
                told = True
            time.sleep(0.3)
        yield
    finally:
        for lock in free.values():
            lock.close()


def _try(lock):
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


@contextlib.contextmanager
def host(label, cpus):
    """Held while this host runs."""
    with _held([f"host-{label}.lock"], 1,
               f"another lab runs a {label} host"):
        weight = min(cpus, SLOTS)
        with _held([f"slot-{number}.lock" for number in range(SLOTS)], weight,
                   f"other labs keep the CPUs busy ({label})"):
            yield


def building():
    """Held while packages are fetched and images are built."""
    return _held(["build.lock"], 1, "another lab is building")
