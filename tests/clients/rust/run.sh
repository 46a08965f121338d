#!/bin/sh
# Runs the client that build.sh compiled with the stubs of `make generate-rust`.
# Elsewhere: unpack the crate of `make package-rust` beside this folder, name it in Cargo.toml, then `cargo run`.
cd "$(dirname "$0")/../../.."
exec .tools/rust/build/debug/first_call
