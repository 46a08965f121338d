"""Migrations: from any released schema to the newest, or a clear refusal."""

import hashlib

import pytest
from redeemd.store import migrate
from redeemd.store.migrate import Migration, SchemaError
from redeemd.store.sql import query
from redeemd.store.sqlite.store import SqliteStore

# Released files never change. A new file is added here when it is released.
RELEASED = {
    "0001_initial": "c20ee189b953b05eaa913172b8e1bd252811c6d5dedda6ef40cd46237b7a9c52",
    "0002_files_and_imports": "e87f6fc5016367edc423dfcb25be163e87fba6c42245db1a59637dd300adf43e",
    "0003_counters": "0ccf036dd60acc937a1c654d289c70baa142fbf42a2fdbe5e4aa759155fe48e0",
    "0004_awaits": "dcfdd96d3a2b91bcbb9ed62465d2b41e8afc34bc3eecc23afbce0df7377b8254",
    "0005_answers": "fb1972e158c19b43b656c597b916b13c001a17e3531a5e76246a198c83424213",
    "0006_events": "3e6e757cb8d2de77b711c8d1b3cc233d8377beec1b6359bc4b32fc5a5b5ed0aa",
    "0007_guesses": "b251341848ff976eec29d2a14c9121998f132ad7a6fa02e982f415589a62ce35",
    "0008_handlers": "0052d6379011a46af2b9f301da9fe45466f9b36a27ded83541f032cb10dd81bd",
    "0009_compatibility": "208bb15b6f6e417fee54750f1f6e1b4080b26cf8730cad1491c62b3e4eaffa75",
    "0010_master_keys": "fdc04eeee57535b361e1387777df375e6b45db7e2543cfe9672ab1b6fd414c90",
}
FIRST_WITH_A_STATEMENT = 9  # earlier files, released before there was one, are compatible with no older release

