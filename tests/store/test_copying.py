"""Copies of databases: everything, compared, or nothing."""

import asyncio
import itertools

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redeemd.store import migrate
from redeemd.store.copy import copying
from redeemd.store.copy import postgres as postgres_end
from redeemd.store.copy import sqlite as sqlite_end
from redeemd.store.copy.copying import CopyDiffers, CopyError
from redeemd.store.copy.postgres import PostgresEnd
from redeemd.store.copy.sqlite import SqliteEnd
from redeemd.store.sqlite.store import SqliteStore
from support.copying import LATER, ODD, connected, migrated, names_in, tables, to_postgres, to_sqlite, unheard, write
from support.patience import WAIT_SECONDS
from support.postgres import database_of

SERIAL_KEY = (
    "INSERT INTO serial_key (namespace_id, campaign_number, sequence, status, used_user_id, used_at, updated_at,"
    " revision) VALUES (1, 1, ?, 2, ?, 5, 5, 2)"
)
ROWS = 25


@pytest.fixture
async def path(tmp_path):
    """A database with some rows in some tables."""
    path = tmp_path / "source.db"
    store = await SqliteStore.open(path, readers=1)
    await migrate.apply(store, now=1)
    await store.close()
    write(path, SERIAL_KEY, [(number, f"user {number}") for number in range(ROWS)])
    write(path, "INSERT INTO current_master VALUES (?, 'settings', 1, 1)", [(1,), (2,)])
    return path


async def test_tables_and_columns_of_a_later_migration_are_copied(tmp_path, path, postgres_url, monkeypatch):
    """Nothing about them is written down anywhere but in the migration. Odd values and large rows are as they were."""
    known = [*migrate.load(), LATER]
    monkeypatch.setattr(migrate, "load", lambda: known)
    store = await SqliteStore.open(path, readers=1)
    await migrate.apply(store, now=1)
    await store.close()
    write(path, "INSERT INTO extra (a, b, number, data) VALUES (?, ?, ?, ?)", ODD)
    sizes = (1, 5_000_000, 1, 5_000_000, 20_000_000, 1)
    large = [(f"{number}", 9, 0, b"x" * size) for number, size in enumerate(sizes)]
    write(path, "INSERT INTO extra (a, b, number, data) VALUES (?, ?, ?, ?)", large)
    write(path, "INSERT INTO api_key VALUES (?, x'00', 1, '', '', 1, NULL, 'a note')", [("k",)])
    compared = await to_postgres(path, postgres_url)
    assert {table.name: table.copy[0] for table in compared}["extra"] == len(ODD) + len(large)
    await to_sqlite(postgres_url, tmp_path / "back.db")
    assert tables(tmp_path / "back.db") == tables(path)


async def test_no_table_refers_to_another():
    """Tables are copied in the order of their names; each has a key, by which it is read."""
    for migration in migrate.load():
        for statement in migration.statements():
            assert "REFERENCES" not in statement.upper()
            assert "PRIMARY KEY" in statement or not statement.startswith("CREATE TABLE")


@given(st.lists(st.integers(0, 2 * copying.STEP_BYTES_MAX), min_size=1))
def test_steps_hold_all_rows_and_not_too_many_bytes(sizes):
    """Every row is in one step; a step of more than one row keeps to the limit."""
    found = list(copying.steps(sizes))
    assert sum(found) == len(sizes)
    rest = iter(sizes)
    for step in found:
        held = list(itertools.islice(rest, step))
        assert held
        assert len(held) == 1 or sum(held) <= copying.STEP_BYTES_MAX


@pytest.mark.parametrize("step", range(1, 4))
async def test_checksums_do_not_depend_on_steps(path, postgres_url, monkeypatch, step):
    """However many rows are read at once."""
    whole = await to_postgres(path, postgres_url)
    for module in (sqlite_end, postgres_end):
        monkeypatch.setattr(module, "STEP_ROWS_MAX", step)
    async with sqlite_end.source(path) as source, postgres_end.source(postgres_url) as target:
        for end in (source, target):
            for table, before in zip(await end.tables(), whole, strict=True):
                assert await copying._go_through(end, table, 0, "", unheard) == before.copy


