# SPDX-License-Identifier: GPL-2.0-or-later
# paprika info on a real host; a guest from a configuration file; huge pages.
# hosts: power8 power9 power10 nested
# timeout: 150

. /program/cases/lib.sh

paprika info >"$CASE_DIR/info.console" 2>"$CASE_DIR/info.log"
status=$?
last_guest=info
expect_status 0
cat "$CASE_DIR/info.console"
for mode in $LAB_MODES; do expect_line "$mode"; done
case $LAB_HOST in
  power8) expect_line 'XICS \(kernel\)' ;;
  nested) expect_line 'XICS \(user space\)' ;;
  *) expect_line 'XIVE \(kernel\)' ;;
esac

paprika info --json >"$CASE_DIR/json.console" 2>"$CASE_DIR/json.log"
status=$?
last_guest=json
expect_status 0
expect_line '"kvm": *true'

cat >vm.conf <<END
[vm]
kernel = $K4
initrd = $INITRD
append = $LINUX do=info from=file
memory = 512M
cpus = 2
name = from-file
END
start_guest file vm.conf --cpus 1
wait_guest
expect_status 0
expect_line 'bootargs .*from=file'
expect_line '^info: cpus 1'
refute_line

# 16 MiB pages come with the hash hosts; radix ones here have base pages only.
echo 20 >/proc/sys/vm/nr_hugepages 2>/dev/null
free=$(sed -n 's/^HugePages_Free: *//p' /proc/meminfo)
size=$(sed -n 's/^Hugepagesize: *\([0-9]*\) kB/\1/p' /proc/meminfo)
note "huge pages: ${free:-0} of ${size:-no} kB"
linux huge info --memory 256M --hugepages
if [ "$((${free:-0} * ${size:-0}))" -ge 262144 ]; then
  expect_status 0
  expect_line 'info: ok'
  refute_line
else
  case $status in 1|2) ;; *) fail "status $status without huge pages" ;; esac
  expect_log 'huge page'
fi
echo 0 >/proc/sys/vm/nr_hugepages 2>/dev/null
finish
