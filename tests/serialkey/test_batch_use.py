"""BatchUse: each item is a call of UseByUserId, with an outcome of its own."""

import asyncio

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from redeem.options.v1 import options_pb2
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as transaction_pb
from support.batches import batch_use, error_of, outcomes_of, use_item
from support.events import told
from support.keys import key_of
from support.limits import make_limits
from support.service import read_refusal, refused

_HOUR_SECONDS = 60 * 60
IMPORTED = ["first-code", "second-code", "third-code"]


async def _unary(world, item):
    """Return the response of the unary call of an item, or its Refusal without the id of the call."""
    try:
        return await world.service.serial_keys.UseByUserId(item.request, metadata=world.service.admin)
    except grpc.aio.AioRpcError as error:
        return _without_call(read_refusal(error))


def _without_call(refusal):
    refusal.metadata.pop("request_id")
    refusal.fields = [field.removeprefix("request.") for field in refusal.fields]
    return refusal


async def test_each_item_has_the_outcome_of_the_unary_call(world):
    """Responses and errors, with code, reason, message, metadata and fields, are those of UseByUserId."""
    used, campaign_off, *good = await world.codes(6)
    await world.call("UseByUserId", user_id="carol", code=used)
    await world.call("SetSerialKeyStatus", code=campaign_off, availability=2)
    texts = [used, campaign_off, "no code", "", "x" * 49]
    items = [use_item(world, number, text) for number, text in enumerate(texts)]
    items.append(use_item(world, 5, good[0], user_id="a:b"))
    items.append(use_item(world, 6, good[0], time_offset_token="none"))
    outcomes = await batch_use(world, [*items, use_item(world, 7, good[1])])
    for item, outcome in zip(items, outcomes, strict=False):
        refusal = _without_call(read_refusal(error_of(outcome.error)))
        assert refusal == await _unary(world, item)
    assert [it.id for it in outcomes] == list(range(8))
    assert outcomes[7].response.item == (await world.call("GetSerialKey", code=good[1])).item
    assert outcomes[7].response.campaign_model.name == "spring"
    assert (await world.call("GetSerialKey", code=good[0])).item.status == 1


async def test_of_several_items_with_one_code_one_succeeds(world):
    """In one batch, and in many batches at once, whatever the players."""
    codes = await world.codes(20)
    items = [use_item(world, number, code, user_id=f"player-{number}") for number, code in enumerate(codes * 8)]
    found = await asyncio.gather(*(batch_use(world, items) for _ in range(4)))
    outcomes = [outcome for batch in found for outcome in batch]
    winners = [outcome.response.item for outcome in outcomes if outcome.HasField("response")]
    assert sorted(item.code for item in winners) == sorted(codes)
    assert {outcome.error.reason for outcome in outcomes if outcome.HasField("error")} == {"CODE_STATUS_INVALID"}
    for item in winners:
        assert (await world.call("GetSerialKey", code=item.code)).item == item


async def test_a_batch_may_have_a_thousand_items(own_service):
    """All of them are executed, in transactions of at most 64."""
    world = await own_service.world()
    codes = await world.codes(1000)
    own_service.faults.bodies = 0
    outcomes = await batch_use(world, [use_item(world, number, code) for number, code in enumerate(codes)])
    assert [outcome.response.item.code for outcome in outcomes] == codes
    assert own_service.faults.bodies == 16


async def test_the_key_of_an_item_is_that_of_the_unary_call(world):
    """A batch repeats a call, a call repeats an item, a batch repeats a batch: none is executed twice."""
    first, second = await world.codes(2)
    called = use_item(world, 1, first, duplication_avoider="k1")
    answer = await _unary(world, called)
    item = use_item(world, 2, second, duplication_avoider="k2")
    repeated, done = await batch_use(world, [called, item])
    assert repeated.response == answer
    assert await _unary(world, item) == done.response
    assert [outcome.response for outcome in await batch_use(world, [called, item])] == [answer, done.response]


async def test_items_with_one_key_happen_once(world):
    """The same request gets the same response; another request is refused, and changes nothing."""
    first, second = await world.codes(2)
    same = [use_item(world, number, first, duplication_avoider="k") for number in range(4)]
    outcomes = await batch_use(world, same)
    assert {outcome.response.item.code for outcome in outcomes} == {first}
    assert len({outcome.response.SerializeToString() for outcome in outcomes}) == 1
    other = use_item(world, 4, second, duplication_avoider="k")
    assert outcomes_of(await batch_use(world, [other])) == {4: "IDEMPOTENCY_KEY_REUSED"}
    assert (await world.call("GetSerialKey", code=second)).item.status == 1


async def test_a_fenced_key_refuses_its_item_only(world):
    """GetOutcome finds and fences items by UseByUserId."""
    first, second = await world.codes(2)
    fence = transaction_pb.GetOutcomeRequest(
        service="redeem.serialkey.v1.SerialKeyService",
        method="UseByUserId",
        namespace_name=world.name,
        user_id="alice",
        key="fenced",
        fence=True,
    )
    await world.service.transactions.GetOutcome(fence, metadata=world.service.admin)
    items = [use_item(world, 1, first, duplication_avoider="fenced"), use_item(world, 2, second)]
    assert outcomes_of(await batch_use(world, items)) == {1: "CALL_FENCED", 2: "OK"}


