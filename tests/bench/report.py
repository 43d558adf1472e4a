# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables and charts of docs/performance.md, made of figures."""

from statistics import median

import chart
import figures

PEERS = {
    "paprika": "Paprika", "paprika-of": "Paprika, `--boot of`", "vof": "QEMU, VOF", "slof": "QEMU, SLOF",
}
NONE = "–"
MAIN = "power9"


class Section:
    """One table, and the chart beside it."""

    def __init__(self, name, table, picture=None):
        self.name = name
        self.table = table
        self.picture = picture


def _millions(value):
    return NONE if value is None else f"{value / 1e6:,.1f}"


def _thousands(value):
    return NONE if value is None else f"{value / 1e3:,.1f}"


def _mib(value):
    return NONE if value is None else f"{value / 1024:,.1f}"


def _times(value, base):
    return NONE if value is None or not base else f"{value / base:.2f}"


def _rows(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _all(run, figure):
    """Instructions of all threads."""
    vcpu, others = run.get(f"{figure}/vcpu"), run.get(f"{figure}/others")
    return None if vcpu is None or others is None else vcpu + others


def _made(runs):
    head = ["run", "date", "program", "host kernel", "QEMU", "figures of ours", "measured more than once",
            "median spread", "largest"]
    rows = []
    for name, run in sorted(runs.items()):
        data, judged = run.data, run.judged()
        spreads = [figures.spread(values) for values in judged.values() if len(values) > 1]
        rows.append([name, data["date"], f"`{data['program']}`", data["kernel"], data["qemu"],
                     str(len(judged)), str(len(spreads))]
                    + ([f"{median(spreads):.2%}", f"{max(spreads):.2%}"] if spreads else [NONE, NONE]))
    return _rows(head, rows)


def _boot_keys(runs):
    """(run, peer, mode) of all starts of one CPU and 1 GiB."""
    found = []
    for host in ("power8", "power9", "power10", "nested"):
        run = runs.get(f"{host}/bench-boot")
        for mode in ("radix", "hash"):
            for peer in PEERS:
                if run and f"boot-user/{peer}/{mode}/1/1G/vcpu" in run:
                    found.append((run, peer, mode))
    return found


def _boot(runs):
    head = ["host", "mode", "VMM", "first KVM_RUN", "kernel's entry", "user space: vCPU", "others",
            "guest's clock", "all / clock"]
    rows = []
    for run, peer, mode in _boot_keys(runs):
        of = f"{peer}/{mode}/1/1G"
        # The others' firmware has next to nothing to do before the kernel.
        entry = _all(run, f"boot-entry/{of}") if peer == "slof" else _all(run, f"boot-run/{of}")
        clock = run.get(f"boot-clock/{of}")
        rows.append([run.host, mode, PEERS[peer], _millions(_all(run, f"boot-run/{of}")), _millions(entry),
                     _millions(run.get(f"boot-user/{of}/vcpu")), _millions(run.get(f"boot-user/{of}/others")),
                     _millions(clock), _times(_all(run, f"boot-user/{of}"), clock)])
    return _rows(head, rows)


def _boot_chart(runs):
    groups = {}
    for run, peer, mode in _boot_keys(runs):
        value = _all(run, f"boot-user/{peer}/{mode}/1/1G")
        groups.setdefault((run.host, mode), {})[peer] = value / 1e6
    return chart.bars("Until user space, all threads", "million instructions",
                      [name.replace("`", "") for name in PEERS.values()],
                      [(f"{host}, {mode}", [values.get(peer) for peer in PEERS])
                       for (host, mode), values in groups.items()])


def _memory(runs):
    head = ["host", "mode", "VMM", "at the first KVM_RUN: PSS", "its own alone", "in user space: PSS", "its own alone"]
    rows = []
    for run, peer, mode in _boot_keys(runs):
        of = f"{peer}/{mode}/1/1G"
        rows.append([run.host, mode, PEERS[peer]]
                    + [_mib(run.get(f"{stage}/{of}/{kind}")) for stage in ("boot-run", "boot-user")
                       for kind in ("pss", "private")])
    return _rows(head, rows)


def _scale(runs, section, keys):
    """First KVM_RUN and user space of Paprika and VOF, for each key."""
    run = runs.get(f"{MAIN}/bench-scale")
    head = ["", "first KVM_RUN: Paprika", "QEMU, VOF", "user space: Paprika", "QEMU, VOF",
            "PSS: Paprika", "QEMU, VOF"]
    rows = []
    for key in keys if run else ():
        row = [key]
        for stage in ("run", "user"):
            row += [_millions(_all(run, f"{section}-{stage}/{peer}/{key}")) for peer in ("paprika", "vof")]
        for peer in ("paprika", "vof"):
            pss = run.get(f"{section}-user/{peer}/{key}/pss")
            row.append(_mib(pss if pss is not None else run.get(f"{section}-run/{peer}/{key}/pss")))
        rows.append(row)
    return _rows(head, rows)


DISK = {"read-1": "4 KiB read, one at a time", "read-32": "4 KiB read, 32 at a time",
        "write-1": "4 KiB write, one at a time", "write-32": "4 KiB write, 32 at a time"}


def _disk(runs):
    run = runs.get(f"{MAIN}/bench-disk")
    head = ["for a request", "bare loop", "Paprika: vCPU", "others", "QEMU, VOF: vCPU", "others",
            "all / QEMU's", "others / bare loop"]
    rows = []
    for how, words in DISK.items() if run else ():
        ours, theirs, floor = (f"disk-{how}/{peer}" for peer in ("paprika", "vof", "floor"))
        rows.append([words, _thousands(run.get(f"{floor}/others"))]
                    + [_thousands(run.get(f"{peer}/{kind}")) for peer in (ours, theirs) for kind in ("vcpu", "others")]
                    + [_times(_all(run, ours), _all(run, theirs)),
                       _times(run.get(f"{ours}/others"), run.get(f"{floor}/others"))])
    return _rows(head, rows)


def _disk_chart(runs):
    run = runs.get(f"{MAIN}/bench-disk")
    groups = [(words, [value / 1e3 if value is not None else None for value in
                       (_all(run, f"disk-{how}/paprika"), _all(run, f"disk-{how}/vof"))])
              for how, words in DISK.items()] if run else []
    return chart.bars("A disk request, with the guest's work", "thousand instructions",
                      [PEERS["paprika"], PEERS["vof"]], groups, 1)


def _console(runs):
    run = runs.get(f"{MAIN}/bench-disk")
    head = ["for 16 lines", "Paprika: vCPU", "others", "QEMU, VOF: vCPU", "others", "all / QEMU's"]
    if not run:
        return _rows(head, [])
    ours, theirs = "console/paprika", "console/vof"
    return _rows(head, [["console output"] + [_thousands(run.get(f"{peer}/{kind}")) for peer in (ours, theirs)
                                              for kind in ("vcpu", "others")]
                        + [_times(_all(run, ours), _all(run, theirs))]])


NET = {"send-1": "sent, each answered", "send-32": "sent, one in 32 answered",
       "take-1": "received, each answered", "take-32": "received, one in 32 answered"}
NET_PEERS = {"paprika": "Paprika", "paprika-vhost": "vhost-net"}


def _net(runs):
    run = runs.get(f"{MAIN}/bench-net")
    head = ["for a packet"] + [title for words in NET_PEERS.values() for title in (f"{words}: vCPU", "others")]
    head.append("all: vhost-net / without")
    rows = []
    for how, words in NET.items() if run else ():
        rows.append([words] + [_thousands(run.get(f"{how}/{peer}/{kind}"))
                               for peer in NET_PEERS for kind in ("vcpu", "others")]
                    + [_times(_all(run, f"{how}/paprika-vhost"), _all(run, f"{how}/paprika"))])
    return _rows(head, rows)


SECTIONS = (
    Section("runs", _made),
    Section("boot", _boot, _boot_chart),
    Section("memory", _memory),
    Section("cpus", lambda runs: _scale(runs, "cpus", ("1", "4", "8", "16"))),
    Section("size", lambda runs: _scale(runs, "memory", ("128M", "256M", "1G", "16G", "256G", "1T", "max-1T"))),
    Section("devices", lambda runs: _scale(runs, "devices", ("none", "six"))),
    Section("disk", _disk, _disk_chart),
    Section("console", _console),
    Section("net", _net),
)


def put_tables(text, runs):
    """The document with its tables made of these runs: each stands between two marks."""
    for section in SECTIONS:
        begin, end = f"<!-- {section.name}: made by tests/bench/bench -->\n", f"<!-- end of {section.name} -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"the marks around the table {section.name} are missing")
        before, rest = text.split(begin)
        text = before + begin + section.table(runs) + end + rest.split(end)[1]
    return text


def pictures(runs):
    """The charts, as texts by the names of their files."""
    return {f"{section.name}.svg": section.picture(runs) for section in SECTIONS if section.picture}
