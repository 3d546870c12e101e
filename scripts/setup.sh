#!/usr/bin/env bash
# Make the virtual environment that is named, or bring it to the versions of requirements-dev.lock.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}

for python in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 ''; do
    if [[ -n $python ]] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then break; fi
done
if [[ -z $python ]]; then
    echo "Python 3.11 or newer is needed: install it, or name one with PYTHON=…" >&2
    exit 1
fi
if ! "$venv/bin/python" -c '' 2> /dev/null; then
    if ! "$python" -c 'import ensurepip, venv' 2> /dev/null; then
        scripts/install-packages.sh python3-venv || {
            echo "Python's venv is missing; on Debian: sudo apt-get install python3-venv" >&2
            exit 1
        }
    fi
    "$python" -m venv --clear "$venv"
fi

if ! "$venv/bin/uv" --version > /dev/null 2>&1; then
    uv_pinned=$(mktemp)
    trap 'rm -f "$uv_pinned"' EXIT
    awk '/^[^ #]/ { keep = /^uv==/ } keep' requirements-dev.lock > "$uv_pinned"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$uv_pinned" ||
        echo "uv cannot be installed; pip takes a little longer" >&2
fi

if "$venv/bin/uv" --version > /dev/null 2>&1; then
    "$venv/bin/uv" pip sync --quiet --python "$venv/bin/python" --require-hashes requirements-dev.lock
    "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
else
    pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)
    "${pip[@]}" --require-hashes --no-deps -r <(awk '/^[^ #]/ { keep = !/^uv==/ } keep' requirements-dev.lock)
    "${pip[@]}" --no-deps --no-build-isolation --editable .
fi
