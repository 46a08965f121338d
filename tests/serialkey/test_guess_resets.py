"""Guess budgets that support staff read and reset."""

import asyncio

import grpc
import pytest
from redeem.event.v1 import requests_pb2 as event_pb
from redeem.options.v1 import options_pb2
from support.events import watching
from support.guesses import BACK_MS, exhaust, guess, guessed_in, two_replicas
from support.service import read_refusal, refused
from support.world import World


@pytest.fixture
async def world(own_service):
    """A namespace in which players may guess three times."""
    return await guessed_in(own_service)


async def read(world, user_id="mallory"):
    """Return the budget of a player."""
    return (await world.call("GetGuessBudget", user_id=user_id)).item


async def test_the_budget_shows_what_is_left_and_when_the_next_guess_is_possible(world, own_service):
    """A full one, one after a wrong code, one that is exhausted, and one that refills."""
    full = await read(world)
    assert (full.user_id, full.limited, full.burst, full.remaining) == ("mallory", True, 3, 3)
    await guess(world)
    assert (await read(world)).remaining == 2
    await guess(world)
    await guess(world)
    locked = await read(world)
    assert (locked.remaining, locked.next_guess_at) == (0, own_service.clock.now_ms() + BACK_MS)
    own_service.clock.now += BACK_MS
    refilled = await read(world)
    assert (refilled.remaining, refilled.HasField("next_guess_at")) == (1, False)


async def test_a_reset_budget_is_full(world):
    """At once, on the replica that is called, any number of times, and only for the player."""
    await exhaust(world, "trudy")
    for _ in range(3):
        await exhaust(world)
        assert (await world.call("ResetGuessBudget", user_id="mallory")).item.remaining == 3
        assert (await read(world)).remaining == 3
    await exhaust(world)
    assert (await guess(world, user_id="trudy")).reason == "TOO_MANY_GUESSES"


async def test_a_namespace_without_other_codes_is_counted_in_the_process(own_service):
    """Nothing of its guesses is in the store; they are read and reset all the same."""
    world = await own_service.world("spring")
    await world.limit_guesses(burst=3)
    await exhaust(world)
    assert (await read(world)).remaining == 0
    await world.call("ResetGuessBudget", user_id="mallory")
    await exhaust(world)


async def test_players_without_limit_have_no_budget(world):
    """Reading it says so, and resetting it changes nothing."""
    await world.limit_guesses(enabled=False)
    for rpc in ("GetGuessBudget", "ResetGuessBudget"):
        item = (await world.call(rpc, user_id="mallory")).item
        assert (item.limited, item.HasField("burst"), item.HasField("remaining")) == (False, False, False)


async def test_a_namespace_must_exist(own_service):
    """Both calls refuse one that does not."""
    for rpc in ("GetGuessBudget", "ResetGuessBudget"):
        with refused("NAMESPACE_NOT_FOUND"):
            await own_service.call(rpc, namespace_name="absent", user_id="mallory")


async def test_guesses_at_the_same_time_as_a_reset_stay_within_two_budgets(world, own_service):
    """However they interleave: at most one full budget before the reset, and one after it."""
    await own_service.token("mallory")
    calls = [world.as_player("Use", "mallory", code=f"wrong-{number}") for number in range(40)]
    calls.insert(20, world.call("ResetGuessBudget", user_id="mallory"))
    results = await asyncio.gather(*calls, return_exceptions=True)
    reasons = [read_refusal(each).reason for each in results if isinstance(each, grpc.aio.AioRpcError)]
    assert len(reasons) == 40
    assert 3 <= reasons.count("CODE_NOT_FOUND") <= 6
    assert set(reasons) <= {"CODE_NOT_FOUND", "TOO_MANY_GUESSES", "CONTENTION", "OVERLOADED"}


async def test_other_replicas_follow_a_reset_once(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """Within ten seconds; also one that saw every guess of the player, and counted them by itself."""
    async with two_replicas(tmp_path) as (first, second):
        here = await first.service.world("spring")
        there = World(second.service, here.name)
        await here.limit_guesses(burst=3, per_minute=1)
        await exhaust(there)
        await here.call("ResetGuessBudget", user_id="mallory")
        first.service.clock.now += BACK_MS  # the clock of both
        await exhaust(there)
        first.service.clock.now += BACK_MS
        assert (await guess(there)).reason == "TOO_MANY_GUESSES"


async def test_resets_are_forgotten_when_every_budget_is_full(world, own_service):
    """No earlier, because replicas may still count guesses from before."""
    await own_service.stop_housekeeping()
    await world.call("ResetGuessBudget", user_id="mallory")
    own_service.clock.advance(seconds=30)
    await own_service.maintenance.step()
    assert len((await own_service.dump())["guess_reset"]) == 1
    own_service.clock.advance(seconds=1)
    await own_service.maintenance.step()
    assert (await own_service.dump())["guess_reset"] == []


async def test_a_reset_is_recorded_with_its_actor(world, own_service):
    """An ADMINISTERED event names the player, the method and the key."""
    await world.call("ResetGuessBudget", user_id="mallory")
    kinds = [options_pb2.EVENT_KIND_ADMINISTERED]
    async with watching(own_service, start=event_pb.START_OLDEST, kinds=kinds) as watcher:
        event = (await watcher.until(4))[-1]
    assert event.method == "redeem.serialkey.v1.SerialKeyService/ResetGuessBudget"
    assert (event.namespace_name, event.user_id) == (world.name, "mallory")
    assert event.actor
    assert own_service.admin[0][1].startswith(f"Bearer {event.actor}.")
