#!/bin/sh
# package.sh LANGUAGE: what users of a language install, into dist/ beside its stubs. `make package-<lang>` calls it after
# generate.sh; what is done for a language is in the package.sh of its folder.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/paths.sh"
cd "$output"
mkdir -p dist
"$here/$language/package.sh"
ls -d "$output"/dist/*
