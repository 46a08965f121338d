"""`backup --every` beside a server, and what a lost disk costs."""

import asyncio
import contextlib
import json
import shutil
import signal

import pytest
from support import forked
from support.cli import run
from support.patience import WAIT_SECONDS
from support.process import serving
from support.service import refused
from support.small_disk import fill, small_disk
from support.world import World

pytestmark = pytest.mark.usefixtures("no_settings_of_the_developer")
KEYS = ("master.key", "admin.key")


@contextlib.asynccontextmanager
async def backing_up(*flags):
    """Run the command as a process; killed at the end."""
    process = await forked.start("backup", "--data", "data", "--to", "backups", *flags, output=True)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def next_generation(process):
    """Return what the command prints when it has completed one."""
    async with asyncio.timeout(WAIT_SECONDS):
        line = await process.stdout.readline()
        assert line, (await process.stderr.read()).decode()
    return json.loads(line)


async def test_after_a_lost_disk_everything_acknowledged_before_the_last_generation_is_there(tmp_path):
    """Server killed and data folder deleted under load: used codes are used, by the same player, and refused to others;
    what is unused can be used."""
    async with serving(tmp_path / "data") as (server, service):
        world = await service.world()
        (unused,) = await world.codes()
        await service.token("alice")
        answered, ended = [], asyncio.Event()

        async def use():
            while not ended.is_set():
                code = (await world.call("IssueOnce", campaign_model_name="spring")).item.code
                await world.as_player("Use", "alice", code=code)
                answered.append(code)

        async with backing_up("--every", "1", "--keep", "3") as backup:
            users = [asyncio.create_task(use()) for _ in range(3)]
            for _ in range(5):  # more than are kept
                await next_generation(backup)
            assert answered
            before = list(answered)
            for _ in range(2):  # the first of these may have begun before
                await next_generation(backup)
            backup.kill()
        ended.set()
        await asyncio.gather(*users)
        await server.end(signal.SIGKILL)
    lose_the_disk(tmp_path)
    said = await run("restore", "--from", "backups", "--data", "data")
    assert said.exit_code == 0, said.output
    for name in KEYS:
        shutil.copy(tmp_path / name, tmp_path / "data")
    async with serving(tmp_path / "data") as (_, service):
        world = World(service, world.name)
        for code in before:
            assert (await world.call("GetSerialKey", code=code)).item.used_user_id == "alice"
        for code in before[-20:]:
            with refused("CODE_STATUS_INVALID"):
                await world.as_player("Use", "bob", code=code)
        assert (await world.as_player("Use", "bob", code=unused)).item.used_user_id == "bob"


def lose_the_disk(tmp_path):
    """Delete the data folder; the keys are kept elsewhere."""
    for name in KEYS:
        shutil.copy(tmp_path / "data" / name, tmp_path)
    shutil.rmtree(tmp_path / "data")


async def test_the_command_ends_when_the_database_is_lost_and_keeps_its_generations(tmp_path):
    """With status 1 and a line, for whoever supervises it."""
    assert (await run("migrate", "--data", "data")).exit_code == 0
    async with backing_up("--every", "1") as backup:
        made = await next_generation(backup)
        shutil.rmtree(tmp_path / "data")
        async with asyncio.timeout(WAIT_SECONDS):
            said = (await backup.stderr.read()).decode()
            assert await backup.wait() == 1
    assert said.startswith("redeemd: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert (
        await run("restore", "--from", "backups", "--data", "new", "--generation", made["generation"])
    ).exit_code == 0


async def test_sigterm_ends_the_command_between_two_generations():
    """With status 0; the line about the last one has its size and what was written."""
    assert (await run("migrate", "--data", "data")).exit_code == 0
    async with backing_up("--every", "600") as backup:
        made = await next_generation(backup)
        backup.terminate()
        async with asyncio.timeout(WAIT_SECONDS):
            assert await backup.wait() == 0
    assert made["event"] == "backup"
    assert made["written_bytes"] >= made["size_bytes"] / 2 > 0


async def test_a_generation_is_chosen_for_folders_only(tmp_path):
    """A file has none."""
    assert (await run("migrate", "--data", "data")).exit_code == 0
    assert (await run("backup", "--data", "data", "--to", "copy.db")).exit_code == 0
    said = await run("restore", "--from", "copy.db", "--data", "new", "--generation", "1")
    assert said.exit_code == 1
    assert "copy.db is not a folder" in said.output
    assert not (tmp_path / "new").exists()


async def test_a_folder_without_generations_is_refused_and_no_database_is_made(tmp_path):
    """In a line."""
    (tmp_path / "backups").mkdir()
    said = await run("restore", "--from", "backups", "--data", "new")
    assert said.exit_code == 1
    assert "backups has no generation" in said.output
    assert not list(tmp_path.rglob("redeemd.db*"))


@pytest.mark.parametrize("copies", [0.1, 1.5])
async def test_a_full_disk_ends_one_backup_and_not_the_command(tmp_path, copies):
    """Whether the copy or its blocks do not fit: it is reported, leaves nothing, and the next one is taken."""
    assert (await run("migrate", "--data", "data")).exit_code == 0
    folder, filler = tmp_path / "backups", tmp_path / "backups" / "filler"
    size = (tmp_path / "data" / "redeemd.db").stat().st_size
    with small_disk(folder, str(4 * size)):
        fill(filler, leave=int(copies * size))
        async with backing_up("--every", "1") as backup:
            for _ in range(2):
                failed = await next_generation(backup)
                assert (failed["severity"], failed["event"]) == ("ERROR", "backup_failed")
            filler.unlink()
            while (made := await next_generation(backup))["event"] != "backup":
                assert made["event"] == "backup_failed"
            assert made["size_bytes"] > 0
        assert not list(folder.rglob("*.part"))


async def test_the_oldest_generation_makes_room_for_the_next_one(tmp_path):
    """The oldest one is removed before, if the next one may not fit beside all that are kept."""
    assert (await run("migrate", "--data", "data")).exit_code == 0
    size = (tmp_path / "data" / "redeemd.db").stat().st_size
    generations = tmp_path / "backups" / "generations"
    with small_disk(tmp_path / "backups", str(7 * size // 2)):
        async with serving(tmp_path / "data") as (_, service), backing_up("--every", "1", "--keep", "2") as backup:
            for number in range(5):
                await service.call("CreateNamespace", name=f"shop{number}")
                made = await next_generation(backup)
                assert made["event"] == "backup", made
                assert len(list(generations.iterdir())) <= 2
