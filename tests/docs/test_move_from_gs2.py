"""docs/how-to/move-from-gs2.md: the whole move, by its files, commands and program, as the page shows them."""

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys

import pytest
from redeem.exchange.v1 import requests_pb2 as exchange_pb
from redeem.limit.v1 import requests_pb2 as limit_pb
from support import lacking
from support.cli import run
from support.service import refused, running

lacking.module("yaml")

_LANGUAGES = "|".join(("csv", "json", "jsonl", "yaml"))
_FILE = re.compile(
    rf"`([a-z.]+)`[^`]*?(?:`[^`]*`[^`]*?)?:\n\n```(?:{_LANGUAGES})\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
GAME = "game-0001"


@pytest.fixture
def shown(page, tmp_path, monkeypatch):
    """The page, in a folder with its files."""
    shown = page("how-to/move-from-gs2.md")
    for name, text in _FILE.findall(shown.text):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return shown


@pytest.fixture
async def server(shown, tmp_path):
    """A server with the flags of the page: the names of the vendor, and what is not here."""
    serve, *_ = shown.blocks("sh")
    flags = dict(re.findall(r"--([a-z-]+) (\S+)", serve))
    settings = {name.replace("-", "_"): value for name, value in flags.items() if name != "http-listen"}
    async with running(tmp_path / "data", **settings) as service:
        yield service


async def says(server, line, *more, code=0):
    """Run a command of the page; return what it prints."""
    there = ["--server", f"127.0.0.1:{server.port}", "--key", server.key]
    result = await run(*shlex.split(line)[1:], *more, *there)
    assert result.exit_code == code, result.output
    return result.stdout


async def used(server, code, user_id="carol"):
    """Check that a code answers "already used"."""
    with refused("CODE_STATUS_INVALID") as refusal:
        await server.call("UseByUserId", namespace_name=GAME, user_id=user_id, code=code)
    assert refusal.metadata["cause"] == "used"


async def test_the_whole_move(shown, server):
    """The claims of the page hold: nothing is left to apply, used codes are used, counts go on, and the SDK sees it."""
    _, applying, codes, players = (block.splitlines() for block in shown.blocks("sh"))
    [expected] = shown.blocks("text")
    plan, apply = applying
    assert await says(server, plan) == expected
    assert await says(server, apply, "--yes") == f"{expected}6 applied\n"
    assert (await says(server, apply)).endswith("nothing to apply: the server has all of this already\n")
    await _codes(server, codes)
    await _players(server, players)
    await _names_are_those_of_the_vendor(server)
    await _not_here(server)
    assert await _program(shown, server) == "USED alice\n"


async def _codes(server, commands):
    dry_run, imported = [await says(server, command) for command in commands]
    assert dry_run.startswith("4 of 4 codes would be imported")
    assert imported.startswith("4 of 4 codes imported")
    for code, users in {"RPCLP-FP7N-NCDM1": ("alice", "carol"), "RPCLP-FP7N-NCDM4": ("carol",)}.items():
        for user_id in users:
            await used(server, code, user_id)
    unused = {"namespace_name": GAME, "user_id": "carol", "code": "RPCLP-FP7N-NCDM2"}
    assert (await server.call("UseByUserId", **unused)).item.used_user_id == "carol"
    await used(server, "RPCLP-FP7N-NCDM2")
    found = await server.call("GetSerialKey", namespace_name=GAME, code="RPCLP-FP7N-NCDM4")
    assert (found.item.metadata, found.item.used_user_id) == ("spring fair", "bob")
    again = await says(server, commands[1], code=1)
    assert again.startswith("0 of 4 codes imported")
    assert "3 are here already" in again  # the fourth was used here


async def _players(server, commands):
    said = [await says(server, command) for command in commands]
    assert [text.splitlines()[0] for text in said] == [
        "1 of 2 counters would be imported, 1 past",
        "1 of 2 counters imported, 1 past",
        "1 of 1 awaits imported",
    ]
    assert (await says(server, commands[1])).startswith("0 of 2 counters imported, 1 unchanged, 1 past")
    up = limit_pb.CountUpByUserIdRequest(
        namespace_name=GAME, user_id="alice", limit_name="ever", counter_name="starter-pack"
    )
    assert (await server.limits.CountUpByUserId(up, metadata=server.admin)).item.count == 4
    name = {"namespace_name": GAME, "user_id": "alice", "await_name": "5c1e9a7d-chest"}
    acquire = exchange_pb.AcquireByUserIdRequest(**name)
    result = await server.exchanges.AcquireByUserId(acquire, metadata=server.admin)
    [acquired] = result.transaction_result.acquire_results
    assert json.loads(acquired.acquire_result)["item"]["campaignModelName"] == "welcome"
    assert (await says(server, commands[2], code=1)).startswith("0 of 1 awaits imported, 1 changed")
    with refused("AWAIT_NOT_FOUND"):
        await server.exchanges.AcquireByUserId(acquire, metadata=server.admin)


async def _names_are_those_of_the_vendor(server):
    grn = "grn:gs2:ap-northeast-1:7Hc3-owner"
    assert (await server.call("GetNamespace", namespace_name=GAME)).item.namespace_id == f"{grn}:serialKey:{GAME}"
    key = await server.call("GetSerialKey", namespace_name=GAME, code="RPCLP-FP7N-NCDM1")
    assert key.item.serial_key_id == f"{grn}:serialKey:{GAME}:serialKey:RPCLP-FP7N-NCDM1"
    ever = {"namespace_name": GAME, "user_id": "alice", "limit_name": "ever", "counter_name": "starter-pack"}
    request = limit_pb.GetCounterByUserIdRequest(**ever)
    counter = (await server.limits.GetCounterByUserId(request, metadata=server.admin)).item
    assert counter.counter_id.startswith(f"{grn}:limit:{GAME}:")


async def _not_here(server):
    request = exchange_pb.ExchangeByUserIdRequest(namespace_name=GAME, rate_name="bag", user_id="alice", count=1)
    with refused("ACTION_NOT_HERE"):
        await server.exchanges.ExchangeByUserId(request, metadata=server.admin)


async def _program(shown, server):
    """Run the program of the page; return what it prints."""
    [program] = shown.blocks("python")
    client_id, secret = server.key.split(".")
    endpoint = f"http://127.0.0.1:{server.http_port}"
    settings = {"CLIENT_ID": client_id, "CLIENT_SECRET": secret, "ENDPOINT": endpoint}
    command = [sys.executable, "-c", program]
    done = await asyncio.to_thread(
        subprocess.run, command, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
