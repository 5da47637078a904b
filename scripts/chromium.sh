#!/bin/sh
# Browser tests drive Debian's Chromium: install it where we may, else say what to install.
set -eu
if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || [ -n "${HAPP_CHROMIUM:-}" ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "happ: installing Chromium for the browser tests"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null && exit 0
fi
echo "happ: the browser tests need Chromium: run \`sudo apt-get install chromium\` (elsewhere: set HAPP_CHROMIUM to the program)." >&2
