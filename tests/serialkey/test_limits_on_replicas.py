"""Three servers on one PostgreSQL: a total is exact at its last use, whichever of them gets the calls."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redeemd.serialkey.limits import model
from support import postgres as pg
from support.events import unfinished_transaction
from support.exchanges import outcome
from support.handler import until
from support.patience import WAIT_SECONDS
from support.service import running
from support.world import World

REPLICAS = 3
TOTAL = 25  # of more than its slices, so that some have one use more than others
PLAYERS = [f"player-{n}" for n in range(3 * TOTAL)]
WAITING = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock')"
AGAIN = {"CONFLICT", "CONTENTION", "OVERLOADED"}  # nothing happened, and the same call may succeed


@pytest.fixture
async def worlds(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A namespace, as each of the replicas has it."""
    settings = await pg.settings_for(tmp_path)
    async with AsyncExitStack() as stack:
        replicas = [await stack.enter_async_context(running(tmp_path, **settings)) for _ in range(REPLICAS)]
        name = (await replicas[0].world("spring")).name
        yield [World(replica, name) for replica in replicas]


async def persistent(worlds, number, rpc, **fields):
    """Call the replicas in turn until one accepts or refuses; return OK or the reason."""
    while True:
        said = await outcome(worlds[number % REPLICAS].call(rpc, **fields))
        if said not in AGAIN:
            return said
        number += 1


async def uses(worlds, codes):
    """Have each player use a code, all at the same time; count the outcomes."""
    calls = (
        persistent(worlds, n, "UseByUserId", user_id=user_id, code=code)
        for n, (user_id, code) in enumerate(zip(PLAYERS, codes, strict=True))
    )
    return Counter(await asyncio.gather(*calls))


@pytest.mark.parametrize("limits", [{}, {"usesPerUser": 1}], ids=["total", "total and per player"])
async def test_the_last_use_of_a_campaign_code_is_exact(worlds, limits):
    """Exactly the total is redeemed and recorded; the reverts of some make room for as many others."""
    await worlds[0].put_models(WORD={"enableCampaignCode": True, "usesTotal": TOTAL, **limits})
    word = ["WORD"] * len(PLAYERS)
    assert await uses(worlds, word) == {"OK": TOTAL, "CAMPAIGN_SOLD_OUT": 2 * TOTAL}
    used = [item.used_user_id for item in (await worlds[1].call("DescribeRedemptions", limit=100)).items]
    assert len(used) == TOTAL
    reverts = (
        persistent(worlds, n, "RevertUseByUserId", user_id=user_id, code="WORD") for n, user_id in enumerate(used[:7])
    )
    assert await asyncio.gather(*reverts) == ["OK"] * 7
    again = await uses(worlds, word)
    assert again["OK"] == 7
    assert len((await worlds[2].call("DescribeRedemptions", limit=100)).items) == TOTAL


async def test_the_last_serial_key_of_a_total_is_exact(worlds):
    """The same with a key for each player; what is refused stays good."""
    await worlds[0].put_models(spring={"usesTotal": TOTAL})
    codes = await worlds[0].codes(len(PLAYERS))
    assert await uses(worlds, codes) == {"OK": TOTAL, "CAMPAIGN_SOLD_OUT": 2 * TOTAL}
    assert len((await worlds[1].call("DescribeRedemptions", limit=100)).items) == TOTAL


async def test_whoever_waits_for_a_slice_keeps_no_other(worlds):
    """Others take from those that are free meanwhile: otherwise everybody would wait for everybody."""
    await worlds[0].put_models(WORD={"enableCampaignCode": True, "usesTotal": 10**6})
    half = model.SLICES // 2
    async with slices_held(worlds[0], f"slice >= {half}"):
        async with slices_held(worlds[0], f"slice < {half}") as connection:
            first = asyncio.create_task(worlds[1].call("UseByUserId", user_id="alice", code="WORD"))
            await until(lambda: connection.fetchval(WAITING))
        await asyncio.sleep(0.2)  # for one that would now lock the slices that are free
        async with asyncio.timeout(WAIT_SECONDS):
            await worlds[2].call("UseByUserId", user_id="bob", code="WORD")
    await first


@asynccontextmanager
async def slices_held(world, which):
    """Hold some slices of all campaigns; yields the connection that does so."""
    async with unfinished_transaction(world.service) as connection:
        await connection.fetch(f"SELECT slice FROM campaign_slice WHERE {which} FOR UPDATE")
        yield connection
