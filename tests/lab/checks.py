# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that ./check runs, and the count of what passed."""

import argparse
import json
import os
import subprocess
import time

import cases
import commands
import fuzz
import stage
from paths import BUILD, LAB, NATIVE, ROOT
from progress import LabError, plain, say

FUZZ = BUILD / "fuzz"

EPILOG = """Without names everything runs: the native build with sanitizers, unit tests,
the scripts tests/check-*, the style of the code, short runs of the fuzz
targets, and the lab's cases on every emulated host. Names choose: a unit
test, a check-* script, 'style', 'fuzz', a lab case (on all its hosts), or
HOST-PAGES/CASE for one of its hosts. Only 'bench' runs the benchmarks."""


class Tally:
    """Counts results and says each as it comes."""

    def __init__(self):
        self.passed = 0
        self.failed = []

    def add(self, name, passed, text="", seconds=None):
        """One test's result; its text is shown when it failed."""
        took = f" ({seconds:.1f} s)" if seconds is not None else ""
        say(f"{name}: {'ok' if passed else 'FAIL'}{took}")
        if passed:
            self.passed += 1
            return
        self.failed.append(name)
        lines = text.strip().splitlines()[-60:]
        plain("\n".join("    " + line for line in lines))

    def finish(self):
        """Print the last line; gives the exit status."""
        for name in self.failed:
            plain(f"failed: {name}")
        plain(f"{self.passed} passed, {len(self.failed)} failed")
        return 1 if self.failed else 0


def build_native():
    """The build that unit tests run from."""
    say("building with sanitizers")
    stage.setup(NATIVE, ["--prefix=/usr", "-Dwerror=true",
                         "-Db_sanitize=address,undefined",
                         "-Db_lundef=false"], LAB / "native-setup.log")
    stage.run_logged(["meson", "compile", "-C", str(NATIVE)],
                     LAB / "native-build.log", "the native build")


def unit_test_names(where=NATIVE):
    """What `meson test` knows there, by name."""
    text = subprocess.run(
        ["meson", "introspect", "--tests", str(where)], check=True,
        capture_output=True, text=True).stdout
    return [test["name"] for test in json.loads(text)]


def run_unit_tests(tally, names, where=NATIVE, prefix=""):
    """Run `meson test`; every test counts."""
    known = unit_test_names(where)
    if not known:
        return
    log = where / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    say(f"{prefix}unit tests: {len(names or known)}")
    result = subprocess.run(
        ["meson", "test", "-C", str(where), "--no-rebuild", *names],
        capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if not log.exists():
        tally.add(prefix + "meson test", False, result.stdout + result.stderr)
        return
    for line in log.read_text().splitlines():
        test = json.loads(line)
        passed = test["result"] in ("OK", "SKIP", "EXPECTEDFAIL")
        tally.add(prefix + test["name"].split(" / ")[-1], passed,
                  (test.get("stdout") or "") + (test.get("stderr") or "")
                  + f"\nresult: {test['result']}", test.get("duration"))


def check_scripts():
    """The executable tests/check-*."""
    return {path.name: path for path in sorted(ROOT.glob("tests/check-*"))
            if path.is_file() and os.access(path, os.X_OK)}


def run_command(tally, name, command):
    """A command whose exit status is the result."""
    begun = time.monotonic()
    result = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, errors="replace")
    tally.add(name, result.returncode == 0, result.stdout + result.stderr,
              time.monotonic() - begun)
    return result.returncode == 0


def run_style(tally):
    """clang-format over the C files of the project."""
    listing = subprocess.run(["git", "ls-files", "*.c", "*.h"], cwd=ROOT,
                             capture_output=True, text=True)
    files = [name for name in listing.stdout.splitlines()
             if (ROOT / name).exists()]
    if not files:  # not a git tree: a release
        files = [str(path.relative_to(ROOT)) for pattern in ("*.c", "*.h")
                 for path in ROOT.rglob(pattern)
                 if BUILD not in path.parents]
    run_command(tally, "style", ["clang-format", "--dry-run", "-Werror",
                                 *files])


def run_bench(tally):
    """The benchmarks, against the figures that are kept; they say themselves how they get on."""
    result = subprocess.run([ROOT / "tests/bench/bench"], cwd=ROOT, stdin=subprocess.DEVNULL)
    tally.add("bench", result.returncode == 0)


