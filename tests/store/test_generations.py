"""Generations: incremental backups of an embedded database, read and written through their folder."""

import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from redeemd.store.sqlite import generations
from redeemd.store.sqlite.blocks import BLOCK_BYTES, DamagedBackup
from redeemd.store.sqlite.generations import Archive
from redeemd.store.sqlite.lock import FolderInUse
from redeemd.store.sqlite.snapshot import SnapshotError
from support.cli import run
from support.killing import make_large

NOW = datetime(2026, 11, 29, 13, 15, 2, tzinfo=UTC)
LARGE_BYTES = 3_000_000


@pytest.fixture
async def database(tmp_path):
    """A database with some megabytes in it."""
    assert (await run("migrate", "--data", tmp_path / "data")).exit_code == 0
    path = tmp_path / "data" / "redeemd.db"
    make_large(path, LARGE_BYTES)
    return path


@pytest.fixture
def folder(tmp_path):
    """The folder of the backups."""
    return tmp_path / "backups"


def write(database, value):
    """Change a little: replace the only row of a small table."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM deleted_namespace")
        connection.execute("INSERT INTO deleted_namespace VALUES (?, 1)", [value])
        connection.commit()


def value_in(path):
    """Return what `write` wrote last."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return connection.execute("SELECT * FROM deleted_namespace").fetchone()[0]


def take(folder, database, *values, keep=100):
    """Take a generation after each write."""
    with contextlib.closing(Archive(folder)) as archive:
        taken = []
        for value in values:
            write(database, value)
            taken.append(archive.take(database, NOW))
            archive.prune(keep)
    return taken


def restored(folder, name=""):
    """Return the value in a generation."""
    target = folder.parent / "restored.db"
    generations.assemble(folder, name, target)
    return value_in(target)


def blocks(folder):
    """Return the paths of the blocks."""
    return sorted((folder / "blocks").iterdir())


def test_each_generation_has_the_database_as_it_was(folder, database):
    """By its name, and the last one without."""
    names = [taken.name for taken in take(folder, database, 1, 2, 3)]
    assert names == generations.names(folder) == [f"0000000{number}-20261129T131502Z" for number in (1, 2, 3)]
    assert [restored(folder, name) for name in (*names, "")] == [1, 2, 3, 3]


def test_a_small_change_writes_a_small_part(folder, database):
    """Of the blocks only those that changed: a tenth of this database at most."""
    first, second = take(folder, database, 1, 2)
    assert first.written >= LARGE_BYTES
    assert 0 < second.written <= first.size / 10


def test_an_unchanged_database_makes_no_generation_and_dates_the_last_one(folder, database):
    """Its mtime says up to when it is complete; also by another process."""
    [first] = take(folder, database, 1)
    path = folder / "generations" / first.name
    os.utime(path, (0, 0))
    with contextlib.closing(Archive(folder)) as archive:
        second = archive.take(database, NOW)
    assert second == generations.Taken(first.name, is_new=False, size=first.size, written=0)
    assert path.stat().st_mtime > 0
    assert generations.names(folder) == [first.name]


def test_pruning_keeps_the_last_generations_and_their_blocks_only(folder, database):
    """Which can all be restored."""
    take(folder, database, 1, 2, 3, 4, 5, keep=2)
    left = generations.names(folder)
    assert [restored(folder, name) for name in left] == [4, 5]
    many = len(blocks(folder))
    take(folder, database, 6, 7, 8, keep=2)
    assert len(blocks(folder)) == many


def test_nothing_is_pruned_while_a_generation_is_read(folder, database, monkeypatch):
    """The next pruning does it."""
    [first] = take(folder, database, 1)
    read = generations._write

    def read_while_others_are_taken(*arguments):
        take(folder, database, 2, 3, keep=1)
        read(*arguments)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(generations, "_write", read_while_others_are_taken)
        assert restored(folder, first.name) == 1
    take(folder, database, 4, keep=1)
    assert len(generations.names(folder)) == 1


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "empty"])
@pytest.mark.parametrize("what", ["blocks", "generations"])
def test_damage_is_found_by_a_restore_which_names_the_other_generations(folder, database, what, damage):
    """And found by the next backup, which writes the block again."""
    [first] = take(folder, database, 1)
    shared = set(blocks(folder))
    [second] = take(folder, database, 2)
    path = folder / "generations" / second.name if what == "generations" else (set(blocks(folder)) - shared).pop()
    content = path.read_bytes()
    match damage:
        case "changed":
            path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])
        case "cut":
            path.write_bytes(content[:-9])
        case "missing":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
    if (what, damage) == ("generations", "missing"):
        assert restored(folder) == 1  # as if it had never been taken
        return
    with pytest.raises(DamagedBackup, match=f"generation {second.name} is damaged: .*: {first.name}$"):
        restored(folder)
    assert restored(folder, first.name) == 1
    take(folder, database, 2)
    assert restored(folder) == 2


