#!/bin/sh
# build.sh [FOLDER]: packs the stubs of `make generate-typescript`, lays the packages beside the libraries that they need,
# as `npm install` would, and compiles the program of a folder, this one if none is named.
set -eu
folder=${1:-typescript}
cd "$(dirname "$0")/../../.."
# Stubs that are written anew begin without packages.
[ -e generated/typescript/dist/redeemd-client-connect-*.tgz ] || protos/clients/package.sh typescript >/dev/null
for package in redeemd-client-grpc-js redeemd-client-connect; do
  installed=.tools/typescript/node_modules/$package
  rm -rf "$installed"
  mkdir "$installed"
  tar -xzf generated/typescript/dist/$package-*.tgz -C "$installed" --strip-components 1
done
ln -sfn ../../../.tools/typescript/node_modules "tests/clients/$folder/node_modules"
.tools/typescript/bin/tsc --project "tests/clients/$folder" --outDir ".tools/typescript/built/$folder"
