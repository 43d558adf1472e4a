# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a newc cpio archive, owned by root, without being root."""

import stat


class Cpio:
    """Collects entries; bytes() gives the archive."""

    def __init__(self):
        self._parts = []
        self._inode = 0

    def _add(self, name, mode, data=b"", device=(0, 0)):
        self._inode += 1
        path = name.encode() + b"\0"
        fields = (self._inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                  device[0], device[1], len(path), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        self._parts += [_padded(header + path), _padded(data)]

    def add_dir(self, name, mode=0o755):
        """A directory; parents must have been added before."""
        self._add(name, stat.S_IFDIR | mode)

    def add_file(self, name, data, mode=0o644):
        """A regular file with these contents."""
        self._add(name, stat.S_IFREG | mode, data)

    def add_link(self, name, target):
        """A symbolic link."""
        self._add(name, stat.S_IFLNK | 0o777, target.encode())

    def add_chardev(self, name, major, minor, mode=0o600):
        """A character device node."""
        self._add(name, stat.S_IFCHR | mode, device=(major, minor))

    def to_bytes(self):
        """The whole archive."""
        tail = Cpio()
        tail._add("TRAILER!!!", 0)
        return b"".join(self._parts + tail._parts)


def _padded(data):
    return data + b"\0" * (-len(data) % 4)