def test_the_backups_of_one_database_are_not_replaced_by_those_of_another(folder, database, tmp_path):
    """An empty database in the place of a lost one would push them out."""
    take(folder, database, 1)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE schema_migration SET applied_at = applied_at + 1")
        connection.commit()
    with pytest.raises(SnapshotError, match="has backups of another database"):
        take(folder, database, 2, keep=1)
    assert restored(folder) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_a_damaged_database_is_not_backed_up(folder, database):
    """The first copy is checked."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    content = bytearray(database.read_bytes())
    content[8 * 4096 : 9 * 4096] = os.urandom(4096)
    database.write_bytes(content)
    with contextlib.closing(Archive(folder)) as archive, pytest.raises(SnapshotError):
        archive.take(database, NOW)
    assert generations.names(folder) == []


@pytest.mark.parametrize("name", ["film.mkv.part", "copy.1.part", "blocks/notes.txt", "generations/film.part"])
def test_files_of_others_in_the_folder_stay(folder, database, name):
    """Files of any name are kept: the operator may use the folder for other purposes."""
    other = folder / name
    other.parent.mkdir(parents=True)
    other.write_text("of somebody else")
    take(folder, database, 1, 2, 3, keep=1)
    take(folder, database, 4, keep=1)
    assert other.read_text() == "of somebody else"
    assert restored(folder) == 4


def test_a_copy_that_cannot_be_written_is_not_blamed_on_the_database(folder, database):
    """The disk of the backups is full: the error names them, and the generations stay."""
    take(folder, database, 1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with contextlib.closing(Archive(folder)) as archive, pytest.raises(SnapshotError, match=f"^{folder}/"):
            archive.take(database, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(folder.rglob("*.part"))
    assert restored(folder) == 1


def test_two_processes_do_not_back_up_into_one_folder(folder, database):
    """Each would remove the blocks of the other."""
    with contextlib.closing(Archive(folder)), pytest.raises(FolderInUse):
        take(folder, database, 1)


def test_what_is_no_folder_of_generations_is_refused(tmp_path, folder, database):
    """With the requested name."""
    take(folder, database, 1)
    for place, name in ((tmp_path, ""), (folder, "00000009-20261129T131502Z"), (folder, "../blocks")):
        with pytest.raises(SnapshotError, match="has no generation"):
            generations.assemble(place, name, tmp_path / "restored.db")


def test_a_copy_of_the_folder_can_be_restored(tmp_path, folder, database):
    """Without its locks."""
    take(folder, database, 1)
    for lock in folder.glob("*.lock"):
        lock.unlink()
    assert restored(folder.rename(tmp_path / "elsewhere")) == 1


def test_all_files_are_private(folder, database):
    """They have what the database has."""
    take(folder, database, 1)
    modes = {path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert modes == {0o700, 0o600}


# Takes a generation and prunes, and ends as by a kill before a change to a file or folder, the n-th.
KILLED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from redeemd.store.sqlite.generations import Archive

folder, database, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
steps = 0

def die(event, arguments):
    global steps
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.utime"):
        steps += 1
        if steps == limit:
            os._exit(9)

sys.addaudithook(die)
archive = Archive(folder)
archive.take(database, datetime.now(UTC))
archive.prune(2)
"""


def test_a_kill_before_any_change_to_a_file_loses_no_generation(folder, database):
    """The two earlier ones stay until the new one is complete; the next backup tidies up."""
    take(folder, database, 1, 2)
    for step in range(1, 1000):
        before = [restored(folder, name) for name in generations.names(folder)][-2:]
        write(database, 2 + step)
        arguments = [sys.executable, "-c", KILLED, folder, database, str(step)]
        code = subprocess.run(arguments, check=False).returncode
        after = [restored(folder, name) for name in generations.names(folder)]
        assert after[-2:] in (before, [before[-1], 2 + step])
        if code == 0:
            break
        assert code == 9
    assert step > 15, "the steps were not counted"
    take(folder, database, 5000, keep=1)
    expected = -(-(folder.parent / "restored.db").stat().st_size // BLOCK_BYTES)
    assert restored(folder) == 5000
    assert len(blocks(folder)) <= expected
    assert not list(folder.rglob("*.part"))
