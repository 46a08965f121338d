#!/bin/sh
# Builds the client with the stubs of `make generate-cpp`, and with Debian's gRPC where the machine has none.
set -eu
cd "$(dirname "$0")/../../.."
tools=$PWD/.tools/cpp
debian=$tools/debian/usr
LD_LIBRARY_PATH=$(echo "$debian"/lib/*-linux-gnu)
# gRPC looks for re2 by pkg-config, which names the folder where Debian would have it: the linker looks here, too.
export LIBRARY_PATH="$LD_LIBRARY_PATH" LD_LIBRARY_PATH CMAKE_PREFIX_PATH="$debian" PKG_CONFIG_PATH="$LD_LIBRARY_PATH/pkgconfig"
# Stubs that were generated again are the same as a rule: those that were compiled stay.
diff -rq generated/cpp "$tools/stubs" >/dev/null 2>&1 || { rm -rf "$tools/stubs" && cp -R generated/cpp "$tools/stubs"; }
cmake -S tests/clients/cpp -B "$tools/build" -DREDEEMD_STUBS="$tools/stubs" >/dev/null
nice -n 10 cmake --build "$tools/build" --parallel 2 >/dev/null
