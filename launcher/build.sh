# shellcheck shell=bash
# Builds what changed, and starts what was built.

BUILD_PACKAGES=(maven git)
MAVEN=(mvn -B -q)

# A fingerprint of everything that the build reads.
fingerprint() {
  (cd "$ROOT" && find pom.xml .mvn openapi.yaml db ./*/pom.xml ./*/src/main -type f -printf '%p %s %T@\n' 2>/dev/null |
    sort | sha256sum)
}

# build_modules MODULE...: packages them unless nothing changed since they were last built together.
build_modules() {
  local now jar fresh=1
  now=$(fingerprint)
  for jar in "$@"; do
    [ -f "$ROOT/$jar/target/$jar-0.1.0-SNAPSHOT.jar" ] && [ -d "$ROOT/$jar/target/lib" ] || fresh=0
  done
  [ $fresh = 1 ] && [ "$(cat "$ROOT/target/fingerprint" 2>/dev/null)" = "$now" ] && return 0
  need_packages "${BUILD_PACKAGES[@]}"
  mkdir -p "$ROOT/target"
  # Two launchers at once: the second waits and then finds it done.
  exec 8>"$ROOT/target/build.lock"
  flock 8
  if [ $fresh = 0 ] || [ "$(cat "$ROOT/target/fingerprint" 2>/dev/null)" != "$now" ]; then
    # Jars that are no longer dependencies must not stay on the class path.
    rm -rf "$ROOT"/{controller,vmmd,cli,simulator}/target/lib
    quietly "building Yado" "$ROOT/target/log/build.log" \
      "${MAVEN[@]}" -T 2 -f "$ROOT/pom.xml" -pl controller,vmmd,cli,simulator -am -DskipTests package
    printf '%s\n' "$now" >"$ROOT/target/fingerprint"
  fi
  exec 8>&-
}

class_path() { printf '%s' "$ROOT/$1/target/$1-0.1.0-SNAPSHOT.jar:$ROOT/$1/target/lib/*"; }

# exec_java MODULE MAIN ARG...: becomes that program. The array java_flags is put before the class.
java_flags=()
exec_java() {
  local module=$1 main=$2
  shift 2
  exec "$JAVA_HOME/bin/java" "${java_flags[@]}" --enable-native-access=ALL-UNNAMED -cp "$(class_path "$module")" "$main" "$@"
}

# exec_service: the same in a session of its own, so that Ctrl-C at the terminal reaches only the launcher.
exec_service() {
  local module=$1 main=$2
  shift 2
  exec setsid "$JAVA_HOME/bin/java" "${java_flags[@]}" --enable-native-access=ALL-UNNAMED -cp "$(class_path "$module")" "$main" "$@"
}

run_client() {
  need_java
  build_modules cli
  # Who may read the administrator's token of the default state needs no login on this machine.
  local state
  state=$(default_state)
  if [ -z "${YADO_TOKEN:-}${YADO_TOKEN_FILE:-}" ] && [ ! -e "${XDG_CONFIG_HOME:-$HOME/.config}/yado/config.json" ] &&
    [ -r "$state/admin-token" ]; then
    export YADO_TOKEN_FILE=$state/admin-token
    [ ! -r "$state/url" ] || export YADO_URL=${YADO_URL:-$(cat "$state/url")}
  fi
  # All commands start faster without the optimizing compiler; the digest of a large image is ten times as fast with it.
  java_flags=(-XX:+UseSerialGC -Xshare:auto -Xmx128m)
  [ "${1:-} ${2:-}" = "image create" ] || java_flags+=(-XX:TieredStopAtLevel=1)
  exec_java cli dev.yado.cli.Main "$@"
}

# The witness guest, built once and kept by content.
GUEST_DIR=${YADO_GUEST_DIR:-$ROOT/target/guest}
need_guest() {
  # shellcheck disable=SC2046
  need_packages $(cat "$ROOT/guest/packages")
  quietly "preparing the guest" "$ROOT/target/log/guest.log" "$ROOT/guest/build" "$GUEST_DIR"
}

# A full Debian with stock cloud-init, for tests: the release that this machine runs, since its apt knows the packages of that.
DEBIAN_DIR=${YADO_DEBIAN_DIR:-$ROOT/target/debian}
need_debian() {
  # shellcheck disable=SC2046
  need_packages $(cat "$ROOT/guest/packages-debian")
  quietly "preparing a full Debian" "$ROOT/target/log/debian.log" "$ROOT/guest/debian" "$DEBIAN_DIR" \
    "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)"
}
