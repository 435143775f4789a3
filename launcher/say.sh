# shellcheck shell=bash
# What the launcher says. Progress goes to standard error, so that standard output stays clean for programs.

say() { printf '%s\n' "$*" >&2; }

die() {
  printf 'yado: %s\n' "$*" >&2
  exit 1
}

# quietly WHAT LOG COMMAND...: runs it with its output in LOG, shows that it works, and on failure the end of LOG.
quietly() {
  local what=$1 log=$2 started=$SECONDS
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$what ... (log: $log)"
  "$@" >"$log" 2>&1 </dev/null &
  local pid=$!
  while kill -0 "$pid" 2>/dev/null; do
    [ ! -t 2 ] || printf '\r  %ds ' $((SECONDS - started)) >&2
    sleep 0.2
  done
  [ ! -t 2 ] || printf '\r        \r' >&2
  if ! wait "$pid"; then
    tail -n 40 "$log" >&2
    die "$what failed; the whole log: $log"
  fi
  say "$what: $((SECONDS - started)) s"
}
