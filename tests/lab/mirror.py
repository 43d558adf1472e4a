# SPDX-License-Identifier: GPL-2.0-or-later
"""Find the Debian mirror that this machine uses already.

The lab names no mirror of its own: what the machine's apt is told to use is
what it can reach and trusts. Both formats of apt's sources are understood.
"""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from progress import LabError

RELEASES = ("bookworm", "trixie", "forky", "sid", "bullseye", "stable",
            "testing", "unstable", "oldstable")
FALLBACK_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Mirror:
    """A base address and the options that apt needs to trust it."""

    def __init__(self, uri, options):
        self.uri = uri
        self.options = options

    def source_line(self, suite):
        """One line for a sources.list."""
        options = f"[{' '.join(self.options)}] " if self.options else ""
        return f"deb {options}{self.uri} {suite} main\n"


def _one_line_entries(text):
    pattern = re.compile(r"^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)", re.M)
    for match in pattern.finditer(text):
        options = dict(item.split("=", 1) for item in (match[1] or "").split()
                       if "=" in item)
        yield match[2], match[3], options


def _deb822_entries(text):
    for stanza in re.split(r"\n\s*\n", text):
        fields, last = {}, None
        for line in stanza.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t" and last:
                fields[last] += "\n" + line.strip()
            elif ":" in line:
                last, value = line.split(":", 1)
                last = last.strip().lower()
                fields[last] = value.strip()
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        if "deb" not in fields.get("types", "").split():
            continue
        options = {}
        key = fields.get("signed-by", "")
        if key.startswith("/"):
            options["signed-by"] = key
        if fields.get("trusted", "").lower() in ("yes", "true"):
            options["trusted"] = "yes"
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield uri, suite, options


def _entries():
    etc = Path("/etc/apt")
    files = [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]
    for path in files:
        if path.is_file() and os.access(path, os.R_OK):
            yield from _one_line_entries(path.read_text())
    for path in sorted(etc.glob("sources.list.d/*.sources")):
        if path.is_file() and os.access(path, os.R_OK):
            yield from _deb822_entries(path.read_text())


def _resolve_list(uri):
    """Follow mirror+file: to the first address in that file."""
    if not uri.startswith("mirror+file:"):
        return uri
    text = Path(urlsplit(uri[len("mirror+"):]).path).read_text()
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            return line.split()[0]
    return uri


def find():
    """The mirror that serves the machine's own Debian release."""
    for uri, suite, options in _entries():
        uri = _resolve_list(uri)
        path = urlsplit(uri).path
        if suite in RELEASES and "security" not in path:
            kept = [f"{key}={value}" for key, value in options.items()
                    if key in ("signed-by", "trusted")]
            if not kept and Path(FALLBACK_KEYRING).exists():
                kept = [f"signed-by={FALLBACK_KEYRING}"]
            return Mirror(uri, kept)
    raise LabError("no Debian mirror in /etc/apt/sources.list or "
                   "/etc/apt/sources.list.d: the lab takes its packages from "
                   "the mirror that the machine uses")
