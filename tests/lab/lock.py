# SPDX-License-Identifier: GPL-2.0-or-later
"""Two locks: one for building images, which is short, and one for running
cases, since two runs would only slow each other."""

import contextlib
import fcntl

from paths import LAB
from progress import say


@contextlib.contextmanager
def _held(name, waiting_for):
    LAB.mkdir(parents=True, exist_ok=True)
    with open(LAB / name, "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{waiting_for}; waiting for it to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def running():
    """Held while cases run."""
    return _held("lock", "another lab is running cases")


def building():
    """Held while packages are fetched and images are built."""
    return _held("build.lock", "another lab is building")
