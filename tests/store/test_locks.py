"""Names that bodies lock on PostgreSQL: together, in one order, with few connections waiting for them."""

import asyncio
import random

import pytest
from redeemd.store.base import Busy, WriteConflict
from redeemd.store.postgres import turns
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from store.conformance import GET, install, put
from support.patience import PATIENT, WAIT_SECONDS
from support.store_faults import until

NAMES = [f"name-{number}" for number in range(5)]
SET = query("set", "UPDATE thing SET number = :number WHERE name = :name")
DEADLOCKS = query("deadlocks", "SELECT deadlocks AS number FROM pg_stat_database WHERE datname = current_database()")


@pytest.fixture
async def stores(postgres_url):
    """Two replicas' stores with the tables of the conformance suite."""
    stores = [await PostgresStore.open(postgres_url, connections=4, times=PATIENT) for _ in range(2)]
    await install(stores[0])
    yield stores
    for store in stores:
        await store.close()


async def _add_one(tx, name):
    """Read, then write what was read and one more: right only while nobody else does."""
    number = (await tx.one(GET, name=name))["number"]
    await asyncio.sleep(0)
    await tx.run(SET, name=name, number=number + 1)


async def test_bodies_that_lock_one_name_after_the_other_do_not_wait_for_each_other(stores):
    """Each locks three names in an order of its own, between its statements; all are done, and nothing is lost."""
    draw = random.Random(1)
    for name in NAMES:
        await put(stores[0], name)
    added = dict.fromkeys(NAMES, 0)

    def body_of(order):
        async def body(tx):
            for name in order:
                await tx.lock(name)
                await _add_one(tx, name)

        return body

    orders = [draw.sample(NAMES, 3) for _ in range(100)]
    for order in orders:
        for name in order:
            added[name] += 1
    runs = (stores[number % 2].run(body_of(order), write=True) for number, order in enumerate(orders))
    await asyncio.wait_for(asyncio.gather(*runs), WAIT_SECONDS)

    async def all_numbers(tx):
        return {name: (await tx.one(GET, name=name))["number"] for name in NAMES}

    assert await stores[0].run(all_numbers, write=False) == added

    async def no_deadlock(tx):
        return (await tx.one(DEADLOCKS))["number"]

    assert await stores[0].run(no_deadlock, write=False) == 0


async def test_runs_that_wait_for_a_name_leave_connections_to_others(stores):
    """However many lock it, in the queue from the beginning or by what they find out: another run is served."""
    store = stores[0]
    locked, over = asyncio.Event(), asyncio.Event()

    async def holding(tx):
        await tx.lock("hot")
        locked.set()
        await over.wait()

    async def locking(tx):
        await tx.lock("hot")

    holder = asyncio.create_task(store.run(holding, write=True))
    await locked.wait()
    known = [asyncio.create_task(store.run(locking, write=True, queue=["hot"])) for _ in range(20)]
    found_out = [asyncio.create_task(store.run(locking, write=True)) for _ in range(20)]
    async with asyncio.timeout(WAIT_SECONDS):
        await asyncio.gather(*(put(store, f"other-{number}") for number in range(20)))
        assert store.waiting == 0
        over.set()
        await asyncio.gather(holder, *known, *found_out)


async def test_a_run_that_waits_too_long_for_a_name_is_refused(stores, monkeypatch):
    """Busy, with nothing done and no connection kept."""
    monkeypatch.setattr(stores[0], "_turns", turns.Turns(at_once=1, seconds=0.05))
    began, over = asyncio.Event(), asyncio.Event()

    async def holding(_tx):
        began.set()
        await over.wait()

    holder = asyncio.create_task(stores[0].run(holding, write=True, queue=["hot"]))
    await began.wait()
    with pytest.raises(Busy):
        await stores[0].run(lambda tx: tx.run(SET, name="hot", number=1), write=True, queue=["hot"])
    over.set()
    await holder


