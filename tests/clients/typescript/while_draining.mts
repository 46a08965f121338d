/** Calls several replicas over and over. For each line of input it prints what came of the calls so far; it ends with its input. */

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

import { credentials, Metadata, status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { DescribeNamespacesRequest } from "redeemd-client-grpc-js/redeem/serialkey/v1/requests";
import { SerialKeyServiceClient } from "redeemd-client-grpc-js/redeem/serialkey/v1/serialkey_service";

const ADDRESS = process.env.REDEEMD_ADDRESS ?? "127.0.0.1:50051";
const KEY_FILE = process.env.REDEEMD_KEY_FILE ?? "data/admin.key";
const SERVICE_CONFIG = process.env.REDEEMD_SERVICE_CONFIG ?? "generated/descriptors/service_config.json";
const WORKERS = 8;

const options = { "grpc.service_config": readFileSync(SERVICE_CONFIG, "utf8"), "grpc.enable_retries": 1 };
const client = new SerialKeyServiceClient(ADDRESS, credentials.createInsecure(), options);
const metadata = new Metadata();
metadata.set("authorization", `Bearer ${readFileSync(KEY_FILE, "utf8").trim()}`);

const failed: string[] = [];
const served: Record<string, number> = {};
let over = false;

/** Call once; count the replica that responded, or note the failure. */
function call(): Promise<void> {
  return new Promise((resolve) => {
    const sent = client.describeNamespaces(DescribeNamespacesRequest.create({}), metadata, (error: ServiceError | null) => {
      if (error) {
        failed.push(`${status[error.code]} ${error.details}`);
      } else {
        served[sent.getPeer()] = (served[sent.getPeer()] ?? 0) + 1;
      }
      resolve();
    });
  });
}

async function work(): Promise<void> {
  while (!over) {
    await call();
  }
}

const workers = Array.from({ length: WORKERS }, work);
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify({ failed, served }));
}
over = true;
await Promise.all(workers);
client.close();
