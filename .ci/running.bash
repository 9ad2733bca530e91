# shellcheck shell=bash
# Sourced by the scripts that run a service: starts processes in the background and ends every one of them when the script ends.
# A script that sources it has `set -euo pipefail` and the folder `$scratch` for logs.

scratch=$(mktemp -d /tmp/polity-running.XXXXXX)
started=()

finish() {
  local code=$? pid
  trap - EXIT
  # Waited for in silence: the shell reports every child that was killed.
  for pid in "${started[@]}"; do { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true; done
  if [ "$code" -ne 0 ]; then
    local log
    for log in "$scratch"/*.log; do
      [ -s "$log" ] || continue
      echo "--- the end of ${log##*/}" >&2
      tail -n 25 "$log" >&2
    done
  fi
  rm -rf "$scratch"
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "error: $*" >&2
  exit 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# status URL [CURL OPTION…]: the status code, 000 when nothing answers.
status() {
  curl -s -o /dev/null -w '%{http_code}' --max-time 3 "${@:2}" "$1" || true
}

# eventually SECONDS WHAT COMMAND…: runs the command until it succeeds.
eventually() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || fail "$what: not in time"
    sleep 0.1
  done
}

answers() {
  [ "$(status "$1")" = "$2" ]
}

# database: the address of a fresh store for one run, by $STORE.
database() {
  case $STORE in
    sqlite) echo "sqlite://$scratch/service-$RANDOM$RANDOM.db" ;;
    postgres)
      local name=run_$RANDOM$RANDOM
      psql -q "$TEST_DATABASE_URL" -c "create database $name" >&2
      echo "${TEST_DATABASE_URL%/*}/$name"
      ;;
    *) fail "store is sqlite or postgres, not $STORE" ;;
  esac
}

# start_service BINARY PORT [NAME=VALUE…]: sets `service` to its process and waits until it is ready.
start_service() {
  local binary=$1 port=$2
  shift 2
  env "HTTP_ADDR=127.0.0.1:$port" DRAIN_DELAY_MS=200 "$@" "$binary" >>"$scratch/service.log" 2>&1 </dev/null &
  service=$!
  started+=("$service")
  eventually 20 'the service becomes ready' ready_or_gone "http://127.0.0.1:$port/readyz"
}

ready_or_gone() {
  kill -0 "$service" 2>/dev/null || fail 'the service ended at once'
  answers "$1" 200
}

# stop_service SECONDS: SIGTERM, then exit code 0 within that time.
stop_service() {
  local code=0 began=$SECONDS
  kill -TERM "$service"
  while kill -0 "$service" 2>/dev/null; do
    [ $((SECONDS - began)) -le "$1" ] || fail "the service still runs $1 s after SIGTERM"
    sleep 0.05
  done
  wait "$service" || code=$?
  [ "$code" -eq 0 ] || fail "the service ended with $code"
}
