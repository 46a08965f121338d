#!/bin/sh
# Installs the plugins in the versions that match package/go.mod.
set -eu
get() {
  case "$("$TOOLS/bin/$1" --version 2>/dev/null)" in
    *"${3#v}") ;;
    *) GOBIN=$TOOLS/bin GOFLAGS=-mod=mod go install "$2/$1@$3" ;;
  esac
}
get protoc-gen-go google.golang.org/protobuf/cmd v1.36.12
get protoc-gen-go-grpc google.golang.org/grpc/cmd v1.6.2
