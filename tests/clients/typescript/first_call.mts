/** A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { credentials, Metadata, status } from "@grpc/grpc-js";
import type { CallOptions, Client, ClientUnaryCall, requestCallback, ServiceError } from "@grpc/grpc-js";
import { BadRequest, ErrorInfo } from "redeemd-client-grpc-js/google/rpc/error_details";
import { Status } from "redeemd-client-grpc-js/google/rpc/status";
import { AuthServiceClient } from "redeemd-client-grpc-js/redeem/auth/v1/auth_service";
import { LoginProjectRequest, LoginRequest } from "redeemd-client-grpc-js/redeem/auth/v1/requests";
import { EventServiceClient } from "redeemd-client-grpc-js/redeem/event/v1/event_service";
import { Start, WatchEventsRequest, type WatchEventsResponse } from "redeemd-client-grpc-js/redeem/event/v1/requests";
import { EventKind, eventKindToJSON } from "redeemd-client-grpc-js/redeem/options/v1/options";
import * as pb from "redeemd-client-grpc-js/redeem/serialkey/v1/requests";
import { SerialKeyStatus } from "redeemd-client-grpc-js/redeem/serialkey/v1/resources";
import { SerialKeyServiceClient } from "redeemd-client-grpc-js/redeem/serialkey/v1/serialkey_service";

const ADDRESS = process.env.REDEEMD_ADDRESS ?? "127.0.0.1:50051";
const KEY_FILE = process.env.REDEEMD_KEY_FILE ?? "data/admin.key";
const SERVICE_CONFIG = process.env.REDEEMD_SERVICE_CONFIG ?? "generated/descriptors/service_config.json";

const CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}';

type Method<Q, A> = (asked: Q, metadata: Metadata, options: CallOptions, then: requestCallback<A>) => ClientUnaryCall;

/** Call a method of a client. Returns a promise where grpc-js takes a callback. */
function call<Q, A>(client: Client, method: Method<Q, A>, request: Q, metadata = new Metadata()): Promise<A> {
  return new Promise((resolve, reject) => {
    method.call(client, request, metadata, {}, (error, answer) => (error ? reject(error) : resolve(answer!)));
  });
}

/** Return the detail of a type of a refusal: why, about what, or which fields. */
function detailOf<T>(error: ServiceError, type: { $type: string; decode(bytes: Uint8Array): T }): T {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  const detail = Status.decode(packed as Buffer).details.find(({ typeUrl }) => typeUrl.endsWith(`/${type.$type}`));
  return type.decode(detail!.value);
}

// The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
const options = { "grpc.service_config": readFileSync(SERVICE_CONFIG, "utf8"), "grpc.enable_retries": 1 };
const logins = new AuthServiceClient(ADDRESS, credentials.createInsecure(), options);
const codes = new SerialKeyServiceClient(ADDRESS, credentials.createInsecure(), options);
const events = new EventServiceClient(ADDRESS, credentials.createInsecure(), options);

// Log in. A key is an id and a secret; what comes back is a token for a day, and for a player for an hour.
const [clientId = "", clientSecret = ""] = readFileSync(KEY_FILE, "utf8").trim().split(".", 2);
const project = await call(logins, logins.loginProject, LoginProjectRequest.create({ clientId, clientSecret }));
const server = new Metadata();
server.set("authorization", `Bearer ${project.accessToken}`);
const { token: alice = "" } = await call(logins, logins.login, LoginRequest.create({ userId: "alice" }), server);
const { token: bob = "" } = await call(logins, logins.login, LoginRequest.create({ userId: "bob" }), server);
console.log(`logged in: ${project.tokenType}`);

/** Return the metadata of a writing call of the server: sent twice with the same key, it happens once. */
function once(key: string): Metadata {
  const metadata = server.clone();
  metadata.set("idempotency-key", key);
  return metadata;
}

