"""Counters of another system: each is imported once, for the period of its limit, and nothing here is overwritten."""

import asyncio

import pytest
from redeem.limit.v1 import requests_pb2 as pb
from redeem.options.v1 import options_pb2
from redeemd.limit.resets import ResetType, Schedule, next_reset
from support.events import told
from support.limits import make_limits
from support.service import refused

IMPORTED, UNCHANGED, PAST, CHANGED, CONFLICT, DUPLICATE, NO_MODEL, RESET_TIME = range(1, 9)
DAY_MS = 86_400_000


@pytest.fixture
async def limits(own_service):
    """Limits on a server whose clock is stopped: `daily` at 0 o'clock, and `ever`."""
    return await make_limits(own_service)


def reset(limits, days=0):
    """Return the next reset of the daily limit, some days later."""
    return next_reset(Schedule(ResetType.DAILY), limits.service.clock.now_ms()) + days * DAY_MS


def counter(count, user_id="alice", limit_name="ever", name="c", **fields):
    """Make a counter to import."""
    return pb.ImportedCounter(user_id=user_id, limit_name=limit_name, name=name, count=count, **fields)


async def bring(limits, *items, headers=()):
    """Import counters; return their outcomes."""
    return list((await limits.call("ImportCounters", headers, items=items)).outcomes)


async def test_a_counter_goes_on_where_it_was(limits):
    """It has the count of the file, the next reset of the limit, and counts up from there."""
    items = [counter(4), counter(5, limit_name="daily", next_reset_at=reset(limits)), counter(0, user_id="bob")]
    assert await bring(limits, *items) == [IMPORTED] * 3
    assert (await limits.up(limit="ever")).count == 5
    found = await limits.get(limit="daily")
    assert (found.count, found.next_reset_at) == (5, reset(limits))
    assert (await limits.get("bob", limit="ever")).count == 0
    limits.service.clock.advance(seconds=24 * 60 * 60)
    assert (await limits.up(limit="daily")).count == 1


async def test_a_repeated_import_changes_nothing(limits):
    """Not a counter that is as it was, nor one that was counted up, reset or deleted since."""
    names = ["same", "counted", "deleted"]
    items = [counter(4, name=name) for name in names]
    assert await bring(limits, *items) == [IMPORTED] * 3
    await limits.up(counter="counted", limit="ever")
    await limits.call("DeleteCounterByUserId", user_id="alice", limit_name="ever", counter_name="deleted")
    before = await limits.service.dump()
    assert await bring(limits, *items) == [UNCHANGED, CHANGED, CHANGED]
    after = await limits.service.dump()
    assert {name: rows for name, rows in after.items() if name != "event"} == {
        name: rows for name, rows in before.items() if name != "event"
    }


async def test_a_counter_that_was_deleted_and_counted_anew_is_not_overwritten(limits):
    """However often it was counted since: its revision may be that of the import again."""
    for times in range(1, 4):
        item = counter(9, name=f"deleted-{times}")
        assert await bring(limits, item) == [IMPORTED]
        await limits.call("DeleteCounterByUserId", user_id="alice", limit_name="ever", counter_name=item.name)
        for _ in range(times):
            await limits.up(counter=item.name, limit="ever")
        assert await bring(limits, item, counter(10)) == [CHANGED, IMPORTED if times == 1 else UNCHANGED]
        assert (await limits.get(counter=item.name, limit="ever")).count == times


async def test_a_newer_export_replaces_what_nobody_changed(limits):
    """A rehearsal does not stand in the way of the move."""
    assert await bring(limits, counter(4)) == [IMPORTED]
    assert await bring(limits, counter(6)) == [IMPORTED]
    assert await bring(limits, counter(6)) == [UNCHANGED]
    assert (await limits.get(limit="ever")).count == 6


async def test_what_was_counted_here_is_not_overwritten(limits):
    """It did not come from an import."""
    await limits.up(limit="ever")
    assert await bring(limits, counter(4)) == [CONFLICT]
    assert (await limits.get(limit="ever")).count == 1


