#!/bin/sh
# Installs protoc, and the plugin of grpc-java from Debian: Maven Central has a binary for each system, but not every
# mirror serves these.
set -eu
"$(dirname "$0")/../protoc.sh"
"$(dirname "$0")/../debian_plugin.sh" protoc-gen-grpc-java protobuf-compiler-grpc-java-plugin grpc_java_plugin
