"""redeemd that says on standard error what it says to PostgreSQL, by the first words; see postgres_target.py.

The background is quiet: what a server does by itself is not part of a call.
"""

import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from redeemd import cli
from redeemd.app.maintenance import Maintenance

_WORD = "said: "


def read(told: Path) -> list[str]:
    """Answer the first words of all that was said so far."""
    lines = told.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(_WORD) for line in lines if line.startswith(_WORD)]


def _tell(record: Any) -> None:
    print(f"{_WORD}{record.query.split()[0]}", file=sys.stderr, flush=True)


async def _connect(connect: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
    connection = await connect(*arguments, **options)
    connection.add_query_logger(_tell)
    return connection


async def _rest(_maintenance: Maintenance) -> None:
    return


if __name__ == "__main__":
    asyncpg.connect = partial(_connect, asyncpg.connect)
    Maintenance.run = _rest  # type: ignore[method-assign,assignment]  # how it is put in
    cli.main()
