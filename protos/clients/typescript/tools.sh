#!/bin/sh
# The plugins, the compiler and the libraries, as tools/package-lock.json has them; npm ci begins by removing its stamp.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! cmp -s "$here/tools/package-lock.json" "$TOOLS/node_modules/installed.json"; then
  cp "$here/tools/package.json" "$here/tools/package-lock.json" "$TOOLS"
  npm ci --prefix "$TOOLS" --ignore-scripts --loglevel error >&2
  cp "$here/tools/package-lock.json" "$TOOLS/node_modules/installed.json"
fi
ln -sf ../node_modules/.bin/protoc-gen-es ../node_modules/.bin/protoc-gen-ts_proto ../node_modules/.bin/tsc "$TOOLS/bin"