@pytest.mark.parametrize("header", ["idempotency-key", "x-dry-run"])
async def test_metadata_that_is_about_one_call_is_refused(world, header):
    """A client that sends one for every call must not believe that the batch is repeated safely, or rolled back."""
    request = pb.BatchUseRequest(namespace_name=world.name, items=[use_item(world, 1, *await world.codes(1))])
    metadata = (*world.service.admin, (header, "true"))
    with refused("VALIDATION_FAILED") as refusal:
        await world.service.serial_keys.BatchUse(request, metadata=metadata)
    assert refusal.fields == [header]
    assert outcomes_of(await batch_use(world, request.items)) == {1: "OK"}


async def test_items_of_another_namespace_are_refused(world, service):
    """A key that is limited to the namespace of the batch reaches no other one by an item."""
    other = await service.world()
    limited = await key_of(service, "server", namespace_names=[world.name])
    items = [use_item(world, 1, *await world.codes(1)), use_item(other, 2, *await other.codes(1))]
    request = pb.BatchUseRequest(namespace_name=world.name, items=items)
    answer = await service.serial_keys.BatchUse(request, metadata=limited)
    assert outcomes_of(answer.outcomes) == {1: "OK", 2: "VALIDATION_FAILED"}
    with refused("NAMESPACE_NOT_ALLOWED"):
        await service.serial_keys.BatchUse(pb.BatchUseRequest(namespace_name=other.name, items=items), metadata=limited)


async def test_a_time_offset_is_that_of_its_item(world, service):
    """An item with a token uses the shifted clock, the others do not."""
    job = await world.issue(2)
    codes = [key.code for key in await world.keys(job)]
    later = service.clock.now_ms() + _HOUR_SECONDS * 1000
    await world.call("SetIssueJobValidity", campaign_model_name="spring", issue_job_name=job.name, valid_from=later)
    shift = auth_pb.IssueTimeOffsetTokenByUserIdRequest(user_id="alice", time_offset=2 * _HOUR_SECONDS)
    token = (await service.auth.IssueTimeOffsetTokenByUserId(shift, metadata=service.admin)).token
    items = [use_item(world, 1, codes[0], time_offset_token=token), use_item(world, 2, codes[1])]
    assert outcomes_of(await batch_use(world, items)) == {1: "OK", 2: "CODE_STATUS_INVALID"}


async def test_every_item_that_succeeds_has_an_event(world, service):
    """With its player and the method UseByUserId; an item that fails has none."""
    codes = await world.codes(3)
    items = [use_item(world, number, code, user_id=f"p{number}") for number, code in enumerate([*codes, "no code"])]
    await batch_use(world, items)
    names, kinds = [world.name], [options_pb2.EVENT_KIND_REDEEMED]
    events = await told(service, 3, namespace_names=names, kinds=kinds)
    assert {(it.user_id, it.method.rpartition("/")[2]) for it in events} == {(f"p{n}", "UseByUserId") for n in range(3)}


async def test_an_item_that_fails_in_the_store_fails_alone(own_service):
    """The others of its group are committed, and it can be repeated."""
    world = await own_service.world()
    await world.bring(IMPORTED)  # these are used one by one
    items = [use_item(world, number, code, duplication_avoider=f"k{number}") for number, code in enumerate(IMPORTED)]
    faults = own_service.faults
    faults.bodies, faults.fail_in, faults.fail_at = 0, 2, 2
    outcomes = await batch_use(world, items)
    faults.fail_in, faults.fail_at = None, None
    assert sorted(outcomes_of(outcomes).values()) == ["NOT_COMMITTED", "OK", "OK"]
    assert set(outcomes_of(await batch_use(world, items)).values()) == {"OK"}


async def test_a_defect_in_an_item_is_internal_to_that_item(own_service):
    """The others are committed; no text of the defect leaves the server."""
    world = await own_service.world()
    await world.bring(IMPORTED)
    items = [use_item(world, number, code) for number, code in enumerate(IMPORTED[:2])]
    faults = own_service.faults
    faults.bodies, faults.fail_in, faults.fail_at, faults.failure = 0, 1, 1, KeyError
    outcomes = await batch_use(world, items)
    assert sorted(outcomes_of(outcomes).values()) == ["INTERNAL", "OK"]
    assert "injected" not in str(outcomes)


async def test_batch_verify_has_the_outcomes_of_verify(world):
    """Each item is verified, and nothing is changed."""
    used, good = await world.codes(2)
    await world.call("UseByUserId", user_id="alice", code=used)
    requests = [
        pb.VerifyCodeByUserIdRequest(namespace_name=world.name, user_id="bob", code=code, verify_type=1)
        for code in (used, good, "no code")
    ]
    items = [pb.VerifyItem(id=number, request=request) for number, request in enumerate(requests)]
    answer = await world.call("BatchVerify", items=items)
    assert outcomes_of(answer.outcomes) == {0: "CODE_STATUS_INVALID", 1: "OK", 2: "CODE_NOT_FOUND"}
    assert answer.outcomes[1].response.item.status == 1


async def test_batch_count_up_counts_exactly_once(service):
    """Of items that count one counter at once, as many succeed as its maximum allows."""
    limits = await make_limits(service)
    request = limit_pb.CountUpByUserIdRequest(
        namespace_name=limits.name,
        user_id="alice",
        limit_name="daily",
        counter_name="c",
        count_up_value=1,
        max_value=5,
    )
    items = [limit_pb.CountUpItem(id=number, request=request) for number in range(64)]
    answer = await limits.call("BatchCountUp", items=items)
    found = list(outcomes_of(answer.outcomes).values())
    assert (found.count("OK"), found.count("COUNTER_OVERFLOW")) == (5, 59)
    counts = [outcome.response.item.count for outcome in answer.outcomes if outcome.HasField("response")]
    assert sorted(counts) == [1, 2, 3, 4, 5]
