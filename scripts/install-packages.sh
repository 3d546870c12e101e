#!/usr/bin/env bash
# Install Debian packages when that is possible: as root, with apt. Otherwise fail, and let the caller say what is missing.
set -euo pipefail

[[ $(id -u) -eq 0 ]] && command -v apt-get > /dev/null || exit 1
export DEBIAN_FRONTEND=noninteractive
echo "installing $*" >&2
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends "$@" < /dev/null > /dev/null
