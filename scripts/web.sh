#!/usr/bin/env bash
# `install` fetches the web page's packages, `build` builds it into app/web/dist. Without a fitting Node
# both say so and end well: the server runs without its page.
set -euo pipefail
cd "$(dirname "$0")/../frontend"

if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2> /dev/null; then
    cat >&2 << NOTE
############################################################################
  The web page is NOT built: Node 20.19 or newer is needed, $(node --version 2> /dev/null || echo none) is installed.
  API and command line work all the same. Install Node and run: make web
############################################################################
NOTE
    exit 0
fi

case "$1" in
install)
    npm ci --no-audit --no-fund --loglevel=error < /dev/null
    touch node_modules/.package-lock.json
    ;;
build)
    npm run --silent build -- --logLevel warn < /dev/null
    touch ../app/web/dist/index.html
    ;;
*)
    echo "usage: web.sh install|build" >&2
    exit 2
    ;;
esac
