"""Imports of codes with states that break off: what the refusal says is true, and the same import then completes."""

import grpc
import pytest
from serialkey.test_import_faults import FailingFrom
from support.exchanges import outcome
from support.imports import ACTIVE, bring_states, jobs, status_of, under_way, use, used
from support.service import read_refusal

FREE = {"status": ACTIVE}
FILE = {"here": used(), "stays": FREE, "new": used("bob"), "free": FREE}


async def attempt(world):
    """Import the file; return the reason of the refusal, or "" for none."""
    try:
        await bring_states(world, FILE)
    except grpc.aio.AioRpcError as error:
        return read_refusal(error).reason
    return ""


async def is_used(world, code):
    """Return whether a code is used; a code that is not known is not."""
    try:
        return (await status_of(world, code)).used_user_id != ""
    except grpc.aio.AioRpcError:
        return False


@pytest.mark.parametrize("total", [None, 9], ids=["without limits", "with a total"])
async def test_a_failure_at_any_statement_is_told_truly(own_service, total):
    """NOT_COMMITTED: nothing changed. OUTCOME_UNKNOWN: a code that was here became used. A repeat does the rest."""
    await own_service.stop_housekeeping()
    seen, k, done = set(), 0, False
    while not done:
        k += 1
        world = await own_service.world()
        if total is not None:
            await world.put_models(spring={"usesTotal": total})
        await world.bring(["here", "stays"])
        failing = FailingFrom(own_service.faults, first=k)
        reason = await attempt(world)
        done = failing.count < k
        del own_service.faults.about_to_run
        if reason:
            seen.add(reason)
            assert len(await jobs(world)) == 1, f"statement {k}"
            assert await is_used(world, "here") == (reason == "OUTCOME_UNKNOWN"), f"statement {k}"
            assert not await is_used(world, "new"), f"statement {k}"
        while await own_service.maintenance.step():
            pass
        own_service.clock.advance(seconds=61)
        while await own_service.maintenance.step():
            pass
        await bring_states(world, FILE)
        assert [await use(world, code) for code in FILE] == ["used", "OK", "used", "OK"], f"statement {k}"
        assert await under_way(own_service) == 0
    assert seen == {"NOT_COMMITTED", "OUTCOME_UNKNOWN"}
    assert k > 10


@pytest.mark.parametrize("uses_total", [3, 4])
async def test_a_total_counts_what_an_import_marks_as_used(own_service, uses_total):
    """New codes and those that were here, each once: what is left can be used, and no more."""
    world = await own_service.world()
    await world.put_models(spring={"usesTotal": uses_total})
    await world.bring(["here", "stays", "more"])
    await bring_states(world, FILE)
    await bring_states(world, FILE)
    left = ["stays", "free", "more"]
    taken = [await outcome(world.call("UseByUserId", user_id="dora", code=code)) for code in left]
    assert taken == ["OK"] * (uses_total - 2) + ["CAMPAIGN_SOLD_OUT"] * (5 - uses_total)
