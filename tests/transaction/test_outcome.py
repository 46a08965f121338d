"""GetOutcome returns the outcome of a call by its idempotency key, and can settle it."""

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as outcome_pb
from support.service import refused

NOT_FOUND, SUCCEEDED, FENCED = (
    outcome_pb.OUTCOME_NOT_FOUND,
    outcome_pb.OUTCOME_SUCCEEDED,
    outcome_pb.OUTCOME_FENCED,
)
SERIAL_KEYS = "redeem.serialkey.v1.SerialKeyService"
AUTH = "redeem.auth.v1.AuthService"
DAY = 24 * 60 * 60


def key(text="k"):
    """Return the metadata of an idempotency key."""
    return [("idempotency-key", text)]


async def ask(service, method, *, of=SERIAL_KEYS, key="k", metadata=None, **fields):
    """Call GetOutcome as the administrator, or with the credential in `metadata`."""
    request = outcome_pb.GetOutcomeRequest(service=of, method=method, key=key, **fields)
    return await service.transactions.GetOutcome(request, metadata=metadata or service.admin)


async def ask_about_use(world, *, method="Use", user_id="alice", **fields):
    """Call GetOutcome for a Use in a namespace."""
    return await ask(world.service, method, namespace_name=world.name, user_id=user_id, **fields)


def unpacked(answer, kind):
    """Return the message that an outcome carries."""
    message = kind()
    assert answer.answer.Unpack(message)
    return message


async def test_the_outcome_of_a_call_that_succeeded_has_its_response(world):
    """By either name of the method, as a response of the one in the request."""
    (code,) = await world.codes()
    used = await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    for _ in range(2):
        answer = await ask_about_use(world)
        assert (answer.outcome, unpacked(answer, pb.UseResponse)) == (SUCCEEDED, used)
    by_user_id = await ask_about_use(world, method="UseByUserId")
    assert unpacked(by_user_id, pb.UseByUserIdResponse).SerializeToString() == used.SerializeToString()


async def test_the_outcome_has_the_response_of_the_call_whatever_came_after(world):
    """Not what the code is now."""
    (code,) = await world.codes()
    used = await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    await world.call("RevertUseByUserId", user_id="alice", code=code)
    await world.call("DeleteNamespace")
    assert unpacked(await ask_about_use(world), pb.UseResponse) == used


METHODS = {
    "Issue": {"campaign_model_name": "spring", "issue_request_count": 3},
    "IssueBatch": {"campaign_model_name": "spring", "count": 10**9},
    "IssueOnce": {"campaign_model_name": "spring"},
    "SetCampaignStatus": {"campaign_model_name": "spring", "availability": 2},
    "CreateCampaignModelMaster": {"name": "summer"},
    "UpdateNamespace": {"description": "new"},
    "DeleteNamespace": {},
}


@pytest.mark.parametrize("method", METHODS)
async def test_the_outcome_of_any_method_of_a_namespace_can_be_read(world, method):
    """The outcome holds exactly the response of the method."""
    before = await ask(world.service, method, namespace_name=world.name)
    assert (before.outcome, before.HasField("answer")) == (NOT_FOUND, False)
    answer = await world.call(method, headers=key(), **METHODS[method])
    after = await ask(world.service, method, namespace_name=world.name)
    assert (after.outcome, unpacked(after, type(answer))) == (SUCCEEDED, answer)


async def test_the_outcome_of_a_streamed_import_can_be_read_and_fenced(world):
    """ImportSerialKeys takes its key as metadata; a fenced one imports nothing."""
    answer = await world.bring(["brought 1", "brought 2"], headers=key())
    outcome = await ask(world.service, "ImportSerialKeys", namespace_name=world.name)
    assert unpacked(outcome, pb.ImportSerialKeysResponse) == answer
    fenced = await ask(world.service, "ImportSerialKeys", namespace_name=world.name, key="other", fence=True)
    assert fenced.outcome == FENCED
    with refused("CALL_FENCED"):
        await world.bring(["brought 3"], headers=key("other"))
    with refused("SERIAL_KEY_NOT_FOUND"):
        await world.call("GetSerialKey", code="brought 3")


