#!/bin/sh
# Generates the stubs into ./redeem, with the plugins that go.mod names. Needs protoc; PROTOC may say which, PROTOS where
# the contract is.
set -eu
cd "$(dirname "$0")"
protos=${PROTOS:-../../../../protos}
module=$(go list -m)
mkdir -p bin
go build -o bin/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
flags=""
set -- redeem/transaction/v1/action_handler.proto redeem/options/v1/options.proto
for plugin in go go-grpc; do
  flags="$flags --${plugin}_out=. --${plugin}_opt=module=$module"
  for file in "$@"; do flags="$flags --${plugin}_opt=M$file=$module/$(dirname "$file")"; done
done
PATH="$PWD/bin:$PATH" ${PROTOC:-protoc} -I "$protos" $flags "$@"
