#!/bin/sh
# maven.sh LANGUAGE: packages the stubs and the client of a language, and brings what they need to target/lib; nothing if
# all is as it was.
set -eu
cd "$(dirname "$0")/../.."
stubs=generated/$1 client=tests/clients/$1
target=$client/target
sum=$(find "$stubs/pom.xml" "$stubs/src" "$client" -type f ! -path "$target/*" | LC_ALL=C sort | xargs sha256sum | sha256sum)
[ "$sum" != "$(cat "$target/built" 2>/dev/null)" ] || exit 0
version=$(sed -n '/<version>/{s/[^>]*>\([^<]*\).*/\1/p;q}' "$stubs/pom.xml")
rm -rf "$target"
mvn --batch-mode --quiet -f "$client/reactor.xml" -Dredeemd.version="$version" -DincludeScope=runtime -DoutputDirectory=target/lib \
  package org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies
echo "$sum" >"$target/built"