async def test_the_outcome_of_methods_without_a_namespace_or_a_player_can_be_read(own_service):
    """CreateKey with its secret, and those about a player in all namespaces."""
    request = auth_pb.CreateKeyRequest(role=2)
    metadata = own_service.admin + tuple(key())
    made = await own_service.auth.CreateKey(request, metadata=metadata)
    assert made.secret
    assert unpacked(await ask(own_service, "CreateKey", of=AUTH), auth_pb.CreateKeyResponse) == made
    prepared = await own_service.call("PrepareImportUserDataByUserId", key(), user_id="alice")
    asked = await ask(own_service, "PrepareImportUserDataByUserId", user_id="alice")
    assert unpacked(asked, pb.PrepareImportUserDataByUserIdResponse) == prepared


async def test_a_call_that_was_refused_or_never_made_is_not_found(world):
    """Refusals are not kept; nor are calls of another player, method, namespace or key."""
    used, unused = await world.codes(2)
    await world.as_player("Use", "alice", code=used, duplication_avoider="k")
    with refused("CODE_STATUS_INVALID"):
        await world.as_player("Use", "bob", code=used, duplication_avoider="k")
    await world.as_player("Use", "bob", code=unused, duplication_avoider="k", headers=[("x-dry-run", "true")])
    others = [
        (world, {"user_id": "bob"}),
        (world, {"user_id": "carol"}),
        (world, {"key": "K"}),
        (world, {"method": "RevertUseByUserId"}),
        (await world.service.world(), {}),
    ]
    for where, fields in others:
        answer = await ask_about_use(where, **fields)
        assert (answer.outcome, answer.HasField("answer")) == (NOT_FOUND, False)
    assert (await ask_about_use(world)).outcome == SUCCEEDED


async def test_asking_without_a_fence_changes_nothing(world):
    """The call that was not found still happens when it comes."""
    (code,) = await world.codes()
    for fence in (None, False):
        assert (await ask_about_use(world, fence=fence)).outcome == NOT_FOUND
    await world.as_player("Use", "alice", code=code, duplication_avoider="k")


@pytest.mark.parametrize("asked", ["Use", "UseByUserId"])
async def test_a_fenced_call_is_refused_when_it_comes(world, asked):
    """By either road, with the key as field or as metadata, however often; the code stays unused."""
    (code,) = await world.codes()
    for fence in (True, True, None):
        answer = await ask_about_use(world, method=asked, fence=fence)
        assert (answer.outcome, answer.HasField("answer")) == (FENCED, False)
    calls = [
        lambda: world.as_player("Use", "alice", code=code, duplication_avoider="k"),
        lambda: world.as_player("Use", "alice", code=code, headers=key()),
        lambda: world.call("UseByUserId", user_id="alice", code=code, duplication_avoider="k"),
        lambda: world.as_player("Use", "alice", code="no such code", duplication_avoider="k"),
    ]
    for call in calls:
        with refused("CALL_FENCED") as refusal:
            await call()
        assert (refusal.code, refusal.metadata["component"]) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "duplicationAvoider",
        )
    item = (await world.call("GetSerialKey", code=code)).item
    assert (item.status, item.revision) == (1, 1)


async def test_a_fence_holds_for_its_key_alone(world):
    """Other keys, other players and calls without a key go on."""
    codes = await world.codes(3)
    await ask_about_use(world, fence=True)
    await world.as_player("Use", "alice", code=codes[0], duplication_avoider="other")
    await world.as_player("Use", "bob", code=codes[1], duplication_avoider="k")
    await world.as_player("Use", "alice", code=codes[2])


async def test_a_fence_after_the_call_changes_nothing(world):
    """It comes too late: the call succeeded; GetOutcome returns its response, and a repeat gets it again."""
    (code,) = await world.codes()
    used = await world.as_player("Use", "alice", code=code, duplication_avoider="k")
    for _ in range(2):
        answer = await ask_about_use(world, fence=True)
        assert (answer.outcome, unpacked(answer, pb.UseResponse)) == (SUCCEEDED, used)
    assert await world.as_player("Use", "alice", code=code, duplication_avoider="k") == used
    assert (await world.call("GetSerialKey", code=code)).item == used.item


