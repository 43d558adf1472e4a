# SPDX-License-Identifier: GPL-2.0-or-later
"""Build the Debian package: for this machine, or for ppc64el with the lab's sysroot."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import debs
import packages
import stage
from paths import BUILD, CROSS_FILE, LAB, ROOT, SYSROOT
from progress import LabError

WHERE = BUILD / "deb"
# The tests are run by ./check; symbols for debuggers would double the time.
OPTIONS = "nocheck noautodbgsym"


def _copy_tree(target):
    """A copy of what belongs to the project: the build must not touch the tree itself."""
    shutil.rmtree(target, ignore_errors=True)
    listing = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"],
                             cwd=ROOT, capture_output=True, text=True)
    if listing.returncode or not listing.stdout:  # not a git tree: a release
        shutil.copytree(ROOT, target, symlinks=True,
                        ignore=shutil.ignore_patterns("build", ".git"))
        return
    for name in listing.stdout.split("\0"):
        if not name or not (ROOT / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name, follow_symlinks=False)


def _sysroot_debs():
    """The packages that the sysroot was made of, fetched again where they are gone."""
    tree = packages.sysroot_tree()
    source = debs.Debs(packages.GUEST_ARCH)
    names = tree.with_suffix(".packages").read_text().split()
    missing = [name for name in names if not (source.store / name).exists()]
    if missing:
        source.fetch(missing)
    return [source.store / name for name in names]


def _write_shlibs(path):
    """Which package each library of the sysroot is in, for the package's Depends."""
    lines = []
    for deb in _sysroot_debs():
        found = subprocess.run(["dpkg-deb", "--info", str(deb), "shlibs"],
                               capture_output=True, text=True)
        if found.returncode == 0:
            lines += [line for line in found.stdout.splitlines()
                      if re.match(r"[^\s#:]+ \S+ \S", line)]
    if not lines:
        raise LabError("the sysroot's packages have no lists of libraries")
    path.write_text("\n".join(lines) + "\n")


def build(cross, log):
    """Build the package; gives its path below build/deb."""
    kind = packages.GUEST_ARCH if cross else "native"
    tree = WHERE / kind / "paprika"
    for old in (WHERE / kind).glob("paprika_*"):
        old.unlink()
    _copy_tree(tree)
    command = ["dpkg-buildpackage", "-b", "-us", "-uc"]
    variables = dict(os.environ, DEB_BUILD_OPTIONS=OPTIONS, LC_ALL="C")
    if cross:
        stage.prepare_cross()
        _write_shlibs(tree / "debian/shlibs.local")
        # What it build-depends on is in the sysroot, not installed.
        command += ["-d", f"-a{packages.GUEST_ARCH}", "-Pcross,nocheck"]
        variables |= {"PAPRIKA_CROSS_FILE": str(CROSS_FILE),
                      "PAPRIKA_SYSROOT_LIBS": f"{SYSROOT}/usr/lib/{stage.TRIPLET}:"
                      f"{SYSROOT}/lib/{stage.TRIPLET}"}
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w", encoding="utf-8") as output:
        result = subprocess.run(command, cwd=tree, env=variables, stdout=output,
                                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    made = list((WHERE / kind).glob("paprika_*.deb"))
    if result.returncode or len(made) != 1:
        lines = log.read_text(errors="replace").splitlines()[-40:]
        raise LabError(f"{' '.join(command)} failed; see {log}\n" + "\n".join(lines))
    shutil.rmtree(tree)
    return made[0]


def command(options):
    """deb: the package for ppc64el."""
    where = Path(options.directory)
    where.mkdir(parents=True, exist_ok=True)
    made = build(not stage.is_native(), LAB / "deb.log")
    print(shutil.copy(made, where))
    return 0
