"""Imports of codes with states while players redeem, and when the process dies before the states are written."""

import asyncio
import contextlib

import pytest
from redeemd.serialkey.importing import imports, stating
from redeemd.store.base import CommitFailed
from support.exchanges import outcome
from support.imports import ACTIVE, STATE, bring_states, jobs, problems, status_of, use, used
from support.service import refused

FREE = {"status": ACTIVE}


@contextlib.contextmanager
def dying_after(steps):
    """Let nothing write states after so many steps of it, as if the process had died."""
    write, done = stating.step, []

    async def step(*arguments, **options):
        if len(done) == steps:
            raise CommitFailed
        done.append(await write(*arguments, **options))
        return done[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stating, "step", step)
        yield


async def test_a_process_that_dies_leaves_the_states_to_the_housekeeping(own_service):
    """Until they are written, the codes are unknown, the batch is not listed, and no other import begins."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    file = {f"code-{number}": used() for number in range(1200)}
    with dying_after(steps=1):
        report = await bring_states(world, file)
    assert report.imported_count == 1200
    assert not await jobs(world)
    for code in ("code-0", "code-1199"):
        with refused("CODE_NOT_FOUND"):
            await world.call("UseByUserId", user_id="carol", code=code)
    with refused("IMPORT_UNDER_WAY"):
        await world.bring(["another"])
    while await own_service.maintenance.step():
        pass
    assert not await jobs(world)
    own_service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
    while await own_service.maintenance.step():
        pass
    assert await jobs(world) == [report.item]
    assert [await use(world, code) for code in ("code-0", "code-1199")] == ["used", "used"]
    status = (await world.call("GetCampaignStatus", campaign_model_name="spring")).item
    assert (status.counts.imported, status.counts.used) == (1200, 1200)


async def test_the_next_import_completes_the_one_before(own_service):
    """If that has made no progress for a minute."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    with dying_after(steps=0):
        await bring_states(world, {"a": used()})
    own_service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
    again = await bring_states(world, {"a": used(), "b": used()})
    assert (again.unchanged_count, again.imported_count) == (1, 1)
    assert [await use(world, code) for code in "ab"] == ["used", "used"]


async def test_a_use_and_an_import_of_it_at_once(world):
    """One of the two has it: either the player, and the import reports it, or the import, and the player is refused."""
    await bring_states(world, {f"code-{number}": FREE for number in range(40)})
    outcomes = set()
    for number in range(0, 40, 2):
        file = {f"code-{each}": used("alice") for each in (number, number + 1)}
        took = [use(world, code, f"player-{code}") for code in file]
        report, *uses = await asyncio.gather(bring_states(world, file), *took)
        for place, (code, found) in enumerate(zip(file, uses, strict=True)):
            owner = (await status_of(world, code)).used_user_id
            reported = (place, STATE) in problems(report)
            # If one was used before the import read it, the whole file is refused, and both are as they were.
            whole = report.used_count + len(report.problems) < 2
            assert owner == (f"player-{code}" if found == "OK" else "alice"), (code, found, report)
            assert reported or found != "OK" or whole
            outcomes.add(owner == "alice")
    redemptions = (await world.call("DescribeRedemptions", limit=1000)).items
    assert len({it.code for it in redemptions}) == len(redemptions)


async def test_uses_during_the_import_of_new_codes_find_none_or_a_used_one(service):
    """Never a usable one: a code that was used elsewhere is not redeemed once more."""
    world = await service.world()
    file = {f"code-{number}": used() for number in range(2500)}
    done = asyncio.Event()

    async def play(user_id):
        seen = set()
        while not done.is_set():
            for code in ("code-0", "code-1250", "code-2499"):
                seen.add(await outcome(world.call("UseByUserId", user_id=user_id, code=code)))
        return seen

    players = [asyncio.ensure_future(play(f"player-{number}")) for number in range(4)]
    await bring_states(world, file)
    done.set()
    seen = set().union(*await asyncio.gather(*players))
    assert seen <= {"CODE_NOT_FOUND", "CODE_STATUS_INVALID"}
    assert {key.used_user_id for key in await world.keys((await jobs(world))[0])} == {"alice"}


async def test_erasing_a_player_reaches_an_import_that_is_not_complete(own_service):
    """The codes stay used, without the player, whenever their states are written."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    with dying_after(steps=0):
        await bring_states(world, {"a": used(), "b": used("bob")})
    await own_service.call("CleanUserDataByUserId", user_id="alice")
    own_service.clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
    while await own_service.maintenance.step():
        pass
    assert [(await status_of(world, code)).used_user_id for code in "ab"] == ["", "bob"]
    assert [await use(world, code) for code in "ab"] == ["used", "used"]
    tables = await own_service.dump()
    assert not any("alice" in row for name in ("serial_key", "imported_state") for row in tables[name])
