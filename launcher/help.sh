# shellcheck shell=bash
# What the launcher itself says about its commands; the client and the daemon speak for theirs.

# help_of COMMAND: one of the launcher's.
help_of() {
  case $1 in
    demo)
      cat <<'END'
Usage: yado demo
A cloud of two hosts on this machine, the main job step by step: make a VM, talk to it, move it while it runs, back it up,
delete it, restore it at once. Nothing of it is left; in a terminal the cloud stays until Ctrl-C.
END
      ;;
    up)
      cat <<'END'
Usage: yado up [OPTION...]
A cloud on this machine, in the foreground: PostgreSQL, controllers, host daemons. Ctrl-C or 'yado down' ends its services and
leaves guests running; the next 'up' on the same state finds everything again.

  --hosts N             host daemons, each with networks of its own (1; 0 with simulated hosts)
  --controllers N       controllers that share the work, 1 to 4 (1)
  --simulated-hosts N   hosts without hypervisor, to try the API at scale (0)
  --state DIR           where everything is kept (root: /var/lib/yado; else below ~/.local/share/yado)
  --port P              of the public API, on 127.0.0.1 (8420)
  --host-metrics P      serve metrics of the daemons from this port on
  --network auto|off    tenant networks, which need root (auto: where that can be done)
  --stop-guests         guests end with the services

Example:
  yado up --hosts 2 --state ~/cloud
END
      ;;
    down)
      cat <<'END'
Usage: yado down [--state DIR] [--stop-guests]
Ends the services of 'yado up' on that state. Guests go on running.
END
      ;;
    test)
      cat <<'END'
Usage: yado test
All tests: units, database and simulators first, then those with real guests. The last line counts them.
END
      ;;
    check)
      cat <<'END'
Usage: yado check
Formatting, scripts, generated files, and the paths that README and docs name.
END
      ;;
    bench)
      cat <<'END'
Usage: yado bench [NAME [ARG...]]
Runs a benchmark, which prints a JSON line for each figure; without NAME it lists them. bench/README.md tells what they measure.
END
      ;;
  esac
}

# The commands that need no controller, before the client's own help.
help_of_launcher() {
  cat <<'END'
On this machine (yado COMMAND --help shows more):
  demo        The main job, step by step, on a fresh cloud of two hosts.
  up, down    Begin and end a cloud on this machine.
  test        All tests.
  check       Formatting, scripts, generated files.
  bench       Benchmarks.

END
}
