"""Events of a database that pg_dump and pg_restore brought into another PostgreSQL cluster.

The clusters number their transactions by themselves, so the events name transactions that are yet to come.
"""

import asyncio
import itertools

import pytest
from redeem.options.v1 import options_pb2
from support import postgres as pg
from support.events import told
from support.limits import make_limits
from support.service import refused, running

COUNTED = options_pb2.EVENT_KIND_COUNTED
KINDS = {"kinds": [COUNTED]}
BEFORE = 20  # events before the dump


def _counts(events):
    return [event.counting.count for event in events]


async def _count(limits, times):
    for _ in range(times):
        await limits.up()


_numbers = itertools.count(1)


def _restore(cluster, dump):
    """Restore a dump into a new database; return where it is. Its events are of transactions that are yet to come."""
    name = f"restored-{next(_numbers)}"
    url = cluster.restore(dump, name)
    future = "SELECT count(*) FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())"
    assert int(cluster.sql(future, database=name)) >= BEFORE
    return url


@pytest.fixture(scope="module")
def cluster(postgres):  # noqa: ARG001 -- skips where there is none
    """Another PostgreSQL cluster. Tests have the one that they dump begin more transactions than it did."""
    with pg.postgres() as server:
        yield server


@pytest.fixture
async def dumped(tmp_path, postgres, cluster):
    """Limits, the cursor behind their events, the settings of their server without a database, and its dump."""
    settings = await pg.settings_for(tmp_path)
    await asyncio.to_thread(postgres.get_ahead_of, cluster)
    async with running(tmp_path, **settings) as service:
        limits = await make_limits(service)
        await _count(limits, BEFORE)
        cursor = (await told(service, BEFORE, **KINDS))[-1].cursor
    dump = await asyncio.to_thread(postgres.dump, pg.database_of(settings.pop("database")))
    return limits, cursor, settings, dump


async def test_all_events_are_there_in_their_order_before_the_new_ones(tmp_path, dumped, cluster):
    """Events from before the dump are sent first, then later ones; each is sent once, by any replica."""
    limits, _, settings, dump = dumped
    settings["database"] = await asyncio.to_thread(_restore, cluster, dump)
    async with running(tmp_path, **settings) as one, running(tmp_path, **settings) as other:
        for service in (one, other, one):
            limits.service = service
            await limits.up()
        for service in (one, other):
            assert _counts(await told(service, BEFORE + 3, **KINDS)) == list(range(1, BEFORE + 4))


async def test_a_cursor_from_before_the_dump_is_refused_and_one_from_after_it_is_good(tmp_path, dumped, cluster):
    """Watchers of the old cluster learn of it. What was renumbered is not renumbered when a server starts again."""
    limits, cursor, settings, dump = dumped
    settings["database"] = await asyncio.to_thread(_restore, cluster, dump)
    async with running(tmp_path, **settings) as service:
        with refused("CURSOR_EXPIRED"):
            await told(service, 0, cursor=cursor, **KINDS)
        events = await told(service, BEFORE, **KINDS)
    async with running(tmp_path, **settings) as limits.service:
        await limits.up()
        resumed = await told(limits.service, 11, cursor=events[-11].cursor, **KINDS)
        assert _counts(resumed) == list(range(BEFORE - 9, BEFORE + 2))


async def test_a_dump_of_a_restored_database_can_be_restored(tmp_path, dumped, cluster, postgres):
    """Renumbered events and those of the second cluster keep their order in a third."""
    limits, _, settings, dump = dumped
    settings["database"] = await asyncio.to_thread(_restore, cluster, dump)
    async with running(tmp_path, **settings) as limits.service:
        await asyncio.to_thread(cluster.get_ahead_of, postgres)
        await _count(limits, BEFORE)
    again = await asyncio.to_thread(cluster.dump, pg.database_of(settings["database"]))
    settings["database"] = await asyncio.to_thread(_restore, postgres, again)
    async with running(tmp_path, **settings) as limits.service:
        await limits.up()
        assert _counts(await told(limits.service, 2 * BEFORE + 1, **KINDS)) == list(range(1, 2 * BEFORE + 2))


async def test_a_database_that_is_restored_under_a_server_is_renumbered(tmp_path, dumped, cluster):
    """A server that goes on with the rows of another cluster finds out by itself, without being started again."""
    limits, _, settings, dump = dumped
    settings["database"] = await asyncio.to_thread(_restore, cluster, dump)
    database = pg.database_of(settings["database"])
    async with running(tmp_path, **settings) as limits.service:
        future = "(pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000 * event_id)::text::xid8"
        await asyncio.to_thread(cluster.sql, f"UPDATE event SET xid = {future}", database=database)
        await limits.service.maintenance.step()
        await limits.up()
        assert _counts(await told(limits.service, BEFORE + 1, **KINDS)) == list(range(1, BEFORE + 2))
