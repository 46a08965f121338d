#!/bin/sh
# cargo builds what changed; the stubs did, as each `make generate-rust` writes them anew.
cd "$(dirname "$0")"
CARGO_TARGET_DIR=../../../.tools/rust/build CARGO_PROFILE_DEV_DEBUG=0 exec cargo build --quiet
