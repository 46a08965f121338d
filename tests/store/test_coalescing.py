"""Statements of different callers that run as one on PostgreSQL: each caller gets its own outcome."""

import asyncio

import asyncpg
import pytest
from redeemd.store.base import CommitUnknown, Listener, Unavailable
from redeemd.store.postgres.coalescing import CoalescingStore
from redeemd.store.postgres.store import PostgresStore
from store.conformance import PUT, install
from store.things import QUERIES, held, left, spend, spend_all, waiting_for_lock
from support.store_faults import Heard
from support.way import Way, through


@pytest.fixture
def heard():
    """The reports of the store."""
    return Heard()


@pytest.fixture
def faults():
    """The errors of batches that the store reports."""
    return []


@pytest.fixture
async def way(postgres):
    """A way to the server that all tests share, which can be lost."""
    async with Way.to(postgres.port) as way:
        yield way


@pytest.fixture
async def store(postgres_url, way, heard, faults):
    """A store with the things t0 to t19, of which t5 has 105 and so on."""
    postgres = await PostgresStore.open(
        through(way, postgres_url), connections=10, listener=Listener(batch=heard.batch)
    )
    store = CoalescingStore(postgres, Listener(fault=faults.append))
    await install(store)

    async def fill(tx):
        await tx.many(PUT, [{"name": f"t{n}", "number": 100 + n} for n in range(20)])

    await store.run(fill, write=True)
    heard.sizes.clear()
    yield store
    await store.close()


@pytest.fixture
async def other(postgres_url):
    """Another store on the same database, by another way."""
    store = await PostgresStore.open(postgres_url, connections=4)
    yield store
    await store.close()


async def test_each_caller_gets_its_own_row(store, heard):
    """Of twenty that arrive together, in no order, by one statement."""
    order = [7, 3, 19, 0, 11, *(n for n in range(20) if n not in {7, 3, 19, 0, 11})]
    assert await spend_all(store, *((f"t{n}", 1) for n in order)) == [99 + n for n in order]
    assert heard.sizes == [20]
    assert await left(store) == list(range(99, 119))


async def test_one_that_changes_nothing_gets_no_row(store, heard):
    """In the middle of others that do."""
    assert await spend_all(store, ("t0", 1), ("t1", 500), ("none", 1), ("t3", 1)) == [99, None, None, 102]
    assert heard.sizes == [4]


async def test_a_caller_alone_waits_for_nobody(store, heard):
    """It runs the statement by itself."""
    assert await spend_all(store, ("t0", 1)) == [99]
    assert heard.sizes == [1]


async def test_the_same_thing_twice_is_never_in_one_set(store, heard):
    """Each sees what the one before left, in one transaction of several sets."""
    found = await spend_all(store, ("t0", 60), ("t0", 40), ("t1", 1), ("t0", 1), ("t2", 1))
    assert found == [40, 0, 100, None, 101]
    assert heard.sizes == [5]


async def test_a_thing_that_everybody_wants_is_not_all_that_is_done(store, heard):
    """A batch takes a few of its callers, and in the order of their arrival."""
    found = await spend_all(store, *[("t0", 1)] * 40, ("t1", 1))
    assert found == [*range(99, 59, -1), 100]
    assert heard.sizes == [17, 16, 8]


async def test_a_failure_in_a_later_set_undoes_the_earlier_ones(store):
    """All run again one by one."""
    found = await spend_all(store, ("t0", 1), ("t1", 1), ("t0", 13), ("t0", 1))
    assert isinstance(found.pop(2), asyncpg.DivisionByZeroError)
    assert (sorted([found[0], found[2]]), found[1]) == ([98, 99], 100)
    assert await left(store, 2) == [98, 100]


async def test_an_element_that_fails_fails_alone(store, faults):
    """The set is rolled back and its error reported, and all run one by one: each exactly once."""
    found = await spend_all(store, ("t0", 1), ("t1", 13), ("t2", 1))
    assert isinstance(found.pop(1), asyncpg.DivisionByZeroError)
    assert found == [99, 101]
    assert await left(store, 3) == [99, 101, 101]
    assert [type(error) for error in faults] == [asyncpg.DivisionByZeroError]


async def test_an_argument_that_cannot_be_sent_fails_alone(store):
    """The driver refuses it before the database sees the set."""
    found = await spend_all(store, ("t0", 1), ("t1", 2**80), ("t2", 1))
    assert isinstance(found.pop(1), asyncpg.DataError)
    assert found == [99, 101]


