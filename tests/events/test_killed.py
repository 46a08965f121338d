"""A process killed while it works: what its events say happened is what happened."""

import asyncio
import signal

import grpc
import pytest
from redeem.options.v1 import options_pb2
from support.events import told
from support.exchanges import make_exchanges
from support.process import serving

REDEEMED, COUNTED = options_pb2.EVENT_KIND_REDEEMED, options_pb2.EVENT_KIND_COUNTED


async def _call_until_killed(process, calls, after):
    """Make calls at once; kill the process after some responses; return how many succeeded."""
    answered, window = 0, asyncio.Semaphore(50)

    async def one(call):
        nonlocal answered
        async with window:
            try:
                await call()
            except grpc.aio.AioRpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
                return
        answered += 1
        if answered == after:
            process.process.kill()

    await asyncio.gather(*(one(call) for call in calls))
    return answered


@pytest.mark.parametrize("after", [30, 200])
async def test_kill_9_leaves_an_event_for_each_effect_and_none_without(tmp_path, after):
    """Codes used by calls and in transactions: exactly those that are used are reported, once; counters likewise."""
    async with serving(tmp_path) as (process, service):
        exchanges = await make_exchanges(service)
        world = exchanges.world
        codes = await world.codes(400)
        await exchanges.put_in_force({"name": "rate", "consumeActions": [exchanges.up(), exchanges.use()]})
        calls = [
            (lambda code=code: world.call("UseByUserId", user_id="alice", code=code))
            if number % 2
            else (lambda code=code: exchanges.buy(values={"code": code}))
            for number, code in enumerate(codes)
        ]
        answered = await _call_until_killed(process, calls, after)
        assert await process.end() == -signal.SIGKILL
    assert answered < len(codes)
    async with serving(tmp_path) as (_, service):
        exchanges.service = world.service = exchanges.limits.service = service
        used = {item.code for item in (await world.call("DescribeRedemptions", limit=1000)).items}
        counted = await exchanges.count()
        assert len(used) >= answered
        events = await told(service, len(used), namespace_names=[world.name], kinds=[REDEEMED])
        assert {event.redemption.code for event in events} == used
        events = await told(service, counted, namespace_names=[exchanges.limits.name], kinds=[COUNTED])
        assert [event.counting.count for event in events] == list(range(1, counted + 1))
