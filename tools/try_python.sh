#!/usr/bin/env bash
# Install redeemd for a version of Python, with some packages in place of the pinned ones, and run the demo: start, Issue,
# Use, stop. Usage: tools/try_python.sh 3.13 ['grpcio>=1.85']
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
install() { .venv/bin/uv pip install --quiet --python "$venv/bin/python" "$@"; }
.venv/bin/uv venv --quiet --clear --python "$1" "$venv"
install --require-hashes -r requirements/run.txt
install --no-deps .
if (($# > 1)); then install --no-deps "${@:2}"; fi
"$venv/bin/python" -c 'import platform, grpc; print(f"Python {platform.python_version()}, grpcio {grpc.__version__}")'
"$venv/bin/redeemd" demo
