"""Calls leave nothing in the server's memory that only the garbage collector would find.

It stops everybody while it looks, the longer the more there is; a crowd of refused players must not bring it about.
"""

import gc

import grpc
import pytest
from redeemd.rpc.request_log import Entry
from redeemd.store.base import CommitFailed
from support.service import refused
from support.store_faults import until

CALLS = 10


@pytest.fixture
async def world(own_service):
    """A namespace with a campaign code, in which players may guess three times."""
    world = await own_service.world("spring", "WELCOME", campaign_codes=("WELCOME",))
    await world.limit_guesses(burst=3)
    return world


async def use_in_vain(world, code, reason):
    """Use a code, and be refused."""
    for _ in range(CALLS):
        with refused(reason):
            await world.as_player("Use", "alice", code=code)


async def use_while_the_store_fails(world, failure, reason):
    """Use a code that could be used."""
    (code,) = await world.codes()
    world.service.faults.failure, world.service.faults.fail_at = failure, 1
    await use_in_vain(world, code, reason)


async def use_used(world):
    """Use a code twice."""
    (code,) = await world.codes()
    await world.as_player("Use", "alice", code=code)
    await use_in_vain(world, code, "CODE_STATUS_INVALID")


async def guess(world):
    """Guess as players who may."""
    for number in range(CALLS):
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", f"player-{number}", code="wrong")


async def guess_too_often(world):
    """Guess as one who may not any more."""
    for number in range(CALLS):
        with pytest.raises(grpc.aio.AioRpcError):
            await world.as_player("Use", "mallory", code=f"wrong-{number}")
    with refused("TOO_MANY_GUESSES"):
        await world.as_player("Use", "mallory", code="wrong")


async def break_rules(world):
    """Send a request that breaks rules of the contract."""
    await use_in_vain(world, "", "VALIDATION_FAILED")


async def lose_the_store(world):
    """Find the store failing."""
    await use_while_the_store_fails(world, CommitFailed, "NOT_COMMITTED")


async def hit_a_defect(world):
    """Find a defect."""
    await use_while_the_store_fails(world, KeyError, "INTERNAL")


async def use(world):
    """Use codes."""
    for code in await world.codes(CALLS):
        await world.as_player("Use", "alice", code=code)


def remembered():
    """Return how many calls are in this process's memory, those of other servers too."""
    return sum(isinstance(it, Entry) for it in gc.get_objects())


@pytest.mark.parametrize(
    "calls",
    [use, use_used, guess, guess_too_often, break_rules, lose_the_store, hit_a_defect],
    ids=lambda it: it.__name__,
)
async def test_calls_are_gone_when_they_are_over(world, calls):
    """This holds for successes and refusals; grpc keeps the last call until the next one."""
    await world.service.stop_housekeeping()
    gc.collect()
    gc.disable()
    try:
        before = remembered()
        await calls(world)
        await until(lambda: remembered() <= before + 1)
    finally:
        gc.enable()
