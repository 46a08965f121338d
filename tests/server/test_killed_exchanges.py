"""A process killed while it exchanges: each exchange happened as a whole or not at all, and once."""

import asyncio
import signal

import grpc
import pytest
from support.exchanges import make_exchanges
from support.process import serving

PLAYERS = [f"player-{number}" for number in range(10)]


async def _exchange_until_killed(process, exchanges, attempts, after):
    """Make attempts at once, kill the process after some responses; return which attempts succeeded."""
    answered, window = set(), asyncio.Semaphore(100)

    async def exchange(attempt):
        user_id, number = attempt
        try:
            async with window:
                await exchanges.buy(user_id=user_id, duplication_avoider=f"attempt {number}")
        except grpc.aio.AioRpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE
            return
        answered.add(attempt)
        if len(answered) == after:  # by the one that makes it so, once
            process.process.kill()

    await asyncio.gather(*map(exchange, attempts))
    return answered


async def _counts(exchanges):
    """Return for each player how often the price was paid, in its two parts, and the reward given."""
    return {
        user_id: tuple([await exchanges.count(counter, user_id=user_id) for counter in ("bought", "paid", "left")])
        for user_id in PLAYERS
    }


@pytest.mark.parametrize("after", [30, 300])
async def test_kill_9_in_the_middle_of_600_exchanges_halves_and_doubles_none(tmp_path, after):
    """Acknowledged calls persist; price and reward are always equal; retried with the same key, each is there once."""
    attempts = [(user_id, number) for number in range(60) for user_id in PLAYERS]
    async with serving(tmp_path) as (process, service):
        exchanges = await make_exchanges(service)
        for user_id in PLAYERS:
            await exchanges.limits.up(counter="left", limit="ever", user_id=user_id, count_up_value=1000)
        await exchanges.put_in_force(
            {
                "name": "rate",
                "consumeActions": [exchanges.up("bought"), exchanges.up("paid")],
                "acquireActions": [exchanges.down("left")],
            }
        )
        answered = await _exchange_until_killed(process, exchanges, attempts, after)
        assert await process.end() == -signal.SIGKILL
    assert len(answered) < len(attempts)
    async with serving(tmp_path) as (process, service):
        exchanges.service = exchanges.limits.service = service
        for user_id, (bought, paid, left) in (await _counts(exchanges)).items():
            assert bought == paid == 1000 - left
            assert bought >= len([attempt for attempt in answered if attempt[0] == user_id])
        assert await _exchange_until_killed(process, exchanges, attempts, after=None) == set(attempts)
        assert set((await _counts(exchanges)).values()) == {(60, 60, 940)}
