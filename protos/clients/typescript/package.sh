#!/bin/sh
# protoc-gen-es writes JavaScript and type declarations; the output of ts-proto has to be compiled. File names include the
# version.
set -eu
ln -sfn "$TOOLS/node_modules" node_modules
tsc --project grpc-js
for flavour in grpc-js connect; do
  npm pack --silent --pack-destination dist "./$flavour" >/dev/null
done
