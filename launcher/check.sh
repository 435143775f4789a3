# shellcheck shell=bash
# Formatting, generated files, scripts, and the paths that the README names.

run_check() {
  need_java
  need_packages "${BUILD_PACKAGES[@]}" shellcheck
  local failed=0
  say "formatting (mend with: mvn spotless:apply)"
  "${MAVEN[@]}" -f "$ROOT/pom.xml" spotless:check || failed=1
  say "scripts"
  (cd "$ROOT" && shellcheck -x yado launcher/*.sh guest/build guest/debian guest/dhcp-lease .ci/run bench/*/run bench/network/port bench/start/libvirtd bench/start/daemon bench/fleet/common.sh) || failed=1
  say "generated files (write them anew: docs/generate)"
  build_modules controller vmmd cli
  check_generated || failed=1
  say "paths that README and docs name"
  check_paths || failed=1
  [ $failed = 0 ] && say "check: ok"
  return $failed
}

# The generator changes nothing.
check_generated() {
  local before after
  before=$(sha256sum "$ROOT"/docs/*.md)
  "$ROOT/docs/generate"
  after=$(sha256sum "$ROOT"/docs/*.md)
  [ "$before" = "$after" ] || { say "docs/generate has changed:" && git -C "$ROOT" diff --stat -- docs >&2 && return 1; }
}

# Every relative link of a Markdown file leads to something.
check_paths() {
  local file link bad=0
  while IFS= read -r file; do
    while IFS= read -r link; do
      link=${link%%#*}
      [ -z "$link" ] || [ -e "$ROOT/$(dirname "$file")/$link" ] || { say "$file: no such path: $link" && bad=1; }
    done < <(grep -oE '\]\([^)]+\)' "$ROOT/$file" | sed 's/^](//; s/)$//' | grep -vE '^(https?:|mailto:)')
  done < <(cd "$ROOT" && git ls-files '*.md')
  return $bad
}
