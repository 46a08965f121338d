"""Every query of the server, and how PostgreSQL goes about one."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import redeemd
from redeemd.app import purging
from redeemd.event.recorder import recording
from redeemd.exchange.definition import DEFINITION as EXCHANGES
from redeemd.exchange.user_data import PlayersAwaits
from redeemd.limit.definition import DEFINITION as LIMITS
from redeemd.limit.user_data import Counters
from redeemd.resources import user_data_walk
from redeemd.resources.common import COMMON_TABLES
from redeemd.resources.resource import MASTER_TABLE, NAMESPACE_TABLE
from redeemd.serialkey.definition import DEFINITION as SERIAL_KEYS
from redeemd.serialkey.user_data import UsedCodes
from redeemd.store import sql
from redeemd.store.set_form import set_form
from redeemd.store.sql import Query

SERVER = Path(redeemd.__file__).parent
PACKAGES = ["redeemd." + ".".join(path.parent.relative_to(SERVER).parts) for path in SERVER.rglob("queries.sql")]
TABLES = [NAMESPACE_TABLE, MASTER_TABLE]
DATA_OF_PLAYERS = {**UsedCodes.tables, **Counters.tables, **PlayersAwaits.tables}
PURGED = {**SERIAL_KEYS.tables, **LIMITS.tables, **EXCHANGES.tables, **COMMON_TABLES}

_TYPES = "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'planned'"


def ours() -> list[Query]:
    """Return every query of the server."""
    found = [query for package in PACKAGES for query in sql.load(package).all()]
    found += [query for table in TABLES for query in table.all()]
    found += [purging.purge_query(table, key) for table, key in PURGED.items()]
    return [*found, purging.find_query(PURGED), user_data_walk.namespace_query(DATA_OF_PLAYERS)]


def sets() -> list[Query]:
    """Return the set form of every query of the server that has one, with and without recording its event."""
    singles = ours()
    singles += [found.query for query in singles if (found := recording(query)) is not None]
    return [form.query for query in singles if (form := set_form(query)) is not None]


@contextlib.asynccontextmanager
async def prepared(connection: Any, query: Query) -> AsyncIterator[list[str]]:
    """Prepare a query during the block, as `planned`; yield the types that PostgreSQL gives to its parameters."""
    await connection.execute(f"PREPARE planned AS {query.postgres}")
    try:
        yield await connection.fetchval(_TYPES)
    finally:
        await connection.execute("DEALLOCATE planned")


async def plan(connection: Any, query: Query) -> str:
    """Return how PostgreSQL goes about a query; the connection should plan without looking at parameters."""
    async with prepared(connection, query) as types:
        values = ", ".join("'x'" if kind in {"text", "bytea"} else "'{1}'" if "[" in kind else "1" for kind in types)
        execute = f"EXECUTE planned ({values})" if types else "EXECUTE planned"
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {execute}"))
