"""Every writing RPC happens as a whole or not at all, wherever it fails."""

import asyncio
import functools
import random

import pytest
from redeemd.serialkey.codec.code_format import canonical
from redeemd.serialkey.codec.codes import ALPHABET, fold
from support import writes
from support.exchanges import make_exchanges
from support.service import refused
from support.writes_failing import fail_at_each_statement


@pytest.fixture
async def prepared(tmp_path):
    """A server with something of everything; returns it with the calls to try."""
    async with writes.prepared(tmp_path) as found:
        yield found


async def test_every_served_writing_rpc_is_tried(prepared):
    """The next test covers all RPCs of all services that write, except Preflight, which writes nothing."""
    _, calls = prepared
    assert {call.rpc for call in calls} == writes.served()


@pytest.mark.parametrize("with_key", [False, True], ids=["plain", "with-idempotency-key"])
async def test_a_failure_at_any_statement_changes_nothing(prepared, with_key):
    """For every writing RPC and every k: with its k-th statement failing, all tables are as before; then it works."""
    service, calls = prepared
    for number, call in enumerate(calls):
        headers = [("idempotency-key", f"k{number}")] if with_key else []
        before = await service.dump()
        await fail_at_each_statement(service, functools.partial(call.make, service, headers), call.rpc)
        assert await service.dump() != before, f"{call.rpc} changed nothing"


async def test_a_preflight_changes_nothing(own_service):
    """Nor does one that fails at a statement: it runs everything and takes it back."""
    await own_service.stop_housekeeping()
    exchanges = await make_exchanges(own_service, enable_await_exchange=True)
    await exchanges.put_in_force({"name": "rate", "timingType": "await", "lockTime": 1})
    actions = {
        "consume": [exchanges.up(), exchanges.use(*await exchanges.world.codes(1))],
        "acquire": [exchanges.issue(), exchanges.create_await("rate")],
    }
    before = await own_service.dump()
    answer, _ = await fail_at_each_statement(own_service, lambda: exchanges.run("Preflight", **actions))
    assert (answer.would_succeed, len(answer.items)) == (True, 4)
    assert await own_service.dump() == before


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


async def test_no_made_up_code_reaches_the_writer(own_service):
    """200 random and 200 mistyped codes over gRPC: all CODE_NOT_FOUND, while every writing body would fail. That the
    codec opens none of a million such codes is tested in test_codes.py, and that a symbol mistaken for one that looks
    alike is no mistake in test_look_alikes.py."""
    world = await own_service.world()
    await world.limit_guesses(enabled=False)
    good = [fold(code) for code in await world.codes(100)]
    await own_service.token("mallory")
    own_service.faults.fail_at = 1
    draw = random.Random(2)

    def mistyped(code):
        place = draw.randrange(22)
        other = draw.choice([letter for letter in ALPHABET if canonical(letter) != canonical(code[place])])
        return code[:place] + other + code[place + 1 :]

    async def guess(texts):
        for text in texts:
            with refused("CODE_NOT_FOUND"):
                await world.as_player("Use", "mallory", code=text)

    texts = ["".join(draw.choices(ALPHABET, k=22)) for _ in range(200)] + [mistyped(code) for code in good * 2]
    await asyncio.gather(*(guess(texts[start::50]) for start in range(50)))
    own_service.faults.fail_at = None
    assert (await world.as_player("Use", "mallory", code=good[0])).item.status == 2
