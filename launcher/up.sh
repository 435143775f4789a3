# shellcheck shell=bash
# "up": PostgreSQL (inside the controllers' care), controllers, N host daemons and one process of simulated hosts on this machine,
# supervised. Services end with "up"; guests do not. A second "up" on the same state finds everything again.
#
# <state>/ admin-token internal-port controller-<n>.ports url urls ready up.pid up.lock run/<service>.pid log/<service>.log hosts/host-<n>/ simulator/
# shared/ (a pool that all its hosts have); the rest is the controller's: ca-key pg/ pgdata/ images/

default_state() {
  if [ "$(id -u)" = 0 ]; then printf /var/lib/yado; else printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/yado"; fi
}

parse_up() {
  controllers=1 hosts='' simulated_hosts=0 state=$(default_state) port=8420 host_metrics='' network=auto stop_guests=0
  while [ $# -gt 0 ]; do
    case $1 in
      --controllers) controllers=${2:?--controllers takes a number} && shift 2 ;;
      --hosts) hosts=${2:?--hosts takes a number} && shift 2 ;;
      --simulated-hosts) simulated_hosts=${2:?--simulated-hosts takes a number} && shift 2 ;;
      --state) state=${2:?--state takes a directory} && shift 2 ;;
      --port) port=${2:?--port takes a number} && shift 2 ;;
      --host-metrics) host_metrics=${2:?--host-metrics takes a port} && shift 2 ;;
      --network) network=${2:?--network takes auto or off} && shift 2 ;;
      --stop-guests) stop_guests=1 && shift ;;
      *) die "up: unknown option $1 (known: --hosts N, --controllers N, --simulated-hosts N, --state DIR, --port P, --host-metrics P, --network auto|off, --stop-guests)" ;;
    esac
  done
  is_between "$simulated_hosts" 0 10000 || die "up: --simulated-hosts takes a number from 0 to 10000, not $simulated_hosts"
  [ -n "$hosts" ] || hosts=$((simulated_hosts > 0 ? 0 : 1))
  is_between "$controllers" 1 4 || die "up: --controllers takes a number from 1 to 4, not $controllers"
  is_between "$hosts" 0 64 || die "up: --hosts takes a number from 0 to 64, not $hosts"
  is_between "$port" 1 65535 || die "up: --port takes a number from 1 to 65535, not $port"
  [ -z "$host_metrics" ] || is_between "$host_metrics" 1 65000 || die "up: --host-metrics takes a port, not $host_metrics"
  [[ $network =~ ^(auto|off)$ ]] || die "up: --network takes auto or off, not $network"
  state=$(realpath -m "$state")
}

is_between() { [[ $1 =~ ^[0-9]{1,5}$ ]] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }

# The state holds secrets; as root the database and the guests run as other users, which must be able to pass through.
prepare_state() {
  (umask 022 && mkdir -p "$state/run" "$state/log" "$state/hosts" "$state/tmp" "$state/shared")
  [ "$(id -u)" != 0 ] || chmod 711 "$state" "$state/hosts" "$state/shared"
  chmod 700 "$state/run" "$state/log" "$state/tmp"
  # Hosts remember where they reach the controller, so the port is chosen once: the one after the public one, if it is free.
  if [ ! -s "$state/internal-port" ]; then
    local free=$((port < 65535 ? port + 1 : 20000))
    if is_taken "$free"; then free=$(free_port); fi
    printf '%s\n' "$free" >"$state/internal-port"
  fi
  internal_port=$(cat "$state/internal-port")
  # The public and the internal port of each controller; those after the first take any, and keep them.
  public_ports=("$port") internal_ports=("$internal_port")
  local n ports
  for n in $(seq 2 "$controllers"); do
    if [ ! -s "$state/controller-$n.ports" ]; then printf '%s %s\n' "$(free_port)" "$(free_port)" >"$state/controller-$n.ports"; fi
    read -r -a ports <"$state/controller-$n.ports"
    public_ports+=("${ports[0]}") internal_ports+=("${ports[1]}")
  done
}

