#!/bin/sh
# Runs what build.sh compiled. Elsewhere: see docs/how-to/clients/typescript-connect.md.
cd "$(dirname "$0")/../../.."
exec node .tools/typescript/built/typescript-connect/first_call.mjs
