"""How a body ends when its PostgreSQL session ends in the middle of a transaction."""

import asyncio

import pytest
from redeemd.store.base import StoreError, Unavailable
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from support.patience import PATIENT
from support.postgres import database_of

_ONE = query("one", "SELECT 1 AS one")


@pytest.fixture
async def store(postgres_url):
    """A store on a database of its own."""
    store = await PostgresStore.open(postgres_url, connections=2, times=PATIENT)
    yield store
    await store.close()


@pytest.mark.parametrize("write", [True, False])
async def test_a_session_that_ends_between_two_statements_is_unavailable(store, postgres, postgres_url, write):
    """The body is refused with Unavailable, also when the connection is gone before its next statement."""

    async def body(tx):
        await tx.one(_ONE)
        await asyncio.to_thread(postgres.end_sessions, database_of(postgres_url))
        await asyncio.sleep(0.1)
        await tx.one(_ONE)

    with pytest.raises(Unavailable):
        await store.run(body, write=write)
    assert (await store.run(lambda tx: tx.one(_ONE), write=write))["one"] == 1


async def test_a_session_that_ends_before_the_commit_is_a_refusal_of_the_store(store, postgres, postgres_url):
    """The caller learns that the store failed, not of a defect; the store goes on."""

    async def body(tx):
        await tx.one(_ONE)
        await asyncio.to_thread(postgres.end_sessions, database_of(postgres_url))
        await asyncio.sleep(0.1)

    with pytest.raises(StoreError):
        await store.run(body, write=True)
    assert (await store.run(lambda tx: tx.one(_ONE), write=True))["one"] == 1
