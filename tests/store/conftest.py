"""Fixtures of the tests of stores."""

import contextlib

import pytest
from redeemd.store.base import Listener
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sqlite.store import SqliteStore
from store.conformance import install
from support import lacking, programs
from support.standby import with_standby
from support.store_faults import Heard


@pytest.fixture(scope="module")
def pair():
    """A primary whose commits wait for its standby."""
    if reason := programs.missing():
        lacking.skip(reason)
    with with_standby() as pair:
        yield pair


@pytest.fixture
def heard():
    """The reports of the store."""
    return Heard()


@pytest.fixture
async def store(tmp_path, heard):
    """An embedded store with the tables of the conformance suite; tests of PostgreSQL have `postgres_store`."""
    store = await SqliteStore.open(
        tmp_path / "test.db", readers=2, listener=Listener(batch=heard.batch, health=heard.store_health)
    )
    try:
        await install(store)
        heard.sizes.clear()
        yield store
    finally:
        for lane in (store._writer, *store._readers):  # each, even if one is broken: its thread would outlive the test
            with contextlib.suppress(Exception):
                await lane.close()
            if lane.connection is not None:
                await lane.connection.close()


@pytest.fixture
async def postgres_store(postgres_url):
    """A store on PostgreSQL with the tables of the conformance suite."""
    store = await PostgresStore.open(postgres_url, connections=4)
    await install(store)
    yield store
    await store.close()