// A campaign.
const shop = `shop-${randomUUID()}`;
await call(codes, codes.createNamespace, pb.CreateNamespaceRequest.create({ name: shop }), once(`${shop}-make-try-1`));
const campaigns = pb.UpdateCurrentCampaignMasterRequest.create({ namespaceName: shop, settings: CAMPAIGNS });
await call(codes, codes.updateCurrentCampaignMaster, campaigns, once(`${shop}-campaigns-try-1`));
const batchOf = { namespaceName: shop, campaignModelName: "spring" };
const spring = await call(codes, codes.getCampaignModel, pb.GetCampaignModelRequest.create(batchOf), server);
console.log(`campaign: ${spring.item?.name}`);

// Codes: issued, and exported as a stream.
const issue = pb.IssueRequest.create({ ...batchOf, issueRequestCount: 5 });
const { item: batch } = await call(codes, codes.issue, issue, once(`${shop}-issue-try-1`));
console.log(`issued: ${batch?.issuedCount}`);

/** Return the codes of the batch, and how many of them are used. */
async function exportBatch(): Promise<[string[], number]> {
  const request = pb.StreamSerialKeysRequest.create({ ...batchOf, issueJobName: batch?.name });
  const exported: string[] = [];
  let used = 0;
  for await (const chunk of codes.streamSerialKeys(request, server) as AsyncIterable<pb.StreamSerialKeysResponse>) {
    exported.push(...chunk.codes);
    used += chunk.states.filter((state) => state.status === SerialKeyStatus.SERIAL_KEY_STATUS_USED).length;
  }
  return [exported, used];
}

const [exported, used] = await exportBatch();
const [code = "", anotherCode = ""] = exported;
console.log(`exported: ${exported.length}, used: ${used}`);

/** Redeem a code as a player, whose token is enough; return the code as it is now. */
async function redeem(accessToken: string, code: string, duplicationAvoider: string) {
  const request = pb.UseRequest.create({ namespaceName: shop, code, accessToken, duplicationAvoider });
  return (await call(codes, codes.use, request)).item;
}

// Redeem. A repeat with the same key gets the same response and has no further effect.
// The key names the intention and the try, never the code: to redeem again after a revert takes another key.
const first = await redeem(alice, code, `${shop}-redeem-1-try-1`);
const again = await redeem(alice, code, `${shop}-redeem-1-try-1`);
console.log(`redeemed: by ${first?.usedUserId}, revision ${first?.revision}`);
console.log(`the same again: ${isDeepStrictEqual(again, first) ? "same answer" : "another answer"}`);

// Refused: the status, and the reason with what it is about.
try {
  await redeem(bob, code, `${shop}-redeem-2-try-1`);
} catch (error) {
  const refusal = error as ServiceError;
  const { reason, metadata } = detailOf(refusal, ErrorInfo);
  console.log(`refused: ${status[refusal.code]} ${reason} ${metadata.component} ${metadata.code}`);
}

// Refused: a request that breaks the contract, and each field that does.
try {
  await redeem(bob, "", `${shop}-redeem-3-try-1`);
} catch (error) {
  const refusal = error as ServiceError;
  const fields = detailOf(refusal, BadRequest).fieldViolations.map(({ field }) => field);
  console.log(`refused: ${status[refusal.code]} ${detailOf(refusal, ErrorInfo).reason} ${fields.join(" ")}`);
}

await redeem(bob, anotherCode, `${shop}-redeem-4-try-1`);
console.log(`used: ${(await exportBatch())[1]}`);

// Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
const fromTheBeginning = WatchEventsRequest.create({ namespaceNames: [shop], start: Start.START_OLDEST });
const watched = events.watchEvents(fromTheBeginning, server, { deadline: Date.now() + 2000 });
try {
  for await (const answer of watched as AsyncIterable<WatchEventsResponse>) {
    for (const { kind = EventKind.EVENT_KIND_UNSPECIFIED, userId = "" } of answer.items) {
      console.log(`event: ${eventKindToJSON(kind)} ${userId}`.trim());
    }
  }
} catch (error) {
  console.log(`deadline: ${status[(error as ServiceError).code]}`);
}
