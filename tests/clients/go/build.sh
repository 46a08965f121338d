#!/bin/sh
# Builds the client with the stubs of `make generate-go`.
set -eu
cd "$(dirname "$0")"
exec nice -n 10 go build -o ../../../.tools/go/first_call .
