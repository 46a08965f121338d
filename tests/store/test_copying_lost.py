"""Copies of databases whose connection is lost."""

import asyncio

import pytest
from redeemd.store import migrate
from redeemd.store.copy import copying
from redeemd.store.copy import postgres as postgres_end
from redeemd.store.copy import sqlite as sqlite_end
from redeemd.store.copy.copying import CopyError
from redeemd.store.sqlite.store import SqliteStore
from support.copying import LATER, names_in, unheard, write
from support.patience import WAIT_SECONDS
from support.postgres import database_of
from support.way import Way, through


@pytest.fixture(autouse=True)
def schema(monkeypatch):
    """A schema with a table of rows of any size."""
    known = [*migrate.load(), LATER]
    monkeypatch.setattr(migrate, "load", lambda: known)


async def with_rows(folder, count, data=b""):
    """Make a database with rows; return its path."""
    path = folder / "source.db"
    store = await SqliteStore.open(path, readers=1)
    await migrate.apply(store, now=1)
    await store.close()
    rows = [(f"{number}", 9, 0, data) for number in range(count)]
    write(path, "INSERT INTO extra (a, b, number, data) VALUES (?, ?, ?, ?)", rows)
    return path


async def test_a_target_whose_connection_is_lost_is_left_as_it_was(tmp_path, postgres, postgres_url):
    """The end of the session is reported in words."""
    path = await with_rows(tmp_path, 25)

    async def cut_off():
        async with sqlite_end.source(path) as source, postgres_end.target(postgres_url, now=1) as target:
            postgres.end_sessions(database_of(postgres_url))
            await copying.copy(source, target, watch=unheard)

    with pytest.raises(CopyError, match=r"PostgreSQL: .*(terminat|closed)"):
        await cut_off()
    assert await names_in(postgres_url) == []


async def test_a_network_that_blocks_and_breaks_ends_the_copy(tmp_path, postgres, postgres_url):
    """Though more rows are on their way than all buffers hold."""
    path = await with_rows(tmp_path, 500, b"x" * 100_000)
    async with Way.to(postgres.port) as way:

        def block(*_):
            way.block()
            asyncio.get_running_loop().call_later(1, way.cut)

        async def copy():
            url = through(way, postgres_url)
            async with sqlite_end.source(path) as source, postgres_end.target(url, now=1) as target:
                await copying.copy(source, target, watch=block)

        with pytest.raises(CopyError, match="PostgreSQL: connection"):
            await asyncio.wait_for(copy(), WAIT_SECONDS)
