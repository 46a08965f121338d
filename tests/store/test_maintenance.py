"""Housekeeping: deleted namespaces are purged in small steps, old idempotency keys are forgotten."""

import asyncio
import time

import pytest
from redeemd.app.maintenance import Maintenance, purge_replies
from redeemd.app.purging import PURGE_MS, NamespacePurge
from redeemd.base.telemetry import Telemetry
from redeemd.base.wake import Wake
from redeemd.resources.common import COMMON_TABLES
from redeemd.serialkey.definition import DEFINITION
from redeemd.store.base import STEP_ROWS
from redeemd.store.sql import query
from support.console import IMPORT_OF_CONSOLE
from support.guesses import attack
from support.patience import WAIT_SECONDS
from support.service import ON_POSTGRES, refused
from support.world import World

DAY_SECONDS = 24 * 60 * 60
TABLES = {**DEFINITION.tables, **COMMON_TABLES}
# Campaigns with limits, whose name is a code in any case, and with a format.
MODELS = {
    "Welcome": {"enableCampaignCode": True, "ignoreCase": True, "usesTotal": 9},
    "digits": {"codeFormat": {"alphabet": "digits", "length": 16, "grouping": [4, 4, 4, 4]}},
}
FILL = query(
    "fill",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
    "INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, updated_at, revision) "
    "SELECT :namespace_id, 1, 1000000 + i, 1, 1, 1 FROM n",
)
KEYS = query("keys", "SELECT scope FROM idempotency")
NUMBER = query("number", "SELECT namespace_id FROM namespace WHERE name = :name")


class Watched:
    """Passes statements on and adds up the rows they wrote, for each body that wrote any."""

    def __init__(self, store):
        self._store = store
        self.written = 0
        self.steps = []

    async def run(self, body, *, write, autocommit=False, grouped=False, queue=()):
        """See Store."""

        async def counting(tx):
            self.written = 0
            return await body(_Counting(tx, self))

        answer = await self._store.run(counting, write=write, autocommit=autocommit, grouped=grouped, queue=queue)
        if self.written:
            self.steps.append(self.written)
        return answer


class _Counting:
    def __init__(self, tx, watched):
        self._tx, self._watched = tx, watched
        self.one, self.all, self.lock = tx.one, tx.all, tx.lock

    async def run(self, text, **parameters):
        count = await self._tx.run(text, **parameters)
        self._watched.written += count
        return count


@pytest.fixture
def watched(own_service):
    """The store, with the rows of each body counted."""
    return Watched(own_service.store)


@pytest.fixture
async def maintenance(own_service, watched):
    """Housekeeping that only works on demand; the server's own is ended."""
    await own_service.stop_housekeeping()
    clock = own_service.clock
    chores = [purge_replies(watched, clock), NamespacePurge(watched, clock, TABLES).step]
    return Maintenance(chores, Telemetry(), Wake())


async def number_of(service, name):
    """Return the number of a namespace."""
    return (await service.store.run(lambda tx: tx.one(NUMBER, name=name), write=False))["namespace_id"]


async def filled(service, *, rows):
    """Make a namespace with something in every table, used codes among it, and some rows of used codes on top."""
    world = await service.world()
    await world.put_models(spring={}, **MODELS)
    await world.bring(["SUMMER-1"])
    prepared = await world.call("PreUpdateCurrentCampaignMaster")
    await service.http("PUT", prepared.upload_url, data=b"{}")
    await world.call("CreateCampaignModelMaster", name="draft")
    for code in await world.codes(3):
        await world.as_player("Use", "alice", code=code)
    await attack(world)  # housekeeping adds up what is counted until then
    await world.as_player("Use", "alice", code="welcome")
    number = await number_of(service, world.name)
    await service.store.run(lambda tx: tx.run(FILL, namespace_id=number, count=rows), write=True)
    await service.store.run(lambda tx: tx.run(IMPORT_OF_CONSOLE, namespace_id=number, sealed=b""), write=True)
    return world, number


