// Answers what protovalidate for TypeScript finds wrong with messages.
//
//	node parity.js redeem.binpb < records
//
// Records and answers are as in ../go/main.go.
import { createFileRegistry, fromBinary, type DescMessage, type Message } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { readFileSync, readSync, writeSync } from "node:fs";

const STDIN = 0;
const STDOUT = 1;
const AT_ONCE = 1 << 20;

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(process.argv[2])));
const validator = createValidator({ registry });

let read = Buffer.alloc(0);

/** Reads as many bytes; undefined if there is nothing more. */
function bytes(length: number): Buffer | undefined {
  const chunks = [read];
  let available = read.length;
  while (available < length) {
    const chunk = Buffer.allocUnsafe(AT_ONCE);
    const size = readSync(STDIN, chunk);
    if (size === 0) return undefined;
    chunks.push(chunk.subarray(0, size));
    available += size;
  }
  const all = chunks.length === 1 ? read : Buffer.concat(chunks);
  read = all.subarray(length);
  return all.subarray(0, length);
}

/** Reads a length and as many bytes; undefined if there is nothing more. */
function part(): Buffer | undefined {
  let length = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes(1)?.[0];
    if (byte === undefined) return undefined;
    length += (byte & 127) * shift;
    if (byte < 128) return bytes(length);
  }
}

function violations(schema: DescMessage, data: Buffer): [string, string][] | null {
  const message = parsed(schema, data);
  if (message === null) return null;
  const result = validator.validate(schema, message);
  if (result.kind === "error") throw result.error;
  return (result.violations ?? []).map((violation) => [pathToString(violation.field), violation.ruleId]);
}

function parsed(schema: DescMessage, data: Buffer): Message | null {
  try {
    return fromBinary(schema, data);
  } catch {
    return null;
  }
}

for (let name = part(); name !== undefined; name = part()) {
  const schema = registry.getMessage(name.toString());
  const data = part();
  if (schema === undefined || data === undefined) throw new Error(`no message ${name}`);
  writeSync(STDOUT, JSON.stringify(violations(schema, data)) + "\n");
}