def has_fuzz_targets():
    """Whether the build knows the option `fuzz`."""
    return any((ROOT / name).exists() and "'fuzz'" in (ROOT / name).read_text()
               for name in ("meson.options", "meson_options.txt"))


def run_fuzz(tally, seconds):
    """Build the fuzz targets with clang's fuzzer, and run each for a while."""
    try:
        stage.setup(FUZZ, ["-Dfuzz=true",
                           "-Db_lundef=false"],
                    LAB / "fuzz-setup.log", {"CC": "clang"})
        stage.run_logged(["meson", "compile", "-C", str(FUZZ)],
                         LAB / "fuzz-build.log", "the build with clang")
    except LabError as error:
        tally.add("clang-build", False, str(error))
        return
    tally.add("clang-build", True)
    if seconds:
        fuzz.run_targets(FUZZ, seconds, tally.add)
        return
    names = [name for name in unit_test_names(FUZZ) if "fuzz" in name]
    if names:
        run_unit_tests(tally, names, FUZZ, "clang ")


def lab_pairs(names):
    """The (host, case) pairs that these names mean; all without names."""
    known = cases.load_all()
    pairs = [(host, case) for case in known.values() for host in case.hosts()]
    if not names:
        return pairs
    return [(host, case) for host, case in pairs
            if case.name in names or f"{host.label}/{case.name}" in names]


def run_lab(tally, pairs):
    """The lab's cases; a lab that cannot start fails them all."""
    if not pairs:
        return
    say(f"lab: {len(pairs)} cases on "
        f"{len({host for host, _ in pairs})} hosts")
    try:
        results = commands.run_groups(cases.group(pairs))
    except LabError as error:
        plain(f"lab: {error}")
        tally.failed += [f"{host.label}/{case.name}" for host, case in pairs]
        return
    for result in results:
        if result.passed:
            tally.passed += 1
        else:
            tally.failed.append(result.name)


def run_native(tally, wanted, names):
    """What needs the native build; a build that fails is one failure."""
    try:
        build_native()
    except LabError as error:
        tally.add("build", False, str(error))
        return
    tally.add("build", True)
    tests = [name for name in unit_test_names() if wanted(name)]
    if tests:
        run_unit_tests(tally, tests if names else [])


def names_beside_units():
    """The names of all tests that need no native build."""
    return set(check_scripts()) | {"style", "fuzz", "bench"} | set(cases.load_all()) \
        | {f"{host.label}/{case.name}" for host, case in lab_pairs([])}


def unknown_names(names):
    """Names that nothing answers to (the native build is there already)."""
    known = names_beside_units()
    if (NATIVE / "build.ninja").exists():
        known |= set(unit_test_names())
    return [name for name in names if name not in known]


def parse(arguments):
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="./check", description="Run the tests of Paprika.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="leave the lab out")
    parser.add_argument("--long", action="store_true",
                        help="repeat in the lab as often as was promised")
    parser.add_argument("--seconds", type=int, default=0, metavar="N",
                        help="let the fuzzer itself work on each fuzz target for N seconds; "
                        "what it finds stays below build/fuzz-corpus")
    parser.add_argument("names", nargs="*", metavar="NAME",
                        help="only these tests")
    return parser.parse_args(arguments)


def main(arguments):
    """Run the chosen tests; gives the exit status."""
    options = parse(arguments)
    names = options.names
    tally = Tally()
    if options.long:
        os.environ["LAB_LONG"] = "yes"

    def wanted(name):
        return not names or name in names

    LAB.mkdir(parents=True, exist_ok=True)
    try:
        if not names or set(names) - names_beside_units():
            run_native(tally, wanted, names)
            for name in unknown_names(names):
                tally.add(name, False, "no test has this name")
        for name, path in check_scripts().items():
            if wanted(name):
                run_command(tally, name, [str(path)])
        if wanted("style"):
            run_style(tally)
        if has_fuzz_targets() and wanted("fuzz"):
            run_fuzz(tally, options.seconds)
        if not options.quick:
            run_lab(tally, lab_pairs(names))
        if "bench" in names:
            run_bench(tally)
    except KeyboardInterrupt:
        tally.failed.append("interrupted")
    return tally.finish()
