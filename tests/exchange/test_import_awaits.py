"""Awaits of another system: each is imported once, and acquired once."""

import asyncio

import pytest
from redeem.common.v1 import common_pb2
from redeem.exchange.v1 import requests_pb2 as pb
from redeem.options.v1 import options_pb2
from support.awaits import awaiting
from support.events import told
from support.exchanges import config, make_exchanges, outcome
from support.service import refused

IMPORTED, UNCHANGED, _, CHANGED, CONFLICT, DUPLICATE, NO_MODEL, _, NOT_AWAITING = range(1, 10)
NAME = "0f5c1e9a-7d34-4b62-9c81-2f6ab0d3e7c5"
HOUR_MS = 3_600_000


@pytest.fixture
async def exchanges(own_service):
    """A rate that is waited for, on a server whose clock is stopped; alice has a counter to count down."""
    exchanges = await make_exchanges(own_service, enable_await_exchange=True)
    await exchanges.put_in_force(awaiting(exchanges), {"name": "once"})
    await exchanges.limits.up("alice", "got", "ever", count_up_value=1000)
    return exchanges


def paid(exchanges, user_id="alice", name=NAME, ago=HOUR_MS // 2, **fields):
    """Make an await to import, of an exchange half an hour ago."""
    values = {"rate_name": "rate", "count": 2, "config": config(size="10")} | fields
    return pb.ImportedAwait(user_id=user_id, name=name, exchanged_at=exchanges.service.clock.now_ms() - ago, **values)


async def bring(exchanges, *items, headers=()):
    """Import awaits; return their outcomes."""
    return list((await exchanges.call("ImportAwaits", headers, items=items)).outcomes)


async def acquire(exchanges, name=NAME):
    """Acquire an await of alice."""
    await exchanges.call("AcquireByUserId", user_id="alice", await_name=name)


async def test_an_await_goes_on_where_it_was(exchanges):
    """It can be acquired when its time has come, with its values and its count."""
    item = paid(exchanges)
    assert await bring(exchanges, item) == [IMPORTED]
    found = await exchanges.await_of(NAME)
    assert (found.count, found.exchanged_at) == (2, item.exchanged_at)
    assert found.acquirable_at == item.exchanged_at + HOUR_MS
    with refused("AWAIT_LOCKED"):
        await acquire(exchanges)
    exchanges.service.clock.advance(seconds=1800)
    await acquire(exchanges)
    assert await exchanges.count("got") == 1000 - 2 * 10


@pytest.mark.parametrize(
    ("fields", "waits_ms"),
    [
        ({"skip_seconds": 600}, HOUR_MS - 600_000),
        ({"acquirable": 7_200_000}, 7_200_000),
        ({"acquirable": 7_200_000, "skip_seconds": 60}, 7_200_000),
        ({"acquirable": -1}, 0),
    ],
)
async def test_the_wait_is_that_of_the_file(exchanges, fields, waits_ms):
    """Less what was skipped; where the file does not say when it ends, the rate does."""
    item = paid(exchanges)
    fields = dict(fields)
    if "acquirable" in fields:
        item.acquirable_at = item.exchanged_at + fields.pop("acquirable")
    item.MergeFrom(pb.ImportedAwait(**fields))
    assert await bring(exchanges, item) == [IMPORTED]
    found = await exchanges.await_of(NAME)
    assert found.acquirable_at - found.exchanged_at == waits_ms
    assert found.skip_seconds == item.skip_seconds


async def test_a_repeated_import_gives_nothing_twice(exchanges):
    """Not an await that was acquired, skipped or deleted since."""
    names = [f"await-{number}" for number in range(4)]
    items = [paid(exchanges, name=name, ago=HOUR_MS) for name in names]
    assert await bring(exchanges, *items) == [IMPORTED] * 4
    await acquire(exchanges, names[0])
    await exchanges.skip(names[1])
    await exchanges.call("DeleteAwaitByUserId", user_id="alice", await_name=names[2])
    assert await bring(exchanges, *items) == [CHANGED, CHANGED, CHANGED, UNCHANGED]
    with refused("AWAIT_NOT_FOUND"):
        await acquire(exchanges, names[0])
    assert await exchanges.count("got") == 1000 - 2 * 10


async def test_a_newer_export_replaces_what_nobody_changed(exchanges):
    """A rehearsal does not stand in the way of the move."""
    item = paid(exchanges)
    assert await bring(exchanges, item) == [IMPORTED]
    item.skip_seconds = 60
    assert await bring(exchanges, item) == [IMPORTED]
    assert await bring(exchanges, item) == [UNCHANGED]
    assert (await exchanges.await_of(NAME)).skip_seconds == 60


async def test_what_is_here_is_not_overwritten(exchanges):
    """An await that was paid here."""
    name = await exchanges.wait_for("rate")
    assert await bring(exchanges, paid(exchanges, name=name)) == [CONFLICT]
    assert (await exchanges.await_of(name)).count == 1


async def test_problems_concern_their_item_alone(exchanges):
    """The others are imported."""
    await exchanges.put_in_force(awaiting(exchanges), {"name": "once"})
    items = [paid(exchanges, rate_name="unknown"), paid(exchanges, name="a"), paid(exchanges, name="a")]
    items.append(paid(exchanges, name="b", rate_name="once"))
    assert await bring(exchanges, *items) == [NO_MODEL, IMPORTED, DUPLICATE, NOT_AWAITING]
    assert [item.name for item in await exchanges.awaits()] == ["a"]


async def test_values_that_are_too_long_are_refused(exchanges):
    """As where an await is created."""
    item = paid(exchanges, config=config(a="x" * 30_000, b="x" * 30_000))
    with refused("VALIDATION_FAILED") as refusal:
        await bring(exchanges, paid(exchanges, name="a"), item)
    assert refusal.fields == ["items[1].config"]


async def test_a_dry_run_reports_the_same(exchanges):
    """And changes nothing."""
    before = await exchanges.service.dump()
    items = [paid(exchanges), paid(exchanges, rate_name="unknown", name="b")]
    assert await bring(exchanges, *items, headers=[("x-dry-run", "true")]) == [IMPORTED, NO_MODEL]
    assert await exchanges.service.dump() == before


async def test_acquiring_while_it_is_imported_again_gives_once(exchanges):
    """Whatever comes first, there is one reward, and no await is left."""
    for number in range(8):
        item = paid(exchanges, name=f"await-{number}", ago=HOUR_MS)
        await bring(exchanges, item)
        item.skip_seconds = 1  # a newer export
        acquired = outcome(acquire(exchanges, item.name))
        await asyncio.gather(acquired, *(bring(exchanges, item) for _ in range(3)))
        await outcome(acquire(exchanges, item.name))
        assert await exchanges.count("got") == 1000 - 20 * (number + 1)
    assert await exchanges.awaits() == []


async def test_it_is_audited_and_erased(exchanges):
    """With the method; nothing of it is left of a player whose data is erased."""
    service = exchanges.service
    await service.stop_housekeeping()
    await bring(exchanges, paid(exchanges), paid(exchanges, "bob"))
    kinds = [options_pb2.EVENT_KIND_ADMINISTERED]
    *_, event = await told(service, 3, namespace_names=[exchanges.name], services=["exchange"], kinds=kinds)
    assert event.method == "redeem.exchange.v1.ExchangeService/ImportAwaits"
    request = pb.CleanUserDataByUserIdRequest(user_id="alice")
    await service.exchanges.CleanUserDataByUserId(request, metadata=service.admin)
    while await service.maintenance.step():
        pass
    tables = await service.dump()
    assert [len(tables[name]) for name in ("exchange_await", "imported_await")] == [1, 1]


def test_outcomes_have_these_numbers():
    """Those of the contract."""
    assert common_pb2.IMPORT_OUTCOME_CHANGED == CHANGED
    assert common_pb2.IMPORT_OUTCOME_NOT_AWAITING == NOT_AWAITING
