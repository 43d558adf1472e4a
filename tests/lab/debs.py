# SPDX-License-Identifier: GPL-2.0-or-later
"""A private apt: Debian packages of any architecture, no change to the machine.

Its lists, sources, preferences and (empty) package status are all below
build/lab/apt/ARCH, so neither the machine's architecture list nor what it
has installed matters.
"""

import os
import re
import shutil
import subprocess

import mirror
import stamps
from paths import APT, DEBS, TREES
from progress import LabError, say

SUITES = ("bookworm", "bookworm-backports")
NEXT_SUITES = ("trixie",)
PREFERENCES = """Package: src:linux src:linux-signed-ppc64el src:qemu
Pin: release n=bookworm-backports
Pin-Priority: 900

Package: *
Pin: release n=bookworm
Pin-Priority: 800
"""


def machine_arch():
    """What Debian calls the architecture of this machine."""
    return subprocess.run(["dpkg", "--print-architecture"], check=True,
                          capture_output=True, text=True).stdout.strip()


class Debs:
    """Packages of one architecture from some suites."""

    def __init__(self, arch, suites=SUITES):
        self.arch = arch
        self.suites = suites
        self.dir = APT / f"{arch}-{suites[0]}"
        self.store = DEBS / arch

    def _options(self):
        d = self.dir
        settings = {
            "Dir::State": d / "state",
            "Dir::State::Lists": d / "lists",
            "Dir::State::status": d / "status",
            "Dir::State::extended_states": d / "extended",
            "Dir::Cache": d / "cache",
            "Dir::Cache::archives": self.store,
            "Dir::Etc::SourceList": d / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::Etc::Preferences": d / "preferences",
            "Dir::Etc::PreferencesParts": "/dev/null",
            "APT::Architecture": self.arch,
            "APT::Architectures": self.arch,
            "APT::Install-Recommends": "false",
            "APT::Get::AllowUnauthenticated": "false",
            "APT::Sandbox::User": "root",
            "APT::Keep-Downloaded-Packages": "true",
            "APT::Update::Post-Invoke-Success::": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
            "Debug::NoLocking": "true",
        }
        return [f"-o{key}={value}" for key, value in settings.items()]

    def _apt(self, tool, *args, **kwargs):
        env = dict(os.environ, LC_ALL="C", DEBIAN_FRONTEND="noninteractive")
        return subprocess.run([tool, *self._options(), *args], env=env,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, **kwargs)

    def _write_config(self):
        for name in ("state", "lists/partial", "cache"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        (self.store / "partial").mkdir(parents=True, exist_ok=True)
        (self.dir / "status").touch()
        (self.dir / "preferences").write_text(PREFERENCES)
        source = mirror.find()
        (self.dir / "sources.list").write_text(
            "".join(source.source_line(suite) for suite in self.suites))

    def update(self):
        """Fetch the indexes, once; a suite that fails is done without."""
        stamp = self.dir / "updated"
        value = stamps.digest(self.suites)
        if stamps.is_current(stamp, value):
            return
        say(f"package index for {self.arch} ({self.suites[0]})")
        self._write_config()
        result = self._apt("apt-get", "update", "-q")
        if not list((self.dir / "lists").glob("*_Packages*")):
            raise LabError("the package index could not be fetched:\n"
                           + _last_lines(result.stderr))
        stamps.write(stamp, value)

    def find_version(self, name):
        """The (major, minor) version that would be taken, or (0, 0)."""
        self.update()
        text = self._apt("apt-cache", "policy", name).stdout
        match = re.search(r"Candidate: (?:\d+:)?(\d+)\.(\d+)", text)
        return (int(match[1]), int(match[2])) if match else (0, 0)

    def depends(self, name):
        """The packages that this one depends on directly."""
        text = self._apt("apt-cache", "depends", "--no-recommends",
                         "--no-suggests", name).stdout
        return re.findall(r"^\s*Depends: (\S+)", text, re.M)

    def tree(self, label, names, closure=False):
        """A directory with the named packages unpacked into it.

        With closure, all that they depend on is unpacked too. The list of
        packages and versions is kept in DIR.packages.
        """
        where = TREES / f"{label}-{self.arch}"
        stamp = where.with_suffix(".stamp")
        value = stamps.digest(sorted(names), closure)
        if stamps.is_current(stamp, value):
            return where
        self.update()
        files = self._download(label, names, closure)
        shutil.rmtree(where, ignore_errors=True)
        where.mkdir(parents=True)
        for path in files:
            subprocess.run(["dpkg", "-x", path, where], check=True)
        where.with_suffix(".packages").write_text(
            "".join(sorted(path.name + "\n" for path in files)))
        stamps.write(stamp, value)
        return where

    def _download(self, label, names, closure):
        """Fetch the .deb files and give their paths."""
        if not closure:  # `apt-get download` does not name what is there
            for stale in [path for name in names
                          for path in self.store.glob(f"{name}_*.deb")]:
                stale.unlink()
        command = (["install", "--download-only", "-y", *names] if closure
                   else ["download", *names])
        listing = self._apt("apt-get", *command, "--print-uris", "-q",
                            cwd=self.store)
        if listing.returncode != 0:
            raise LabError(f"packages for {label}:\n"
                           + _last_lines(listing.stderr))
        wanted = re.findall(r"^'[^']*' (\S+) (\d+)", listing.stdout, re.M)
        size = sum(int(size) for _, size in wanted) / 1e6
        say(f"packages for {label} ({self.arch}): {len(wanted)}, {size:.0f} MB")
        result = self._apt("apt-get", *command, "-q", cwd=self.store)
        if result.returncode != 0:
            raise LabError(f"packages for {label}:\n"
                           + _last_lines(result.stderr))
        return self._files(names if closure else None, wanted)

    def fetch(self, files):
        """Download packages by the names of their files in the store."""
        self.update()
        (self.store / "partial").mkdir(parents=True, exist_ok=True)
        wanted = [f"{name}={version.replace('%3a', ':')}" for name, version, _
                  in (file.rsplit("_", 2) for file in files)]
        result = self._apt("apt-get", "download", "-q", *wanted, cwd=self.store)
        if result.returncode != 0:
            raise LabError("packages of the sysroot:\n" + _last_lines(result.stderr))

    def _files(self, closure_names, wanted):
        """Paths in the store; a closure's full list needs a second look.

        --print-uris leaves out what the store holds already, so that the
        complete list comes from a simulated installation.
        """
        if closure_names is None:
            names = None
            listing = [name for name, _ in wanted]
            return [self.store / name for name in listing]
        text = self._apt("apt-get", "install", "-s", "-y",
                         *closure_names).stdout
        names = re.findall(r"^Inst (\S+) \((\S+)", text, re.M)
        files = []
        for name, version in names:
            mangled = version.replace(":", "%3a")
            found = list(self.store.glob(f"{name.split(':')[0]}_{mangled}_*.deb"))
            if not found:
                raise LabError(f"{name} {version} was not downloaded")
            files.append(found[0])
        return files


def _last_lines(text, count=12):
    return "\n".join(text.strip().splitlines()[-count:])


def with_at_least(arch, name, version):
    """The first source that has the package in that version or later."""
    for suites in (SUITES, NEXT_SUITES):
        source = Debs(arch, suites)
        if source.find_version(name) >= version:
            return source
    raise LabError(f"the mirror has no {name} {version[0]}.{version[1]} or "
                   f"later for {arch} in {', '.join(SUITES + NEXT_SUITES)}")
