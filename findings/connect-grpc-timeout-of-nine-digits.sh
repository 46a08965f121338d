#!/bin/sh
# @connectrpc/connect-node 2.1.2: its gRPC client cannot call with a timeout of 100,000 seconds or more.
#
# Expected: gRPC limits the number in the header grpc-timeout to 8 digits, so longer timeouts are sent in seconds or minutes.
# Seen: the client always sends milliseconds, here 9 digits. A server that follows the specification refuses the call, that of
# the same library with INVALID_ARGUMENT, although the timeout is valid. The Connect protocol allows 10 digits and works.
# Consequence: streams that are meant to last more than 27 hours fail at once. Set no timeout for them, or a shorter one.
#
# Exits 0 while this is so, 1 when it has changed. Needs Node 20 or newer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @connectrpc/connect@2.1.2 @connectrpc/connect-node@2.1.2 \
  @bufbuild/protobuf@2.17.0 >/dev/null
cat >call.mjs <<'NODE'
import { createServer } from "node:http2";
import { create, createFileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, file_google_protobuf_empty } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";

const Empty = ".google.protobuf.Empty";
const file = create(FileDescriptorProtoSchema, {
  name: "example.proto", package: "example", syntax: "proto3", dependency: ["google/protobuf/empty.proto"],
  service: [{ name: "Codes", method: [{ name: "Use", inputType: Empty, outputType: Empty }] }],
});
const files = create(FileDescriptorSetSchema, { file: [file_google_protobuf_empty.proto, file] });
const service = createFileRegistry(files).getService("example.Codes");
const sent = [];
const answer = connectNodeAdapter({ routes: (router) => router.service(service, { use: () => ({}) }) });

const server = createServer((request, response) => {
  sent.push(request.headers["grpc-timeout"] ?? request.headers["connect-timeout-ms"]);
  answer(request, response);
}).listen(0, "127.0.0.1", async () => {
  const options = { baseUrl: `http://127.0.0.1:${server.address().port}`, httpVersion: "2" };
  const call = (transport, timeoutMs) =>
    createClient(service, transport).use({}, { timeoutMs }).then(() => "OK", (error) => Code[error.code]);
  const found = [];
  for (const transport of [createGrpcTransport(options), createConnectTransport(options)]) {
    for (const timeoutMs of [99_999_999, 100_000_000]) found.push(await call(transport, timeoutMs));
  }
  console.log("@connectrpc/connect-node 2.1.2, gRPC and then Connect, sent:", sent, "outcomes:", found);
  process.exit(sent[1] === "100000000m" && `${found}` === "OK,InvalidArgument,OK,OK" ? 0 : 1);
});
NODE
node call.mjs
