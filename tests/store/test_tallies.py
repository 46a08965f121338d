"""The tallies of codes: filled by their migration, copied, and kept on tables in partitions."""

import pytest
from redeemd.serialkey import tallies
from redeemd.store import migrate
from redeemd.store.postgres.store import PostgresStore
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore
from support import postgres as pg
from support.copying import tables, to_postgres, to_sqlite
from support.patience import PATIENT

CAMPAIGN = query(
    "campaign",
    "INSERT INTO campaign (namespace_id, number, name, next_sequence, status, updated_at, revision) "
    "VALUES (1, 1, 'c', 0, 1, 1, 0)",
)
JOB = query(
    "job",
    "INSERT INTO issue_job (namespace_id, campaign_number, first_sequence, count, name, key_id, status, created_at, "
    "updated_at, revision) VALUES (1, 1, :first, :count, :name, 'k', 1, 1, 1, 1)",
)
KEY = query(
    "key",
    "INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_at, updated_at, revision) "
    "VALUES (1, 1, :sequence, :status, :used_at, 1, 1)",
)
KEYS = query(
    "keys",
    "INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_at, updated_at, revision) "
    "VALUES (1, 1, 0, 2, 0, 1, 1), (1, 1, 1, 2, 1, 1, 1), (1, 1, 3, 2, 900000, 1, 1), (1, 1, 4, 1, NULL, 1, 1), "
    "(1, 1, 12, 2, 0, 1, 1), (1, 1, 14, 2, 1, 1, 1)",
)
DELTAS = query("deltas", "SELECT campaign_number, quarter, used FROM tally_delta ORDER BY used, quarter")
REVERT = query("revert", "UPDATE serial_key SET status = 1, used_at = NULL WHERE sequence = 2")
BATCHES = query("batches", "SELECT first_sequence, issued, used, reverted FROM batch_tally ORDER BY first_sequence")
CURVE = query("curve", "SELECT quarter, used, reverted FROM redemption_tally ORDER BY quarter")
QUARTER_MS = 900_000
ALONE = 2**39
TALLIES = next(file.version for file in migrate.load() if file.name == "tallies")
USED = [(0, 0), (2, QUARTER_MS), (12, QUARTER_MS + 1), (ALONE, 3 * QUARTER_MS)]


async def use_some(tx):
    """Issue two batches and a code alone, and use four codes; another one is switched off."""
    await tx.run(CAMPAIGN)
    for first, count, name in ((0, 10, "a"), (10, 10, "b"), (ALONE, 1, None)):
        await tx.run(JOB, first=first, count=count, name=name)
    for sequence, used_at in USED:
        await tx.run(KEY, sequence=sequence, status=2, used_at=used_at)
    await tx.run(KEY, sequence=13, status=3, used_at=None)


async def revert(tx):
    """Revert one of these uses."""
    await tx.run(REVERT)


async def counted(store):
    """Add the deltas; return the tallies of batches and of times."""
    while await store.run(tallies.fold, write=True):
        pass
    found = [await store.run(lambda tx, text=text: tx.all(text), write=False) for text in (BATCHES, CURVE)]
    return [[tuple(row) for row in rows] for rows in found]


EXPECTED = [[(-1, 1, 1, 0), (0, 0, 2, 0), (10, 0, 1, 0)], [(0, 1, 0), (1, 2, 0), (3, 1, 0)]]
REVERTED = [[(-1, 1, 1, 0), (0, 0, 1, 1), (10, 0, 1, 0)], [(0, 1, 0), (1, 1, 1), (3, 1, 0)]]


async def check(store, *, filled):
    """Use codes before or after the migration that counts them, and revert one after it."""
    if filled:
        await migrate.apply(store, now=1, known=migrate.load()[: TALLIES - 1])
        await store.run(use_some, write=True)
    await migrate.apply(store, now=2)
    if not filled:
        await store.run(use_some, write=True)
    assert await counted(store) == EXPECTED
    await store.run(revert, write=True)
    assert await counted(store) == REVERTED
    await store.close()


@pytest.mark.parametrize("filled", [False, True])
async def test_codes_used_before_the_migration_count_as_those_after_it(tmp_path, filled):
    """On SQLite."""
    await check(await SqliteStore.open(tmp_path / "test.db", readers=1), filled=filled)


@pytest.mark.parametrize("filled", [False, True])
async def test_codes_used_before_the_migration_count_the_same_on_postgresql(postgres_url, filled):
    """As on SQLite."""
    await check(await PostgresStore.open(postgres_url, connections=2, times=PATIENT), filled=filled)


async def test_a_copy_counts_each_use_once(tmp_path, postgres_url):
    """There and back, although rows are inserted; and the copies go on counting."""
    path, back = tmp_path / "source.db", tmp_path / "back.db"
    source = await SqliteStore.open(path, readers=1)
    await migrate.apply(source, now=1)
    await source.run(use_some, write=True)
    await source.close()
    await to_postgres(path, postgres_url)
    copy = await PostgresStore.open(postgres_url, connections=2, times=PATIENT)
    assert await counted(copy) == EXPECTED
    await copy.close()
    await to_sqlite(postgres_url, back)
    assert tables(back) == tables(path)
    last = await SqliteStore.open(back, readers=1)
    await last.run(revert, write=True)
    assert await counted(last) == REVERTED
    await last.close()


async def test_tables_in_partitions_count(postgres, postgres_url):
    """Their triggers are there again."""
    await pg.migrated(postgres_url)
    postgres.partition(pg.database_of(postgres_url))
    store = await PostgresStore.open(postgres_url, connections=2, times=PATIENT)
    await store.run(use_some, write=True)
    await store.run(revert, write=True)
    assert await counted(store) == REVERTED
    await store.close()


async def test_a_statement_that_uses_many_codes_adds_a_delta_for_each_batch_and_quarter(postgres_url):
    """Not one for each code, which housekeeping would have to add one by one."""
    store = await PostgresStore.open(postgres_url, connections=1, times=PATIENT)
    await migrate.apply(store, now=1)
    await store.run(use_some_of_batches, write=True)
    deltas = await store.run(lambda tx: tx.all(DELTAS), write=False)
    assert [tuple(row) for row in deltas] == [(1, 1, 1), (1, 0, 2), (1, 0, 2)]
    assert await counted(store) == [[(0, 0, 3, 0), (10, 0, 2, 0)], [(0, 4, 0), (1, 1, 0)]]
    await store.close()


async def use_some_of_batches(tx):
    """Issue two batches, and use codes of both by one statement."""
    await tx.run(CAMPAIGN)
    for first, name in ((0, "a"), (10, "b")):
        await tx.run(JOB, first=first, count=10, name=name)
    await tx.run(KEYS)
