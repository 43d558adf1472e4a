# SPDX-License-Identifier: GPL-2.0-or-later
# The guest reads the clock, sets it, and finds it set; --rtc base=DATE.
# hosts: power9 nested
# long-hosts: power8 power10
# timeout: 120

. /program/cases/lib.sh

said() { sed -n "s/^rtc: $1 \([0-9]*\).*/\1/p" "$CASE_DIR/$last_guest.console"; }

# expect_near WHAT VALUE WANTED: within a minute.
expect_near() {
  difference=$((${2:-0} - $3))
  [ "${difference#-}" -le 60 ] || fail "$last_guest: $1 is ${2:-unknown}, not near $3"
}

linux utc rtc --rtc utc
expect_status 0
expect_near 'the clock' "$(said epoch)" "$(date -u +%s)"
expect_near 'the clock after it was set' "$(said after)" 2000000000
[ "$(said later)" -gt "$(said after)" ] 2>/dev/null || fail 'the clock stands still'
at_start=$(said epoch)
expect_near "the host's clock, untouched," "$(date -u +%s)" "${at_start:-0}"

linux base rtc --rtc base=2001-09-09T01:46:40
expect_status 0
expect_near 'the clock' "$(said epoch)" 1000000000
finish
