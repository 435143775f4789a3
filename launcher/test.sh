# shellcheck shell=bash
# All tests: units, database and simulators first, then those with real guests. The last line counts them.

run_test() {
  [ $# = 0 ] || die "test takes no arguments; for one class: mvn -pl MODULE -am test -Dtest=CLASS"
  need_java
  need_host
  need_packages "${BUILD_PACKAGES[@]}" gcc libc6-dev e2fsprogs xorriso openssh-client python3-zstandard
  need_files
  need_guest
  export YADO_GUEST_DIR=$GUEST_DIR
  if grep -qx ID=debian /etc/os-release; then
    need_debian
    export YADO_DEBIAN_DIR=$DEBIAN_DIR
  fi
  local failed=0
  find "$ROOT" -path '*/target/surefire-reports/*' -name 'TEST-*.xml' -delete
  say "unit, database and simulator tests"
  mvn -B -T 2 -f "$ROOT/pom.xml" -fae package || failed=1
  if [ $failed = 0 ]; then
    fingerprint >"$ROOT/target/fingerprint"
    # A daemon's guests wait much: two classes at a time. A whole cloud does not.
    say "tests with real guests"
    mvn -B -f "$ROOT/pom.xml" -fae -pl vmmd,e2e -am -Dtest.groups=guest -Dtest.excluded-groups=moves -Dvmmd.forks=2 \
      -Dsurefire.reportNameSuffix=guest package || failed=1
  fi
  count_tests
  return $failed
}

# Each failed test with its message and our own frames, then the sum over all reports in one plain line: who is shown
# only the end of the output sees what failed.
count_tests() {
  local reports
  mapfile -t reports < <(find "$ROOT" -path '*/target/surefire-reports/*' -name 'TEST-*.xml')
  [ ${#reports[@]} -gt 0 ] || { say "no test ran" && return; }
  awk '/<testcase / { split($0, part, "\""); test = part[4] "." part[2] }
      /<(failure|error)[ >]/ { gsub(/^ *<(failure|error) ?/, ""); print "failed: " test "\n  " substr($0, 1, 600); frames = 8; next }
      /<\/(failure|error)>/ { frames = 0 }
      frames > 0 && /^\tat dev\.yado|^Caused by/ { print "  " substr($0, 1, 300); frames-- }' "${reports[@]}"
  grep -h -m1 '<testsuite ' "${reports[@]}" |
    awk '{ for (i = 1; i <= NF; i++) if (split($i, part, "\"") > 1) {
        if ($i ~ /^tests=/) tests += part[2]; if ($i ~ /^(errors|failures)=/) failed += part[2]; if ($i ~ /^skipped=/) skipped += part[2] } }
      END { printf "%d passed, %d failed, %d skipped\n", tests - failed - skipped, failed, skipped }'
}