free_port() {
  local free=$((20000 + RANDOM % 20000))
  while is_taken "$free"; do free=$((20000 + RANDOM % 20000)); done
  printf '%s' "$free"
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# admin_call ARG...: curl with the administrator's token, which is not an argument of any process.
admin_call() {
  curl -fsS --max-time 5 -H @<(printf 'Authorization: Bearer %s' "$(cat "$state/admin-token")") "$@"
}

# join_machine NAME DIR ID KIND COMMAND...: gives the machine its first certificate, or a new one where it was down until the last one
# expired. ID is empty for one that has never been here; one that the controller knows keeps its id and its VMs.
join_machine() {
  local name=$1 dir=$2 id=$3 kind=$4 answer='' deadline=$((SECONDS + 120)) renew=()
  shift 4
  ! has_certificate "$dir" || return 0
  until [ -s "$state/admin-token" ] && admin_call -o /dev/null "http://127.0.0.1:$port/v1/hosts?limit=1" 2>/dev/null; do
    [ $SECONDS -lt $deadline ] || die "$name waited 120 s for the controller to join it"
    sleep 0.2
  done
  if [ -n "$id" ] && answer=$(join_token "{\"kind\":\"$kind\",\"renews\":\"$id\"}" 2>/dev/null); then
    [ "$kind" != HOST ] || renew=(--renew)
  else
    answer=$(join_token "{\"kind\":\"$kind\",\"name\":\"$name\"}") || die "$name got no token to join with"
  fi
  "$@" join --controller "https://127.0.0.1:$internal_port" --name "$name" --state "$dir" "${renew[@]}" \
    --ca-hash "$(json_text caHash "$answer")" "${token_by_stdin[@]}" <<<"$(json_text token "$answer")"
}

join_host() {
  local token_by_stdin=(--token-file -)
  join_machine "$1" "$state/hosts/$1" "$(cat "$state/hosts/$1/host-id" 2>/dev/null)" HOST \
    "$JAVA_HOME/bin/java" "${java_flags[@]}" --enable-native-access=ALL-UNNAMED -cp "$(class_path vmmd)" dev.yado.vmmd.Main
}

join_simulator() {
  local token_by_stdin=()
  join_machine simulator "$state/simulator" "$(cut -d' ' -f1 "$state/simulator/identity" 2>/dev/null)" SIMULATOR \
    "$JAVA_HOME/bin/java" "${java_flags[@]}" -cp "$(class_path simulator)" dev.yado.simulator.wire.Main
}

join_token() { admin_call -H 'Content-Type: application/json' --data "$1" "http://127.0.0.1:$port/v1/host-join-tokens"; }

# A daemon writes the file anew at half of a certificate's seven days; an older file than that is of a host that was down.
has_certificate() { [ -s "$1/tls/identity.pem" ] && [ -n "$(find "$1/tls/identity.pem" -mtime -6)" ]; }

json_text() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" <<<"$2"; }

# Is this pid still the service that wrote the file?
service_alive() { [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "$state"; }

# Services of an "up" that was killed: they are ended, so that each runs once.
end_leftovers() {
  local file pid
  for file in "$state"/run/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    if service_alive "$pid"; then
      say "ending $(basename "$file" .pid) (pid $pid), left by an earlier run"
      end_service "$pid"
    fi
    rm -f "$file"
  done
}

end_service() {
  kill -TERM "$1" 2>/dev/null || return 0
  local _
  for _ in $(seq 300); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  say "pid $1 did not end within 30 s: killing it"
  kill -KILL "$1" 2>/dev/null || true
}

# start_service NAME: in the background, its pid in run/NAME.pid.
start_service() {
  local name=$1
  # What a service writes for a while, it writes here too.
  java_flags=(-Djava.io.tmpdir="$state/tmp" -XX:-UsePerfData -XX:+UseSerialGC)
  case $name in
    controller | controller-*)
      local n=${name#controller}
      n=${n#-}
      # A quarter of a MiB per host for what it sends and what is known of it.
      java_flags+=(-Xmx$((256 + simulated_hosts / 4))m -XX:MaxMetaspaceSize=192m)
      exec_service controller dev.yado.YadoController --server.port="${public_ports[${n:-1} - 1]}" --yado.state="$state" \
        --yado.internal.port="${internal_ports[${n:-1} - 1]}" --yado.controller-backup.repository="$state/backups" \
        </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
      ;;
    host-*)
      mkdir -p "$state/hosts/$name"
      [ "$(id -u)" != 0 ] || chmod 711 "$state/hosts/$name"
      local guests_as=()
      [ "$(id -u)" != 0 ] || guests_as=(--qemu-user yado-qemu)
      local metrics=()
      [ -z "${host_metrics:-}" ] || metrics=(--metrics "127.0.0.1:$((host_metrics + ${name#host-} - 1))")
      local networks=()
      case $network in
        off) networks=(--no-networks) ;;
        fabric)
          networks=(--underlay-netns "$(fabric_ns "$name")" --underlay-address "$(fabric_address "${name#host-}")"
            --provider public=public)
          ;;
      esac
      java_flags+=(-Xms16m -Xmx256m)
      {
        join_host "$name"
        exec_service vmmd dev.yado.vmmd.Main run --state "$state/hosts/$name" --listen 127.0.0.1:0 \
          "${internal_ports[@]/#/--controller=https://127.0.0.1:}" "${guests_as[@]}" "${metrics[@]}" "${networks[@]}" \
          --shared-pool "shared=$state/shared" --repository "backups=$state/backups"
      } </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
      ;;
    simulator)
      java_flags+=(-Xms32m -Xmx512m)
      {
        join_simulator
        exec_service simulator dev.yado.simulator.wire.Main --hosts "$simulated_hosts" --state "$state/simulator" \
          "${internal_ports[@]/#/--controller=https://127.0.0.1:}"
      } </dev/null >>"$state/log/$name.log" 2>&1 9>&- &
      ;;
  esac
  service_pid[$name]=$!
  service_since[$name]=$SECONDS
  printf '%s\n' "$!" >"$state/run/$name.pid"
}

