#!/bin/sh
# Installs the plugins into $TOOLS/bin. cargo skips those already installed in this version.
export CARGO_TARGET_DIR="$TOOLS/build"
for plugin in protoc-gen-prost protoc-gen-tonic protoc-gen-prost-crate; do
  cargo install --quiet --locked --debug --root "$TOOLS" --version 0.5.0 "$plugin" || exit 1
done
