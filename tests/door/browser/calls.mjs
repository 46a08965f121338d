// Calls methods with the libraries of web pages: node calls.mjs ENDPOINT DESCRIPTORS. Reads lines, each a call {"client",
// "method", "request", "headers", "timeoutMs", "take"}, and writes a line for each, in any order: {"id", "messages", "code",
// "message", "reasons", "details", "trailers"}. A call with "take" ends after that many messages.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createFileRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport as createNodeTransport } from "@connectrpc/connect-node";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import grpcWeb from "grpc-web";
import { XMLHttpRequest } from "./xhr.mjs";

globalThis.XMLHttpRequest = XMLHttpRequest;
const [baseUrl, descriptors] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const errorInfo = registry.getMessage("google.rpc.ErrorInfo");

const transports = {
  "connect json": createConnectTransport({ baseUrl }),
  "connect proto": createConnectTransport({ baseUrl, useBinaryFormat: true }),
  "connect get": createConnectTransport({ baseUrl, useHttpGet: true }),
  "connect get proto": createConnectTransport({ baseUrl, useHttpGet: true, useBinaryFormat: true }),
  "connect node": createNodeTransport({ baseUrl, httpVersion: "1.1" }),
  "connect grpc-web": createGrpcWebTransport({ baseUrl }),
  "connect grpc-web json": createGrpcWebTransport({ baseUrl, useBinaryFormat: false }),
};
const callers = { "grpc-web text": grpcWebCaller("text"), "grpc-web binary": grpcWebCaller("binary") };
for (const [name, transport] of Object.entries(transports)) callers[name] = connectCaller(transport);

function connectCaller(transport) {
  return async ({ method, request, headers, timeoutMs, take }, say) => {
    const client = createClient(method.parent, transport);
    const onTrailer = (trailers) => (say.trailers = Object.fromEntries(trailers));
    const ended = new AbortController();
    const options = { headers, timeoutMs, onTrailer, signal: ended.signal };
    const given = fromJson(method.input, request, { registry });
    try {
      if (method.methodKind === "unary") say.add(await client[method.localName](given, options));
      else for await (const message of client[method.localName](given, options)) if (say.add(message) === take) break;
      say.code = "ok";
    } catch (thrown) {
      const error = ConnectError.from(thrown);
      say.code = Code[error.code];
      say.message = error.rawMessage;
      say.details = error.details.map(({ type }) => type);
      say.reasons = error.findDetails(errorInfo).map(({ reason }) => reason);
      say.trailers = Object.fromEntries(error.metadata);
    }
  };
}

function grpcWebCaller(format) {
  return ({ method, request, headers, timeoutMs, take }, say) =>
    new Promise((resolve) => {
      const unary = method.methodKind === "unary";
      const path = `${baseUrl}/${method.parent.typeName}/${method.name}`;
      const described = new grpcWeb.MethodDescriptor(
        path, unary ? "unary" : "server_streaming", Object, Object,
        (message) => toBinary(method.input, message), (bytes) => fromBinary(method.output, bytes),
      );
      const client = new grpcWeb.GrpcWebClientBase({ format });
      const given = fromJson(method.input, request, { registry });
      const metadata = timeoutMs ? { ...headers, deadline: String(Date.now() + timeoutMs) } : headers;
      const end = (code, error) => {
        say.code ??= code;
        say.message = error?.message;
        say.trailers ??= error?.metadata ?? {};
        say.details = Object.keys(say.trailers).filter((name) => name === "grpc-status-details-bin");
        resolve();
      };
      const add = (message) => {
        if (say.add(message) !== take) return;
        stream.cancel();
        end("ok");
      };
      const stream = unary
        ? client.rpcCall(path, given, metadata, described, (error, message) => {
            if (message) say.add(message);
            end(error ? Object.keys(grpcWeb.StatusCode).find((key) => grpcWeb.StatusCode[key] === error.code) : "ok", error);
          })
        : client.serverStreaming(path, given, metadata, described);
      if (unary) return;
      stream.on("data", add);
      stream.on("error", (error) => end(Object.keys(grpcWeb.StatusCode).find((key) => grpcWeb.StatusCode[key] === error.code), error));
      stream.on("status", (status) => (say.trailers = status.metadata));
      stream.on("end", () => end("ok"));
    });
}

async function serve({ id, client, method: [service, name], ...call }) {
  const method = registry.getService(service).methods.find((each) => each.name === name);
  const said = { messages: [], add: undefined };
  Object.defineProperty(said, "add", {
    enumerable: false,
    value: (message) => said.messages.push(toJson(method.output, message, { registry })),
  });
  await callers[client]({ ...call, method }, said);
  process.stdout.write(`${JSON.stringify({ id, ...said })}\n`);
}

process.stdout.write(`${JSON.stringify({ clients: Object.keys(callers) })}\n`);
for await (const line of createInterface({ input: process.stdin })) void serve(JSON.parse(line));
