# shellcheck shell=bash
# The main job on a fresh two-host cloud, through the public API alone: tenant, token, image, VM; the guest's own words; stop, start,
# delete. Every step is shown as a user would type it, with its answer in short and the time it took.

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
  demo_vm
  demo_stop_and_start
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

demo_vm() {
  step "yado image create linux --format qcow2 --file disk.qcow2" \
    yado image create linux --format qcow2 --file "$GUEST_DIR/disk.qcow2"
  step "yado vm create web --cpus 2 --memory 512 --disk image=linux,size=1 --disk size=1" \
    yado vm create web --cpus 2 --memory 512 --disk image=linux,size=1 --disk size=1
  step "yado vm list" yado vm list
  wait_for 120 "the guest's first words" guest_said 'yado-guest: ready' 1
  step "yado vm serial web" guest_words
  guest_said 'yado-guest: ready cpus=2 ' 1 || die "demo: the guest does not see 2 CPUs"
  local memory
  memory=$(yado vm serial web | grep -oE 'memory-mib=[0-9]+' | tail -n1 | cut -d= -f2)
  { [ "$memory" -gt 400 ] && [ "$memory" -le 512 ]; } || die "demo: the guest sees $memory MiB instead of 512"
  step "printf 'nproc; free -m\\n' | yado vm console web --for 4" console_words
}

guest_words() { yado vm serial web | tr -d '\r' | grep 'yado-guest:'; }
guest_said() { [ "$(guest_words | grep -c -F -- "$1")" -ge "$2" ]; }
console_words() {
  # shellcheck disable=SC2016 # the guest's shell expands it
  { printf '\n'; printf 'echo "cpus $(nproc)"; free -m\n'; } | yado vm console web --for 4 | tr -d '\r' | grep -E '^cpus|Mem:' || return 1
}

demo_stop_and_start() {
  step "yado vm stop web --mode graceful" yado vm stop web --mode graceful
  step "yado vm show web" vm_state
  step "yado vm start web" yado vm start web
  wait_for 120 "the guest's second boot" guest_said 'root boots=2' 1
  step "yado vm serial web" guest_words
}

vm_state() { yado vm show web | grep -iE '^ *(state|desired|reason|host)' || true; }

demo_delete() {
  step "yado vm stop web --mode hard" yado vm stop web --mode hard
  step "yado vm delete web" yado vm delete web
  step "yado image delete linux" yado image delete linux
}

# No process, no file, no row of the VM.
demo_nothing_left() {
  local left
  left=$(yado vm list -o name && yado image list -o name)
  [ -z "$left" ] || die "demo: rows are left: $left"
  left=$(demo_processes qemu-system)
  [ -z "$left" ] || die "demo: guests are left: $left"
  left=$(find "$demo_state"/hosts/*/vms -mindepth 1 -name '*.qcow2' -o -name spec.json 2>/dev/null)
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
  end_cloud
  for pid in $(demo_processes qemu-system | cut -d' ' -f1); do kill -KILL "$pid" 2>/dev/null || true; done
  say "demo: logs are kept in $demo_state/log"
  find "$demo_state" -mindepth 1 -maxdepth 1 ! -name log -exec rm -rf {} +
  rm -f "$demo_state.out"
}
