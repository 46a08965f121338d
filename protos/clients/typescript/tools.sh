#!/bin/sh
# Installs the plugins, the compiler and the libraries of tools/package-lock.json; npm ci first removes the stamp.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! cmp -s "$here/tools/package-lock.json" "$TOOLS/node_modules/installed.json"; then
  cp "$here/tools/package.json" "$here/tools/package-lock.json" "$TOOLS"
  npm ci --prefix "$TOOLS" --ignore-scripts --loglevel error >&2
  cp "$here/tools/package-lock.json" "$TOOLS/node_modules/installed.json"
fi
ln -sf ../node_modules/.bin/protoc-gen-es ../node_modules/.bin/protoc-gen-ts_proto ../node_modules/.bin/tsc "$TOOLS/bin"
