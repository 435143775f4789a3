# shellcheck shell=bash
# The data plane of the hosts of one "up": one network namespace as the switches, one for each host's underlay, one for the data centre
# behind the provider network. All of it is named by files below <state>/fabric, and nothing elsewhere.
#
#   switch      bridges "underlay" (between the hosts, MTU 1600) and "provider" (to the data centre)
#   host-N      eth0 192.168.100.N/24 on the underlay; bridge "public", which leads to the provider network
#   datacentre  eth0 203.0.113.1/24 and 2001:db8:203::1/64: what lies outside of the cloud

FABRIC_MTU=1600
FABRIC_PROVIDER_RANGE=203.0.113

# shellcheck disable=SC2154  # state is "up"'s
fabric_ns() { printf '%s/fabric/%s' "$state" "$1"; }

# in_fabric NAME COMMAND...: runs it in that network namespace.
in_fabric() {
  local name=$1
  shift
  nsenter --net="$(fabric_ns "$name")" -- "$@"
}

fabric_is_up() { [ "$(findmnt -n -o FSTYPE -M "$(fabric_ns "$1")" 2>/dev/null)" = nsfs ]; }

# Says why hosts of this machine can carry no networks; nothing when they can.
fabric_obstacle() {
  [ "$(id -u)" = 0 ] || { printf 'it needs root' && return; }
  local module
  for module in tun vxlan br_netfilter; do modprobe -q "$module" 2>/dev/null || true; done
  [ -c /dev/net/tun ] || { printf 'there is no /dev/net/tun (kernel module tun)' && return; }
  unshare --net -- true 2>/dev/null || { printf 'this kernel or container allows no network namespaces' && return; }
  unshare --net -- sh -c 'ip link add br0 type bridge && ip link add vx0 type vxlan id 1 dstport 4789 && ip link add ve0 type veth peer name ve1' \
    2>/dev/null || { printf 'this kernel or container allows no bridges, VXLAN or veth' && return; }
  [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || printf 'this kernel does not filter bridged packets (module br_netfilter)'
}

# Makes what is missing; what is there stays, with the traffic of guests that run on.
fabric_up() {
  (umask 022 && mkdir -p "$state/fabric")
  chmod 700 "$state/fabric"
  fabric_namespace switch
  fabric_bridge switch underlay "$FABRIC_MTU"
  fabric_bridge switch provider 1500
  fabric_namespace datacentre
  fabric_wire datacentre eth0 provider dc 1500
  in_fabric datacentre ip address replace "$FABRIC_PROVIDER_RANGE.1/24" dev eth0
  in_fabric datacentre ip address replace 2001:db8:203::1/64 dev eth0 nodad
  local n
  for n in $(seq 1 "$1"); do
    fabric_namespace "host-$n"
    fabric_wire "host-$n" eth0 underlay "u$n" "$FABRIC_MTU"
    in_fabric "host-$n" ip address replace "$(fabric_address "$n")/24" dev eth0
    fabric_bridge "host-$n" public 1500
    fabric_wire "host-$n" eth1 provider "p$n" 1500
    in_fabric "host-$n" ip link set eth1 master public
  done
}

fabric_address() { printf '192.168.100.%s' "$1"; }

fabric_namespace() {
  ! fabric_is_up "$1" || return 0
  local file
  file=$(fabric_ns "$1")
  : >"$file"
  unshare --net="$file" -- true
  in_fabric "$1" ip link set lo up
}

# What passes a bridge of the fabric is not for the firewall of the namespace that the bridge is in.
fabric_bridge() {
  in_fabric "$1" ip link show "$2" >/dev/null 2>&1 ||
    in_fabric "$1" ip link add "$2" mtu "$3" type bridge mcast_snooping 0 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0
  in_fabric "$1" ip link set "$2" up
}

# fabric_wire NAME DEVICE BRIDGE PORT MTU: from a namespace to a bridge of the switch.
fabric_wire() {
  if ! in_fabric "$1" ip link show "$2" >/dev/null 2>&1; then
    in_fabric switch ip link delete "$4" 2>/dev/null || true
    in_fabric switch ip link add "$4" mtu "$5" type veth peer name "$2" mtu "$5" netns "$(fabric_ns "$1")"
  fi
  in_fabric switch ip link set "$4" master "$3" up
  in_fabric "$1" ip link set "$2" up
}

# Whether a QEMU works in a VM's directory of this state.
guests_run() {
  local cwd
  for cwd in /proc/[0-9]*/cwd; do
    case $(readlink "$cwd" 2>/dev/null) in "$state"/hosts/*/vms/*) return 0 ;; esac
  done
  return 1
}

# Takes down the fabric and the networks that its hosts carried, with what serves them. Not while a guest runs.
fabric_down() {
  local file pid
  for pid in $(pgrep -x dnsmasq || true); do
    if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$state/hosts/"; then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  while IFS= read -r file; do
    umount "$file" && rm -f "$file"
  done < <(findmnt -rn -t nsfs -o TARGET | grep -F -- "$state/" || true)
  rm -rf "$state/fabric"
}
