"""Players who guess, on one server or more."""

import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from redeemd.store.sql import query

from support.clock import ManualClock
from support.postgres import settings_for
from support.service import Refusal, Service, read_refusal, running
from support.world import World

BUDGETS = query("budgets", "SELECT used_until FROM guess_budget")
SECOND_MS = 1000
_numbers = itertools.count(1)
# One more guess every ten seconds, as it is by default.
BACK_MS = 10 * SECOND_MS


async def with_other_codes(service: Service) -> World:
    """Make a namespace with imported codes and a campaign code, in which texts can be guessed."""
    world = await service.world("spring", "WELCOME", campaign_codes=("WELCOME",))
    await world.bring([f"OLD-{number}" for number in range(20)])
    return world


async def guessed_in(service: Service) -> World:
    """Make a namespace with imported codes and a campaign code, in which players may guess three times."""
    world = await with_other_codes(service)
    await world.limit_guesses(burst=3)
    return world


async def guess(world: World, text: str = "", user_id: str = "mallory", rpc: str = "Use", **fields: Any) -> Refusal:
    """Try a text, by default one that was never tried; return how it is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await world.as_player(rpc, user_id, code=text or f"wrong {next(_numbers)}", **fields)
    return read_refusal(caught.value)


async def exhaust(world: World, user_id: str = "mallory", times: int = 3) -> None:
    """Try wrong texts until the next one is refused."""
    for _ in range(times):
        assert (await guess(world, user_id=user_id)).reason == "CODE_NOT_FOUND"
    assert (await guess(world, user_id=user_id)).reason == "TOO_MANY_GUESSES"


async def attack(world: World) -> None:
    """Leave a trace of a guess, of a reset and of an attack in the store."""
    await world.call("ResetGuessBudget", user_id="mallory")
    await world.limit_guesses(alarm_per_minute=1)
    assert (await guess(world)).reason == "CODE_NOT_FOUND"
    await world.service.maintenance.step()


async def used_up(service: Service) -> list[int]:
    """Return by how many milliseconds budgets of the store are away from being whole."""
    rows = await service.store.run(lambda tx: tx.all(BUDGETS), write=False)
    return [max(0, row["used_until"] - service.clock.now_ms()) for row in rows]


@contextlib.asynccontextmanager
async def two_replicas(
    folder: Path, clocks: tuple[ManualClock, ManualClock] | None = None, **settings: Any
) -> AsyncIterator[tuple[World, World]]:
    """Run two servers on one PostgreSQL; yield a namespace with more than serial codes, as each of them has it.

    The clock of PostgreSQL is that of the first.
    """
    there: dict[str, Any] = await settings_for(folder)
    first_clock, second_clock = clocks or [ManualClock()] * 2
    async with (
        running(folder, clock=first_clock, **there, **settings) as first,
        running(folder, clock=second_clock, **there, **settings) as second,
    ):
        world = await with_other_codes(first)
        yield world, World(second, world.name)
