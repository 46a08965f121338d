"""Watching: each event once and in order, however often the watcher is cut off."""

import asyncio
import contextlib
import random

import grpc
import pytest
from redeem.auth.v1 import requests_pb2 as auth_pb
from redeem.event.v1 import event_service_pb2_grpc
from redeem.event.v1 import requests_pb2 as pb
from redeem.event.v1.resources_pb2 import Counting, Event
from redeem.options.v1 import options_pb2
from redeemd.event import feed
from redeemd.store.sql import query
from support import postgres as pg
from support.clock import ManualClock
from support.events import told, unfinished_transaction, watching
from support.exchanges import make_exchanges
from support.keys import key_of
from support.limits import make_limits
from support.patience import WAIT_SECONDS
from support.service import refused, running
from support.writes_failing import fail_at_each_statement

COUNTED = options_pb2.EVENT_KIND_COUNTED
PLAYERS = [f"player-{number}" for number in range(8)]
DAY = 24 * 60 * 60


async def nobody_watches(service):
    """Wait until the server has forgotten all watchers."""
    async with asyncio.timeout(WAIT_SECONDS):
        while service.app.components.foundation.feed.watchers:  # noqa: ASYNC110 -- it has no event to wait for
            await asyncio.sleep(0.01)


async def count_by_transactions(exchanges, player, *, transactions, actions):
    """Count up for a player, some in transactions of several actions, some by calls."""
    for number in range(transactions):
        await exchanges.run(user_id=player, consume=[exchanges.up()] * (actions - 1))
        await exchanges.limits.up(user_id=player, counter="bought", limit="ever")
        if not number % 10:
            with refused("COUNTER_OVERFLOW"):
                await exchanges.run(user_id=player, consume=[exchanges.up(), exchanges.up(maxValue=1)])


async def resume_until(service, count, seed, **request):
    """Watch, cut off at random; go on behind the cursor of a random event of the last response. Return all events."""
    draw, cursor, seen = random.Random(seed), "", []
    while len(seen) < count:
        async with watching(service, cursor=cursor, start=pb.START_OLDEST, **request) as watcher:
            for _ in range(draw.randrange(4)):
                if len(watcher.events) + len(seen) < count:
                    await watcher.answer()
            kept = draw.randint(0, len(watcher.events))
            seen += watcher.events[:kept]
            cursor = seen[-1].cursor if seen else ""
    return seen


async def test_10_000_events_written_under_load_are_seen_once_and_in_order(service):
    """A watcher that is cut off and resumes at random while 8 players count: every count of each, in order."""
    exchanges = await make_exchanges(service)
    writers = [
        asyncio.create_task(count_by_transactions(exchanges, player, transactions=50, actions=25)) for player in PLAYERS
    ]
    request = {"namespace_names": [exchanges.limits.name], "kinds": [COUNTED]}
    seen = await asyncio.wait_for(resume_until(service, 10_000, 1, **request), 150)
    await asyncio.gather(*writers)
    for player in PLAYERS:
        assert [event.counting.count for event in seen if event.user_id == player] == list(range(1, 1251))
    async with watching(service, cursor=seen[-1].cursor, **request) as watcher:
        assert await watcher.is_quiet()


@pytest.fixture
async def on_postgres(tmp_path, postgres):  # noqa: ARG001 -- skips where there is none
    """A server of the test's own, on PostgreSQL."""
    async with running(tmp_path, **await pg.settings_for(tmp_path)) as service:
        yield service


async def test_a_transaction_that_commits_late_is_not_lost(on_postgres):
    """It began before others that commit before it: they are held back, then all are seen, in one order, once."""
    limits = await make_limits(on_postgres)
    async with watching(on_postgres, kinds=[COUNTED]) as watcher:
        async with unfinished_transaction(on_postgres) as connection:
            await limits.up()
            assert await watcher.is_quiet()
            late = "INSERT INTO event (kind, told_at, body) VALUES (4, 1, $1)"
            await connection.execute(late, Event(service="limit", counting=Counting()).SerializeToString())
            await limits.up()
            assert await watcher.is_quiet()
        events = await watcher.until(3)
    assert [event.counting.count for event in events] == [0, 1, 2]


async def test_replicas_see_the_events_of_each_other(on_postgres, tmp_path):
    """A watcher of one sees what the other commits; cursors of the one are good at the other."""
    settings = await pg.settings_for(tmp_path)
    async with running(tmp_path, **settings) as other:
        limits = await make_limits(other)
        async with watching(on_postgres, namespace_names=[limits.name]) as watcher:
            await limits.up()
            await watcher.until(1)
        await limits.up()
        async with watching(other, cursor=watcher.cursor, namespace_names=[limits.name]) as watcher:
            assert [event.counting.count for event in await watcher.until(1)] == [2]


async def test_a_watcher_begins_now_by_default(service):
    """A watcher without a cursor does not get earlier events."""
    limits = await make_limits(service)
    await limits.up()
    async with watching(service, namespace_names=[limits.name]) as watcher:
        await limits.up()
        assert [event.counting.count for event in await watcher.until(1)] == [2]


async def test_filters_leave_out_events_that_do_not_match(service):
    """By service, namespace and kind, alone and together."""
    one, other = await make_limits(service), await make_limits(service)
    world = await service.world()
    for limits in (one, other):
        await limits.up()
    await world.issue(1)
    names = [one.name, other.name, world.name]
    assert len(await told(service, 3, namespace_names=names)) == 3
    assert len(await told(service, 2, namespace_names=names, services=["limit"])) == 2
    assert len(await told(service, 1, namespace_names=[one.name])) == 1
    assert len(await told(service, 1, namespace_names=names, kinds=[options_pb2.EVENT_KIND_ISSUED])) == 1
    assert await told(service, 0, namespace_names=names, services=["limit"], kinds=[1]) == []


