# shellcheck shell=bash
# The main job on a fresh two-host cloud, through the public API alone: tenant, token, image, VM; the guest's own words; a live move
# while somebody talks to it; stop, start; two backups, the VM gone, and back at once; delete. Every step is shown as a user would type it, with its answer in short and the time it
# took. Networks need root: without them the guest moves all the same, and its beacon says what it felt of it.

run_demo() {
  [ $# = 0 ] || die "demo takes no arguments"
  need_java
  need_host
  need_guest
  build_modules controller vmmd cli

  demo_state=$(mktemp -d "${TMPDIR:-/tmp}/yado-demo-XXXXXX")
  demo_up_pid=
  trap demo_clean_up EXIT
  export XDG_CONFIG_HOME=$demo_state/config
  unset YADO_TOKEN YADO_TENANT YADO_TOKEN_FILE
  local port
  port=$(free_port)
  YADO_URL=http://127.0.0.1:$port
  export YADO_URL

  printf '\nA cloud of two hosts on this machine, state in %s\n' "$demo_state"
  demo_start_cloud "$port"
  demo_tenant
  demo_network
  demo_vm
  demo_move
  demo_stop_and_start
  demo_backup
  if [ -t 1 ]; then
    demo_leave_up
  else
    demo_delete
    demo_nothing_left
  fi
  printf '\ndemo: ok\n'
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s' "$port"
}

yado() { (run_client "$@"); }

# step SHOWN COMMAND...: prints what a user would type, runs it, prints its answer and the time.
step() {
  local shown=$1 started answer code=0
  shift
  printf '\n$ %s\n' "$shown"
  started=${EPOCHREALTIME/./}
  answer=$("$@" 2>&1) || code=$?
  [ -z "$answer" ] || printf '  %s\n' "${answer//$'\n'/$'\n'  }"
  printf '  (%d ms)\n' $(((${EPOCHREALTIME/./} - started) / 1000))
  if [ $code != 0 ]; then
    demo_show_logs
    die "demo: that step failed with code $code"
  fi
}

demo_show_logs() { tail -n 15 "$demo_state"/log/*.log >&2 2>/dev/null || true; }

# wait_for SECONDS WHAT COMMAND...: until it succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ $SECONDS -ge $deadline ]; then
      demo_show_logs
      die "demo: waited too long for $what"
    fi
    sleep 0.2
  done
}

demo_start_cloud() {
  printf '\n$ yado up --hosts 2 --state %s --port %s\n' "$demo_state" "$1"
  local started=${EPOCHREALTIME/./}
  # In a session of its own: the cloud that is left up outlives the terminal.
  setsid "$ROOT/yado" up --hosts 2 --state "$demo_state" --port "$1" >"$demo_state.out" 2>&1 </dev/null &
  demo_up_pid=$!
  wait_for 180 "the cloud to be ready" demo_ready_or_dead
  sed 's/^/  /' "$demo_state.out"
  kill -0 $demo_up_pid || die "demo: the cloud did not come up"
  printf '  (%d ms)\n' $(((${EPOCHREALTIME/./} - started) / 1000))
}

demo_ready_or_dead() { grep -q '^ready ' "$demo_state.out" || ! kill -0 "$demo_up_pid" 2>/dev/null; }

# curl with a token that is neither shown nor among the process's arguments.
authorized_curl() {
  local token_file=$1
  shift
  curl -sS --fail-with-body -H @<(printf 'Authorization: Bearer %s' "$(cat "$token_file")") -H 'Content-Type: application/json' "$@"
}

demo_tenant() {
  local answer=$demo_state/answer.json id
  step "curl -H 'Authorization: Bearer ADMIN' \$URL/v1/hosts | ..." demo_hosts
  step "curl -H 'Authorization: Bearer ADMIN' -d '{\"name\":\"acme\"}' \$URL/v1/tenants" \
    authorized_curl "$demo_state/admin-token" -o "$answer" -w 'HTTP %{http_code}' -d '{"name":"acme"}' "$YADO_URL/v1/tenants"
  id=$(grep -oE '"id":"[^"]*"' "$answer" | head -n1 | cut -d'"' -f4)
  sed 's/^/  /' "$answer"
  printf '\n'
  step "curl -H 'Authorization: Bearer ADMIN' -d '{\"name\":\"ci\"}' \$URL/v1/tenants/$id/tokens" \
    authorized_curl "$demo_state/admin-token" -o "$answer" -w 'HTTP %{http_code}, {"token": shown once}' -d '{"name":"ci"}' \
    "$YADO_URL/v1/tenants/$id/tokens"
  (umask 077 && grep -oE '"token":"[^"]*"' "$answer" | cut -d'"' -f4 >"$demo_state/acme-token")
  rm -f "$answer"
  step "yado login --url $YADO_URL --token-file acme-token" yado login --url "$YADO_URL" --token-file "$demo_state/acme-token"
}

demo_hosts() { YADO_TOKEN_FILE=$demo_state/admin-token yado host list; }

# Where hosts can carry networks: one, and a friend in it that will talk to the VM.
demo_network() {
  demo_card=()
  if grep -q 'hosts carry no networks' "$demo_state.out"; then return; fi
  step "yado net create shop" yado net create shop
  step "yado net subnet add shop 10.0.0.0/24" yado net subnet add shop 10.0.0.0/24
  demo_card=(--nic network=shop)
}

demo_vm() {
  step "yado image create linux --format qcow2 --file disk.qcow2" \
    yado image create linux --format qcow2 --file "$GUEST_DIR/disk.qcow2"
  if [ ${#demo_card[@]} -gt 0 ]; then
    step "yado vm create friend --cpus 1 --memory 192 --disk image=linux,size=1 ${demo_card[*]} --no-wait" \
      yado vm create friend --cpus 1 --memory 192 --disk image=linux,size=1 "${demo_card[@]}" --no-wait
  fi
  step "yado vm create web --cpus 2 --memory 512 --disk image=linux,size=1 --disk size=1${demo_card:+ ${demo_card[*]}}" \
    yado vm create web --cpus 2 --memory 512 --disk image=linux,size=1 --disk size=1 "${demo_card[@]}"
  step "yado vm list" yado vm list
  wait_for 120 "the guest's first words" guest_said web 'yado-guest: ready' 1
  step "yado vm serial web" guest_words web
  guest_said web 'yado-guest: ready cpus=2 ' 1 || die "demo: the guest does not see 2 CPUs"
  local memory
  memory=$(yado vm serial web | grep -oE 'memory-mib=[0-9]+' | tail -n1 | cut -d= -f2)
  { [ "$memory" -gt 400 ] && [ "$memory" -le 512 ]; } || die "demo: the guest sees $memory MiB instead of 512"
  step "printf 'nproc; free -m\\n' | yado vm console web --for 4" console_words
}

# Forecast, move, what came of it; and what the guest, and whoever talked to it, felt of it.
demo_move() {
  step "yado vm migrate web --plan" yado vm migrate web --plan
  if [ ${#demo_card[@]} -gt 0 ]; then demo_talk; fi
  demo_hear_beacon
  step "yado vm migrate web" yado vm migrate web
  demo_beacon_gap
  if [ ${#demo_card[@]} -gt 0 ]; then demo_talked; fi
  step "yado vm migrations web" yado vm migrations web
  step "yado vm disruptions web" yado vm disruptions web
  local left
  left=$(find "$demo_state"/hosts/*/vms/"$demo_web" -maxdepth 1 -name memory.json | wc -l)
  [ "$left" = 1 ] || die "demo: web is on $left hosts"
}

