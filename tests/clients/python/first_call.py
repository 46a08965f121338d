"""A client of redeemd: set up a campaign, redeem its codes as players, and everything that can go wrong on the way."""

import itertools
import os
import uuid
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from redeem.auth.v1 import auth_service_pb2_grpc
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.serialkey.v1 import resources_pb2, serialkey_service_pb2_grpc

ADDRESS = os.environ.get("REDEEMD_ADDRESS", "127.0.0.1:50051")
KEY_FILE = os.environ.get("REDEEMD_KEY_FILE", "data/admin.key")
SERVICE_CONFIG = os.environ.get("REDEEMD_SERVICE_CONFIG", "generated/descriptors/service_config.json")

CAMPAIGNS = '{"version": "2022-09-13", "campaignModels": [{"name": "spring"}]}'


def details_of(error):
    """Return the typed details of a refusal: why, about what, and which fields."""
    details = {}
    for packed in rpc_status.from_call(error).details:
        for message in (error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()):
            if packed.Unpack(message):
                details[type(message).__name__] = message
    return details


# The service config has redeemd's retry policy: what is safe to send again is sent again when the server is away.
channel = grpc.insecure_channel(ADDRESS, options=[("grpc.service_config", Path(SERVICE_CONFIG).read_text())])
logins = auth_service_pb2_grpc.AuthServiceStub(channel)
codes = serialkey_service_pb2_grpc.SerialKeyServiceStub(channel)
events = event_service_pb2_grpc.EventServiceStub(channel)

# Log in. A key is an id and a secret; what comes back is a token for a day, and for a player for an hour.
client_id, _, client_secret = Path(KEY_FILE).read_text().strip().partition(".")
project = logins.LoginProject(auth_pb.LoginProjectRequest(client_id=client_id, client_secret=client_secret))
server = [("authorization", f"Bearer {project.access_token}")]
alice = logins.Login(auth_pb.LoginRequest(user_id="alice"), metadata=server).token
bob = logins.Login(auth_pb.LoginRequest(user_id="bob"), metadata=server).token
print(f"logged in: {project.token_type}")


def once(key):
    """Return the metadata of a writing call of the server: sent twice with the same key, it happens once."""
    return [*server, ("idempotency-key", key)]


# A campaign.
shop = f"shop-{uuid.uuid4()}"
codes.CreateNamespace(pb.CreateNamespaceRequest(name=shop), metadata=once(f"{shop}-make-try-1"))
campaigns = pb.UpdateCurrentCampaignMasterRequest(namespace_name=shop, settings=CAMPAIGNS)
codes.UpdateCurrentCampaignMaster(campaigns, metadata=once(f"{shop}-campaigns-try-1"))
spring = pb.GetCampaignModelRequest(namespace_name=shop, campaign_model_name="spring")
print(f"campaign: {codes.GetCampaignModel(spring, metadata=server).item.name}")

# Codes: issued, and exported as a stream.
issue = pb.IssueRequest(namespace_name=shop, campaign_model_name="spring", issue_request_count=5)
batch = codes.Issue(issue, metadata=once(f"{shop}-issue-try-1")).item
print(f"issued: {batch.issued_count}")


def export():
    """Return the codes of the batch, and how many of them are used."""
    request = pb.StreamSerialKeysRequest(namespace_name=shop, campaign_model_name="spring", issue_job_name=batch.name)
    chunks = list(codes.StreamSerialKeys(request, metadata=server))
    return [code for chunk in chunks for code in chunk.codes], sum(
        state.status == resources_pb2.SERIAL_KEY_STATUS_USED for chunk in chunks for state in chunk.states
    )


exported, used = export()
print(f"exported: {len(exported)}, used: {used}")


def redeem(token, code, key):
    """Redeem a code as a player, whose token is enough; return the code as it is now."""
    request = pb.UseRequest(namespace_name=shop, code=code, access_token=token, duplication_avoider=key)
    return codes.Use(request).item


# Redeem. A repeat with the same key gets the same response and has no further effect.
# The key names the intention and the try, never the code: to redeem again after a revert takes another key.
first = redeem(alice, exported[0], f"{shop}-redeem-1-try-1")
again = redeem(alice, exported[0], f"{shop}-redeem-1-try-1")
print(f"redeemed: by {first.used_user_id}, revision {first.revision}")
print(f"the same again: {'same answer' if again == first else 'another answer'}")

# Refused: the status, and the reason with what it is about.
try:
    redeem(bob, exported[0], f"{shop}-redeem-2-try-1")
except grpc.RpcError as error:
    info = details_of(error)["ErrorInfo"]
    print(f"refused: {error.code().name} {info.reason} {info.metadata['component']} {info.metadata['code']}")

# Refused: a request that breaks the contract, and each field that does.
try:
    redeem(bob, "", f"{shop}-redeem-3-try-1")
except grpc.RpcError as error:
    details = details_of(error)
    fields = [violation.field for violation in details["BadRequest"].field_violations]
    print(f"refused: {error.code().name} {details['ErrorInfo'].reason} {' '.join(fields)}")


def item(number, code, **fields):
    """Return an item that redeems a code for bob; its number is that of its outcome."""
    request = pb.UseByUserIdRequest(namespace_name=shop, user_id="bob", code=code, **fields)
    return pb.UseItem(id=number, request=request)


# Redeem many codes at once, as the server. Each item has its own player, key and outcome; the second code is used.
items = [item(1, exported[1], duplication_avoider=f"{shop}-redeem-4-try-1"), item(2, exported[0])]
answer = codes.BatchUse(pb.BatchUseRequest(namespace_name=shop, items=items), metadata=server)
batched = {outcome.id: outcome for outcome in answer.outcomes}
if batched[1].HasField("error") or batched[2].error.reason != "CODE_STATUS_INVALID":
    raise SystemExit(f"unexpected outcomes: {batched}")
print(f"used: {export()[1]}")

# The same as a stream, for any number of items. The first one has the same key, so it gets the same response.
messages = iter([pb.UseStreamRequest(namespace_name=shop, items=items)])
answers = codes.UseStream(messages, metadata=server)
streamed = {outcome.id: outcome for answer in answers for outcome in answer.outcomes}
if streamed[1] != batched[1] or not streamed[2].HasField("error"):
    raise SystemExit(f"unexpected outcomes: {streamed}")

# Watch what happened, from the beginning. A stream goes on for as long as it is read, or until its deadline.
watched = events.WatchEvents(
    event_pb.WatchEventsRequest(namespace_names=[shop], start=event_pb.START_OLDEST), timeout=2, metadata=server
)
seen = (event for answer in watched for event in answer.items)
for event in itertools.islice(seen, 3):
    print(f"event: {options_pb2.EventKind.Name(event.kind)} {event.user_id}".strip())
try:
    next(seen)
except grpc.RpcError as error:
    print(f"deadline: {error.code().name}")
