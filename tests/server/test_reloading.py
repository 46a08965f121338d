"""Files that were replaced are read again on SIGHUP, and no call notices."""

import asyncio
import contextlib
import io
import json
import os
import signal
import sqlite3

import grpc
import pytest
from redeemd.app.reloading import ReloadFailed, Reloading
from redeemd.base.log import LogPolicy
from redeemd.base.telemetry import Telemetry
from redeemd.base.tls_error import TlsError
from support.cli import run
from support.github import TOKEN, check_out, expect_refusal, github
from support.patience import WAIT_SECONDS
from support.process import serving
from support.service import running
from support.uploads import document, in_force

CALLERS = 4


async def call(world, over, failed):
    """Issue and use codes, one after the other, until it is over."""
    while not over.is_set():
        try:
            (code,) = await world.codes()
            await world.as_player("Use", "alice", code=code)
        except grpc.aio.AioRpcError as error:
            failed.append(f"{error.code()} {error.details()}")


def keys_used(folder):
    """Return the ids of the master keys under which there are codes."""
    with contextlib.closing(sqlite3.connect(folder / "redeemd.db")) as database:
        return {key_id for (key_id,) in database.execute("SELECT DISTINCT key_id FROM issue_job")}


async def test_a_new_master_key_is_used_after_sighup_and_no_call_fails(tmp_path):
    """Also when the file was broken in between: then the keys of before stay in use."""
    failed, over = [], asyncio.Event()
    async with serving(tmp_path) as (process, service), asyncio.timeout(WAIT_SECONDS):
        world = await service.world()
        async with asyncio.TaskGroup() as group:
            for _ in range(CALLERS):
                group.create_task(call(world, over, failed))
            path = tmp_path / "master.key"
            before = path.read_text()
            path.write_text("k1:broken")
            process.process.send_signal(signal.SIGHUP)
            await world.codes()
            path.write_text(before)
            for step in (["add"], ["use", "k2"]):
                assert (await run("master-keys", *step, "--master-key-file", path)).exit_code == 0
            process.process.send_signal(signal.SIGHUP)
            while keys_used(tmp_path) != {"k1", "k2"}:
                await world.codes()
            over.set()
        assert failed == []
        assert await process.end() == 0


async def test_new_github_keys_are_used_after_a_reload(tmp_path):
    """A file that cannot be used leaves the keys of before in use."""
    path = tmp_path / "github.keys"
    path.write_text("other=ghp_other")
    async with (
        github() as hub,
        running(tmp_path / "data", github_url=hub.url, github_keys_file=path) as service,
    ):
        hub.put(document("a"))
        world = await service.world()
        await expect_refusal(world, "CHECKOUT_KEY_NOT_FOUND")
        for text in (f"main={TOKEN}", "main"):
            path.write_text(text)
            await service.app.components.reloading.reload()
            await check_out(world)
        assert await in_force(world) == ["a"]


async def test_a_file_that_never_ends_is_not_read(tmp_path):
    """A named pipe blocks whoever opens it; the keys of before stay in use, and so do calls."""
    path = tmp_path / "github.keys"
    path.write_text(f"main={TOKEN}")
    async with github() as hub, running(tmp_path / "data", github_url=hub.url, github_keys_file=path) as service:
        hub.put(document("a"))
        world = await service.world()
        path.unlink()
        os.mkfifo(path)
        async with asyncio.timeout(WAIT_SECONDS):
            await service.app.components.reloading.reload()
        await check_out(world)


@pytest.mark.parametrize("level", ["calls", "faults", "off"])
async def test_a_file_that_cannot_be_used_is_logged_as_an_error_at_every_level(level):
    """Whether it was read because it changed or on request."""

    async def changed():
        raise TlsError("a.pem: is bad")

    async def requested():
        raise ReloadFailed("b.keys: is bad")

    log = io.StringIO()
    telemetry = Telemetry(log=log, policy=LogPolicy(level))
    reloading = Reloading({"a": changed}, telemetry, {"b": requested})
    await reloading.step()
    await reloading.reload()
    telemetry.close()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["severity"], line["files"], line["problem"]) for line in lines] == [
        ("ERROR", "a", "a.pem: is bad"),
        ("ERROR", "b", "b.keys: is bad"),
    ]
