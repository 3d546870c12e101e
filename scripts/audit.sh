#!/usr/bin/env bash
# Ask the registries which pinned packages have known weaknesses: 0 none, 1 some, 3 a registry did not answer.
set -uo pipefail
cd "$(dirname "$0")/.."
weak=() silent=()

ask() { # NAME COMMAND…: what a registry says, and whether it said anything
    local name=$1 told status
    shift
    echo "── $name: $*"
    told=$("$@" 2>&1 < /dev/null)
    status=$?
    printf '%s\n' "$told" | tail -n 40
    if ((status == 0)); then return; fi
    if grep -qE 'GHSA-|CVE-|PYSEC-|[0-9]+ (low|moderate|high|critical) severity' <<< "$told"; then
        weak+=("$name")
    else
        silent+=("$name")
    fi
}

# Strict: a package that the service does not know was not checked.
ask python .venv/bin/uvx --quiet pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r requirements.lock
ask web npm --prefix frontend audit --package-lock-only --omit dev

((${#weak[@]})) && printf 'KNOWN WEAKNESSES: %s\n' "${weak[@]}"
((${#silent[@]})) && printf 'NOT CHECKED, no answer: %s\n' "${silent[@]}"
if ((${#weak[@]})); then exit 1; fi
if ((${#silent[@]})); then exit 3; fi
echo "No known weakness."
