"""GetOutcome with a fence against the call itself: exactly one of them comes first, and both agree which."""

import asyncio
import itertools

import grpc
import pytest
from redeem.serialkey.v1 import requests_pb2 as pb
from redeem.transaction.v1 import requests_pb2 as outcome_pb
from support.service import read_refusal, refused

SERVICE = "redeem.serialkey.v1.SerialKeyService"
ACTIVE, USED = 1, 2
SUCCEEDED, FENCED = outcome_pb.OUTCOME_SUCCEEDED, outcome_pb.OUTCOME_FENCED


async def fence(world, key, *, method="Use", user_id="alice"):
    """Settle a call."""
    request = outcome_pb.GetOutcomeRequest(
        service=SERVICE, method=method, namespace_name=world.name, user_id=user_id, key=key, fence=True
    )
    return await world.service.transactions.GetOutcome(request, metadata=world.service.admin)


async def outcome_of(call):
    """Return the response of a call, or None when it was fenced."""
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        assert read_refusal(error).reason == "CALL_FENCED"
        return None


@pytest.mark.parametrize("first", ["call", "fence"])
async def test_either_the_call_happened_or_it_was_fenced(world, first):
    """In every round the two responses and the state of the code agree, whichever was sent first."""
    codes = await world.codes(200)

    async def one_round(code):
        calls = [
            outcome_of(world.as_player("Use", "alice", code=code, duplication_avoider=code)),
            fence(world, code),
        ]
        if first == "fence":
            fenced, answer = await asyncio.gather(*reversed(calls))
        else:
            answer, fenced = await asyncio.gather(*calls)
        item = (await world.call("GetSerialKey", code=code)).item
        if answer is None:
            assert (fenced.outcome, item.status, item.revision) == (FENCED, ACTIVE, 1)
        else:
            assert (fenced.outcome, item.status) == (SUCCEEDED, USED)
            assert fenced.answer.value == answer.SerializeToString()
            assert item == answer.item

    await world.service.token("alice")
    for start in range(0, len(codes), 20):
        await asyncio.gather(*map(one_round, codes[start : start + 20]))


async def test_many_fences_and_many_calls_agree(world):
    """Sixteen of each with one key: all calls get one response and GetOutcome returns it, or all are fenced."""
    for code in await world.codes(10):
        calls = [
            outcome_of(world.call("UseByUserId", user_id="alice", code=code, duplication_avoider=code))
            for _ in range(16)
        ]
        pairs = zip(calls, (fence(world, code) for _ in calls), strict=True)
        answers = await asyncio.gather(*itertools.chain(*pairs))
        used, outcomes = answers[::2], answers[1::2]
        (outcome,) = {answer.outcome for answer in outcomes}
        values = {None if answer is None else answer.SerializeToString() for answer in used}
        assert values == ({None} if outcome == FENCED else {outcomes[0].answer.value})


async def test_a_call_whose_response_was_lost_is_settled(world):
    """The client gives up at any moment and calls GetOutcome with a fence: the outcome is final for the code."""
    token = await world.service.token("alice")
    for number, code in enumerate(await world.codes(120)):
        request = pb.UseRequest(namespace_name=world.name, access_token=token, code=code, duplication_avoider=code)
        call = world.service.serial_keys.Use(request)
        await asyncio.sleep((number % 40) * 0.0001)
        call.cancel()
        settled = await fence(world, code)
        before = (await world.call("GetSerialKey", code=code)).item
        assert before.status == (USED if settled.outcome == SUCCEEDED else ACTIVE)
        if settled.outcome == SUCCEEDED:
            again = await world.as_player("Use", "alice", code=code, duplication_avoider=code)
            assert settled.answer.value == again.SerializeToString()
        else:
            assert settled.outcome == FENCED
            with refused("CALL_FENCED"):
                await world.as_player("Use", "alice", code=code, duplication_avoider=code)
        assert (await world.call("GetSerialKey", code=code)).item == before