run_up() {
  local controllers hosts simulated_hosts state port host_metrics network stop_guests internal_port public_ports internal_ports
  parse_up "$@"
  need_java
  need_host
  build_modules controller vmmd cli simulator
  prepare_state
  exec 9>"$state/up.lock"
  flock -n 9 || die "another 'yado up' (pid $(cat "$state/up.pid" 2>/dev/null || echo '?')) runs on $state"
  end_leftovers
  find "$state/tmp" -mindepth 1 -delete
  printf '%s\n' "$$" >"$state/up.pid"
  printf 'http://127.0.0.1:%s\n' "$port" >"$state/url"
  printf 'http://127.0.0.1:%s\n' "${public_ports[@]}" >"$state/urls"
  rm -f "$state/ready"

  prepare_network

  declare -A service_pid service_since
  local n ending=0
  trap 'ending=1' INT TERM HUP
  start_service controller
  for n in $(seq 2 "$controllers"); do start_service "controller-$n"; done
  for n in $(seq 1 "$hosts"); do start_service "host-$n"; done
  [ "$simulated_hosts" = 0 ] || start_service simulator
  supervise
}

# Hosts of this machine are told apart by a network namespace each, joined as by switches. Where that cannot be, they carry no networks.
prepare_network() {
  if [ "$network" = off ] || [ "$hosts" = 0 ]; then return; fi
  local obstacle
  obstacle=$(fabric_obstacle)
  if [ -n "$obstacle" ]; then
    say "hosts carry no networks: $obstacle"
    return
  fi
  fabric_up "$hosts"
  network=fabric
}

# Until told to end: a service that died is started again, at once the first time, then after as many seconds as it has failed in a
# row (at most 10). "ready" is said once, when the controller and all hosts are there.
supervise() {
  local name ready=0
  declare -A failures retry_at
  while [ "$ending" = 0 ]; do
    for name in "${!service_pid[@]}"; do
      if [ "${service_pid[$name]}" != 0 ] && ! kill -0 "${service_pid[$name]}" 2>/dev/null; then
        local code=0
        wait "${service_pid[$name]}" 2>/dev/null || code=$?
        [ "$ending" = 0 ] || break
        [ $((SECONDS - service_since[$name])) -lt 60 ] || failures[$name]=0
        failures[$name]=$((${failures[$name]:-0} + 1))
        retry_at[$name]=$((SECONDS + (failures[$name] > 10 ? 10 : failures[$name] - 1)))
        service_pid[$name]=0
        say "$name ended with code $code: starting it again (log: $state/log/$name.log)"
      fi
      if [ "${service_pid[$name]}" = 0 ] && [ "$SECONDS" -ge "${retry_at[$name]}" ]; then start_service "$name"; fi
    done
    if [ $ready = 0 ] && all_ready; then
      ready=1
      : >"$state/ready"
      printf 'ready%s\n' "$(printf ' http://127.0.0.1:%s' "${public_ports[@]}")"
    fi
    tell_recovery_key
    sleep 0.5 &
    wait $! || true
  done
  end_all
}

