# SPDX-License-Identifier: GPL-2.0-or-later
# The guest reads the clock, sets it, and finds it set; --rtc base=DATE.
# hosts: power9 nested
# long-hosts: power8 power10
# timeout: 120

. /program/cases/lib.sh

# expect_near WHAT VALUE WANTED: within a minute.
expect_near() {
  difference=$((${2:-0} - $3))
  [ "${difference#-}" -le 60 ] || fail "$last_guest: $1 is ${2:-unknown}, not near $3"
}

linux utc rtc --rtc utc
expect_status 0
expect_near 'the clock' "$(said 'rtc: epoch')" "$(date -u +%s)"
expect_near 'the clock after it was set' "$(said 'rtc: after')" 2000000000
[ "$(said 'rtc: later')" -gt "$(said 'rtc: after')" ] 2>/dev/null || fail 'the clock stands still'
at_start=$(said 'rtc: epoch')
expect_near "the host's clock, untouched," "$(date -u +%s)" "${at_start:-0}"

linux base rtc --rtc base=2001-09-09T01:46:40
expect_status 0
expect_near 'the clock' "$(said 'rtc: epoch')" 1000000000
finish
