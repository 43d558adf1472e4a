# SPDX-License-Identifier: GPL-2.0-or-later
# A TPM 2.0, played by swtpm: random bytes, PCRs, what lasts over reboots and guests; its emulator is killed.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 300

. /program/cases/lib.sh
LIMIT=100

# start_tpm: with the state of the last one.
mkdir state
start_tpm() {
  rm -f ctrl
  swtpm socket --tpm2 --ctrl "type=unixio,path=$PWD/ctrl" --tpmstate "dir=$PWD/state" \
    2>>"$CASE_DIR/swtpm.log" &
  tpm=$!
  wait_until 20 test -S ctrl || fail 'swtpm does not come up'
}

# tpm_guest NAME KERNEL MODE ASKS
tpm_guest() {
  start_guest "$1" --kernel "$2" --initrd "$INITRD" --append "$LINUX do=vtpm asks=$4" --memory 512M \
    --mmu "$3" --tpm "unix:$PWD/ctrl"
}

# expect_tpm BOOTS: in each, it works, and begins with PCRs that are empty.
expect_tpm() {
  refute_line
  expect_equal 'number of TPMs' "$(count '^vtpm: version 2')" "$1"
  expect_equal 'number of good answers' "$(count '^vtpm: random 00000000 56 different')" "$1"
  expect_equal 'number of empty PCRs' "$(count '^vtpm: pcr before 0{64}')" "$1"
  expect_equal 'what the PCR has' "$(said 'vtpm: pcr after')" "00000000 $(said 'vtpm: pcr wanted')"
  expect_line '^vtpm: kept 00000000 70617072696b6121'
  expect_line '^vtpm: ends, with 1 queue'
}

# A reboot; then the emulator dies, which the guest survives.
start_tpm
tpm_guest reboots "$K4" "${LAB_MODES%% *}" 100
wait_line '^vtpm: goes on'
kill -9 "$tpm"
wait_guest
expect_status 0
expect_line '^vtpm: keeps 00000000 00000000'
expect_tpm 2
expect_line '^vtpm: failed 00000101'
expect_log "vtpm: the TPM's emulator answers no command.*; the guest's commands fail"

# Another guest on the same state; at its end the emulator ends, too.
start_tpm
tpm_guest another "$K64" "${LAB_MODES##* }" 3
wait_guest
expect_status 0
expect_tpm 1
ended() { ! kill -0 "$tpm" 2>/dev/null; }
wait_until 10 ended || fail 'swtpm goes on without its guest'

guest nobody --kernel "$K4" --tpm "unix:$PWD/nobody"
expect_status 2
expect_log 'swtpm socket'
finish
