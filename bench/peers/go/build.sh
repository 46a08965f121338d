#!/bin/sh
# build.sh OUTPUT: generates the stubs from redeemd's protos, with their rules, and builds the service. The plugins come
# from go.mod; buf is that of .venv.
set -eu
output=$1
cd "$(dirname "$0")"
root=$(cd ../../.. && pwd)
tools=$root/bench/.work/peers/tools
mkdir -p "$tools" "$(dirname "$output")"
go build -o "$tools/" google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
rm -rf stubs
(cd "$root/protos" && PATH=$tools:$PATH "$root/.venv/bin/buf" generate --path redeem \
  --template "$root/bench/peers/go/buf.gen.yaml" --output "$root/bench/peers/go/stubs" .)
go vet .
go build -o "$output" .
