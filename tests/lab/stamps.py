# SPDX-License-Identifier: GPL-2.0-or-later
"""Remember what has been done, so that the second time costs nothing.

A stamp is a file that holds a digest of what the result was made from. The
result is made again when the digest differs or the stamp is gone.
"""

import hashlib
import json
from pathlib import Path


def digest(*parts):
    """A digest of strings, JSON-able values, and the contents of Paths."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            total.update(str(part.name).encode())
            total.update(part.read_bytes() if part.exists() else b"absent")
        else:
            total.update(json.dumps(part, sort_keys=True).encode())
        total.update(b"\0")
    return total.hexdigest()


def is_current(stamp, value):
    """Whether the result behind this stamp was made from the same things."""
    return stamp.exists() and stamp.read_text() == value


def write(stamp, value):
    """Say that the result is complete."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)
