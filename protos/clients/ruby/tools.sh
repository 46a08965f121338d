#!/bin/sh
set -eu
"$(dirname "$0")/../protoc.sh"
"$(dirname "$0")/../debian_plugin.sh" grpc_ruby_plugin protobuf-compiler-grpc