NEXT = len(migrate.load()) + 1
LATER = Migration(
    NEXT,
    "later",
    "-- A column and a table.\nALTER TABLE api_key ADD COLUMN note TEXT;\n"
    "CREATE TABLE extra (name TEXT PRIMARY KEY) STRICT;",
)
COMPATIBLE = Migration(
    NEXT, "compatible", f"-- Compatible from: {NEXT - 1}\nCREATE TABLE extra (name TEXT PRIMARY KEY) STRICT;"
)
BROKEN = Migration(NEXT, "broken", "CREATE TABLE extra (name TEXT PRIMARY KEY) STRICT;\nINSERT INTO absent VALUES (1);")
SCHEMA = query("schema", "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
APPLIED = query("applied", "SELECT version, name, sha256, applied_at FROM schema_migration ORDER BY version")
ADD_KEY = query(
    "add_key",
    "INSERT INTO api_key (key_id, secret_hash, role, namespace_names, description, created_at) "
    "VALUES ('k1', x'00ff', 1, '', 'old', 5)",
)
KEYS = query("keys", "SELECT * FROM api_key")
RENAME = query("rename", "UPDATE schema_migration SET sha256 = 'other'")


@pytest.fixture
async def make(tmp_path):
    """Makes empty stores."""
    stores = []

    async def open_store():
        stores.append(await SqliteStore.open(tmp_path / f"{len(stores)}.db", readers=1))
        return stores[-1]

    yield open_store
    for store in stores:
        await store.close()


async def rows(store, text):
    """Return the rows of a query."""
    return [tuple(row) for row in await store.run(lambda tx: tx.all(text), write=False)]


async def test_a_fresh_schema_equals_a_migrated_one(make):
    """All files at once, and one by one with other starts between, make the same tables and indexes."""
    known = [*migrate.load(), LATER]
    fresh, migrated = await make(), await make()
    await migrate.apply(fresh, now=1, known=known)
    for count in range(1, len(known) + 1):
        assert [found.version for found in await migrate.apply(migrated, now=count, known=known[:count])] == [count]
    assert await rows(fresh, SCHEMA) == await rows(migrated, SCHEMA)
    assert "extra" in {name for _, name, _ in await rows(fresh, SCHEMA)}


async def test_what_was_applied_is_recorded_and_not_applied_again(make):
    """Version, name, checksum and time are kept; a second apply does nothing; check is content."""
    store = await make()
    known = migrate.load()
    assert await migrate.apply(store, now=77) == known
    assert await migrate.apply(store, now=78) == []
    assert await rows(store, APPLIED) == [(file.version, file.name, file.sha256, 77) for file in known]
    await migrate.check(store)


def test_files_are_numbered_without_gaps():
    """1, 2, 3, ..., each once."""
    assert [file.version for file in migrate.load()] == list(range(1, len(migrate.load()) + 1))


def test_released_files_never_change():
    """Databases out there were made by them: a change belongs into a new file."""
    files = {f"{file.version:04}_{file.name}": file.text for file in migrate.load()}
    assert {name: hashlib.sha256(files[name].encode()).hexdigest() for name in RELEASED} == RELEASED


async def test_a_newer_database_is_refused(make):
    """A database that has seen a later version of redeemd is not touched, and the message names the migration."""
    store = await make()
    await migrate.apply(store, now=1, known=[*migrate.load(), LATER])
    before = await rows(store, SCHEMA)
    for attempt in (migrate.check(store), migrate.apply(store, now=2)):
        with pytest.raises(SchemaError, match=rf"{NEXT} \(later\).*does not know"):
            await attempt
    assert await rows(store, SCHEMA) == before


async def test_a_newer_database_is_served_if_its_migrations_are_compatible(make):
    """An older release starts on it, has nothing to apply, and changes nothing."""
    store = await make()
    await migrate.apply(store, now=1, known=[*migrate.load(), COMPATIBLE])
    before = await rows(store, SCHEMA)
    await migrate.check(store)
    assert await migrate.apply(store, now=2) == []
    assert await rows(store, SCHEMA) == before


async def test_one_incompatible_migration_is_enough_to_refuse_a_newer_database(make):
    """Later compatible migrations do not change the refusal."""
    store = await make()
    other = Migration(NEXT + 1, "other", COMPATIBLE.text.replace("extra", "another"))
    await migrate.apply(store, now=1, known=[*migrate.load(), LATER, other])
    with pytest.raises(SchemaError, match=rf"{NEXT} \(later\).*does not know"):
        await migrate.check(store)


def test_every_migration_states_how_far_back_it_is_compatible():
    """With an older release than its own, or explicitly with its own only."""
    for file in migrate.load()[FIRST_WITH_A_STATEMENT - 1 :]:
        assert file.text.startswith("-- Compatible from: "), file.name
        assert FIRST_WITH_A_STATEMENT - 1 <= file.compatible_from <= file.version


async def test_a_changed_file_is_refused(make):
    """A database made by a file of other content is not ours; nothing that is pending is applied."""
    store = await make()
    await migrate.apply(store, now=1)
    await store.run(lambda tx: tx.run(RENAME), write=True)
    before = await rows(store, SCHEMA)
    for attempt in (migrate.check(store), migrate.apply(store, now=2, known=[*migrate.load(), LATER])):
        with pytest.raises(SchemaError, match=r"1 \(initial\).*is not the one"):
            await attempt
    assert await rows(store, SCHEMA) == before


async def test_check_refuses_what_is_pending_and_says_what_to_do(make):
    """The message names the missing migrations and the command."""
    with pytest.raises(SchemaError, match=r"lacks migrations: 1 \(initial\), 2 .*`redeemd migrate`"):
        await migrate.check(await make())


async def test_a_failing_migration_leaves_nothing_behind(make):
    """Its first statement is rolled back with its last, it is not recorded, and a corrected one can be applied."""
    store = await make()
    await migrate.apply(store, now=1)
    before = await rows(store, SCHEMA)
    with pytest.raises(Exception, match="absent"):
        await migrate.apply(store, now=2, known=[*migrate.load(), BROKEN])
    assert await rows(store, SCHEMA) == before
    assert [version for version, *_ in await rows(store, APPLIED)] == list(range(1, NEXT))
    await migrate.apply(store, now=3, known=[*migrate.load(), LATER])


async def test_migrating_keeps_rows(make):
    """Rows of before are there, with the new column empty."""
    store = await make()
    await migrate.apply(store, now=1, known=migrate.load()[:1])
    await store.run(lambda tx: tx.run(ADD_KEY), write=True)
    (before,) = await rows(store, KEYS)
    await migrate.apply(store, now=2, known=[*migrate.load(), LATER])
    assert await rows(store, KEYS) == [(*before, None)]


def test_comments_and_empty_statements_are_left_out():
    """A file is split at its semicolons; a comment may hold one."""
    text = "-- First; then.\nCREATE TABLE a (b); -- why; so\n\n;\nCREATE TABLE c (d);\n"
    assert Migration(1, "x", text).statements() == ["CREATE TABLE a (b)", "CREATE TABLE c (d)"]
