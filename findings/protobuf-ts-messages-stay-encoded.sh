#!/bin/sh
# @protobuf-ts/grpcweb-transport 2.11.1: messages of errors keep the percent-encoding of gRPC.
#
# Expected: gRPC percent-encodes the trailer grpc-message, and clients decode it, as grpc-web and Connect do.
# Seen: RpcError.message is the encoded text: "%E6%B8%88" for "済", "sold%20out" for "sold out".
# Consequence: users see escapes in every message with a space, or that is not ASCII, depending on how much the server encodes.
# Call decodeURIComponent on the message, and keep it as it is if that throws.
#
# Exits 0 while this is so, 1 when it has changed. Needs Node 18 or newer.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @protobuf-ts/grpcweb-transport@2.11.1 @protobuf-ts/runtime@2.11.1 \
  @protobuf-ts/runtime-rpc@2.11.1 >/dev/null
cat >call.js <<'NODE'
const { createServer } = require("node:http");
const { GrpcWebFetchTransport } = require("@protobuf-ts/grpcweb-transport");
const { MessageType } = require("@protobuf-ts/runtime");
const { ServiceType } = require("@protobuf-ts/runtime-rpc");

const encoded = "%E6%B8%88 is used";
const Empty = new MessageType("google.protobuf.Empty", []);
const service = new ServiceType("example.Codes", [{ name: "Use", I: Empty, O: Empty }]);
const trailers = Buffer.from(`grpc-status:9\r\ngrpc-message:${encoded}\r\n`);
const frame = Buffer.concat([Buffer.from([0x80, 0, 0, 0, trailers.length]), trailers]); // of gRPC-Web, with trailers

const server = createServer((_, response) => {
  response.setHeader("content-type", "application/grpc-web+proto").end(frame);
}).listen(0, "127.0.0.1", async () => {
  const transport = new GrpcWebFetchTransport({ baseUrl: `http://127.0.0.1:${server.address().port}`, format: "binary" });
  const { code, message } = await transport.unary(service.methods[0], {}, transport.mergeOptions({})).then(() => ({}), (error) => error);
  const { version } = require("@protobuf-ts/grpcweb-transport/package.json");
  console.log(`@protobuf-ts/grpcweb-transport ${version}: ${code} with the message ${message}; decoded: ${decodeURIComponent(encoded)}`);
  process.exit(code === "FAILED_PRECONDITION" && message === encoded ? 0 : 1);
});
NODE
node call.js
