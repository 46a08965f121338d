// Stands for a web page where there is no browser: node calls.mjs ENDPOINT DESCRIPTORS. Reads lines, each a call or
// {"abort": id}, and writes a line for the outcome of each call, in any order: see callers.mjs.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createConnectTransport } from "@connectrpc/connect-node";
import { makeCaller } from "./callers.mjs";
import { XMLHttpRequest } from "./xhr.mjs";

globalThis.XMLHttpRequest = XMLHttpRequest;
const [baseUrl, descriptors] = process.argv.slice(2);
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(descriptors)));
const caller = makeCaller({
  baseUrl,
  services: [...registry].filter((each) => each.kind === "service"),
  errorInfo: registry.getMessage("google.rpc.ErrorInfo"),
  more: { "connect node": createConnectTransport({ baseUrl, httpVersion: "1.1" }) },
});

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  if ("abort" in given) caller.abort(given.abort);
  else caller.call(given).then((said) => process.stdout.write(`${JSON.stringify(said)}\n`));
}
