# shellcheck shell=bash
# Finds what Yado needs on the machine and installs what is missing: apt packages by name, the two service users, access to KVM.

HOST_PACKAGES=(qemu-system-x86 qemu-utils seabios util-linux curl nftables iproute2 dnsmasq-base libnftables1 procps kmod)

# What single files of backups are read with.
FILES_PACKAGES=(7zip libnbd-bin fuse3 bubblewrap util-linux)

# need_packages NAME...: as root installs those that are missing, else prints the command that does and stops.
need_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    die "these packages are missing; install them and call again:
  sudo apt-get install --no-install-recommends ${missing[*]}"
  fi
  quietly "updating the package lists" "$ROOT/target/log/apt-update.log" apt-get update
  quietly "installing ${missing[*]}" "$ROOT/target/log/apt-install.log" \
    env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

java_version() {
  "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = \([0-9]*\).*/\1/p'
}

find_java() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -x "${home:-/nonexistent}/bin/javac" ] || continue
    # The release file answers without starting a JVM.
    local version
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null || true)
    [ -n "$version" ] || version=$(java_version "$home")
    if [ "${version:-0}" -ge 25 ]; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  return 1
}

# Exports JAVA_HOME of a JDK 25 or newer.
need_java() {
  if ! JAVA_HOME=$(find_java); then
    if apt-cache show openjdk-25-jdk-headless >/dev/null 2>&1 || { [ "$(id -u)" = 0 ] && apt-get update >/dev/null 2>&1 &&
      apt-cache show openjdk-25-jdk-headless >/dev/null 2>&1; }; then
      need_packages openjdk-25-jdk-headless
    fi
    JAVA_HOME=$(find_java) || die "a JDK 25 or newer is needed and this system's packages have none:
  unpack one (Eclipse Temurin 25, say) below /usr/lib/jvm, or set JAVA_HOME to it, and call again"
  fi
  export JAVA_HOME
}

need_files() { need_packages "${FILES_PACKAGES[@]}"; }

# What a host needs. As root also the users that services and guests run as, and a /dev/kvm as udev makes it elsewhere.
need_host() {
  need_packages "${HOST_PACKAGES[@]}"
  [ "$(id -u)" = 0 ] || return 0
  # Only root reads them.
  need_files
  local user
  for user in yado yado-qemu; do
    id "$user" >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  done
  if [ -c /dev/kvm ] && [ "$(stat -c %G:%a /dev/kvm)" = root:600 ] && getent group kvm >/dev/null; then
    say "giving group kvm access to /dev/kvm (root:kvm 0660, as udev does)"
    chgrp kvm /dev/kvm && chmod 660 /dev/kvm
  fi
}
