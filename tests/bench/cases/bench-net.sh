# SPDX-License-Identifier: GPL-2.0-or-later
# Network packets of a Linux guest by a tap, each way.
# hosts: power9
# icount: yes
# timeout: 1500

. /program/cases/lib.sh
. /bench/cases/lib.sh
LIMIT=120
PACKETS=2048 SIZE=1400

device_guest
load_modules vhost_net
make_tap 9 1

# net NAME PEER OPTION...: the guest sends, then it receives; 32 packets on the way at most, or 1.
net() {
  net_name=$1 net_peer=$2
  shift 2
  packets sink 7032 $PACKETS 32 >/dev/null 2>&1 &
  net_sinks=$!
  packets sink 7001 $PACKETS 1 >/dev/null 2>&1 &
  net_sinks="$net_sinks $!"
  loads "net-$net_name" "$net_peer" radix "packets=$PACKETS size=$SIZE" send-32,send-1,take-32,take-1 "$@"
  span "send-32/$net_name" $PACKETS send-32
  span "send-1/$net_name" $PACKETS send-1
  for window in 32 1; do
    wait_line "^bench: ready take-$window" || break
    # Once it listens.
    (sleep 1.5; exec packets send 10.7.9.2 7000 $PACKETS $SIZE $window >/dev/null 2>&1) &
    span "take-$window/$net_name" $PACKETS "take-$window"
  done
  end_loads
  # shellcheck disable=SC2086 # words
  kill $net_sinks 2>/dev/null
}

net paprika paprika --net tap=tap9
net paprika-vhost paprika --net tap=tap9,vhost=on
finish
