"""Replicas on one machine that share a port (--reuse-port): the kernel spreads connections over them."""

import asyncio
import contextlib

import aiohttp
import grpc
import pytest
from redeemd.config import ConfigError, load
from support import postgres as pg
from support.patience import WAIT_SECONDS
from support.process import spawn
from support.programs import free_port
from support.replicas import SERVICE_CONFIG, HonestPlayers
from support.service import Service

CONNECTIONS = 6
ROUNDS = 2  # of each player after the end of a replica
SHARED = ("--reuse-port", "true", "--drain-seconds", "0")


async def started(folder, port, **environment):
    """Start a replica on the port, and wait until it serves."""
    process = await spawn(folder, "--listen", f"127.0.0.1:{port}", *SHARED, **environment)
    await process.wait_until_serving()
    return process


@contextlib.asynccontextmanager
async def connected(folder, port):
    """Call the port on a connection of its own, with the published service config."""
    options = [("grpc.service_config", SERVICE_CONFIG.read_text()), ("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        key = (folder / "admin.key").read_text().strip()
        yield Service(None, None, None, None, channel, key, None)


async def until_both_serve(stack, folder, port, replicas):
    """Open connections until each replica has some; return players on all of them."""
    players = []
    async with asyncio.timeout(WAIT_SECONDS):
        while len(players) < CONNECTIONS or not all([await serves(replica) for replica in replicas]):
            service = await stack.enter_async_context(connected(folder, port))
            players.append(HonestPlayers(await service.world()))
    return players


async def serves(replica):
    """Return whether a replica has made a namespace, as each connection does."""
    (line,) = [line for line in replica.lines if "serving HTTP on" in line]
    async with aiohttp.ClientSession() as session, session.get(f"http://{line.split()[3]}/metrics") as response:
        page = await response.text()
    return any(line.startswith("grpc_server_handled_total") and "CreateNamespace" in line for line in page.splitlines())


@pytest.mark.usefixtures("postgres")
async def test_one_of_two_replicas_on_a_port_is_drained_without_a_failed_call(tmp_path):
    """Both serve; when one of them ends, its clients connect to the other."""
    settings = await pg.settings_for(tmp_path)
    environment = {f"REDEEMD_{name.upper()}": str(value) for name, value in settings.items()}
    port = free_port()
    async with contextlib.AsyncExitStack() as stack:
        replicas = await asyncio.gather(*(started(tmp_path, port, **environment) for _ in range(2)))
        stack.push_async_callback(lambda: asyncio.gather(*(replica.end() for replica in replicas)))
        players = await until_both_serve(stack, tmp_path, port, replicas)
        async with asyncio.timeout(WAIT_SECONDS), contextlib.AsyncExitStack() as game:
            for each in players:
                await game.enter_async_context(each.playing(1))
            assert await replicas[0].end() == 0
            await asyncio.gather(*(each.rounds_more(ROUNDS) for each in players))
    assert [wrong for each in players for wrong in each.wrong] == []


def test_an_embedded_database_shares_no_port():
    """Two of them on one port would serve different codes, by chance."""
    with pytest.raises(ConfigError, match="reuse_port needs PostgreSQL"):
        load(reuse_port=True)
