"""`backup` of a database that is served, and `restore` from it."""

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import stat

import pytest
from redeemd.store import migrate
from redeemd.store.sqlite import snapshot
from support import forked
from support.cli import run
from support.killing import kill_in_the_middle, make_large
from support.process import serving
from support.service import refused, running
from support.world import World

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")
LARGE_BYTES = 40_000_000
BACKUPS = ("backup", "--data", "data", "--to", "copy.db")
RESTORES = ("restore", "--from", "copy.db", "--data", "new")


@pytest.fixture
async def backup(tmp_path):
    """A backup of a database that was served, with its master key beside it."""
    async with running(tmp_path / "data") as service:
        await (await service.world()).codes(2)
        assert (await run(*BACKUPS)).exit_code == 0
    return tmp_path / "copy.db"


@contextlib.asynccontextmanager
async def restored(tmp_path):
    """Serve what a restore made of copy.db, with the master key of the first server."""
    said = await run(*RESTORES)
    assert said.exit_code == 0, said.output
    shutil.copy(tmp_path / "data" / "master.key", tmp_path / "new")
    shutil.copy(tmp_path / "data" / "admin.key", tmp_path / "new")
    async with running(tmp_path / "new") as service:
        yield service


async def test_a_backup_contains_every_redemption_acknowledged_before(tmp_path):
    """Redemptions go on all the while; those of before are used in the copy, by the same player, and the others are
    used or not, by nobody else; what is unused can be used."""
    async with serving(tmp_path / "data") as (_, service):
        world = await service.world()
        job = await world.issue(5000)
        codes = [item.code for item in await world.keys(job)]
        await service.token("alice")
        answered, many, ended = [], asyncio.Event(), asyncio.Event()

        async def use(mine):
            for code in mine:
                if not ended.is_set():
                    await world.as_player("Use", "alice", code=code)
                    answered.append(code)
                    if len(answered) == 50:
                        many.set()

        users = [asyncio.create_task(use(codes[number:-1:5])) for number in range(5)]
        await many.wait()
        before = set(answered)
        assert await (await forked.start(*BACKUPS)).wait() == 0
        ended.set()
        await asyncio.gather(*users)
        assert len(answered) > len(before), "nothing was used meanwhile"
    async with restored(tmp_path) as service:
        world = World(service, world.name)
        used = {key.code: key.used_user_id for key in await world.keys(job) if key.status == 2}
        assert before <= set(used)
        assert set(used.values()) == {"alice"}
        assert (await world.as_player("Use", "bob", code=codes[-1])).item.used_user_id == "bob"
        with refused("CODE_STATUS_INVALID"):
            await world.as_player("Use", "bob", code=answered[0])


async def test_a_backup_is_one_private_file_and_says_where_the_master_key_is(tmp_path):
    """Mode 0600, no journal beside it, the master key neither in it nor in what is said."""
    async with running(tmp_path / "data") as service:
        await service.world()
        said = (await run(*BACKUPS)).output
    copy = tmp_path / "copy.db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "data"]
    assert "data/master.key" in said
    secret = (tmp_path / "data" / "master.key").read_text().splitlines()[-1].partition(":")[2]
    assert secret not in said
    assert secret.encode() not in copy.read_bytes()


async def test_a_backup_without_a_server_has_what_was_only_in_the_journal(tmp_path):
    """The server was killed: its last commits are in the WAL, and in the copy."""
    async with serving(tmp_path / "data") as (process, service):
        world = await service.world()
        (code,) = await world.codes()
        await world.as_player("Use", "alice", code=code)
        await process.end(signal.SIGKILL)
    assert (await run(*BACKUPS)).exit_code == 0
    async with restored(tmp_path) as service:
        assert (await World(service, world.name).call("GetSerialKey", code=code)).item.used_user_id == "alice"


async def test_a_backup_never_writes_over_a_file(tmp_path, backup):
    """An existing file is not changed."""
    before = backup.read_bytes()
    said = await run(*BACKUPS)
    assert said.exit_code == 1
    assert "copy.db exists" in said.output
    assert backup.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


