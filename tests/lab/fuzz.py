# SPDX-License-Identifier: GPL-2.0-or-later
"""Long runs of the fuzz targets, by clang's fuzzer itself.

Each target has a folder below build/fuzz-corpus: its seeds, what earlier runs
found to reach further, and in NAME.found what made it fail. The latter stays
there and is tried first the next time; put it into tests/fuzz/corpus/NAME with
the commit that mends it.
"""

import concurrent.futures
import os
import subprocess
import time

from paths import BUILD, ROOT

CORPUS = BUILD / "fuzz-corpus"
INPUT_MAX = 1 << 16
UNIT_TIMEOUT = 25
MEMORY_MIB = 3072


def targets(where):
    """The fuzz programs of a build, by name."""
    return {path.name.removeprefix("fuzz_"): path
            for path in sorted((where / "tests/fuzz").glob("fuzz_*"))
            if path.is_file() and os.access(path, os.X_OK)}


def _write_seeds(where, name, folder):
    """The target's own seeds, from the program that replays them."""
    folder.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [where / "tests/fuzz" / f"replay_{name}", "--runs", "0",
         "--write-corpus", folder, ROOT / "tests/fuzz/corpus" / name],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)


def run_target(where, name, program, seconds):
    """Gives (passed, text, seconds taken)."""
    begun = time.monotonic()
    folder, found = CORPUS / name, CORPUS / f"{name}.found"
    found.mkdir(parents=True, exist_ok=True)
    seeds = _write_seeds(where, name, folder)
    if seeds.returncode:
        return False, seeds.stdout + seeds.stderr, time.monotonic() - begun
    result = subprocess.run(
        ["nice", program, f"-max_total_time={seconds}", f"-max_len={INPUT_MAX}",
         f"-timeout={UNIT_TIMEOUT}", f"-rss_limit_mb={MEMORY_MIB}",
         f"-artifact_prefix={found}/", "-print_final_stats=1", folder, found],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        errors="replace", cwd=found)
    text = result.stdout + result.stderr
    return result.returncode == 0, text, time.monotonic() - begun


def run_targets(where, seconds, report):
    """As many at a time as there are CPUs; report(name, passed, text, seconds) for each."""
    CORPUS.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        runs = {pool.submit(run_target, where, name, program, seconds): name
                for name, program in targets(where).items()}
        for run in concurrent.futures.as_completed(runs):
            report(f"fuzz {runs[run]}", *run.result())