# Once, and to a person alone: what goes to a file or a journal has no secret in it.
tell_recovery_key() {
  if [ ! -s "$state/recovery-key" ] || [ -e "$state/recovery-key.told" ]; then return; fi
  : >"$state/recovery-key.told"
  if [ -t 2 ]; then
    say "recovery key: $(cat "$state/recovery-key")
  Keep it elsewhere: it opens the backups of the controller itself, which nobody reads without it. It is not shown again."
  else
    say "recovery key: keep a copy of $state/recovery-key elsewhere; backups of the controller itself are worth nothing without it"
  fi
}

# Asks the controllers whether they are ready, and one how many hosts have reported, page by page.
all_ready() {
  [ -s "$state/admin-token" ] || return 1
  local public
  for public in "${public_ports[@]}"; do
    curl -fsS --max-time 5 "http://127.0.0.1:$public/actuator/health/readiness" >/dev/null 2>&1 || return 1
  done
  local answer cursor='' up=0
  while :; do
    answer=$(admin_call "http://127.0.0.1:$port/v1/hosts?limit=1000${cursor:+&cursor=$cursor}" 2>/dev/null) || return 1
    up=$((up + $(grep -o '"state":"UP"' <<<"$answer" | wc -l)))
    cursor=$(sed -n 's/.*"nextCursor":"\([^"]*\)".*/\1/p' <<<"$answer")
    [ -n "$cursor" ] || break
  done
  [ "$up" -ge $((hosts + simulated_hosts)) ]
}

end_all() {
  trap '' INT TERM HUP
  if [ "$stop_guests" = 1 ]; then stop_all_guests; fi
  local name
  # Hosts first: their last report still finds a controller.
  for name in "${!service_pid[@]}"; do is_controller "$name" || kill -TERM "${service_pid[$name]}" 2>/dev/null || true; done
  for name in "${!service_pid[@]}"; do
    is_controller "$name" || [ "${service_pid[$name]}" = 0 ] || end_service "${service_pid[$name]}"
  done
  for name in "${!service_pid[@]}"; do
    ! is_controller "$name" || [ "${service_pid[$name]}" = 0 ] || end_service "${service_pid[$name]}"
  done
  rm -f "$state"/run/*.pid "$state/up.pid" "$state/ready"
  clean_network
}

# Guests that run on keep their networks.
clean_network() {
  if [ "$(id -u)" = 0 ] && [ -d "$state/fabric" ] && ! guests_run; then fabric_down; fi
}

is_controller() { [[ $1 == controller* ]]; }

stop_all_guests() {
  local vm
  export YADO_URL="http://127.0.0.1:$port" YADO_TOKEN_FILE=$state/admin-token
  for vm in $( (run_client vm list -o name) 2>/dev/null); do
    (run_client vm stop "$vm" --mode graceful --timeout-seconds 20) >&2 || say "could not stop $vm"
  done
}

run_down() {
  local controllers hosts simulated_hosts state port host_metrics network stop_guests pid
  parse_up "$@"
  if ! pid=$(cat "$state/up.pid" 2>/dev/null); then
    [ -d "$state/fabric" ] || die "nothing is up on $state"
    # "up" has ended while guests ran; what carried their packets is taken down once they are gone.
    ! guests_run || die "nothing is up on $state, but guests run on, with their networks"
    clean_network
    say "the networks of guests that are gone are taken down"
    return
  fi
  if ! service_is_up "$pid"; then
    say "'yado up' on $state was killed: ending what it left"
    end_leftovers
    rm -f "$state/up.pid" "$state/ready"
    clean_network
    return
  fi
  if [ "$stop_guests" = 1 ]; then
    port=$(sed 's,.*:,,; s,/.*,,' "$state/url")
    stop_all_guests
  fi
  kill -TERM "$pid"
  while service_is_up "$pid"; do sleep 0.2; done
  if guests_run; then say "ended; guests go on running"; else say "ended"; fi
}

service_is_up() { [ -r "/proc/$1/cmdline" ] && tr '\0' ' ' <"/proc/$1/cmdline" | grep -q 'yado'; }
