# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the kernel's names of its system calls, by number, as lines of a C table.

  gen_syscall_names.py OUTPUT COMPILER...

A signal's handler cannot ask libseccomp for a name, which it allocates.
"""

import re
import subprocess
import sys

output, *compiler = sys.argv[1:]
text = subprocess.run([*compiler, "-E", "-dM", "-x", "c", "-"], check=True,
                      input="#include <asm/unistd.h>\n", capture_output=True,
                      text=True).stdout
names = {}
for name, value in re.findall(r"^#define __NR_(\w+) (\S+)$", text, re.M):
    if value.isdigit():
        names.setdefault(int(value), name)
if len(names) < 200:
    sys.exit("gen_syscall_names.py: the compiler tells of hardly any system call")
with open(output, "w", encoding="ascii") as table:
    for number, name in sorted(names.items()):
        table.write(f'    [{number}] = "{name}",\n')
