#!/usr/bin/env bash
# Every check that runs no test. All of them run; the first failure decides only the exit status.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

check() {
    echo "── $*"
    "$@" < /dev/null || failed+=("$*")
}

check .venv/bin/ruff check --quiet .
check .venv/bin/ruff format --check --quiet .
check .venv/bin/mypy --no-error-summary
check .venv/bin/lint-imports --no-cache
if [[ -d frontend/node_modules ]]; then
    check npm --prefix frontend run --silent check
else
    echo "── the web page is NOT checked: run make web, with Node 20.19 or newer"
fi

if ((${#failed[@]})); then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
