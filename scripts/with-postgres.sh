#!/usr/bin/env bash
# Run a command with ARENA_TEST_POSTGRES_URL set to a PostgreSQL server that tests may create databases on:
# the one named already, else the one on this machine, else one started for the command and stopped after it.
# When there is none to be had the command runs all the same; the tests that need one are skipped, loudly.
set -euo pipefail
cd "$(dirname "$0")/.."

say_none() {
    cat >&2 << NOTE
############################################################################
  No PostgreSQL: $1
  Tests on PostgreSQL are SKIPPED. Name a server that tests may create
  databases on with ARENA_TEST_POSTGRES_URL=postgresql+psycopg://…
############################################################################
NOTE
}

answers() {
    .venv/bin/python - "$1" << 'PYTHON' 2> /dev/null
import sys
import psycopg

with psycopg.connect(sys.argv[1], connect_timeout=2) as connection:
    row = connection.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
sys.exit(0 if row and row[0] else 1)
PYTHON
}

find_binaries() {
    local found
    for found in /usr/lib/postgresql/*/bin "$(dirname "$(command -v initdb || echo /nowhere/initdb)")"; do
        if [[ -x $found/initdb && -x $found/pg_ctl ]]; then echo "$found"; fi
    done | sort -V | tail -n 1
}

start_cluster() {
    local binaries=$1
    cluster=$(mktemp -d)
    as_owner=()
    if [[ $(id -u) -eq 0 ]]; then # the server refuses to run as root
        local owner=postgres
        id postgres > /dev/null 2>&1 || owner=nobody
        as_owner=(runuser -u "$owner" --)
        chown "$owner" "$cluster"
    fi
    local port
    port=$(.venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    stop=("${as_owner[@]}" "$binaries/pg_ctl" --pgdata "$cluster/data" --mode immediate stop)
    trap '(cd / && "${stop[@]}") > /dev/null 2>&1 || true; rm -rf "$cluster"' EXIT
    # fsync is off: the data does not outlive the tests, so what matters is that the server is quick.
    (
        cd /
        "${as_owner[@]}" "$binaries/initdb" --pgdata "$cluster/data" --username arena --auth trust --encoding UTF8 --locale C &&
            "${as_owner[@]}" "$binaries/pg_ctl" --pgdata "$cluster/data" --log "$cluster/log" --wait start --options \
            "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$cluster -c fsync=off -c max_connections=200"
    ) > "$cluster/start.log" 2>&1 < /dev/null || { cat "$cluster/start.log" >&2; return 1; }
    export ARENA_TEST_POSTGRES_URL="postgresql+psycopg://arena@127.0.0.1:$port/postgres"
}

if [[ -z ${ARENA_TEST_POSTGRES_URL:-} ]]; then
    local_server="postgresql://$(id -un)@127.0.0.1:5432/postgres"
    binaries=$(find_binaries)
    if answers "$local_server"; then
        export ARENA_TEST_POSTGRES_URL="postgresql+psycopg${local_server#postgresql}"
    else
        if [[ -z $binaries ]] && scripts/install-packages.sh postgresql; then
            binaries=$(find_binaries)
        fi
        if [[ -z $binaries ]]; then
            say_none "no server answers on 127.0.0.1:5432 and none is installed."
        elif ! start_cluster "$binaries"; then
            say_none "the one installed in $binaries does not start."
        fi
    fi
fi
"$@"
