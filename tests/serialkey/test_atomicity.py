"""Every writing RPC happens as a whole or not at all, wherever it fails."""

import asyncio
import random

import grpc
import pytest
from redeemd.serialkey.codes import ALPHABET, fold
from support import writes
from support.service import read_refusal, refused


@pytest.fixture
async def prepared(tmp_path):
    """A server with something of everything; answers it with the calls to try."""
    async with writes.prepared(tmp_path) as found:
        yield found


async def test_every_served_writing_rpc_is_tried(prepared):
    """What the next test tries holds all RPCs of all services that write."""
    _, calls = prepared
    assert {call.rpc for call in calls} == writes.served()


@pytest.mark.parametrize("with_key", [False, True], ids=["plain", "with-idempotency-key"])
async def test_a_failure_at_any_statement_changes_nothing(prepared, with_key):
    """For every writing RPC and every k: with its k-th statement failing, all tables are as before; then it works."""
    service, calls = prepared
    for number, call in enumerate(calls):
        headers = [("idempotency-key", f"k{number}")] if with_key else []
        before = await service.dump()
        k = 0
        while True:
            k += 1
            service.faults.fail_at = k
            try:
                await call.make(service, headers)
            except grpc.aio.AioRpcError as error:
                refusal = read_refusal(error)
                assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "NOT_COMMITTED"), call.rpc
                assert refusal.retry
                assert await service.dump() == before, f"{call.rpc} failing at statement {k}"
            else:
                break
            finally:
                service.faults.fail_at = None
        assert k > 1, f"{call.rpc} ran no statement"
        assert await service.dump() != before, f"{call.rpc} changed nothing"


async def test_a_cancelled_call_leaves_everything_or_nothing(own_service):
    """Uses cancelled by their clients at random moments: each code is used by its player or not at all."""
    world = await own_service.world()
    codes = await world.codes(200)
    await own_service.token("alice")

    async def impatient(code, delay):
        task = asyncio.create_task(world.as_player("Use", "alice", code=code))
        await asyncio.sleep(delay)
        task.cancel()
        try:
            return (await task).item
        except asyncio.CancelledError:
            return None

    draw = random.Random(1)
    answers = await asyncio.gather(*(impatient(code, draw.random() * 0.1) for code in codes))
    for code, item in zip(codes, answers, strict=True):
        now = (await world.call("GetSerialKey", code=code)).item
        if item is not None:
            assert now == item
        assert (now.status, now.used_user_id, now.revision) in {(1, "", 1), (2, "alice", 2)}


async def test_none_of_10000_made_up_codes_reaches_the_writer(own_service):
    """Random and mistyped codes over gRPC: all CODE_NOT_FOUND, while every writing body would fail."""
    world = await own_service.world()
    good = [fold(code) for code in await world.codes(100)]
    await own_service.token("mallory")
    own_service.faults.fail_at = 1
    draw = random.Random(2)

    def made_up(number):
        if number % 2:
            return "".join(draw.choices(ALPHABET, k=22))
        letters = list(good[number % 100])
        place = draw.randrange(22)
        letters[place] = draw.choice([letter for letter in ALPHABET if letter != letters[place]])
        return "".join(letters)

    async def guess(texts):
        for text in texts:
            with refused("CODE_NOT_FOUND"):
                await world.as_player("Use", "mallory", code=text)

    texts = [made_up(number) for number in range(10_000)]
    await asyncio.gather(*(guess(texts[start::50]) for start in range(50)))
    own_service.faults.fail_at = None
    assert (await world.as_player("Use", "mallory", code=good[0])).item.status == 2
