# SPDX-License-Identifier: GPL-2.0-or-later
"""One lab at a time on a machine: two would only slow each other."""

import contextlib
import fcntl

from paths import LAB
from progress import say


@contextlib.contextmanager
def held():
    """Wait for the lab's lock and keep it."""
    LAB.mkdir(parents=True, exist_ok=True)
    with open(LAB / "lock", "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another lab is running; waiting for it to end")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
