# SPDX-License-Identifier: GPL-2.0-or-later
"""Just enough of ELF to find the libraries that a program links."""

import struct

DT_NEEDED = 1
DT_STRTAB = 5
PT_LOAD = 1
PT_DYNAMIC = 2


def needed(path):
    """The DT_NEEDED names of a 64-bit little-endian ELF file, else []."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return []
    offset, size, count = (struct.unpack_from("<Q", data, 32)[0],
                           *struct.unpack_from("<HH", data, 54))
    segments = [struct.unpack_from("<IIQQQQ", data, offset + number * size)
                for number in range(count)]

    def file_offset(address):
        for kind, _, start, virtual, _, length in segments:
            if kind == PT_LOAD and virtual <= address < virtual + length:
                return address - virtual + start
        return None

    names, strings = [], None
    for kind, _, start, _, _, length in segments:
        if kind != PT_DYNAMIC:
            continue
        for position in range(start, start + length, 16):
            tag, value = struct.unpack_from("<QQ", data, position)
            if tag == DT_NEEDED:
                names.append(value)
            elif tag == DT_STRTAB:
                strings = file_offset(value)
    if strings is None:
        return []
    return [data[strings + name:data.index(b"\0", strings + name)].decode()
            for name in names]


def closure(programs, directories):
    """The library files that these programs need, directly or not."""
    found, queue = {}, list(programs)
    while queue:
        for name in needed(queue.pop()):
            if name in found:
                continue
            path = next((place / name for place in directories
                         if (place / name).exists()), None)
            if path:
                found[name] = path
                queue.append(path)
    return list(found.values())
