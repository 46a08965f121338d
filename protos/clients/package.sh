#!/bin/sh
# package.sh LANGUAGE: builds the package that users of a language install, into dist/ beside its stubs.
# `make package-<lang>` calls it after generate.sh; each language has its own package.sh for the build.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/paths.sh"
cd "$output"
mkdir -p dist
"$here/$language/package.sh"
ls -d "$output"/dist/*
