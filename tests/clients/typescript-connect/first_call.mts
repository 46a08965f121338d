/** A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { type DescMethod, equals } from "@bufbuild/protobuf";
import { ConnectError, createClient } from "@connectrpc/connect";
import type { Interceptor, Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { BadRequestSchema, ErrorInfoSchema } from "redeemd-client-connect/google/rpc/error_details_pb";
import { AuthService } from "redeemd-client-connect/redeem/auth/v1/auth_service_pb";
import { EventService } from "redeemd-client-connect/redeem/event/v1/event_service_pb";
import { Start } from "redeemd-client-connect/redeem/event/v1/requests_pb";
import { EventKind, EventKindSchema } from "redeemd-client-connect/redeem/options/v1/options_pb";
import { UseResponseSchema } from "redeemd-client-connect/redeem/serialkey/v1/requests_pb";
import { SerialKeyStatus } from "redeemd-client-connect/redeem/serialkey/v1/resources_pb";
import { SerialKeyService } from "redeemd-client-connect/redeem/serialkey/v1/serialkey_service_pb";

const ADDRESS = process.env.REDEEMD_ADDRESS ?? "127.0.0.1:50051";
const KEY_FILE = process.env.REDEEMD_KEY_FILE ?? "data/admin.key";
const SERVICE_CONFIG = process.env.REDEEMD_SERVICE_CONFIG ?? "generated/descriptors/service_config.json";

const CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}';

interface MethodConfig {
  name: { service: string; method: string }[];
  timeout?: string;
  retryPolicy?: {
    maxAttempts: number;
    initialBackoff: string;
    maxBackoff: string;
    backoffMultiplier: number;
    retryableStatusCodes: string[];
  };
}

// The service config has redeemd's time-outs and retry policy: what is safe to send again is sent again when the server
// is away. Connect does not read it by itself, so `retried` and `timed` do.
const { methodConfig } = JSON.parse(readFileSync(SERVICE_CONFIG, "utf8")) as { methodConfig: MethodConfig[] };

/** Return the settings of a method in the service config. */
function configOf({ parent, name }: DescMethod): MethodConfig | undefined {
  return methodConfig.find((config) => config.name.some((of) => of.service === parent.typeName && of.method === name));
}

/** Return a duration of the service config ("0.1s") in milliseconds. */
function milliseconds(duration: string): number {
  return 1000 * Number.parseFloat(duration);
}

/** Return the name that gRPC has for the status of a failed call; Connect spells one of them in another way. */
function statusOf(error: unknown): string {
  return codeToString(ConnectError.from(error).code).toUpperCase().replace("CANCELED", "CANCELLED");
}

/** Send a call again after a pause that grows, where its policy says so. A stream is left to who reads it. */
const retried: Interceptor = (next) => async (request) => {
  const policy = configOf(request.method)?.retryPolicy;
  if (policy === undefined || request.stream) {
    return next(request);
  }
  let pause = milliseconds(policy.initialBackoff);
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      if (attempt === policy.maxAttempts || !policy.retryableStatusCodes.includes(statusOf(error))) {
        throw error;
      }
    }
    await sleep(pause * (0.8 + 0.4 * Math.random()), undefined, { signal: request.signal });
    pause = Math.min(pause * policy.backoffMultiplier, milliseconds(policy.maxBackoff));
  }
};

/** Return a transport whose calls end after the time-out of the service config, with all tries and pauses. */
function timed(transport: Transport): Transport {
  return {
    ...transport,
    unary: (method, signal, timeoutMs, ...rest) => {
      const { timeout } = configOf(method) ?? {};
      const published = timeout === undefined ? undefined : milliseconds(timeout);
      return transport.unary(method, signal, timeoutMs ?? published, ...rest);
    },
  };
}

const transport = timed(createGrpcTransport({ baseUrl: `http://${ADDRESS}`, interceptors: [retried] }));
const logins = createClient(AuthService, transport);
const codes = createClient(SerialKeyService, transport);
const events = createClient(EventService, transport);

