"""A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way."""

import asyncio
import itertools
import os
import uuid

from redeem.event.v1 import requests_pb2 as event_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2
from redeemd_client import AsyncClient, Caller, Client, Login, Outcome, RedeemError

ADDRESS = os.environ.get("REDEEMD_ADDRESS", "127.0.0.1:50051")
KEY_FILE = os.environ.get("REDEEMD_KEY_FILE", "data/admin.key")

CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}'

# Log in. The client exchanges the key for a token, which it renews. Players have tokens of their own, which the server
# of the game requests for them. What is safe to send again is sent again when the server is away.
redeemd = Client(ADDRESS, Login.from_file(KEY_FILE))
codes, alice, bob = redeemd.serial_keys, redeemd.player("alice"), redeemd.player("bob")
((_, token),) = redeemd.metadata()
print(f"logged in: {token.split()[0]}")

# A campaign. The client gives each writing call a key: sent twice, it happens once.
shop = f"shop-{uuid.uuid4()}"
codes.CreateNamespace(pb.CreateNamespaceRequest(name=shop))
codes.UpdateCurrentCampaignMaster(pb.UpdateCurrentCampaignMasterRequest(namespace_name=shop, settings=CAMPAIGNS))
spring = codes.GetCampaignModel(pb.GetCampaignModelRequest(namespace_name=shop, campaign_model_name="spring"))
print(f"campaign: {spring.item.name}")

# Codes: issued, and exported as a stream. With a key of your own, a call happens once even if the program is restarted.
issue = pb.IssueRequest(namespace_name=shop, campaign_model_name="spring", issue_request_count=5)
batch = codes.Issue(issue, key=f"{shop}-issue-try-1").item
print(f"issued: {batch.issued_count}")


def export() -> tuple[list[str], int]:
    """Return the codes of the batch, and how many of them are used."""
    request = pb.StreamSerialKeysRequest(namespace_name=shop, campaign_model_name="spring", issue_job_name=batch.name)
    chunks = list(codes.StreamSerialKeys(request))
    return [code for chunk in chunks for code in chunk.codes], sum(
        state.status == resources_pb2.SERIAL_KEY_STATUS_USED for chunk in chunks for state in chunk.states
    )


exported, used = export()
print(f"exported: {len(exported)}, used: {used}")


def redeem(player: Caller, code: str, key: str) -> resources_pb2.SerialKey:
    """Redeem a code as a player, whose token is enough; return the code as it is now."""
    return player.serial_keys.Use(pb.UseRequest(namespace_name=shop, code=code), key=f"{shop}-{key}").item


# Redeem. A repeat with the same key gets the same response and has no further effect.
# The key names the intention and the try, never the code: to redeem again after a revert takes another key.
first = redeem(alice, exported[0], "redeem-1-try-1")
again = redeem(alice, exported[0], "redeem-1-try-1")
print(f"redeemed: by {first.used_user_id}, revision {first.revision}")
print(f"the same again: {'same answer' if again == first else 'another answer'}")

# Refused: the status, and the reason with what it is about.
try:
    redeem(bob, exported[0], "redeem-2-try-1")
except RedeemError as error:
    print(f"refused: {error.code.name} {error.reason} {error.metadata['component']} {error.metadata['code']}")

# Refused: a request that breaks the contract, and each field that does.
try:
    redeem(bob, "", "redeem-3-try-1")
except RedeemError as error:
    print(f"refused: {error.code.name} {error.reason} {' '.join(violation.field for violation in error.violations)}")

# Redeem many codes at once, as the server, in as many messages as it takes. Each request has its own player, key and
# outcome; the second code is used.
key = f"{shop}-redeem-4-try-1"
requests = [
    pb.UseByUserIdRequest(namespace_name=shop, user_id="bob", code=exported[1], duplication_avoider=key),
    pb.UseByUserIdRequest(namespace_name=shop, user_id="bob", code=exported[0]),
]
redeemed, refused = codes.BatchUse.each(requests)
if redeemed.error or not refused.error or refused.error.reason != "CODE_STATUS_INVALID":
    raise SystemExit(f"unexpected outcomes: {redeemed} {refused}")
print(f"used: {export()[1]}")


async def stream() -> dict[str, Outcome[pb.UseByUserIdRequest]]:
    """Return the outcomes of the same requests as a stream, which is for any number of them, by their codes."""
    async with AsyncClient(ADDRESS, Login.from_file(KEY_FILE)) as client:
        return {outcome.request.code: outcome async for outcome in client.serial_keys.UseStream.each(requests)}


# The first request has the same key, so it gets the same response.
streamed = asyncio.run(stream())
if streamed[exported[1]] != redeemed or not streamed[exported[0]].error:
    raise SystemExit(f"unexpected outcomes: {streamed}")

# List: the items of all pages.
listing = pb.DescribeSerialKeysRequest(
    namespace_name=shop, campaign_model_name="spring", issue_job_name=batch.name, limit=2
)
if [item.code for item in codes.DescribeSerialKeys.items(listing)] != exported:
    raise SystemExit("unexpected codes")

# Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
everything = event_pb.WatchEventsRequest(namespace_names=[shop], start=event_pb.START_OLDEST)
seen = (event for response in redeemd.events.WatchEvents(everything, timeout=2) for event in response.items)
for event in itertools.islice(seen, 3):
    print(f"event: {options_pb2.EventKind.Name(event.kind)} {event.user_id}".strip())
try:
    next(seen)
except RedeemError as error:
    print(f"deadline: {error.code.name}")
redeemd.close()
