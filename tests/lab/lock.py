# SPDX-License-Identifier: GPL-2.0-or-later
"""Locks between labs that run at the same time.

Emulated hosts take one CPU of this machine for each of theirs, and more at
once would only slow each other; so the machine has as many slots as CPUs,
two at most, for all work trees together, and a host waits for its slots.
Within a work tree, images are built by one lab at a time, and no host runs
twice.
"""

import contextlib
import fcntl
import os
import socket
import time

from paths import LAB
from progress import say

SLOTS = max(1, min(2, os.cpu_count() or 1))
PAUSE = 0.5


def _wait(attempt, waiting_for):
    """Attempt until it succeeds; say so when that takes time."""
    told = False
    while not attempt():
        if not told:
            say(f"waiting: {waiting_for}")
            told = True
        time.sleep(PAUSE)


@contextlib.contextmanager
def _held_file(name, waiting_for):
    """A lock of this work tree."""
    LAB.mkdir(parents=True, exist_ok=True)
    with open(LAB / name, "w", encoding="ascii") as lock:

        def attempt():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                return False

        _wait(attempt, waiting_for)
        yield


def _take_slot(number):
    """A slot of this machine, or None while another lab has it.

    It is a name in the kernel's table of sockets: no file that users would
    have to share, and free as soon as its owner is gone.
    """
    slot = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        slot.bind(f"\0paprika-lab-slot-{number}")
        return slot
    except OSError:
        slot.close()
        return None


@contextlib.contextmanager
def _held_slots(count, waiting_for):
    """So many slots, taken in one order so that nobody waits in a circle."""
    held = {}

    def attempt():
        for number in range(SLOTS):
            if len(held) < count and number not in held:
                slot = _take_slot(number)
                if slot:
                    held[number] = slot
                elif count > 1:
                    break
        return len(held) == count

    try:
        _wait(attempt, waiting_for)
        yield
    finally:
        for slot in held.values():
            slot.close()


@contextlib.contextmanager
def host(label, cpus):
    """Held while this host runs."""
    with _held_file(f"host-{label}.lock", f"another lab runs a {label} host"):
        with _held_slots(min(cpus, SLOTS),
                         f"other labs keep the CPUs busy ({label})"):
            yield


def building():
    """Held while packages are fetched and images are built."""
    return _held_file("build.lock", "another lab is building")
