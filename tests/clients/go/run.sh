#!/bin/sh
# Runs the client that build.sh made. Elsewhere: `go run .` in a module that requires the stubs.
cd "$(dirname "$0")/../../.."
exec .tools/go/first_call
