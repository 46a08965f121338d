#!/usr/bin/env bash
# Brings gRPC and protobuf for PHP from Debian to .tools/php, without root: the client then runs without composer and PECL.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
tools=$root/.tools/php
mkdir -p "$tools/vendor" "$tools/rpc"
cp autoload.php "$tools/vendor/autoload.php"
[ ! -f "$tools/grpc.so" ] || exit 0

# The messages of google.rpc, which composer has as google/common-protos.
protos=$root/protos/vendor
"$tools/bin/protoc" -I "$protos" --php_out "$tools/rpc" "$protos"/google/rpc/{code,status,error_details}.proto

# Debian has gRPC's library as it is, and the extension, which is its face in PHP, as source.
"$root/tests/support/get_debian.sh" "$tools/runtime" 'lib(c-ares|grpc|re2)' libgrpc-dev php-google-protobuf
rm -rf "$tools/source"
mkdir -p "$tools/source"/{sources,lists/partial,cache/archives/partial}
cd "$tools/source"
[ ! -f /etc/apt/sources.list ] || sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >sources/debian.list
[ ! -f /etc/apt/sources.list.d/debian.sources ] ||
  sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >sources/debian.sources
own=(-qq -o APT::Sandbox::User= -o Debug::NoLocking=1 -o Dir::Cache="$PWD/cache" -o Dir::State::Lists="$PWD/lists"
  -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$PWD/sources")
apt-get "${own[@]}" update
apt-get "${own[@]}" source --download-only grpc
tar -xf grpc_*.orig.tar.gz --wildcards --strip-components 3 "grpc-*/src/php"
cd ext/grpc
libraries=$(echo "$tools"/runtime/usr/lib/*-linux-gnu)
# shellcheck disable=SC2046 # many flags
gcc -shared -fPIC -O1 -w -std=gnu11 -DCOMPILE_DL_GRPC=1 -DGRPC_POSIX_FORK_ALLOW_PTHREAD_ATFORK=1 \
  $(php-config --includes) -I. -I"$tools/runtime/usr/include" ./*.c -L"$libraries" -Wl,-rpath,"$libraries" -lgrpc -lgpr \
  -o "$tools/source/grpc.so"
mv "$tools/source/grpc.so" "$tools/grpc.so"
