"""redeemd that prints the first word of each statement for PostgreSQL to standard error; see postgres_target.py."""

import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
from redeemd import cli
from redeemd.app import database
from redeemd.app.environment import Environment
from redeemd.config import Settings
from redeemd.store.base import Listener, Store

_WORD = "statement: "


def read(output: Path) -> list[str]:
    """Return the first words of all statements so far."""
    lines = output.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(_WORD) for line in lines if line.startswith(_WORD)]


def _print(record: asyncpg.connection.LoggedQuery) -> None:
    print(f"{_WORD}{record.query.split()[0]}", file=sys.stderr, flush=True)


async def _connect(*arguments: object, **options: object) -> asyncpg.Connection:
    connection = await asyncpg.connect(*arguments, **options)
    connection.add_query_logger(_print)
    return connection


def open_store(settings: Settings, listener: Listener) -> AbstractAsyncContextManager[Store]:
    """Open the PostgreSQL store of the settings, and print its statements."""
    return database.open_store(settings, listener, connect=_connect)


if __name__ == "__main__":
    cli.main(Environment(open_store=open_store))
