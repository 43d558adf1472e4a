# SPDX-License-Identifier: GPL-2.0-or-later
# What a partition learns of itself: entitlement, dispatch log, system parameters, VPD, by guests that ask.
# hosts: power9 nested
# long-hosts: power8 power10
# timeout: 120

. /program/cases/lib.sh

cores=$(ls -d /proc/device-tree/cpus/PowerPC,* | wc -l)
entitled=$((cores < 2 ? 100 * cores : 200))

guest bare --kernel "$GUESTS/lpar.elf" --cpus 2 --memory 256M
expect_status 0
expect_line "^lpar: entitled $entitled capped 1 weight 0 pool $cores of $cores cores"
expect_line '^lpar: pool not to know'
expect_line '^lpar: memory 256 MiB entitled, 256 MiB backing'
expect_line '^lpar: vpa shared 1, 10 naps: [1-9]'
expect_line '^lpar: ok'

guest pool --kernel "$GUESTS/lpar.elf" --append pool=1 --pool-stats
expect_status 0
expect_line "^lpar: pool of $cores cores"
expect_line '^lpar: ok'

linux linux lpar --cpus 2 --name build-7
expect_status 0
refute_line
expect_line '^papr: sysparm 20 length [0-9]+ BoundThrds=[01],CapInc=100,.*MaxEntCap=.*,DesProcs=2,'
expect_line '^papr: sysparm 20 set -1'
expect_line '^papr: sysparm 42 length 1 <00>'
case $LAB_HOST in
  nested) expect_line '^papr: sysparm 43 error -95' ;;
  *) expect_line '^papr: sysparm 43 length 8 <00><01><00><0[1-9]><00><01><00><0[1-9]>' ;;
esac
expect_line '^papr: sysparm 44 error -95'
expect_line '^papr: sysparm 44 set -95'
expect_line '^papr: sysparm 48 length 16 '
expect_line '^papr: sysparm 50 length 2 <00><00>'
expect_line '^papr: sysparm 55 length 8 build-7<00>'
expect_line '^papr: vpd all length [1-9][0-9]+ .*System<20>VPD.*TM<08>PAPR-KVM.*YL<11>UPAPR[.]KVM.*System<20>Firmware.*-Y1'
expect_line '^papr: vpd nowhere error -22'
expect_line '^lpar: linux ok'
finish
