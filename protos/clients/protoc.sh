#!/bin/sh
# Installs protoc in the version of .venv's grpc_tools, which supports only Python, for languages that protoc supports
# without a plugin.
set -eu
"$TOOLS/bin/protoc" --version 2>/dev/null | grep -q '35\.1$' && exit
rm -rf "$TOOLS/protoc"
python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
  --target "$TOOLS/protoc" -r "$(dirname "$0")/protoc.txt"
ln -sf ../protoc/bin/protoc "$TOOLS/bin/protoc"
