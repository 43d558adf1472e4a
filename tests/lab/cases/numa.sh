# SPDX-License-Identifier: GPL-2.0-or-later
# Linux sees NUMA nodes, one without memory: processors, memory, distances.
# hosts: power9
# long-hosts: power8 power10 nested
# timeout: 300

. /program/cases/lib.sh
# What memory consists of has its turn in long runs.

# about NODE MIB: its memory is a little less, since the kernel keeps some.
about() {
  mib=$(sed -n "s/^numa: node $1 .* mib \([0-9]*\) .*/\1/p" "$CASE_DIR/$last_guest.console")
  if [ "${mib:-0}" -gt "$2" ] || [ "${mib:-0}" -lt $(($2 * 8 / 10)) ]; then
    fail "$last_guest: node $1 has ${mib:-no} MiB, not about $2"
  fi
}

# nodes NAME DISTANCES-OF-0 OPTION...: three nodes, of which the second has no memory.
nodes() {
  nodes_name=$1
  nodes_first=$2
  shift 2
  linux "$nodes_name" numa --memory 1G --cpus 4 \
    --numa node,cpus=0-1,memory=512M --numa node,cpus=3 --numa node,cpus=2,memory=512M \
    --numa dist,src=0,dst=2,val=31 --numa dist,src=0,dst=1,val=77 --numa dist,src=1,dst=2,val=77 "$@"
  expect_status 0
  refute_line
  expect_line '^numa: online 0-2 has_cpu 0-2 has_memory 0,2'
  expect_line "^numa: node 0 cpus '0-1' .* distance $nodes_first"
  expect_line "^numa: node 1 cpus '3' mib 0 distance"
  expect_line "^numa: node 2 cpus '2' "
  about 0 512
  about 2 512
  expect_line '^numa: ok'
}

for mode in $LAB_MODES; do
  nodes "$mode" '10 77 31' --mmu "$mode" $(rounds '' '--memory-backing memfd')
done
# By Open Firmware the form is negotiated.
nodes of '10 77 31' --boot of $(rounds '' '--memory-backing file:ram')
if [ "$LAB_LONG" = yes ]; then
  expect_equal "the file's size" "$(wc -c <ram)" 1073741824
  rm ram
fi
# A node of memory alone.
linux memory numa --numa node,cpus=0,memory=256M --numa node,memory=768M
expect_status 0
expect_line "^numa: node 0 cpus '0' .* distance 10 20"
expect_line '^numa: online 0-1 has_cpu 0 has_memory 0-1'
finish
