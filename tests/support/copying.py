"""The content of the databases that tests copy."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import asyncpg
from redeemd.store import migrate
from redeemd.store.copy import copying
from redeemd.store.copy import postgres as postgres_end
from redeemd.store.copy import sqlite as sqlite_end
from redeemd.store.migrate import Migration
from redeemd.store.postgres.store import PostgresStore

from support.patience import PATIENT

LATER = Migration(
    len(migrate.load()) + 1,
    "later",
    "CREATE TABLE extra (a TEXT, b INTEGER, number INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (b, a)) STRICT;"
    "ALTER TABLE api_key ADD COLUMN note TEXT;",
)
# What numbers, texts and bytes have at their ends, and what could be taken for something else.
ODD = [
    ("", -(2**63), 2**63 - 1, b""),
    ("\N{PILE OF POO}\x01\t\\N\\.\n\r'\"", 0, -1, b"\0\xff\\x"),
    ("Z", 5, 0, b"z" * 1000),
    ("a", 5, 0, b"1"),
    ("\uffff", 5, 0, b"2"),
    ("\U0001f4a9", 5, 0, b"3"),
]


def unheard(*_: object) -> None:
    """Watches nothing."""


def write(path: Path, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows to a file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executemany(statement, rows)
        database.commit()


def tables(path: Path) -> dict[str, list[Any]]:
    """Return all rows of a file."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: database.execute(f"SELECT * FROM {name}").fetchall()
            for name in names
            if name not in copying.NOT_COPIED
        }


async def to_postgres(path: Path, url: str) -> Any:
    """Copy a file to PostgreSQL."""
    async with sqlite_end.source(path) as source, postgres_end.target(url, now=1) as target:
        return await copying.copy(source, target, watch=unheard)


async def to_sqlite(url: str, path: Path) -> Any:
    """Copy from PostgreSQL to a file."""
    path.touch()  # noqa: ASYNC240 -- nothing else runs
    async with postgres_end.source(url) as source, sqlite_end.target(path, now=1) as target:
        return await copying.copy(source, target, watch=unheard)


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """Connect to a PostgreSQL."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def migrated(url: str) -> None:
    """Make the schema in a PostgreSQL."""
    store = await PostgresStore.open(url, connections=1, times=PATIENT)
    await migrate.apply(store, now=1)
    await store.close()


async def names_in(url: str) -> list[Any]:
    """Return the tables of a PostgreSQL."""
    async with connected(url) as connection:
        return await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
