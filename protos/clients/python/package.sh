#!/bin/sh
set -eu
touch redeem/py.typed
python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .
rm -rf build ./*.egg-info