def of_namespace(dump, number):
    """Return how many rows each table keyed by namespace has of one."""
    return {table: sum(row.startswith((f"({number}, ", f"({number},)")) for row in dump[table]) for table in TABLES}


async def test_a_deleted_namespace_is_purged_in_steps(own_service, watched, maintenance):
    """Each step writes at most STEP_ROWS rows; in the end nothing is left, later not even its note."""
    world, number = await filled(own_service, rows=2 * STEP_ROWS + 50)
    empty = {table for table, rows in of_namespace(await own_service.dump(), number).items() if not rows}
    # Added to the totals; written by an import, and counted after a migration.
    assert empty == {"tally_delta", "imported_state", "batch_curve_pending"}
    await world.call("DeleteNamespace")
    while await maintenance.step():
        pass
    assert max(watched.steps) == STEP_ROWS
    assert len(watched.steps) > 3
    dump = await own_service.dump()
    assert not any(of_namespace(dump, number).values())
    assert dump["namespace"] == []
    own_service.clock.advance(seconds=PURGE_MS // 1000)
    while await maintenance.step():
        pass
    assert (await own_service.dump())["deleted_namespace"] == []


async def test_what_is_written_late_into_a_deleted_namespace_is_purged_too(own_service, maintenance):
    """A transaction of PostgreSQL that began before the deletion may end after the purge."""
    late, number = await filled(own_service, rows=0)
    kept, _ = await filled(own_service, rows=0)
    await late.call("DeleteNamespace")
    await kept.call("DeleteNamespace")
    while await maintenance.step():
        pass
    await own_service.store.run(lambda tx: tx.run(FILL, namespace_id=number, count=5), write=True)
    assert any(of_namespace(await own_service.dump(), number).values())
    while await maintenance.step():
        pass
    assert not any(of_namespace(await own_service.dump(), number).values())


async def test_a_purge_touches_no_other_namespace(own_service, maintenance):
    """The rows of one that lives are the same before and after; its used codes stay used."""
    doomed, _ = await filled(own_service, rows=10)
    kept, number = await filled(own_service, rows=STEP_ROWS + 50)
    (code,) = await kept.codes()
    before = await own_service.dump()
    await doomed.call("DeleteNamespace")
    while await maintenance.step():
        pass
    after = await own_service.dump()
    for table in TABLES:
        assert after[table] == [row for row in before[table] if row.startswith((f"({number}, ", f"({number},)"))]
    await kept.as_player("Use", "alice", code=code)


async def test_a_namespace_made_again_is_another_one_also_during_the_purge(own_service, maintenance):
    """The number is never given again and old codes are unknown; what the new one holds survives the purge."""
    world, number = await filled(own_service, rows=STEP_ROWS + 50)
    (old,) = await world.codes()
    await world.call("DeleteNamespace")
    assert await maintenance.step()
    await own_service.call("CreateNamespace", name=world.name)
    again = World(own_service, world.name)
    await again.put_in_force("spring")
    (new,) = await again.codes()
    while await maintenance.step():
        pass
    assert await number_of(own_service, world.name) > number
    assert (await again.as_player("Use", "alice", code=new)).item.status == 2
    with refused("CODE_NOT_FOUND"):
        await again.as_player("Use", "alice", code=old)


async def test_the_number_of_the_last_namespace_is_not_given_again_after_its_purge(own_service, maintenance):
    """Even when no row is left that has the greatest number."""
    world, number = await filled(own_service, rows=0)
    await world.call("DeleteNamespace")
    while await maintenance.step():
        pass
    again = await own_service.world()
    assert await number_of(own_service, again.name) > number


async def test_idempotency_keys_are_forgotten_after_24_hours(own_service, maintenance):
    """A younger one is kept and still serves repeats of its call; one of 24 hours is gone."""
    world = await own_service.world()
    (first, second) = await world.codes(2)
    await world.as_player("Use", "alice", code=first, headers=[("idempotency-key", "first")])
    own_service.clock.advance(seconds=60)
    answer = await world.call("UseByUserId", user_id="alice", code=second, headers=[("idempotency-key", "second")])
    own_service.clock.advance(seconds=DAY_SECONDS - 61)
    assert not await maintenance.step()
    own_service.clock.advance(seconds=1)
    assert await maintenance.step()
    assert not await maintenance.step()
    assert len(await own_service.store.run(lambda tx: tx.all(KEYS), write=False)) == 1
    again = await world.call("UseByUserId", user_id="alice", code=second, headers=[("idempotency-key", "second")])
    assert again == answer


async def test_idempotency_keys_are_forgotten_in_steps(own_service, watched, maintenance):
    """At most STEP_ROWS at a time, before anything is purged."""
    keep = query("keep", "INSERT INTO idempotency (scope, arguments, created_at) VALUES (:scope, :scope, 1)")
    rows = [{"scope": str(number).encode()} for number in range(STEP_ROWS + 20)]
    await own_service.store.run(lambda tx: tx.many(keep, rows), write=True)
    while await maintenance.step():
        pass
    assert watched.steps == [STEP_ROWS, 20]


class Chore:
    """A chore that has something to do a number of times."""

    def __init__(self, times, *, seconds=0.0):
        self.left, self.seconds = times, seconds
        self.began, self.ended = [], []
        self.done = asyncio.Event()

    async def step(self):
        """Do a step."""
        self.began.append(time.monotonic())
        await asyncio.sleep(self.seconds)
        self.left -= 1
        self.ended.append(time.monotonic())
        if self.left < 0:
            self.done.set()
        return self.left >= 0


async def until_done(*chores):
    """Run chores until the first has nothing to do."""
    running = asyncio.create_task(Maintenance([chore.step for chore in chores], Telemetry(), Wake()).run())
    await asyncio.wait_for(chores[0].done.wait(), WAIT_SECONDS)
    running.cancel()


async def test_housekeeping_pauses_for_as_long_as_it_worked():
    """Of any time in which it has something to do, half is left to calls."""
    chore = Chore(3, seconds=0.02)
    await until_done(chore)
    for began, ended, following in zip(chore.began[:3], chore.ended, chore.began[1:], strict=False):
        assert following - ended > ended - began - 0.005  # uvloop counts milliseconds


async def test_a_chore_goes_on_without_looking_at_the_others_each_time():
    """Each look is a transaction, and may have to wait for the writer."""
    busy, idle = Chore(200), Chore(0)
    await until_done(busy, idle)
    assert len(idle.began) < len(busy.began) / 4


async def test_a_search_for_deleted_namespaces_does_not_use_the_writer(own_service):
    """Neither when there are none, nor when nothing is left of one."""
    await own_service.stop_housekeeping()
    writing = []

    class Recording:
        async def run(self, body, *, write):
            writing.append(write)
            return await own_service.store.run(body, write=write)

    purge = NamespacePurge(Recording(), own_service.clock, TABLES)
    assert not await purge.step()
    world = await own_service.world()
    await world.call("DeleteNamespace")
    while await purge.step():
        pass
    writing.clear()
    assert not await purge.step()
    assert writing == [False]


@pytest.mark.skipif(ON_POSTGRES, reason="PostgreSQL's autovacuum does this")
async def test_the_space_of_a_purged_namespace_is_used_again(own_service, maintenance):
    """The file does not shrink, and does not grow when as many rows come again."""

    async def pages():
        count = query("pages", "PRAGMA page_count")
        return (await own_service.store.run(lambda tx: tx.one(count), write=True))["page_count"]

    world, _ = await filled(own_service, rows=3000)
    await world.call("DeleteNamespace")
    while await maintenance.step():
        pass
    before = await pages()
    await filled(own_service, rows=3000)
    assert await pages() < before + 10
