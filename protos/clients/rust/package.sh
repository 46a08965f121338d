#!/bin/sh
cargo package --quiet --no-verify --allow-dirty --target-dir "$TOOLS/package"
cp "$TOOLS"/package/package/redeemd-client-*.crate dist/
