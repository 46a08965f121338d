"""Files that redeemd writes are accessible to their owner alone, whatever the umask of the process."""

import asyncio
import os
import stat

import pytest
from support import forked
from support.patience import WAIT_SECONDS
from support.process import serving
from support.world import World

UMASKS = [0o000, 0o077]
DATA_FOLDER = {"redeemd.db", "redeemd.db-wal", "redeemd.db-shm", "redeemd.lock", "admin.key", "master.key"}


def modes(folder):
    """Return the modes of a folder and of all files in it, by name; "." is the folder."""
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    return found | {".": stat.S_IMODE(folder.stat().st_mode)}


def all_private(names):
    """Return what the modes of a folder and of these files have to be."""
    return dict.fromkeys(names, 0o600) | {".": 0o700}


async def command(umask, *arguments):
    """Run a command in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
    process = await forked.start(*arguments, environment=clean, umask=umask, output=True)
    async with asyncio.timeout(WAIT_SECONDS):
        said, _ = await process.communicate()
    assert process.returncode == 0, said


@pytest.mark.parametrize("umask", UMASKS, ids=oct)
async def test_all_files_of_a_data_folder_are_private(tmp_path, umask):
    """While it is served, and in a folder that is made for it."""
    folder = tmp_path / "data"
    async with serving(folder, umask=umask) as (_, service):
        await service.world()
        assert modes(folder) == all_private(DATA_FOLDER)


@pytest.mark.parametrize("umask", UMASKS, ids=oct)
async def test_files_that_commands_write_are_private(tmp_path, umask):
    """Backups, what is restored from them, copies, and exports of codes."""
    folder, out = tmp_path / "data", tmp_path / "out"
    out.mkdir(mode=0o700)
    async with serving(folder, umask=umask) as (process, service):
        world = World(service, "shop")
        await service.call("CreateNamespace", name=world.name)
        await world.put_in_force("spring")
        job = await world.issue(3)
        server = ["--server", process.address, "--key-file", folder / "admin.key"]
        await command(umask, "export", world.name, "spring", job.name, "--out", out / "codes.csv", *server)
        await command(umask, "backup", "--data", folder, "--to", out / "backup.db")
    await command(umask, "restore", "--from", out / "backup.db", "--data", tmp_path / "restored")
    database = f"sqlite:///{out / 'backup.db'}"
    await command(umask, "copy", "--from", database, "--to", f"sqlite:///{tmp_path / 'copied' / 'redeemd.db'}")
    assert modes(out) == all_private({"backup.db", "codes.csv", "codes.csv.sha256"})
    for name in ("restored", "copied"):
        assert modes(tmp_path / name) == all_private({"redeemd.db", "redeemd.lock"})


@pytest.mark.parametrize("umask", UMASKS, ids=oct)
async def test_a_database_that_a_command_makes_is_private(tmp_path, umask):
    """`migrate` makes one without a server."""
    folder = tmp_path / "data"
    await command(umask, "migrate", "--data", folder)
    assert modes(folder) == all_private({"redeemd.db", "redeemd.lock"})


async def test_the_mode_that_an_operator_gave_the_database_stays(tmp_path):
    """It may be for a group whose program makes copies."""
    folder = tmp_path / "data"
    async with serving(folder):
        pass
    (folder / "redeemd.db").chmod(0o640)
    async with serving(folder):
        assert modes(folder)["redeemd.db"] == 0o640
