# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel modules: find them, unpack them, and order them by dependency."""

import lzma
import re


class Modules:
    """The modules of one unpacked Debian kernel package."""

    def __init__(self, tree):
        self._paths = {}
        for path in tree.glob("lib/modules/*/kernel/**/*.ko*"):
            name = path.name.split(".ko")[0].replace("-", "_")
            self._paths[name] = path
        self._contents = {}

    def content(self, name):
        """The uncompressed module."""
        name = name.replace("-", "_")
        if name not in self._contents:
            data = self._paths[name].read_bytes()
            if self._paths[name].suffix == ".xz":
                data = lzma.decompress(data)
            self._contents[name] = data
        return self._contents[name]

    def exists(self, name):
        """Whether this kernel has it as a module."""
        return name.replace("-", "_") in self._paths

    def order(self, names):
        """These modules and what they need, in the order of loading."""
        result = []

        def visit(name):
            name = name.replace("-", "_")
            if name in result or not self.exists(name):
                return
            match = re.search(rb"\0depends=([^\0]*)\0",
                              b"\0" + self.content(name))
            for needed in (match[1].decode() if match else "").split(","):
                if needed:
                    visit(needed)
            result.append(name)

        for name in names:
            visit(name)
        return result
