# shellcheck shell=bash
# Both benchmarks on simulated hosts: a work directory, a port, and nothing left behind.
: "${YADO_ROOT:?is set by yado bench}"
work=$(mktemp -d "${TMPDIR:-/tmp}/yado-bench-XXXXXX")
chmod 711 "$work"

clean_up() {
  local code=$? pid
  trap '' INT TERM HUP
  [ "$code" = 0 ] || [ "$code" -gt 128 ] || tail -n 5 "$work"/up.log "$work"/cloud/log/*.log >&2 2>/dev/null || true
  pid=$(cat "$work/cloud/up.pid" 2>/dev/null || true)
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
  fi
  # A controller that was not well may have left its PostgreSQL: what names the work directory was started here.
  for pid in /proc/[0-9]*; do
    pid=${pid#/proc/}
    if [ "$pid" != $$ ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$work"; then
      kill -QUIT "$pid" 2>/dev/null || true
    fi
  done
  rm -rf "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# measure CLASS FLAG...
measure() {
  local class=$1
  shift
  BENCH_WORK=$work BENCH_PORT=$((20000 + $$ % 20000)) "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx256m "$@" "$YADO_ROOT/bench/fleet/$class.java"
}