async def test_a_counter_of_a_past_period_counts_as_0(limits):
    """So there is nothing to import, however often the file is imported."""
    item = counter(5, limit_name="daily", next_reset_at=reset(limits))
    assert await bring(limits, item) == [IMPORTED]
    limits.service.clock.advance(seconds=24 * 60 * 60)
    assert await bring(limits, item, counter(5, "bob", "daily", next_reset_at=reset(limits, -1))) == [PAST, PAST]
    assert (await limits.get(limit="daily")).count == 0
    with refused("COUNTER_NOT_FOUND"):
        await limits.get("bob", limit="daily")


async def test_a_counter_that_was_reset_here_takes_that_of_the_new_period(limits):
    """Nothing was counted in it here."""
    await limits.up(limit="daily", count_up_value=3)
    limits.service.clock.advance(seconds=24 * 60 * 60)
    assert await bring(limits, counter(2, limit_name="daily", next_reset_at=reset(limits))) == [IMPORTED]
    assert (await limits.get(limit="daily")).count == 2


@pytest.mark.parametrize("days", [None, 1, 2])
async def test_the_period_must_be_that_of_the_limit_here(limits, days):
    """The limit there was another one, or the file does not say when its period ends."""
    when = {} if days is None else {"next_reset_at": reset(limits, days)}
    assert await bring(limits, counter(5, limit_name="daily", **when)) == [RESET_TIME]
    assert await bring(limits, counter(5, next_reset_at=reset(limits))) == [RESET_TIME]


async def test_other_problems_concern_their_item_alone(limits):
    """The others are imported."""
    items = [counter(1, limit_name="unknown"), counter(2), counter(3), counter(4, name="d")]
    assert await bring(limits, *items) == [NO_MODEL, IMPORTED, DUPLICATE, IMPORTED]
    assert (await limits.get(limit="ever")).count == 2


async def test_a_dry_run_reports_the_same(limits):
    """And changes nothing."""
    items = [counter(1), counter(2, limit_name="unknown"), counter(3, limit_name="daily", next_reset_at=reset(limits))]
    before = await limits.service.dump()
    assert await bring(limits, *items, headers=[("x-dry-run", "true")]) == [IMPORTED, NO_MODEL, IMPORTED]
    assert await limits.service.dump() == before


async def test_counting_at_the_same_time_loses_nothing(service):
    """Either the player counts on from the import, or the import sees that somebody counted before it."""
    limits = await make_limits(service)
    for number in range(12):
        user_id = f"player-{number}"
        [reported], up = await asyncio.gather(bring(limits, counter(10, user_id)), limits.up(user_id, limit="ever"))
        found = (await limits.get(user_id, limit="ever")).count
        assert (reported, up.count, found) in {(IMPORTED, 11, 11), (CONFLICT, 1, 1)}


async def test_concurrent_imports_of_one_file_import_it_once(service):
    """One of them imports a counter, the others find it."""
    limits = await make_limits(service)
    items = [counter(7, f"player-{number}") for number in range(50)]
    found = await asyncio.gather(*(bring(limits, *items) for _ in range(4)))
    assert {tuple(sorted(outcomes)) for outcomes in zip(*found, strict=True)} == {(IMPORTED, *[UNCHANGED] * 3)}
    assert {(await limits.get(item.user_id, limit="ever")).count for item in items} == {7}


async def test_it_is_audited(limits):
    """As other administrative changes are: with the method and the key."""
    await bring(limits, counter(1), counter(2, "bob"))
    kinds = [options_pb2.EVENT_KIND_ADMINISTERED]
    *_, event = await told(limits.service, 3, namespace_names=[limits.name], services=["limit"], kinds=kinds)
    assert event.method == "redeem.limit.v1.LimitService/ImportCounters"


async def test_erasing_a_player_forgets_the_import(limits):
    """Neither the counter is left, nor that it was imported."""
    service = limits.service
    await service.stop_housekeeping()
    await bring(limits, counter(3), *(counter(1, name=f"c{number}") for number in range(60)), counter(4, "bob"))
    await service.limits.CleanUserDataByUserId(pb.CleanUserDataByUserIdRequest(user_id="alice"), metadata=service.admin)
    while await service.maintenance.step():
        pass
    tables = await service.dump()
    assert [len(tables[name]) for name in ("counter", "imported_counter")] == [1, 1]
    assert not any("alice" in row for name in ("counter", "imported_counter") for row in tables[name])