async def test_a_key_of_some_namespaces_sees_no_others(service):
    """It has to name them; for all there are, or for another one, it is refused."""
    one, other = await make_limits(service), await make_limits(service)
    for limits in (one, other):
        await limits.up()
    metadata = await key_of(service, "read", namespace_names=[one.name])
    assert len(await told(service, 1, metadata=metadata, namespace_names=[one.name])) == 1
    for names in ([], [other.name], [one.name, other.name]):
        with refused("NAMESPACE_NOT_ALLOWED"):
            await told(service, 0, metadata=metadata, namespace_names=names)


async def test_a_slow_watcher_whose_position_is_removed_is_refused(tmp_path):
    """Not only a new one: a stream does not skip events that it has not sent."""
    clock = ManualClock()
    async with running(tmp_path, clock=clock, event_retention_seconds=DAY) as service:
        await service.stop_housekeeping()  # nothing wakes the watcher but calls
        limits = await make_limits(service)
        async with watching(service) as watcher:
            await limits.up()
            await watcher.until(1)
            rows = "DELETE FROM event WHERE event_id <= (SELECT MAX(event_id) FROM event)"
            await service.store.run(lambda tx: tx.run(query("gap", rows)), write=True)
            await limits.up()
            with refused("CURSOR_EXPIRED"):
                await watcher.until(2)


async def test_more_watchers_than_the_server_takes_are_refused(own_service):
    """With RetryInfo; one that leaves makes room."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(feed.WATCHERS_MAX):
            await stack.enter_async_context(watching(own_service))
        with refused("TOO_MANY_WATCHERS") as refusal:
            await told(own_service, 0)
        assert refusal.retry
    await nobody_watches(own_service)
    assert await told(own_service, 0) == []


async def test_a_stop_ends_streams_as_such(tmp_path):
    """A watcher receives SERVER_STOPPING, and goes on behind its cursor when the server is back."""
    async with running(tmp_path) as service:
        limits = await make_limits(service)
        async with watching(service) as watcher:
            await limits.up()
            await watcher.until(1)
            stopping = asyncio.create_task(service.app.stop(grace_seconds=5))
            with refused("SERVER_STOPPING"):
                await watcher.until(2)
            await stopping
    async with running(tmp_path) as service:
        limits.service = service
        await limits.up()
        assert [event.counting.count for event in await told(service, 1, cursor=watcher.cursor)] == [2]


async def test_a_stream_ends_when_its_key_is_revoked(own_service):
    """It is looked at again whenever the watcher waited."""
    metadata = await key_of(own_service, "read")
    key_id = metadata[0][1].removeprefix("Bearer ").partition(".")[0]
    limits = await make_limits(own_service)
    async with watching(own_service, metadata=metadata) as watcher:
        await own_service.auth.RevokeKey(auth_pb.RevokeKeyRequest(key_id=key_id), metadata=own_service.admin)
        await limits.up()
        with refused("CREDENTIAL_INVALID"):
            await watcher.until(1)


async def test_a_quiet_watcher_gets_a_fresh_cursor(own_service, monkeypatch):
    """Responses without events arrive regularly; their cursor is behind the events that were skipped."""
    monkeypatch.setattr("redeemd.event.servicer.HEARTBEAT_SECONDS", 0.3)
    limits = await make_limits(own_service)
    async with watching(own_service, namespace_names=["quiet"]) as watcher:
        before = watcher.cursor
        await limits.up()
        answer = await watcher.answer()
    assert not answer.items
    assert answer.next_cursor != before


async def test_a_failure_at_any_statement_leaves_no_event_without_its_effect(own_service):
    """Nor an effect without its event: all tables are as before, the events too, and then one is reported."""
    await own_service.stop_housekeeping()
    world = await own_service.world()
    codes = await world.codes(2)
    await own_service.token("alice")
    before = await own_service.dump()

    async def use(code):
        return await world.as_player("Use", "alice", code=code)

    await fail_at_each_statement(own_service, lambda: use(codes[0]))
    after = await own_service.dump()
    assert len(after["event"]) == len(before["event"]) + 1
    assert len(after["serial_key"]) == len(before["serial_key"]) + 1


async def test_a_watcher_that_leaves_is_forgotten(own_service):
    """Its place is free again, whether it left by itself or the connection broke."""
    stub = event_service_pb2_grpc.EventServiceStub(own_service.channel)
    call = stub.WatchEvents(pb.WatchEventsRequest(), metadata=own_service.admin, timeout=0.5)
    with contextlib.suppress(grpc.aio.AioRpcError):
        async for _ in call:
            pass
    await nobody_watches(own_service)


async def test_a_use_and_its_event_are_one_statement_on_postgresql(on_postgres):
    """It needs one round trip to the database, and no transaction around it; so does counting up."""
    world, limits = await on_postgres.world(), await make_limits(on_postgres)
    [code] = await world.codes(1)
    await on_postgres.token("alice")
    await limits.up()  # the first one reads the limit
    statements = []
    for call in (world.as_player("Use", "alice", code=code), limits.up()):
        await call
        statements.append(on_postgres.faults.statements)
    assert statements == [1, 1]
    assert len(await told(on_postgres, 3, kinds=[COUNTED, options_pb2.EVENT_KIND_REDEEMED])) == 3
