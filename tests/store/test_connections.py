"""Connections of a PostgreSQL store: how many there are, and who waits for one."""

import asyncio

import pytest
from redeemd.store.base import Listener, Saturated
from redeemd.store.postgres.connections import most_for_writing
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.postgres.times import Times
from redeemd.store.sql import query
from store.conformance import PUT, install, names
from support.patience import PATIENT, WAIT_SECONDS
from support.store_faults import until

SLEEP = query("sleep", "SELECT 1 AS slept FROM pg_sleep(:seconds)")
ME = query("me", "SELECT pg_backend_pid() AS pid")


@pytest.fixture
def store(postgres_store):
    """A store on PostgreSQL."""
    return postgres_store


async def test_there_are_no_more_connections_than_allowed(store):
    """20 at once share 4 connections; all succeed."""
    inside, most = 0, 0

    async def body(tx):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await tx.one(SLEEP, seconds=0.02)
        inside -= 1

    await asyncio.gather(*(store.run(body, write=number % 2 == 0) for number in range(20)))
    assert most == 4


@pytest.mark.parametrize(("connections", "writing"), [(1, 1), (2, 1), (4, 3), (10, 8)])
async def test_writing_runs_leave_connections_to_reads(postgres_url, connections, writing):
    """However many want to write, they hold their part of the connections; with more than one, a read is served."""
    store = await PostgresStore.open(postgres_url, connections=connections, times=PATIENT)
    began, over = [], asyncio.Event()

    async def body(_tx):
        began.append(1)
        await over.wait()

    writes = [asyncio.create_task(store.run(body, write=True)) for _ in range(2 * connections)]
    try:
        await until(lambda: len(began) == writing)
        async with asyncio.timeout(WAIT_SECONDS):
            if connections > 1:
                assert (await store.run(lambda tx: tx.one(ME), write=False))["pid"]
        assert (most_for_writing(connections), len(began)) == (writing, writing)
        over.set()
        await asyncio.gather(*writes)
    finally:
        over.set()
        await store.close()


async def test_a_caller_who_leaves_does_not_wait_for_a_connection(store):
    """Its run leaves the queue at once, while all connections are still in use."""
    began, over = [], asyncio.Event()

    async def body(_tx):
        began.append(1)
        await over.wait()

    holding = [asyncio.create_task(store.run(body, write=False)) for _ in range(4)]
    await until(lambda: len(began) == 4)
    leaving = [asyncio.create_task(store.run(body, write=write)) for write in (True, False)]
    await until(lambda: store.waiting == 2)
    for call in leaving:
        call.cancel()
    try:
        await until(lambda: store.waiting == 0)
        assert not any(call.done() for call in holding)
    finally:
        over.set()
    await asyncio.gather(*holding)
    assert len(began) == 4


@pytest.mark.parametrize("write", [True, False])
async def test_who_waits_too_long_for_a_connection_is_refused(postgres_url, write):
    """As saturated, with nothing done. The database is there: no fault is reported, and its health does not change."""
    faults = []
    everybody_in, over, heard = asyncio.Barrier(5), asyncio.Event(), []
    listener = Listener(fault=faults.append, health=heard.append)
    store = await PostgresStore.open(postgres_url, connections=4, times=Times(free=0.05), listener=listener)

    async def body(_tx):
        await everybody_in.wait()
        await over.wait()

    try:
        await install(store)
        busy = [asyncio.create_task(store.run(body, write=False)) for _ in range(4)]
        await everybody_in.wait()
        with pytest.raises(Saturated):
            await store.run(lambda tx: tx.run(PUT, name="late", number=1), write=write)
        over.set()
        await asyncio.gather(*busy)
        assert await names(store) == []
    finally:
        over.set()
        await store.close()
    assert (heard, faults) == ([], [])