# A connection that is kept busy for ten seconds, from before the move to after it.
demo_talk() {
  local address
  wait_for 120 "web's address" guest_said web 'yado-guest: net eth0' 1
  wait_for 120 "friend's address" guest_said friend 'yado-guest: net eth0' 1
  address=$(guest_words web | grep -oE 'address=[0-9.]+' | tail -n1 | cut -d= -f2)
  step "echo 'net serve 7000 web' | yado vm console web --for 1" demo_type web 'net serve 7000 web' 'net: serve'
  step "echo 'net stream $address 7000 10 &' | yado vm console friend --for 1" demo_type friend "net stream $address 7000 10 &" "net stream $address"
}

# demo_type VM COMMAND WORDS: types it at the console, and shows what then stands there with these words.
demo_type() {
  local deadline=$((SECONDS + 30))
  printf '\n%s\n' "$2" | yado vm console "$1" --for 1 >/dev/null || return 1
  until yado vm serial "$1" | tr -d '\r' | grep -F -- "$3" | tail -n 1; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.2
  done
}

demo_talked() {
  wait_for 60 "friend's last words" guest_talked
  step "yado vm serial friend | grep 'net: stream'" guest_talk
  guest_talk | grep -q ' ok ' || die "demo: the connection broke"
}

# It comes after the prompt, since the shell does not wait for it.
guest_talk() { yado vm serial friend | tr -d '\r' | grep -oE 'net: stream .* rounds=.*'; }
guest_talked() { [ -n "$(guest_talk)" ]; }

