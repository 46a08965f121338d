"""A total that is put in force while the states of an import are being written counts every use."""

import asyncio
from collections import Counter

from redeemd.store.sql import query
from support.exchanges import outcome
from support.imports import bring_states, used
from support.patience import WAIT_SECONDS

_STATES = 3_000
_FREE = 5
_PROGRESS = query("progress", "SELECT MAX(stated_to) AS codes FROM code_import")


async def stated(world):
    """Return how many states of an import are written; 0 if that has not begun, or is over."""
    row = await world.service.store.run(lambda tx: tx.one(_PROGRESS), write=False)
    return row["codes"] or 0


async def test_a_total_is_exact_that_comes_into_force_between_the_steps(own_world):
    """On PostgreSQL a step that began before it waits for it. No more codes can be redeemed than it leaves."""
    states = {f"used-{number}": used(by=f"player-{number}") for number in range(_STATES)}
    importing = asyncio.create_task(bring_states(own_world, states))
    async with asyncio.timeout(WAIT_SECONDS):
        while not await stated(own_world) and not importing.done():  # noqa: ASYNC110 -- the server does not report it
            await asyncio.sleep(0.002)
    await own_world.put_models(spring={"usesTotal": _STATES + _FREE})
    await importing
    codes = await own_world.codes(2 * _FREE)
    calls = (own_world.call("UseByUserId", user_id=f"late-{code}", code=code) for code in codes)
    assert Counter([await outcome(call) for call in calls]) == {"OK": _FREE, "CAMPAIGN_SOLD_OUT": _FREE}
