# SPDX-License-Identifier: GPL-2.0-or-later
# Instructions and memory until the first KVM_RUN, until the kernel's entry, and until user space.
# hosts: power9
# icount: yes
# timeout: 3000

. /program/cases/lib.sh
. /bench/cases/lib.sh
LIMIT=200

plain_guest 'console=hvc0 hold=yes'

# stages PEER MODE CPUS MEMORY
stages() {
  stages_of=$1/$2/$3/$4
  until_run "boot-run/$stages_of" "$@"
  # SLOF alone does much before it enters the kernel, whose first words through it come just after that.
  [ "$1" != slof ] || ENTRY='^OF stdout device is' ENTRY_WHAT=boot-entry/$stages_of
  until_line "boot-user/$stages_of" "$USER_SPACE" "$@"
  ENTRY=
  figure "boot-clock/$stages_of" $(($(guest_clock) * 1000000))
}

for mode in $LAB_MODES; do
  # Ours twice: what they differ by is noise.
  case $mode in
    radix) peers='paprika paprika vof paprika-of slof' ;;
    *) peers='paprika paprika vof' ;;
  esac
  for peer in $peers; do
    stages "$peer" "$mode" 1 1G
  done
done
finish