async def test_a_lost_connection_leaves_the_outcome_of_each_unknown(store, other, way, heard):
    """The statement may have committed."""
    async with held(other, "t0"):
        spending = asyncio.create_task(spend_all(store, *((f"t{n}", 1) for n in range(5))))
        await waiting_for_lock(other)
        way.cut()
        found = await spending
    assert [type(error) for error in found] == [CommitUnknown] * 5
    assert len({id(error) for error in found}) == 5
    assert heard.sizes[0] == 5


async def test_a_database_that_is_gone_is_unavailable_to_each(store, way):
    """Nothing was changed."""
    way.target = 1
    way.cut()
    found = await spend_all(store, ("t0", 1), ("t1", 1))
    assert all(isinstance(error, Unavailable | CommitUnknown) for error in found)


async def test_a_caller_that_leaves_before_its_set_begins_is_left_out(store):
    """The others are done."""
    tasks = [asyncio.create_task(spend(store, f"t{n}")) for n in range(3)]
    await asyncio.sleep(0)  # the tasks have begun; their set has not
    tasks[1].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found[1], asyncio.CancelledError)
    assert await left(store, 3) == [99, 101, 101]


async def test_a_caller_that_leaves_later_cancels_nobody(store, other):
    """Its own element is done as well."""
    async with held(other, "t0"):
        tasks = [asyncio.create_task(spend(store, f"t{n}")) for n in range(3)]
        await waiting_for_lock(other)
        tasks[1].cancel()
        await asyncio.gather(tasks[1], return_exceptions=True)
    assert await asyncio.gather(tasks[0], tasks[2]) == [99, 101]
    assert await left(store, 3) == [99, 100, 101]


async def test_sets_that_wait_for_a_lock_hold_up_no_others(store, other):
    """They lose their places after a while."""
    async with held(other, "t0"), held(other, "t1"):
        blocked = [asyncio.create_task(spend(store, "t0"))]
        await waiting_for_lock(other)
        blocked.append(asyncio.create_task(spend(store, "t1")))
        await waiting_for_lock(other, 2)
        assert await spend_all(store, ("t2", 1), ("t3", 1)) == [101, 102]
        assert not any(task.done() for task in blocked)
    assert await asyncio.gather(*blocked) == [99, 100]


async def test_sets_of_replicas_do_not_deadlock(store, other, heard):
    """They lock in the same order, whatever the order of arrival: no set is the victim of another and runs again."""

    async def earn_all(replica, *things):
        earn = [lambda tx, name=name: tx.one(QUERIES.earn, name=name, by=1) for name in things]
        return await asyncio.gather(*(replica.run(body, write=True, autocommit=True) for body in earn))

    replica = CoalescingStore(other)
    async with held(other, "t1"):
        first = asyncio.create_task(earn_all(store, "t0", "t1", "t2"))
        await waiting_for_lock(other)
        second = asyncio.create_task(earn_all(replica, "t2", "t1", "t0"))
        await waiting_for_lock(other, 2)
    assert [row["number"] for row in await first] == [101, 102, 103]
    assert [row["number"] for row in await second] == [104, 103, 102]
    assert heard.sizes == [3]


async def test_a_body_may_have_several_statements(store, heard):
    """Each is run together with those that wait for the same query."""

    async def body(tx, name):
        before = await tx.one(QUERIES.amount, name=name)
        await tx.one(QUERIES.spend, name=name, by=before["number"])
        return (await tx.one(QUERIES.amount, name=name))["number"]

    bodies = [store.run(lambda tx, n=n: body(tx, f"t{n}"), write=True, autocommit=True) for n in range(4)]
    assert await asyncio.gather(*bodies) == [0] * 4
    assert heard.sizes == [4]


async def test_a_reading_run_cannot_write(store):
    """Not even together with others that may."""
    runs = [spend(store, "t0"), spend(store, "t1")]
    reading = store.run(lambda tx: tx.one(QUERIES.spend, name="t2", by=1), write=False, autocommit=True)
    *found, refused = await asyncio.gather(*runs, reading, return_exceptions=True)
    assert (found, type(refused)) == ([99, 100], RuntimeError)


async def test_closing_finishes_what_waits(store):
    """And refuses what comes later."""
    spending = [asyncio.create_task(spend(store, "t0")) for _ in range(5)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*spending) == [99, 98, 97, 96, 95]
    with pytest.raises(Unavailable):
        await spend(store, "t0")
