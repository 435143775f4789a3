# shellcheck shell=bash
# Benchmarks: bench/<name>/run prints one JSON line per figure.

run_bench() {
  local name=${1:-}
  if [ -z "$name" ]; then
    say "benchmarks (yado bench NAME):"
    (cd "$ROOT/bench" && printf "  %s\n" */run | sed "s,/run,,")
    return 0
  fi
  [ -x "$ROOT/bench/$name/run" ] || die "no benchmark named $name; 'yado bench' lists them"
  shift
  need_java
  need_host
  need_guest
  build_modules controller vmmd cli simulator
  YADO_ROOT=$ROOT YADO_GUEST_DIR=$GUEST_DIR "$ROOT/bench/$name/run" "$@"
}