# The guest's beacon comes ten times a second, on whichever host it runs; the times at which it is heard are written down.
demo_hear_beacon() {
  demo_web=$(yado vm show web -o name)
  tail -q -n 0 -F -s 0.02 ---disable-inotify "$demo_state"/hosts/host-{1,2}/vms/"$demo_web"/serial1.log 2>/dev/null \
    > >(while read -r line; do printf '%s %s\n' "${EPOCHREALTIME/./}" "$line"; done >"$demo_state/beacons") &
  demo_ear=$!
  wait_for 30 "the guest's beacon" grep -q beacon "$demo_state/beacons"
}

# The counter must have gone on by one each time, and no two may be far apart.
demo_beacon_gap() {
  local heard
  heard=$(wc -l <"$demo_state/beacons")
  wait_for 30 "the guest's beacon after the move" demo_heard_more "$heard"
  demo_deaf
  awk '/^[0-9]+ beacon [0-9]+ [0-9]+[.][0-9]+$/ {
      if (n && $3 + 0 <= last) back = 1
      if (n && $1 - when > gap) gap = $1 - when
      last = $3 + 0; when = $1; n++
    }
    END { printf "\nIts beacon, every 100 ms: %d heard, longest silence %.0f ms, %s\n", n, gap / 1000,
      back ? "BUT IT WENT BACK" : "none twice and none lower than before"; exit back }' "$demo_state/beacons" ||
    die "demo: the guest ran twice or went back"
}

demo_deaf() {
  [ -n "${demo_ear:-}" ] || return 0
  kill "$demo_ear" 2>/dev/null || true
  wait "$demo_ear" 2>/dev/null || true
  demo_ear=
}

demo_heard_more() { [ "$(wc -l <"$demo_state/beacons")" -gt $(($1 + 5)) ]; }

guest_words() { yado vm serial "$1" | tr -d '\r' | grep 'yado-guest:'; }
guest_said() { [ "$(guest_words "$1" | grep -c -F -- "$2")" -ge "$3" ]; }
console_words() {
  # shellcheck disable=SC2016 # the guest's shell expands it
  { printf '\n'; printf 'echo "cpus $(nproc)"; free -m\n'; } | yado vm console web --for 4 | tr -d '\r' | grep -E '^cpus|Mem:' || return 1
}

demo_stop_and_start() {
  step "yado vm stop web --mode graceful" yado vm stop web --mode graceful
  step "yado vm show web" vm_state
  step "yado vm start web" yado vm start web
  wait_for 120 "the guest's second boot" guest_said web 'root boots=2' 1
  step "yado vm serial web" guest_words web
}

# What was written before the second backup is there again, in a VM that was made of it.
demo_backup() {
  local written sums backup
  wait_for 60 "the guest's shell" demo_answers web
  written='seq 50000 >/mnt/vdb/numbers; sync; sha256sum /mnt/vdb/numbers'
  step "echo '$written' | yado vm console web --for 1" demo_type web "$written" '  /mnt/vdb/numbers'
  step "yado backup create web" yado backup create web
  written='echo and one line more >/mnt/vdb/diary; sync; sha256sum /mnt/vdb/diary'
  step "echo '$written' | yado vm console web --for 1" demo_type web "$written" '  /mnt/vdb/diary'
  step "yado backup create web" yado backup create web
  step "yado backup list --vm web" yado backup list --vm web
  sums=$(demo_sums web)
  backup=$(yado backup list --vm web --limit 1 -o name)
  step "yado vm delete web" yado vm delete web
  step "yado backup restore $backup --name web --instant" yado backup restore "$backup" --name web --instant
  wait_for 120 "the restored guest's words" guest_said web 'yado-guest: ready' 1
  wait_for 60 "the restored guest's shell" demo_answers web
  written='cat /mnt/vdb/diary; sha256sum /mnt/vdb/numbers /mnt/vdb/diary'
  step "echo '$written' | yado vm console web --for 1" demo_restored "$written"
  [ "$(demo_sums web)" = "$sums" ] || die "demo: the guest has other files than it had when it was backed up"
  wait_for 120 "all of the backup to have come" demo_has_come
  step "yado vm show web | grep restore" demo_has_come
}

