# Made by tests/check-completion --update from the program's help.
# shellcheck shell=bash disable=SC2207

_paprika() {
  local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} options= values= IFS=$' \t\n'
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W 'run info ctl list boot-test dtb help version --help --version' -- "$word"))
    return
  fi
  # "--option=value" comes in three words.
  if [ "$word" = = ]; then word=; elif [ "$last" = = ] && [ "$COMP_CWORD" -gt 2 ]; then last=${COMP_WORDS[COMP_CWORD - 2]}; fi
  case $command in
    help) options='run info ctl list boot-test dtb help version' ;;
    run)
      options='--kernel --initrd --append --boot --memory --max-memory --hugepages --memory-backing --cpus --numa --mmu --hpt-order --hpt-resize --hpt-verify --irq --max-cpu-compat --rpt-invalidate --pool-stats --rtc --nvram --name --no-reboot --disk --net --port --vsock --rng --tpm --hotplug --balloon --no-page-reporting --console --qmp --gdb --log --trace --sandbox --user --chroot --help'
      case $last in
        --kernel) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --initrd) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --append) return ;;
        --boot) values='auto direct of' ;;
        --memory) return ;;
        --max-memory) return ;;
        --memory-backing) return ;;
        --cpus) return ;;
        --numa) return ;;
        --mmu) values='auto radix hash' ;;
        --hpt-order) return ;;
        --hpt-resize) values='auto on off' ;;
        --irq) values='auto xive xics' ;;
        --max-cpu-compat) values='power8 power9 power10 none' ;;
        --rtc) values='base= utc' ;;
        --nvram) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --name) return ;;
        --disk) return ;;
        --net) values='tap=' ;;
        --port) values='name=' ;;
        --vsock) return ;;
        --tpm) values='unix:' ;;
        --console) values='stdio pty file: unix: none' ;;
        --qmp) values='unix: none' ;;
        --gdb) values='tcp: unix:' ;;
        --log) return ;;
        --trace) values='all hcall rtas irq hv boot virtio' ;;
        --sandbox) values='on off log' ;;
        --user) return ;;
        --chroot) COMPREPLY=($(compgen -d -- "$word")); compopt -o filenames 2>/dev/null; return ;;
      esac
      ;;
    info)
      options='--json --help'
      case $last in
      esac
      ;;
    ctl)
      options='--cpu --pid --json --help'
      case $last in
        --cpu) return ;;
        --pid) return ;;
      esac
      ;;
    list)
      options='--help'
      case $last in
      esac
      ;;
    boot-test)
      options='--expect --fail --send --poweroff --timeout --silence --max-reboots --ignore-oops --repeat --jobs --matrix --output --junit --tap --kernel --initrd --append --boot --memory --max-memory --hugepages --memory-backing --cpus --numa --mmu --hpt-order --hpt-resize --hpt-verify --irq --max-cpu-compat --rpt-invalidate --pool-stats --rtc --no-reboot --disk --rng --hotplug --balloon --no-page-reporting --trace --sandbox --user --chroot --help'
      case $last in
        --expect) return ;;
        --fail) return ;;
        --send) return ;;
        --timeout) return ;;
        --silence) return ;;
        --max-reboots) return ;;
        --repeat) return ;;
        --jobs) return ;;
        --matrix) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --output) COMPREPLY=($(compgen -d -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --junit) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --kernel) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --initrd) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --append) return ;;
        --boot) values='auto direct of' ;;
        --memory) return ;;
        --max-memory) return ;;
        --memory-backing) return ;;
        --cpus) return ;;
        --numa) return ;;
        --mmu) values='auto radix hash' ;;
        --hpt-order) return ;;
        --hpt-resize) values='auto on off' ;;
        --irq) values='auto xive xics' ;;
        --max-cpu-compat) values='power8 power9 power10 none' ;;
        --rtc) values='base= utc' ;;
        --disk) return ;;
        --trace) values='all hcall rtas irq hv boot virtio' ;;
        --sandbox) values='on off log' ;;
        --user) return ;;
        --chroot) COMPREPLY=($(compgen -d -- "$word")); compopt -o filenames 2>/dev/null; return ;;
      esac
      ;;
    dtb)
      options='--kernel --initrd --append --boot --memory --max-memory --hugepages --memory-backing --cpus --numa --mmu --hpt-order --hpt-resize --hpt-verify --irq --max-cpu-compat --rpt-invalidate --pool-stats --rtc --nvram --name --no-reboot --disk --net --port --vsock --rng --tpm --hotplug --balloon --no-page-reporting --console --qmp --gdb --log --trace --sandbox --user --chroot --host --page-size --out --help'
      case $last in
        --kernel) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --initrd) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --append) return ;;
        --boot) values='auto direct of' ;;
        --memory) return ;;
        --max-memory) return ;;
        --memory-backing) return ;;
        --cpus) return ;;
        --numa) return ;;
        --mmu) values='auto radix hash' ;;
        --hpt-order) return ;;
        --hpt-resize) values='auto on off' ;;
        --irq) values='auto xive xics' ;;
        --max-cpu-compat) values='power8 power9 power10 none' ;;
        --rtc) values='base= utc' ;;
        --nvram) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --name) return ;;
        --disk) return ;;
        --net) values='tap=' ;;
        --port) values='name=' ;;
        --vsock) return ;;
        --tpm) values='unix:' ;;
        --console) values='stdio pty file: unix: none' ;;
        --qmp) values='unix: none' ;;
        --gdb) values='tcp: unix:' ;;
        --log) return ;;
        --trace) values='all hcall rtas irq hv boot virtio' ;;
        --sandbox) values='on off log' ;;
        --user) return ;;
        --chroot) COMPREPLY=($(compgen -d -- "$word")); compopt -o filenames 2>/dev/null; return ;;
        --host) return ;;
        --page-size) return ;;
        --out) COMPREPLY=($(compgen -f -- "$word")); compopt -o filenames 2>/dev/null; return ;;
      esac
      ;;
  esac
  if [ -n "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$word"))
  elif [[ $word == -* || $command == help ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [ "$command" = ctl ] && [ "$COMP_CWORD" = 3 ]; then
    COMPREPLY=($(compgen -W 'translate mmu hpt memory dump status cpus stop cont nmi reset powerdown plug-cpu unplug-cpu plug-memory unplug-memory plug-disk unplug-disk resize-disk disks plug-net unplug-net cores memory-devices balloon memory-use quit trace version commands qmp' -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
    compopt -o filenames 2>/dev/null
  fi
  [[ ${COMPREPLY[0]-} != *[:=] ]] || compopt -o nospace 2>/dev/null
}
complete -F _paprika paprika
