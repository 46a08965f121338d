"""Imported codes survive restarts, and the database does not reveal them."""

import asyncio
import contextlib
import shutil
import sqlite3
import time

import grpc
import pytest
from redeemd.serialkey.importing import imports
from serialkey.test_master_keys import entry
from support.clock import ManualClock
from support.imports import OpenImport, counts, jobs, listed, problems, written
from support.patience import WAIT_SECONDS
from support.process import serving
from support.service import refused, running
from support.world import World

CODES = [f"SUMMER-{n}" for n in range(1500)]
K1, K2 = entry("k1", 1), entry("k2", 2)


async def until_a_step_is_in(folder):
    """Wait until the database of another process holds imported codes."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            with contextlib.closing(sqlite3.connect(f"file:{folder / 'redeemd.db'}?mode=ro", uri=True)) as database:
                if database.execute("SELECT EXISTS (SELECT * FROM imported_code)").fetchone()[0]:
                    return
            await asyncio.sleep(0.01)


async def test_kill_9_in_the_middle_of_an_import_leaves_nothing(tmp_path):
    """After the restart nothing is to be seen; a minute later at most, the same codes can be imported."""
    async with serving(tmp_path) as (process, service):
        world = await service.world()
        made = OpenImport(world)
        made.send(CODES)
        await until_a_step_is_in(tmp_path)
        process.process.kill()
        with pytest.raises(grpc.aio.AioRpcError):
            await made.end()
    clock = ManualClock(int(time.time() * 1000))
    async with running(tmp_path, clock=clock) as service:
        world = World(service, world.name)
        assert await written(world) > 0
        assert not await jobs(world)
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code=CODES[0])
        clock.advance(seconds=imports.SILENT_SECONDS_MAX + 1)
        report = await world.bring(CODES)
        assert (counts(report), report.imported_count) == ({}, 1500)
        assert (await world.as_player("Use", "alice", code=CODES[0])).item.status == 2


async def test_kill_9_after_the_response_loses_no_imported_code(tmp_path):
    """Acknowledged codes are complete and in order after the restart."""
    async with serving(tmp_path) as (process, service):
        world = await service.world()
        job = (await world.bring(CODES)).item
        process.process.kill()
        await process.end()
    async with running(tmp_path) as service:
        world = World(service, world.name)
        assert await listed(world, job) == CODES
        assert (await world.as_player("Use", "alice", code=CODES[-1])).item.status == 2


async def test_no_imported_code_is_in_the_database(own_service):
    """Neither while they come in nor when they are there, used, or in a response kept for a key; nor in the file."""
    world = await own_service.world()
    codes = ["SUMMER-SALE-2026", "\u30b5\u30de\u30fc", "winter-sale-1999"]
    made = OpenImport(world)
    made.send(codes)
    await made.until_written(3)
    dumps = [await own_service.dump()]
    await made.end()
    await world.as_player("Use", "alice", code=codes[0], duplication_avoider="k")
    dumps.append(await own_service.dump())
    text = repr(dumps)
    assert "imported_code" in text
    files = b"".join(path.read_bytes() for path in own_service.settings.data.glob("redeemd.db*"))
    assert b"imported_code" in files
    for code in codes:
        for part in (code, code[:6]):
            assert part not in text
            assert part.encode() not in files


async def test_imported_codes_stay_good_after_a_rotation(tmp_path):
    """With k2 added, codes imported under k1 are used and listed, and they are conflicts; new ones are imported."""
    async with running(tmp_path, master_key=K1) as service:
        world = await service.world()
        old = (await world.bring(["a", "b"])).item
    async with running(tmp_path, master_key=f"{K1},{K2}") as service:
        world.service = service
        assert (await world.as_player("Use", "alice", code="a")).item.status == 2
        assert await listed(world, old) == ["a", "b"]
        assert problems(await world.bring(["c", "b"])) == [(1, 2)]
        new = (await world.bring(["c", "d"])).item
        assert await jobs(world) == [old, new]
        assert (await world.as_player("Use", "alice", code="d")).item.status == 2


async def test_a_serial_key_comes_before_an_imported_code(tmp_path):
    """A text that was imported and that a later master key happens to open is read as a serial key."""
    server, elsewhere = tmp_path / "server", tmp_path / "elsewhere"
    async with running(server, master_key=K1) as service:
        world = await service.world()
    shutil.copytree(server, elsewhere)
    async with running(elsewhere, master_key=f"{K1},{K2}") as service:
        world.service = service
        texts = await world.codes(2)
    async with running(server, master_key=K1) as service:
        world.service = service
        assert counts(await world.bring([texts[1]])) == {}  # under k1 it is a text like any
        assert (await world.call("GetSerialKey", code=texts[1])).issue_job.imported
    async with running(server, master_key=f"{K1},{K2}") as service:
        world.service = service
        assert problems(await world.bring([texts[0]])) == [(0, 3)]
        with refused("CODE_NOT_FOUND"):
            await world.as_player("Use", "alice", code=texts[1])  # never issued here
        await world.issue(1)  # the second sequence, behind the imported code's
        found = await world.call("GetSerialKey", code=texts[1])
        assert not found.issue_job.imported
