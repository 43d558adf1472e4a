# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages to the person who waits: one line per step, at once."""

import sys
import threading
import time

START = time.monotonic()
_lock = threading.Lock()


class LabError(Exception):
    """Something that the person can act on; printed without a traceback."""


def say(text):
    """Print one progress line with the seconds since the start."""
    with _lock:
        print(f"[{time.monotonic() - START:6.1f}] {text}", flush=True)


def plain(text):
    """Print lines that belong together, as they are."""
    with _lock:
        print(text, flush=True)


def warn(text):
    """Print a line to standard error."""
    with _lock:
        print(f"lab: {text}", file=sys.stderr, flush=True)
