#!/bin/sh
# Runs what build.sh compiled. Elsewhere: see docs/how-to/clients/typescript.md.
cd "$(dirname "$0")/../../.."
exec node .tools/typescript/built/typescript/first_call.mjs
