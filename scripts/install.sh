#!/bin/sh
# Make or refresh .venv from the locked requirements: `scripts/install.sh run` for what Happ runs on,
# `scripts/install.sh test` for the test tools too. Needs Python 3.11 or newer and a connection to PyPI (or a mirror:
# PIP_INDEX_URL / UV_DEFAULT_INDEX), nothing else.
set -eu
cd "$(dirname "$0")/.."

say() { echo "happ: $*"; }
fail() { echo "happ: $*" >&2; exit 1; }

find_python() {
    for name in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

# uv, pinned and hashed as in requirements-dev.txt, in a place of its own: `uv pip sync` would remove it from .venv.
install_uv() {
    rm -rf .tools
    mkdir .tools
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements-dev.txt > .tools/uv.txt
    say "getting the installer (uv)"
    if "$python" -m venv .tools/venv >/dev/null 2>&1; then
        .tools/venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .tools/uv.txt
        ln -s venv/bin .tools/bin
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --target .tools --require-hashes -r .tools/uv.txt
    elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ "${retried:-}" = "" ]; then
        say "this Python has neither venv nor pip: installing python3-venv with apt-get"
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
        retried=1
        install_uv
        return
    else
        fail "this Python has neither venv nor pip: run \`sudo apt-get install python3-venv\` and try again."
    fi
    cp .tools/uv.txt .tools/uv.installed
}

python=$(find_python)
[ -n "$python" ] || fail "Python 3.11 or newer is needed: run \`sudo apt-get install python3 python3-venv\`, or set PYTHON to one."
wanted=$(awk '/^uv==/ { print $1 }' requirements-dev.txt)
grep -q "^$wanted " .tools/uv.installed 2>/dev/null || install_uv
[ -x .venv/bin/python ] || .tools/bin/uv venv --quiet --allow-existing --python "$python" .venv

files=requirements.txt
# what tests once stays able to test: syncing with the first file alone would remove the tools
if [ "$1" = test ] || [ -e .venv/test.stamp ]; then
    files="requirements.txt requirements-dev.txt"
fi
# a company's network may have an authority of its own, which only the system's list knows
[ ! -r /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS=1
if [ -z "${UV_DEFAULT_INDEX:-}" ] && [ -n "${PIP_INDEX_URL:-}" ]; then export UV_DEFAULT_INDEX="$PIP_INDEX_URL"; fi
say "installing the locked packages (the first time this takes about a minute)"
# shellcheck disable=SC2086 - a list
.tools/bin/uv pip sync --python .venv/bin/python --require-hashes --compile-bytecode $files
if [ "$1" = test ]; then touch .venv/test.stamp; fi
touch .venv/run.stamp
