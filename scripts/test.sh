#!/usr/bin/env bash
# Everything that must hold, each stage whatever became of the one before. pytest comes last: it ends with what
# was skipped, and why.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

# What tests write is thrown away: in memory, where there is room, nothing waits for a disk.
if [[ -w /dev/shm && $(df --output=avail --block-size=1G /dev/shm | tail -n 1) -ge 4 ]]; then
    TMPDIR=$(mktemp -d /dev/shm/arena-tests.XXXXXX)
    export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
fi

stage() {
    echo "── $*"
    "$@" < /dev/null || failed+=("$*")
}

stage scripts/check.sh
if [[ -d frontend/node_modules ]]; then
    stage npm --prefix frontend test --silent
    if [[ -x /usr/bin/chromium ]] || scripts/install-packages.sh chromium fonts-noto-core fonts-noto-cjk; then
        stage npm --prefix frontend run --silent e2e
    else
        echo "── browser tests are SKIPPED: /usr/bin/chromium is missing; on Debian: sudo apt-get install chromium"
    fi
else
    echo "── tests of the web page are SKIPPED: it needs Node 20.19 or newer"
fi
# What exports are read back with, and fits compared with; without a registry those tests are skipped, and say so.
timeout 120 make peers < /dev/null || echo "── other packages for benchmarks cannot be installed here"
# One more than there are cores, since tests of running servers wait for them.
stage .venv/bin/pytest --numprocesses $(($(nproc) + 1)) --maxprocesses 8 --dist loadfile --no-loadscope-reorder

if ((${#failed[@]})); then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
