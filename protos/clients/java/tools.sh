#!/bin/sh
# protoc, and grpc-java's plugin from Debian. Maven Central has it as a program for each system, which not every mirror
# of it serves.
set -eu
"$(dirname "$0")/../protoc.sh"
"$(dirname "$0")/../debian_plugin.sh" protoc-gen-grpc-java protobuf-compiler-grpc-java-plugin grpc_java_plugin
