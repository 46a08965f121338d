"""The large tables in partitions by namespace, made by docs/how-to/partition.sql."""

import asyncio
import re
import subprocess

import asyncpg
import pytest
from redeemd.exchange.queries import QUERIES as EXCHANGES
from redeemd.limit.queries import QUERIES as LIMITS
from redeemd.serialkey.queries import QUERIES as SERIAL_KEYS
from redeemd.store.sql import query
from support import postgres as pg
from support.exchanges import make_exchanges
from support.queries import plan
from support.service import refused, running

CALLS = 50
TABLES = ("issue_job", "serial_key", "imported_code", "imported_key", "counter", "exchange_await")
# Statements that find rows first and then go to others by those: to which, PostgreSQL knows only while it runs, so that
# the plan names all partitions. Lists, player data and housekeeping; none of it is on the way of a call that redeems.
KNOWN_WHILE_RUNNING = {
    *("imported_key_remove", "imported_code_remove"),
    *("redemption_page", "redemption_page_of_user", "redemption_page_moved", "redemption_page_of_span"),
    *("redemption_clean", "counter_clean", "await_clean"),
}

_PARTITION = re.compile(rf"\b(?:on|Update on|Insert on|Delete on) (?:{'|'.join(TABLES)})_(\d+)\b", re.IGNORECASE)
_FIRST_COLUMNS = """
  SELECT c.relname AS table, a.attname AS first FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
   WHERE i.indisunique AND c.relkind = 'p'
"""


@pytest.fixture(scope="module")
async def partitioned(postgres):
    """The name of a database with our schema, in partitions, which tests only look at."""
    url = postgres.create("looked-at")
    await pg.migrated(url)
    postgres.partition("looked-at")
    yield "looked-at"
    postgres.drop("looked-at")  # a worker of xdist may come back to this module


@pytest.fixture
async def connection(postgres, partitioned):
    """A connection to it that plans as those of a server do after a while: without looking at parameters."""
    settings = {"plan_cache_mode": "force_generic_plan"}
    connection = await asyncpg.connect(postgres.url(partitioned), server_settings=settings)
    yield connection
    await connection.close()


def planned_queries():
    """Return all queries of the three services whose text names a namespace."""
    return [
        pytest.param(query, id=query.name)
        for queries in (SERIAL_KEYS, LIMITS, EXCHANGES)
        for query in queries.all()
        if "namespace_id = $" in query.postgres
    ]


@pytest.mark.parametrize("query", planned_queries())
async def test_a_statement_touches_one_partition(connection, query):
    """The plan contains only the partitions of the statement's namespace, whichever tables it reads."""
    found = await plan(connection, query)
    touched = set(_PARTITION.findall(found))
    assert (len(touched) > 1) == (query.name in KNOWN_WHILE_RUNNING), found


async def test_every_key_begins_with_the_namespace(connection):
    """Of all tables in partitions; PostgreSQL would not take another one."""
    keys = await connection.fetch(_FIRST_COLUMNS)
    assert {row["table"] for row in keys} == set(TABLES)
    assert {row["first"] for row in keys} == {"namespace_id"}


async def test_a_database_is_partitioned_once_and_empty(connection, postgres, partitioned):
    """The file is refused where it was applied, or where there are rows, and then changes nothing."""
    before = await connection.fetch("SELECT oid, relname FROM pg_class ORDER BY oid")
    with pytest.raises(subprocess.CalledProcessError) as caught:
        postgres.partition(partitioned)
    assert "table issue_job has rows or partitions" in caught.value.stderr
    assert await connection.fetch("SELECT oid, relname FROM pg_class ORDER BY oid") == before


async def test_a_table_with_rows_is_left_alone(postgres, postgres_url):
    """Also the tables before it."""
    name = pg.database_of(postgres_url)
    await pg.migrated(postgres_url)
    postgres.sql("INSERT INTO counter VALUES (1, 'alice', 'l', 'c', 1, NULL, '', 1, 1, 1)", database=name)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        postgres.partition(name)
    assert "table counter has rows" in caught.value.stderr
    assert postgres.sql("SELECT COUNT(*) FROM pg_class WHERE relkind = 'p'", database=name) == "0"


@pytest.mark.usefixtures("postgres")
async def test_a_service_on_partitions_serves_as_ever(tmp_path):
    """Import, use, exchange, wait and count, all racing; one namespace is in one partition; deleting empties it."""
    async with running(tmp_path, **await pg.settings_for(tmp_path, partitioned=True)) as service:
        await service.stop_housekeeping()
        exchanges = await make_exchanges(service, enable_await_exchange=True)
        await work(exchanges)
        assert await places(service, "serial_key", "issue_job", "imported_code") == [1, 1, 1]
        await exchanges.world.call("DeleteNamespace")
        while await service.maintenance.step():
            pass
        assert await places(service, "serial_key", "issue_job", "imported_code") == [0, 0, 0]
        assert (await exchanges.limits.get("alice", "counted", "ever")).count == CALLS


async def work(exchanges):
    """Do what players do, each of it CALLS times at once, and half of it twice."""
    world = exchanges.world
    await exchanges.put_in_force(
        {"name": "rate", "consumeActions": [exchanges.up(maxValue=CALLS), exchanges.use()]},
        {"name": "later", "timingType": "await", "lockTime": 1, "acquireActions": [exchanges.down("got")]},
    )
    codes, own = await world.codes(CALLS), [f"OLD-CODE-{number:03}" for number in range(CALLS)]
    await world.bring(own)
    names = {"user_id": "alice", "limit_name": "ever", "counter_name": "counted"}
    await asyncio.gather(
        *(exchanges.buy(values={"code": code}) for code in codes),
        *(world.call("UseByUserId", user_id="alice", code=code) for code in own),
        *(exchanges.limits.call("CountUpByUserId", **names) for _ in range(CALLS)),
        *(exchanges.wait() for _ in range(CALLS)),
    )
    for code in (codes[0], own[0]):
        with refused("CODE_STATUS_INVALID"):
            await world.call("UseByUserId", user_id="bob", code=code)
    assert len((await world.call("DescribeRedemptions", user_id="alice", limit=1000)).items) == 2 * CALLS
    assert (await exchanges.count(), len(await exchanges.awaits())) == (CALLS, CALLS)


async def places(service, *tables):
    """Return in how many partitions of each table anything is; nothing else is in the database."""
    counts = [query("places", f"SELECT COUNT(DISTINCT tableoid) AS places FROM {table}") for table in tables]
    return [(await service.store.run(lambda tx, count=count: tx.one(count), write=False))["places"] for count in counts]
