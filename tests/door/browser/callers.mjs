// The libraries of web pages, in a page and in Node.js alike: a call {"id", "client", "method", "request", "headers",
// "timeoutMs", "take"} becomes {"id", "messages", "code", "message", "reasons", "details", "trailers"}. A call with "take"
// ends after that many messages; `abort` ends one as a page does that the player leaves.
import { createRegistry, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import grpcWeb from "grpc-web";

const packedBy = { "application/connect+proto": "connect-content-encoding", "application/grpc-web+proto": "grpc-encoding" };

// Compresses a message as the protocols say; the libraries leave that to whoever calls.
async function fetchPacked(url, { headers, body, ...others }) {
  const envelopes = packedBy[headers.get("content-type")];
  headers.set(envelopes ?? "content-encoding", "gzip");
  const message = envelopes ? body.subarray(5) : body;
  const packed = new Blob([message]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const head = new Uint8Array(envelopes ? 5 : 0);
  if (envelopes) {
    head[0] = 1;
    new DataView(head.buffer).setUint32(1, bytes.length);
  }
  return fetch(url, { ...others, headers, body: new Blob([head, bytes]) });
}

export function makeCaller({ baseUrl, services, errorInfo, more = {} }) {
  const registry = createRegistry(errorInfo, ...services);
  const transports = {
    "connect json": createConnectTransport({ baseUrl }),
    "connect proto": createConnectTransport({ baseUrl, useBinaryFormat: true }),
    "connect get": createConnectTransport({ baseUrl, useHttpGet: true }),
    "connect get proto": createConnectTransport({ baseUrl, useHttpGet: true, useBinaryFormat: true }),
    "connect grpc-web": createGrpcWebTransport({ baseUrl }),
    "connect grpc-web json": createGrpcWebTransport({ baseUrl, useBinaryFormat: false }),
    "connect gzip": createConnectTransport({ baseUrl, useBinaryFormat: true, fetch: fetchPacked }),
    "connect grpc-web gzip": createGrpcWebTransport({ baseUrl, fetch: fetchPacked }),
    ...more,
  };
  const callers = { "grpc-web text": grpcWebCaller("text"), "grpc-web binary": grpcWebCaller("binary") };
  for (const [name, transport] of Object.entries(transports)) callers[name] = connectCaller(transport);
  const aborting = new Map();

  function connectCaller(transport) {
    return async ({ method, request, headers, timeoutMs, take, signal }, say) => {
      const client = createClient(method.parent, transport);
      const onTrailer = (trailers) => (say.trailers = Object.fromEntries(trailers));
      const options = { headers, timeoutMs, onTrailer, signal };
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
    return ({ method, request, headers, timeoutMs, take, signal }, say) =>
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
        signal.addEventListener("abort", () => {
          stream.cancel();
          end("canceled");
        });
        if (unary) return;
        stream.on("data", add);
        stream.on("error", (error) => end(Object.keys(grpcWeb.StatusCode).find((key) => grpcWeb.StatusCode[key] === error.code), error));
        stream.on("status", (status) => (say.trailers = status.metadata));
        stream.on("end", () => end("ok"));
      });
  }

  async function call({ id, client, method: [service, name], ...given }) {
    const method = registry.getService(service).methods.find((each) => each.name === name);
    const said = { messages: [], add: undefined };
    Object.defineProperty(said, "add", {
      enumerable: false,
      value: (message) => said.messages.push(toJson(method.output, message, { registry })),
    });
    const ended = new AbortController();
    aborting.set(id, ended);
    await callers[client]({ ...given, method, signal: ended.signal }, said);
    aborting.delete(id);
    return { id, ...said };
  }

  return { call, abort: (id) => aborting.get(id)?.abort() };
}