@pytest.mark.parametrize("fence", [False, True])
async def test_what_happened_is_known_for_24_hours(own_service, fence):
    """A response and a fence alike; after that the key is new, whether or not the housekeeping has run."""
    world = await own_service.world()
    first, second = await world.codes(2)
    if fence:
        await ask_about_use(world, fence=True)
    else:
        await world.call("UseByUserId", user_id="alice", code=first, duplication_avoider="k")
    own_service.clock.advance(seconds=DAY - 1)
    await own_service.maintenance.step()
    assert (await ask_about_use(world)).outcome == (FENCED if fence else SUCCEEDED)
    with refused("CALL_FENCED" if fence else "IDEMPOTENCY_KEY_REUSED"):
        await world.call("UseByUserId", user_id="alice", code=second, duplication_avoider="k")
    own_service.clock.advance(seconds=1)
    assert (await ask_about_use(world)).outcome == NOT_FOUND
    await world.call("UseByUserId", user_id="alice", code=second, duplication_avoider="k")
    assert (await ask_about_use(world)).outcome == SUCCEEDED


async def test_a_fence_lasts_24_hours_from_when_it_was_made(own_service):
    """Also where a response was stored before; asking again does not prolong it."""
    world = await own_service.world()
    first, second = await world.codes(2)
    await world.call("UseByUserId", user_id="alice", code=first, duplication_avoider="k")
    own_service.clock.advance(seconds=DAY)
    assert (await ask_about_use(world, fence=True)).outcome == FENCED
    own_service.clock.advance(seconds=DAY - 1)
    assert (await ask_about_use(world, fence=True)).outcome == FENCED
    own_service.clock.advance(seconds=1)
    await world.call("UseByUserId", user_id="alice", code=second, duplication_avoider="k")


@pytest.mark.parametrize(
    ("service_name", "method"),
    [
        (SERIAL_KEYS, "NoSuchMethod"),
        (SERIAL_KEYS, "use"),
        (SERIAL_KEYS, "GetSerialKey"),
        (SERIAL_KEYS, "VerifyCode"),
        (SERIAL_KEYS, "VerifyCodeByUserId"),
        (AUTH, "Login"),
        (AUTH, "Use"),
        ("redeem.transaction.v1.TransactionService", "GetOutcome"),
        ("redeem.transaction.v1.TransactionService", "Preflight"),
        ("redeem.transaction.v1.TransactionService", "AndExpressionByUserId"),
        ("nobody", "Use"),
    ],
)
async def test_a_method_that_takes_no_keys_is_not_found(world, service_name, method):
    """Also verifying ones, which accept a key and store nothing."""
    with refused("METHOD_NOT_FOUND") as refusal:
        await ask(world.service, method, of=service_name, namespace_name=world.name, user_id="alice")
    assert (refusal.code, refusal.metadata["component"]) == (grpc.StatusCode.NOT_FOUND, "method")


@pytest.mark.parametrize(
    ("method", "fields", "wrong"),
    [
        ("Use", {"user_id": "alice"}, ["namespace_name"]),
        ("Use", {"namespace_name": "shop"}, ["user_id"]),
        ("CreateNamespace", {}, ["namespace_name"]),
        ("Issue", {"namespace_name": "shop", "user_id": "alice"}, ["user_id"]),
        ("CleanUserDataByUserId", {"namespace_name": "shop", "user_id": "alice"}, ["namespace_name"]),
        ("Use", {}, ["namespace_name", "user_id"]),
    ],
)
async def test_a_scope_that_no_call_has_is_refused(service, method, fields, wrong):
    """A key is fenced where its call comes or not at all: what the method has is required, what it has not is wrong."""
    with refused("VALIDATION_FAILED") as refusal:
        await ask(service, method, fence=True, **fields)
    assert refusal.fields == wrong
