# SPDX-License-Identifier: GPL-2.0-or-later
"""Where everything lives; all that the lab makes is below build/lab."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
NATIVE = BUILD / "native"
CROSS = BUILD / "cross"

LAB = BUILD / "lab"
APT = LAB / "apt"
DEBS = LAB / "debs"
TREES = LAB / "trees"
IMAGES = LAB / "images"
RUN = LAB / "run"
RESULTS = LAB / "results"
SYSROOT = LAB / "sysroot-ppc64el"
CROSS_FILE = LAB / "ppc64el.cross"

LAB_SOURCE = ROOT / "tests" / "lab"
CASES = LAB_SOURCE / "cases"

BENCH_SOURCE = ROOT / "tests" / "bench"
BENCH_CASES = BENCH_SOURCE / "cases"
BENCH_REFERENCE = BENCH_SOURCE / "reference.json"
BENCH_DOCUMENT = ROOT / "docs/performance.md"
BENCH_CHARTS = ROOT / "docs/performance"
BENCH = LAB / "bench"
