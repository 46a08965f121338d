#!/bin/sh
# protoc-gen-es writes JavaScript and its types at once; what ts-proto writes is compiled. A package is named by its version.
set -eu
ln -sfn "$TOOLS/node_modules" node_modules
tsc --project grpc-js
for flavour in grpc-js connect; do
  npm pack --silent --pack-destination dist "./$flavour" >/dev/null
done