// Log in. A key is an id and a secret; what comes back is a token for a day, and for a player for an hour.
const [clientId = "", clientSecret = ""] = readFileSync(KEY_FILE, "utf8").trim().split(".", 2);
const project = await logins.loginProject({ clientId, clientSecret });
const server = { headers: { authorization: `Bearer ${project.accessToken}` } };
const { token: alice } = await logins.login({ userId: "alice" }, server);
const { token: bob } = await logins.login({ userId: "bob" }, server);
console.log(`logged in: ${project.tokenType}`);

/** Return the options of a writing call of the server: sent twice with the same key, it happens once. */
function once(key: string) {
  return { headers: { ...server.headers, "idempotency-key": key } };
}

// A campaign.
const shop = `shop-${randomUUID()}`;
await codes.createNamespace({ name: shop }, once(`${shop}-make-try-1`));
await codes.updateCurrentCampaignMaster({ namespaceName: shop, settings: CAMPAIGNS }, once(`${shop}-campaigns-try-1`));
const batchOf = { namespaceName: shop, campaignModelName: "spring" };
const spring = await codes.getCampaignModel(batchOf, server);
console.log(`campaign: ${spring.item?.name}`);

// Codes: issued, and exported as a stream.
const { item: batch } = await codes.issue({ ...batchOf, issueRequestCount: 5 }, once(`${shop}-issue-try-1`));
console.log(`issued: ${batch?.issuedCount}`);

/** Return the codes of the batch, and how many of them are used. */
async function exportBatch(): Promise<[string[], number]> {
  const exported: string[] = [];
  let used = 0;
  for await (const chunk of codes.streamSerialKeys({ ...batchOf, issueJobName: batch?.name }, server)) {
    exported.push(...chunk.codes);
    used += chunk.states.filter((state) => state.status === SerialKeyStatus.USED).length;
  }
  return [exported, used];
}

const [exported, used] = await exportBatch();
const [code, anotherCode] = exported;
console.log(`exported: ${exported.length}, used: ${used}`);

/** Redeem a code as a player, whose token is enough; return the code as it is now, and its campaign. */
function redeem(accessToken: string | undefined, code: string | undefined, duplicationAvoider: string) {
  return codes.use({ namespaceName: shop, code, accessToken, duplicationAvoider });
}

// Redeem. A repeat with the same key gets the same response and has no further effect.
// The key names the intention and the try, never the code: to redeem again after a revert takes another key.
const first = await redeem(alice, code, `${shop}-redeem-1-try-1`);
const again = await redeem(alice, code, `${shop}-redeem-1-try-1`);
console.log(`redeemed: by ${first.item?.usedUserId}, revision ${first.item?.revision}`);
console.log(`the same again: ${equals(UseResponseSchema, again, first) ? "same answer" : "another answer"}`);

// Refused: the status, and the reason with what it is about.
try {
  await redeem(bob, code, `${shop}-redeem-2-try-1`);
} catch (error) {
  const [info] = ConnectError.from(error).findDetails(ErrorInfoSchema);
  console.log(`refused: ${statusOf(error)} ${info?.reason} ${info?.metadata.component} ${info?.metadata.code}`);
}

// Refused: a request that breaks the contract, and each field that does.
try {
  await redeem(bob, "", `${shop}-redeem-3-try-1`);
} catch (error) {
  const [info] = ConnectError.from(error).findDetails(ErrorInfoSchema);
  const [request] = ConnectError.from(error).findDetails(BadRequestSchema);
  const fields = request?.fieldViolations.map(({ field }) => field).join(" ");
  console.log(`refused: ${statusOf(error)} ${info?.reason} ${fields}`);
}

await redeem(bob, anotherCode, `${shop}-redeem-4-try-1`);
console.log(`used: ${(await exportBatch())[1]}`);

// Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
const fromTheBeginning = { namespaceNames: [shop], start: Start.OLDEST };
try {
  for await (const answer of events.watchEvents(fromTheBeginning, { ...server, timeoutMs: 2000 })) {
    for (const { kind = EventKind.UNSPECIFIED, userId = "" } of answer.items) {
      console.log(`event: ${EventKindSchema.value[kind]?.name} ${userId}`.trim());
    }
  }
} catch (error) {
  console.log(`deadline: ${statusOf(error)}`);
}
