# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's command line."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import cases
import deb
import hosts
import images
import lock
import packages
import runner
import stage
import trial
from paths import LAB, ROOT, RUN
from progress import LabError, say, warn
from session import Session

HOST_HELP = ("power8, power9, power10 or nested, with /4k behind it for a "
             "host kernel with 4K pages instead of 64K")


def bootstrap():
    """Install what is missing on this machine."""
    if subprocess.run([ROOT / "tests/bootstrap"], check=False).returncode:
        raise LabError("some packages could not be installed")


def build_program(directory):
    """Build all images; gives a copy of that with Paprika in a directory.

    A copy, so that another build beside a running host does no harm.
    """
    with lock.building():
        images.prepare()
        say("building Paprika for ppc64el")
        staged = LAB / "staged"
        shutil.rmtree(staged, ignore_errors=True)
        stage.install(staged)
        directory.mkdir(parents=True, exist_ok=True)
        return shutil.copy(images.program(staged), directory)


def wanted_on(host, names):
    """The (host, case) pairs for cases named with a host."""
    for name in names:
        case = cases.find(name)
        yield case.host(host.kind, host.pages), case


def _run_dir():
    RUN.mkdir(parents=True, exist_ok=True)
    return RUN


def run_groups(groups):
    """Run everything; gives the results."""
    runner.check_not_empty(groups)
    with tempfile.TemporaryDirectory(prefix="run-", dir=_run_dir()) as where:
        program = build_program(Path(where))
        return runner.Runner(groups, program).run()


def command_run(options):
    """run: cases on hosts."""
    names = options.words
    if options.long:
        os.environ["LAB_LONG"] = "yes"
    if options.all:
        every = cases.load_all().values()
        chosen = [cases.find(name) for name in names] or every
        wanted = [(host, case) for case in chosen for host in case.hosts()]
    else:
        if not names:
            raise LabError("which host? (or --all)")
        host = hosts.parse(names[0])
        chosen = names[1:] or [
            case.name for case in cases.load_all().values()
            if any(item.kind == host.kind and item.pages == host.pages
                   for item in case.hosts())]
        wanted = list(wanted_on(host, chosen))
    bootstrap()
    passed, failed = runner.summarize(run_groups(cases.group(wanted)))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def command_list(_):
    """list: hosts and cases."""
    print("hosts: " + " ".join(f"{kind} {kind}/4k" for kind in hosts.KINDS))
    for case in cases.load_all().values():
        where = " ".join(host.label for host in case.hosts())
        print(f"{case.name:14} {case.summary}\n{'':14} on {where}")
    return 0


def command_stage(options):
    """stage: install tree."""
    bootstrap()
    stage.install(options.directory)
    say(f"installed below {options.directory}")
    return 0


def command_deb(options):
    """deb: the package."""
    bootstrap()
    return deb.command(options)


def command_prepare(_):
    """prepare: all that needs the network, and all images."""
    bootstrap()
    with lock.building():
        images.prepare()
        packages.emulator()
        if not stage.is_native():
            stage.prepare_cross()
    say("ready")
    return 0


def command_shell(options):
    """shell: a host's console."""
    bootstrap()
    host = hosts.parse(options.host, options.cpus, options.icount)
    directory = RUN / f"shell-{host.label}"
    program = build_program(directory)
    say(f"starting {host.label}; Ctrl-] ends it")
    size = shutil.get_terminal_size()
    live = Session(host, {"mode": "shell", "rows": size.lines,
                          "cols": size.columns}, program, directory)
    live.attach()
    return 0


def parser():
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="lab", description="Real KVM on emulated POWER hosts; see "
        "docs/lab.md.")
    sub = top.add_subparsers(dest="command", required=True)

    item = sub.add_parser("run", help="run cases",
                          description="Run cases on a host, or with --all on "
                          "every host that their headers name.")
    item.add_argument("--all", action="store_true",
                      help="every host; the words then name cases")
    item.add_argument("--long", action="store_true",
                      help="repeat as often as was promised")
    item.add_argument("words", nargs="*", metavar="HOST CASE...",
                      help=HOST_HELP)
    item.set_defaults(function=command_run)

    item = sub.add_parser("shell", help="a shell in a host")
    item.add_argument("host", help=HOST_HELP)
    item.add_argument("--cpus", type=int, default=1,
                      help="CPUs of the host (1)")
    item.add_argument("--icount", action="store_true",
                      help="count instructions: one per nanosecond")
    item.set_defaults(function=command_shell)

    item = sub.add_parser("list", help="hosts and cases")
    item.set_defaults(function=command_list)

    item = sub.add_parser("stage", help="cross-build an install tree")
    item.add_argument("directory", metavar="DIR")
    item.set_defaults(function=command_stage)

    item = sub.add_parser("deb", help="build the Debian package for ppc64el")
    item.add_argument("directory", help="where it is put")
    item.set_defaults(function=command_deb)

    item = sub.add_parser("prepare", help="fetch and build all images")
    item.set_defaults(function=command_prepare)

    trial.add_parser(sub)
    return top


def main(arguments):
    """Run one command; gives the exit status."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return options.function(options)
    except LabError as error:
        warn(error)
        return 1
    except KeyboardInterrupt:
        return 130
