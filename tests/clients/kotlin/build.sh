#!/bin/sh
# Compiles the stubs of `make generate-kotlin` and the client, unless both are as they were.
exec "$(dirname "$0")/../../support/maven.sh" kotlin