# What is typed before the shell is there is lost.
# shellcheck disable=SC2016 # the guest's shell expands it
demo_answers() { printf '\necho shell-$((6 * 7))\n' | yado vm console "$1" --for 1 | grep -q 'shell-42'; }

demo_restored() {
  demo_type web "$1" '  /mnt/vdb/diary' >/dev/null && yado vm serial web | tr -d '\r' | grep -E '^and one line more$|^[0-9a-f]{64}  '
}

demo_sums() { yado vm serial "$1" | tr -d '\r' | grep -oE '[0-9a-f]{64}  /mnt/vdb/.*' | sort -u; }

demo_has_come() { yado vm show web | grep '^restore: *all had come'; }

vm_state() { yado vm show web | grep -iE '^ *(state|desired|reason|host)' || true; }

demo_delete() {
  step "yado vm stop web --mode hard" yado vm stop web --mode hard
  step "yado vm delete web" yado vm delete web
  if [ ${#demo_card[@]} -gt 0 ]; then
    step "yado vm delete friend" yado vm delete friend
    step "yado net delete shop" yado net delete shop
  fi
  step "yado image delete linux" yado image delete linux
  local backup
  for backup in $(yado backup list -o name); do
    step "yado backup delete $backup" yado backup delete "$backup"
  done
}

# No process, no file, no row of the VM.
demo_nothing_left() {
  local left
  left=$(yado vm list -o name && yado image list -o name && yado net list -o name && yado backup list -o name)
  [ -z "$left" ] || die "demo: rows are left: $left"
  left=$(demo_processes qemu-system)
  [ -z "$left" ] || die "demo: guests are left: $left"
  left=$(find "$demo_state"/hosts/*/vms -mindepth 1 -name '*.qcow2' -o -name memory.json 2>/dev/null)
  [ -z "$left" ] || die "demo: files are left: $left"
  end_cloud
  left=$(demo_processes .)
  [ -z "$left" ] || die "demo: processes are left: $left"
  rm -rf "$demo_state" "$demo_state.out"
  [ ! -e "$demo_state" ] || die "demo: $demo_state is left"
  printf '\nNo process, file or row is left.\n'
}

# Processes whose command line or working directory lies in the demo's state, by command.
demo_processes() {
  local pid command
  for pid in $(cd /proc && ls -d [0-9]*); do
    if [ "$pid" = "$BASHPID" ] || [ "$pid" = $$ ]; then continue; fi
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") 2>/dev/null || continue
    case "$command $(readlink "/proc/$pid/cwd" 2>/dev/null)" in
      *"$demo_state"*) grep -q -- "$1" <<<"$command" && printf '%s %s\n' "$pid" "${command:0:80}" ;;
    esac
  done
  return 0
}

end_cloud() {
  [ -n "$demo_up_pid" ] || return 0
  kill -TERM "$demo_up_pid" 2>/dev/null || true
  wait "$demo_up_pid" 2>/dev/null || true
  demo_up_pid=
}

demo_leave_up() {
  disown "$demo_up_pid"
  demo_up_pid=
  cat <<END

The cloud is up and its guest runs. Go on with:
  export XDG_CONFIG_HOME=$XDG_CONFIG_HOME
  ./yado vm console web         the guest's console; Ctrl-] leaves it
  ./yado vm list                and ./yado --help
  ./yado vm delete web          removes the VM
  ./yado down --state $demo_state && rm -r $demo_state*    ends the cloud and removes it
END
  demo_state=
}

# After a failure nothing stays behind but what is needed to see why.
demo_clean_up() {
  [ -n "${demo_state:-}" ] && [ -d "$demo_state" ] || return 0
  local pid
  demo_deaf
  end_cloud
  for pid in $(demo_processes qemu-system | cut -d' ' -f1); do kill -KILL "$pid" 2>/dev/null || true; done
  # Namespaces of networks whose daemons can no longer be asked to take them down.
  findmnt -rn -o TARGET | { grep -F "$demo_state/" || true; } | xargs -r umount -l
  say "demo: logs are kept in $demo_state/log"
  find "$demo_state" -mindepth 1 -maxdepth 1 ! -name log -exec rm -rf {} +
  rm -f "$demo_state.out"
}