async def test_a_backup_of_nothing_is_refused(tmp_path):
    """No database is made where there is none."""
    said = await run(*BACKUPS)
    assert said.exit_code == 1
    assert "there is no database data/redeemd.db" in said.output
    assert list(tmp_path.iterdir()) == []


async def test_a_backup_killed_in_the_middle_leaves_no_file_of_that_name(tmp_path):
    """The server goes on, and the next backup works."""
    async with running(tmp_path / "data"):
        pass
    make_large(tmp_path / "data" / "redeemd.db", LARGE_BYTES)
    async with serving(tmp_path / "data") as (_, service):
        await kill_in_the_middle(tmp_path, *BACKUPS)
        assert not (tmp_path / "copy.db").exists()
        (code,) = await (await service.world()).codes()
        assert code
        assert (await run(*BACKUPS)).exit_code == 0


async def test_a_restore_killed_in_the_middle_leaves_no_database(tmp_path, backup):
    """A server would make a new one there, and a second restore works."""
    make_large(backup, LARGE_BYTES)
    await kill_in_the_middle_of_restore(tmp_path)
    assert not [path for path in (tmp_path / "new").iterdir() if path.name.startswith("redeemd.db") and not _part(path)]
    async with restored(tmp_path):
        pass


async def kill_in_the_middle_of_restore(tmp_path):
    """Kill a restore as soon as it has written a part of the database."""
    (tmp_path / "new").mkdir()
    await kill_in_the_middle(tmp_path / "new", *RESTORES)


def _part(path):
    return ".part" in path.name


@pytest.mark.parametrize("left", ["redeemd.db", "redeemd.db-wal", "redeemd.db-journal"])
async def test_a_restore_where_a_database_is_or_was_is_refused(tmp_path, backup, left):
    """A journal that was left would be applied to the new database."""
    assert backup.exists()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / left).write_bytes(b"precious")
    said = await run(*RESTORES)
    assert said.exit_code == 1
    assert f"{left} exists" in said.output
    assert (tmp_path / "new" / left).read_bytes() == b"precious"
    assert not list((tmp_path / "new").glob("*.part"))


async def test_a_restore_into_the_folder_of_a_server_is_refused(tmp_path, backup):
    """The error names the owner, even if the database is elsewhere than usual."""
    async with running(tmp_path / "new"):
        said = await run(*RESTORES)
    assert backup.exists()
    assert said.exit_code == 1
    assert "in use" in said.output