async def test_runs_that_wait_for_a_busy_name_do_not_delay_runs_of_their_other_names(stores):
    """They hold no turn at the other name: a run that needs only that one is done while they wait."""
    store = stores[0]
    everybody_in, over = asyncio.Barrier(turns.AT_ONCE + 1), asyncio.Event()

    async def holding(_tx):
        await everybody_in.wait()
        await over.wait()

    async def nothing(_tx):
        pass

    holders = [asyncio.create_task(store.run(holding, write=True, queue=["busy"])) for _ in range(turns.AT_ONCE)]
    await everybody_in.wait()
    both = [asyncio.create_task(store.run(nothing, write=True, queue=["alice", "busy"])) for _ in range(5)]
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await store.run(nothing, write=True, queue=["alice"])
        assert not any(task.done() for task in both)
    finally:
        over.set()
    await asyncio.gather(*holders, *both)


async def test_a_run_whose_caller_left_leaves_its_place_in_the_queue(stores, monkeypatch):
    """At once, while the runs before it are still under way: the place is another run's."""
    monkeypatch.setattr(stores[0], "_turns", turns.Turns(at_once=1, waiting_max=1))
    began, over = asyncio.Event(), asyncio.Event()

    async def holding(_tx):
        began.set()
        await over.wait()

    async def nothing(_tx):
        pass

    holder = asyncio.create_task(stores[0].run(holding, write=True, queue=["hot"]))
    await began.wait()
    for _ in range(3):
        leaving = asyncio.create_task(stores[0].run(nothing, write=True, queue=["hot"]))
        await asyncio.sleep(0.01)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        await asyncio.sleep(0.01)
    staying = asyncio.create_task(stores[0].run(nothing, write=True, queue=["hot"]))
    await asyncio.sleep(0.01)
    try:
        assert not staying.done()
    finally:
        over.set()
    await asyncio.gather(holder, staying)


async def test_a_run_whose_caller_left_while_it_waited_takes_no_connection(stores):
    """It gives its turn to the next."""
    began, over = asyncio.Event(), asyncio.Event()
    done = []

    async def holding(_tx):
        began.set()
        await over.wait()

    async def noting(_tx):
        done.append("ran")

    holders = [asyncio.create_task(stores[0].run(holding, write=True, queue=["hot"])) for _ in range(turns.AT_ONCE)]
    await began.wait()
    waiting = asyncio.create_task(stores[0].run(noting, write=True, queue=["hot"]))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    over.set()
    await asyncio.gather(*holders)
    await stores[0].run(noting, write=True, queue=["hot"])
    assert done == ["ran"]


async def test_a_body_that_locks_something_else_each_time_ends(stores):
    """It is not run for ever: WriteConflict, with nothing changed."""
    await put(stores[0], "a")
    ran = []

    async def body(tx):
        ran.append(None)
        await tx.run(SET, name="a", number=77)
        await tx.lock(f"name-{len(ran)}")

    with pytest.raises(WriteConflict):
        await stores[0].run(body, write=True)
    assert (await stores[0].run(lambda tx: tx.one(GET, name="a"), write=False))["number"] == 0


async def test_a_body_sees_one_version_of_what_it_pins(stores):
    """Where it came across two, it runs again and holds off who replaces it."""
    store, other = stores
    await put(store, "a")
    replaced = asyncio.Event()
    seen = []

    async def replacing(tx):
        await tx.lock("master")
        await tx.run(SET, name="a", number=2)

    async def reading(tx):
        versions = []
        for _ in range(2):
            versions.append((await tx.one(GET, name="a"))["number"])
            tx.pin("master", versions[-1])
            if not replaced.is_set():
                await other.run(replacing, write=True)
                replaced.set()
        seen.append(versions)

    await asyncio.wait_for(store.run(reading, write=True), WAIT_SECONDS)
    assert seen == [[2, 2]]


async def test_a_name_that_is_pinned_twice_alike_is_not_locked(stores):
    """Nobody who replaces it waits for bodies that only read it."""
    await put(stores[0], "a")
    pinned, over = asyncio.Event(), asyncio.Event()

    async def reading(tx):
        for _ in range(2):
            tx.pin("master", 1)
        pinned.set()
        await over.wait()

    async def replacing(tx):
        await tx.lock("master")

    task = asyncio.create_task(stores[0].run(reading, write=True))
    await pinned.wait()
    await asyncio.wait_for(stores[1].run(replacing, write=True), WAIT_SECONDS)
    over.set()
    await task
    await until(lambda: stores[0].waiting == 0)
