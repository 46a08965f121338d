/** A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way. */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";

import { status } from "@grpc/grpc-js";
import { Start, WatchEventsRequest } from "redeemd-client-grpc-js/redeem/event/v1/requests";
import { EventKind, eventKindToJSON } from "redeemd-client-grpc-js/redeem/options/v1/options";
import * as pb from "redeemd-client-grpc-js/redeem/serialkey/v1/requests";
import { SerialKeyStatus } from "redeemd-client-grpc-js/redeem/serialkey/v1/resources";
import { items, Login, Redeemd, RedeemError } from "redeemd-client-grpc-js/redeemd";

const ADDRESS = process.env.REDEEMD_ADDRESS ?? "127.0.0.1:50051";
const KEY_FILE = process.env.REDEEMD_KEY_FILE ?? "data/admin.key";

const CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}';

// Log in. The client exchanges the key for a token, which it renews. Players have tokens of their own, which the server
// of the game requests for them. What is safe to send again is sent again when the server is away.
const redeemd = new Redeemd(ADDRESS, new Login(readFileSync(KEY_FILE, "utf8").trim()));
const [codes, alice, bob] = [redeemd.serialKeys, redeemd.player("alice"), redeemd.player("bob")];
const [token] = (await redeemd.metadata()).get("authorization");
console.log(`logged in: ${String(token).split(" ")[0]}`);

// A campaign. The client gives each writing call a key: sent twice, it happens once.
const shop = `shop-${randomUUID()}`;
await codes.createNamespace(pb.CreateNamespaceRequest.create({ name: shop }));
const campaigns = pb.UpdateCurrentCampaignMasterRequest.create({ namespaceName: shop, settings: CAMPAIGNS });
await codes.updateCurrentCampaignMaster(campaigns);
const batchOf = { namespaceName: shop, campaignModelName: "spring" };
const spring = await codes.getCampaignModel(pb.GetCampaignModelRequest.create(batchOf));
console.log(`campaign: ${spring.item?.name}`);

// Codes: issued, and exported as a stream. With a key of your own, a call happens once even if the program is restarted.
const issue = pb.IssueRequest.create({ ...batchOf, issueRequestCount: 5 });
const { item: batch } = await codes.issue(issue, { key: `${shop}-issue-try-1` });
console.log(`issued: ${batch?.issuedCount}`);

/** Return the codes of the batch, and how many of them are used. */
async function exportBatch(): Promise<[string[], number]> {
  const request = pb.StreamSerialKeysRequest.create({ ...batchOf, issueJobName: batch?.name });
  const exported: string[] = [];
  let used = 0;
  for await (const chunk of codes.streamSerialKeys(request)) {
    exported.push(...chunk.codes);
    used += chunk.states.filter((state) => state.status === SerialKeyStatus.SERIAL_KEY_STATUS_USED).length;
  }
  return [exported, used];
}

const [exported, used] = await exportBatch();
const [code = "", anotherCode = ""] = exported;
console.log(`exported: ${exported.length}, used: ${used}`);

/** Redeem a code as a player, whose token is enough; return the code as it is now. */
async function redeem(player: Redeemd, code: string, key: string) {
  const request = pb.UseRequest.create({ namespaceName: shop, code });
  return (await player.serialKeys.use(request, { key: `${shop}-${key}` })).item;
}

// Redeem. A repeat with the same key gets the same response and has no further effect.
// The key names the intention and the try, never the code: to redeem again after a revert takes another key.
const first = await redeem(alice, code, "redeem-1-try-1");
const again = await redeem(alice, code, "redeem-1-try-1");
console.log(`redeemed: by ${first?.usedUserId}, revision ${first?.revision}`);
console.log(`the same again: ${isDeepStrictEqual(again, first) ? "same answer" : "another answer"}`);

/** Return the error of a call that is refused. */
async function refusalOf(call: Promise<unknown>): Promise<RedeemError> {
  return call.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: unknown) => (error instanceof RedeemError ? error : Promise.reject(error)),
  );
}

// Refused: the status, and the reason with what it is about.
const late = await refusalOf(redeem(bob, code, "redeem-2-try-1"));
console.log(`refused: ${status[late.code]} ${late.reason} ${late.metadata.component} ${late.metadata.code}`);

// Refused: a request that breaks the contract, and each field that does.
const wrong = await refusalOf(redeem(bob, "", "redeem-3-try-1"));
console.log(`refused: ${status[wrong.code]} ${wrong.reason} ${wrong.violations.map(({ field }) => field).join(" ")}`);

await redeem(bob, anotherCode, "redeem-4-try-1");
console.log(`used: ${(await exportBatch())[1]}`);

// List: the items of all pages.
const listing = pb.DescribeSerialKeysRequest.create({ ...batchOf, issueJobName: batch?.name, limit: 2 });
for await (const item of items(codes.describeSerialKeys, listing)) {
  if (item.code !== exported.shift()) {
    throw new Error(`unexpected code: ${item.code}`);
  }
}

// Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
const fromTheBeginning = WatchEventsRequest.create({ namespaceNames: [shop], start: Start.START_OLDEST });
try {
  for await (const answer of redeemd.events.watchEvents(fromTheBeginning, { timeout: 2000 })) {
    for (const { kind = EventKind.EVENT_KIND_UNSPECIFIED, userId = "" } of answer.items) {
      console.log(`event: ${eventKindToJSON(kind)} ${userId}`.trim());
    }
  }
} catch (error) {
  console.log(`deadline: ${error instanceof RedeemError ? status[error.code] : error}`);
}
redeemd.close();