@pytest.mark.parametrize(
    "change",
    [
        "NEW.used_user_id := 'mallory'",
        "IF NEW.sequence = 3 THEN NEW.used_user_id := NULL; END IF",
        "IF NEW.sequence = 3 THEN RETURN NULL; END IF",
        "DELETE FROM current_master WHERE namespace_id = 2",
    ],
)
async def test_a_postgresql_that_keeps_something_else_is_found(path, postgres_url, change):
    """A trigger changes a value of all rows, of one, drops one, or a row of another table; nothing is left."""
    await migrated(postgres_url)
    async with connected(postgres_url) as connection:
        await connection.execute(
            f"CREATE FUNCTION change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {change}; RETURN NEW; END $$"
        )
        await connection.execute(
            "CREATE TRIGGER change BEFORE INSERT ON serial_key FOR EACH ROW EXECUTE FUNCTION change()"
        )
        wrong = "current_master" if "current_master" in change else "serial_key"
        with pytest.raises(CopyDiffers, match=f"the copy differs in {wrong};") as differs:
            await to_postgres(path, postgres_url)
        assert [table.name for table in differs.value.tables if not table.equal] == [wrong]
        for table in ("serial_key", "current_master"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_file_that_keeps_something_else_is_found(tmp_path, path, postgres_url, monkeypatch):
    """A value that was changed on its way to the target."""
    await to_postgres(path, postgres_url)
    through = SqliteEnd.write

    async def change(self, table, rows):  # serial_key.uses
        await through(self, table, [(*row[:-1], 1) if table.name == "serial_key" else row for row in rows])

    monkeypatch.setattr(SqliteEnd, "write", change)
    with pytest.raises(CopyDiffers, match="serial_key"):
        await to_sqlite(postgres_url, tmp_path / "back.db")


@pytest.mark.parametrize("prepared", [False, True], ids=["nothing-there", "schema-there"])
async def test_a_copy_that_fails_anywhere_leaves_the_target_as_it_was(path, postgres_url, monkeypatch, prepared):
    """At each statement and each COPY, the last included; then it works.

    Where the schema is made as well, in the same transaction, every seventh represents them: each try makes it anew.
    """
    if prepared:
        await migrated(postgres_url)
    before = await names_in(postgres_url)
    left = 0

    def failing(name):
        through = getattr(asyncpg.Connection, name)

        async def call(self, *arguments, **named):
            nonlocal left
            left -= 1
            if not left:
                raise asyncpg.DiskFullError("no room")
            return await through(self, *arguments, **named)

        return call

    with monkeypatch.context() as patched:
        for name in ("execute", "fetch", "fetchval", "copy_records_to_table"):
            patched.setattr(asyncpg.Connection, name, failing(name))
        for number in itertools.count(1, 1 if prepared else 7):
            left = number
            try:
                await to_postgres(path, postgres_url)
            except CopyError as error:
                assert str(error) == "PostgreSQL: no room"
            else:
                break
            left = 0
            assert await names_in(postgres_url) == before
    assert number > 20
    async with connected(postgres_url) as connection:
        assert await connection.fetchval("SELECT count(*) FROM serial_key") == ROWS


async def test_the_character_nul_is_refused_with_its_place(path, postgres_url):
    """SQLite keeps it and PostgreSQL does not: table, column and key are reported, and nothing is copied."""
    write(path, SERIAL_KEY, [(77, "al\0ice")])
    with pytest.raises(
        CopyError, match=r"serial_key.used_user_id, namespace_id 1, campaign_number 1, sequence 77: .*NUL"
    ):
        await to_postgres(path, postgres_url)
    assert await names_in(postgres_url) == []


async def test_a_copy_is_of_one_moment(path, postgres_url, tmp_path):
    """Rows that others write after the source was opened are not copied, by either engine."""
    async with sqlite_end.source(path) as source, postgres_end.target(postgres_url, now=1) as target:
        write(path, SERIAL_KEY, [(77, "late")])
        await copying.copy(source, target, watch=unheard)
    back = tmp_path / "back.db"
    back.touch()
    async with connected(postgres_url) as connection, postgres_end.source(postgres_url) as source:
        await connection.execute("DELETE FROM serial_key")
        async with sqlite_end.target(back, now=1) as target:
            await copying.copy(source, target, watch=unheard)
    assert len(tables(back)["serial_key"]) == ROWS


async def test_only_the_schema_of_this_version_is_copied(tmp_path, path, postgres_url, monkeypatch):
    """A source of an older one is to be migrated; of a newer one, neither end is touched."""
    known = migrate.load()
    await to_postgres(path, postgres_url)
    with monkeypatch.context() as newer:
        newer.setattr(migrate, "load", lambda: [*known, LATER])
        for copy in (to_postgres(path, postgres_url), to_sqlite(postgres_url, tmp_path / "back.db")):
            with pytest.raises(CopyError, match=r"the source: .*lacks migrations: .*later.*run `redeemd migrate`"):
                await copy
    for copy in (to_postgres(path, postgres_url), to_sqlite(postgres_url, tmp_path / "back.db")):
        monkeypatch.setattr(migrate, "load", lambda: known[:-1])
        with pytest.raises(CopyError, match=r"the source: .*does not know"):
            await copy


async def test_a_target_of_a_newer_version_is_refused(path, postgres_url):
    """It says which migration it does not know."""
    await migrated(postgres_url)
    async with connected(postgres_url) as connection:
        await connection.execute("INSERT INTO schema_migration VALUES (9999, 'later', 'x', 1)")
    with pytest.raises(CopyError, match=r"the target: .*9999 \(later\)"):
        await to_postgres(path, postgres_url)


async def test_a_target_with_tables_of_others_is_refused(path, postgres_url):
    """Though they have no rows."""
    async with connected(postgres_url) as connection:
        await connection.execute("CREATE TABLE mine (a INT PRIMARY KEY)")
    with pytest.raises(CopyError, match="do not have the same tables"):
        await to_postgres(path, postgres_url)
    assert [row["tablename"] for row in await names_in(postgres_url)] == ["mine"]


async def test_a_target_that_others_use_is_refused(path, postgres_url, monkeypatch):
    """It is empty, but somebody holds a lock."""
    monkeypatch.setattr(postgres_end, "LOCK_SECONDS", 0.2)
    await migrated(postgres_url)
    async with connected(postgres_url) as connection, connection.transaction():
        await connection.execute("SELECT FROM serial_key")
        with pytest.raises(CopyError, match="the target is in use"):
            await to_postgres(path, postgres_url)


async def test_limits_of_time_that_the_database_has_are_for_others(path, postgres, postgres_url):
    """A copy takes as long as it takes."""
    name = database_of(postgres_url)
    for setting in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
        postgres.sql(f"ALTER DATABASE \"{name}\" SET {setting} = '300ms'")
    async with sqlite_end.source(path) as source, postgres_end.target(postgres_url, now=1) as target:
        await target._connection.execute("SELECT pg_sleep(0.5)")
        assert len(await copying.copy(source, target, watch=unheard)) > 10
    assert isinstance(target, PostgresEnd)


async def test_nobody_reads_the_target_before_it_is_whole(path, postgres_url):
    """Not even that its tables are empty: a server that began before the copy would have cached it."""
    await migrated(postgres_url)
    async with sqlite_end.source(path) as source, postgres_end.target(postgres_url, now=1) as target:
        async with connected(postgres_url) as other:
            await other.execute("SET lock_timeout = 100")
            for table in await source.tables():
                with pytest.raises(asyncpg.LockNotAvailableError):
                    await other.execute(f"SELECT FROM {table.name}")
        await copying.copy(source, target, watch=unheard)


async def test_a_row_that_comes_when_the_copy_begins_is_found(path, postgres_url):
    """Its writer had begun before the tables were locked."""
    await migrated(postgres_url)
    async with connected(postgres_url) as other:
        writing = other.transaction()
        await writing.start()
        await other.execute("INSERT INTO current_master VALUES (1, 'mine', 1)")
        copy = asyncio.create_task(to_postgres(path, postgres_url))
        async with asyncio.timeout(WAIT_SECONDS):
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 -- PostgreSQL has no event
                await asyncio.sleep(0.05)
        await writing.commit()
        with pytest.raises(CopyError, match="the target is not empty: there are rows in current_master"):
            await copy
        assert await other.fetchval("SELECT count(*) FROM current_master") == 1
