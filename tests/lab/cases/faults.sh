# SPDX-License-Identifier: GPL-2.0-or-later
# Each system call of the start fails once: Paprika does without it, or ends and says why.
# hosts: power9 nested
# timeout: 120

. /program/cases/lib.sh

cp "$GUESTS/quick.elf" quick.elf
last_guest=faults
faults "$(rounds 13 1)" "/tmp/$CASE/qmp" paprika run --kernel quick.elf --memory 256M --cpus 2 \
  --console none --qmp "unix:/tmp/$CASE/qmp" >"$CASE_DIR/faults.console" 2>"$CASE_DIR/faults.log"
status=$?
expect_status 0
grep -E '^(FAULT|quiet)' -A 1 "$CASE_DIR/faults.console" | head -n 40
tail -n 1 "$CASE_DIR/faults.console"
expect_line '^faults: [1-9]'
finish
