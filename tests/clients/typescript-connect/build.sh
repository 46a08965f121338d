#!/bin/sh
exec "$(dirname "$0")/../typescript/build.sh" typescript-connect