@pytest.mark.parametrize("content", [b"", b"nonsense" * 1000, None, "other", "empty", "truncated", "damaged"])
async def test_what_is_no_backup_is_refused(tmp_path, backup, content):
    """In a line, and no database is made: nothing, nonsense, none, one of somebody else's, an empty one of ours, a half
    one and a damaged one."""
    whole = backup.read_bytes()
    backup.unlink()
    match content:
        case bytes():
            backup.write_bytes(content)
        case "truncated":
            backup.write_bytes(whole[: len(whole) // 2])
        case "damaged":
            backup.write_bytes(whole[:4096] + os.urandom(100) + whole[4196:])
        case "other" | "empty":
            with contextlib.closing(sqlite3.connect(backup)) as database:
                table = "schema_migration (version, name, sha256)" if content == "empty" else "mine (a)"
                database.execute(f"CREATE TABLE {table}")
    said = await run(*RESTORES)
    assert said.exit_code == 1, said.output
    assert said.output.startswith("redeemd: ") or "\nredeemd: " in said.output
    assert "Traceback" not in said.output, said.output
    assert not (tmp_path / "new" / "redeemd.db").exists()
    assert not list(tmp_path.glob("**/*.part*"))


async def test_a_backup_of_a_newer_redeemd_is_refused(tmp_path, backup):
    """Its migration is named."""
    with contextlib.closing(sqlite3.connect(backup)) as database:
        database.execute("INSERT INTO schema_migration VALUES (9999, 'later', 'x', 1)")
        database.commit()
    said = await run(*RESTORES)
    assert "9999 (later)" in said.output
    assert not (tmp_path / "new").exists()


async def test_a_backup_of_a_compatible_newer_redeemd_is_restored(tmp_path, backup):
    """And served: a release can be rolled back to its last backup."""
    with contextlib.closing(sqlite3.connect(backup)) as database:
        known = len(migrate.load())
        database.execute("INSERT INTO schema_migration VALUES (?, 'later', 'x', 1)", [known + 1])
        database.execute("INSERT INTO schema_compatibility VALUES (?, ?)", [known + 1, known])
        database.commit()
    async with restored(tmp_path) as service:
        await (await service.world()).codes()


async def test_a_backup_of_an_older_schema_is_restored_and_migrated(tmp_path, monkeypatch):
    """`serve` brings it to the schema it needs, as it does with any database."""
    older = migrate.load()[:-1]
    with monkeypatch.context() as before:
        before.setattr(migrate, "load", lambda: older)
        assert (await run("migrate", "--data", "data")).exit_code == 0
    assert (await run(*BACKUPS)).exit_code == 0
    assert (await run(*RESTORES)).exit_code == 0
    async with running(tmp_path / "new") as service:
        await (await service.world()).codes()


async def test_a_restore_compares_the_master_key(tmp_path, backup):
    """Absent: the error says which and where; another: refused; the right one: confirmed."""
    assert backup.exists()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "master.key").write_text(f"k1:{'A' * 43}=\n")
    said = await run(*RESTORES)
    assert said.exit_code == 1
    assert "k1 is not the one" in said.output
    assert not (tmp_path / "new" / "redeemd.db").exists()
    shutil.copy(tmp_path / "data" / "master.key", tmp_path / "new")
    assert "The master key is in place: new/master.key" in (await run(*RESTORES)).output
    said = (await run("restore", "--from", "copy.db", "--data", "third")).output
    assert "(k1) in third/master.key" in said


async def test_a_copy_that_lost_rows_is_not_given_its_name(tmp_path, backup, monkeypatch):
    """The rows of the copy are counted, and compared with those it was made of."""
    assert backup.exists()
    counts = iter([{"serial_key": 1}, {"serial_key": 2}])
    monkeypatch.setattr(snapshot, "_count", lambda _connection: next(counts))
    said = await run(*RESTORES)
    assert said.exit_code == 1
    assert "does not have the rows" in said.output
    assert not (tmp_path / "new" / "redeemd.db").exists()


async def test_a_server_that_starts_beside_a_backup_is_not_hindered(tmp_path, backup):
    """The backup takes no lock that a server needs."""
    with snapshot.at_one_moment(tmp_path / "data" / "redeemd.db") as reader:
        async with serving(tmp_path / "data") as (_, service):
            await (await service.world()).codes()
        assert reader.execute("SELECT COUNT(*) FROM issue_job").fetchone() == (1,)
    assert backup.exists()


@pytest.mark.parametrize("rotated", [True, False])
async def test_a_new_master_key_separates_lost_codes_from_new_ones_after_a_restore(tmp_path, rotated):
    """A batch issued after the backup comes again, unless a key is added first; then its codes stay refused.

    docs/how-to/backup.md says so.
    """
    async with running(tmp_path / "data") as service:
        world = await service.world()
        (before,) = await world.codes()
        assert (await run(*BACKUPS)).exit_code == 0
        lost = await world.codes(3)
    if rotated:
        path = tmp_path / "data" / "master.key"
        path.write_text(f"{path.read_text()}k2:{'B' * 43}=\n")
    async with restored(tmp_path) as service:
        world = World(service, world.name)
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code=lost[0])
        new = await world.codes(3)
        assert (new == lost) is not rotated
        if rotated:
            with refused("CODE_NOT_FOUND"):
                await world.as_player("Use", "alice", code=lost[0])
        for code in (before, *new):
            await world.as_player("Use", "alice", code=code)
