#!/bin/sh
# Installs protoc and grpc_csharp_plugin. Only NuGet publishes the plugin, so it is built from the source of grpcio-tools,
# with the version and hash of requirements/dev.txt, and Debian's libprotoc. A plugin found on PATH is used instead.
set -eu
root=$(cd "$(dirname "$0")/../../.." && pwd)
"$root/protos/clients/protoc.sh"
command -v grpc_csharp_plugin >/dev/null && exit
for program in apt-get c++; do
  command -v $program >/dev/null || {
    echo "make generate-csharp needs $program to build grpc_csharp_plugin, or that of NuGet's Grpc.Tools on PATH" >&2
    exit 1
  }
done
debian=$TOOLS/debian
"$root/tests/support/get_debian.sh" "$debian" libproto libprotoc-dev
sed -n '/^grpcio-tools==/,/[^\\]$/p' "$root/requirements/dev.txt" >"$TOOLS/grpcio-tools.txt"
python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary grpcio-tools --require-hashes \
  -r "$TOOLS/grpcio-tools.txt" -d "$TOOLS"
rm -rf "$TOOLS/source"
mkdir -p "$TOOLS/source/shim/google/protobuf/compiler/csharp"
cd "$TOOLS/source"
tar --strip-components 1 -xzf "$TOOLS"/grpcio_tools-*.tar.gz
# Debian's libprotobuf has some headers of the plugin under other names, or does not include them.
echo '#include <google/protobuf/compiler/csharp/csharp_names.h>' >shim/google/protobuf/compiler/csharp/names.h
libraries=$(echo "$debian"/usr/lib/*-linux-gnu)
c++ -std=c++17 -O1 -w -include google/protobuf/util/json_util.h -include google/protobuf/util/type_resolver_util.h \
  -DGRPC_CUSTOM_JSONUTIL=::google::protobuf::util -DGRPC_CUSTOM_UTIL_STATUS=int \
  -Ishim -Igrpc_root -Igrpc_root/include -I"$debian/usr/include" \
  grpc_root/src/compiler/csharp_plugin.cc grpc_root/src/compiler/csharp_generator.cc grpc_root/src/compiler/proto_parser_helper.cc \
  -L"$libraries" -Wl,-rpath,"$libraries" -lprotoc -lprotobuf -lpthread -o "$TOOLS/bin/grpc_csharp_plugin"
rm -rf "$TOOLS/source"
