"""Data folders that lost their database, and first starts that were interrupted: real processes."""

import contextlib
import sqlite3

import pytest
from redeemd.auth import keys
from support.cli import run
from support.process import refusal_to_start, serving

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")
FLAG = ("--allow-empty-database", "true")


@pytest.fixture
async def folder(tmp_path):
    """A data folder that was served once."""
    async with serving(tmp_path / "data") as (process, _):
        await process.end()
    return tmp_path / "data"


def remove_database(folder):
    """Remove every file of the database."""
    for path in folder.glob("redeemd.db*"):
        path.unlink()


def truncate(folder):
    """Leave a file of length 0."""
    remove_database(folder)
    (folder / "redeemd.db").touch()


def leave_the_journal(folder):
    """Leave what SQLite writes beside it."""
    remove_database(folder)
    (folder / "redeemd.db-wal").write_bytes(b"what was redeemed last")


def empty(folder):
    """Leave a database without tables."""
    remove_database(folder)
    with contextlib.closing(sqlite3.connect(folder / "redeemd.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")


def contents(folder):
    """Return all files but those that a reader leaves: the lock, and an empty journal with its index."""
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "redeemd.lock"}
    return {name: text for name, text in files.items() if not name.endswith("-shm") and (text or "-wal" not in name)}


def key_files(folder):
    """Return the files of keys."""
    return {name: text for name, text in contents(folder).items() if name.endswith(".key")}


def statement(folder, sql):
    """Change the database of a server that does not run."""
    with contextlib.closing(sqlite3.connect(folder / "redeemd.db", isolation_level=None)) as database:
        database.execute(sql)


@pytest.mark.parametrize("lose", [remove_database, truncate, leave_the_journal, empty])
async def test_keys_without_their_database_are_refused(folder, lose):
    """In one line that names them and the flag; nothing is changed. Likewise where one of the two keys is left."""
    lose(folder)
    for names in (("master.key", "admin.key"), ("admin.key",)):
        before = contents(folder)
        said = await refusal_to_start(folder)
        assert len(said.splitlines()) == 1
        assert all(name in said for name in (*names, "redeemd.db", "--allow-empty-database"))
        assert contents(folder) == before
        (folder / names[0]).unlink()


@pytest.mark.parametrize("command", [("migrate",), ("keys", "list"), ("keys", "create", "server")], ids=" ".join)
async def test_commands_refuse_them_likewise(folder, command):
    """None of them makes the database that `serve` would then take for the right one."""
    truncate(folder)
    before = contents(folder)
    result = await run(*command, "--data", folder)
    assert result.exit_code == 1
    assert "--allow-empty-database" in result.output
    assert contents(folder) == before


async def test_a_backup_of_an_empty_database_is_refused(folder, tmp_path):
    """Rather than being a backup of nothing."""
    truncate(folder)
    result = await run("backup", "--data", folder, "--to", tmp_path / "backup.db")
    assert result.exit_code == 1
    assert not (tmp_path / "backup.db").exists()


@pytest.mark.parametrize("lose", [remove_database, truncate, empty])
async def test_an_empty_database_that_is_intended_is_served(folder, lose):
    """With the master key that is there and an admin key of its own; no file of a key is changed."""
    before = key_files(folder)
    lose(folder)
    async with serving(folder, *FLAG, key_file="admin-2.key") as (process, service):
        assert any("admin-2.key" in line for line in process.lines)
        assert not any("created a master key" in line for line in process.lines)
        await service.world()
    after = key_files(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"admin-2.key"}
    async with serving(folder, key_file="admin-2.key") as (_, service):  # from now on without the flag
        await service.world()


async def test_a_first_start_that_was_killed_before_its_key_was_in_the_database_goes_on(folder):
    """The key in the file is put in force, and the file stays as it is."""
    before = key_files(folder)
    statement(folder, "DELETE FROM api_key")
    async with serving(folder) as (process, service):
        assert any("admin.key" in line for line in process.lines)
        await service.world()
    assert key_files(folder) == before


async def test_a_first_start_that_was_killed_before_its_master_key_was_noted_goes_on(folder):
    """With the key that it had made."""
    before = key_files(folder)
    statement(folder, "DELETE FROM master_key_check")
    async with serving(folder) as (_, service):
        await service.world()
    assert key_files(folder) == before


@pytest.mark.parametrize("text", ["", "something else"])
async def test_a_file_that_holds_no_key_is_not_overwritten(folder, text):
    """It is named, not quoted."""
    statement(folder, "DELETE FROM api_key")
    (folder / "admin.key").write_text(text)
    said = await refusal_to_start(folder)
    assert "admin.key" in said
    assert "something else" not in said
    assert (folder / "admin.key").read_text() == text


def test_a_key_is_read_as_it_was_drawn():
    """And nothing else is."""
    new = keys.draw()
    assert keys.parse(new.text) == new
    assert [keys.parse(text) for text in (new.text[:-1], f"{new.text}\n", f"x{new.text}", "")] == [None] * 4


async def test_a_master_key_from_elsewhere_needs_no_flag(folder, tmp_path):
    """A first start with a key that one was given, in a folder without any."""
    given = folder / "master.key"
    async with serving(tmp_path / "new", "--master-key-file", str(given)) as (_, service):
        await service.world()


async def test_a_master_key_that_leads_nowhere_is_not_created(tmp_path):
    """The file that the link names may be on a disk that is not mounted. The refusal names the link."""
    (tmp_path / "master.key").symlink_to(tmp_path / "elsewhere" / "master.key")
    said = await refusal_to_start(tmp_path)
    assert said.endswith(f"{tmp_path / 'master.key'} is a symbolic link to a file that does not exist")
