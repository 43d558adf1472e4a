# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input is refused in one line, before KVM is asked for anything.
# hosts: power9
# timeout: 300

. /program/cases/lib.sh

PAPRIKA=$(command -v paprika)
BADINPUT_DIR=/tmp/$CASE/badinput
mkdir "$BADINPUT_DIR"
. /program/badinput/lib.sh
. /program/badinput/table.sh
summary || fail 'some cases of tests/badinput/table.sh'
finish
