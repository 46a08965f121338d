"""Three real replicas on one PostgreSQL that are restarted one after the other, and players that keep calling them."""

import asyncio
import contextlib
import itertools
import signal
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import grpc

from support import postgres as pg
from support.process import Process, spawn
from support.programs import free_port
from support.service import Service
from support.world import World

SERVICE_CONFIG = Path(__file__).resolve().parents[2] / "generated" / "descriptors" / "service_config.json"
REPLICAS = 3
PAUSE_SECONDS = 0.05  # of a player between two rounds: what they play takes CPU from the starts they wait for


class Replicas:
    """Processes on one database, each with an address that stays when it is started again."""

    def __init__(self, folder: Path, drain_seconds: float, *flags: str, count: int = REPLICAS) -> None:
        self.folder = folder
        self.addresses = [f"127.0.0.1:{free_port()}" for _ in range(count)]
        self.processes: dict[str, Process] = {}
        self.environment: dict[str, str] = {}
        self._flags = ("--drain-seconds", str(drain_seconds), *flags)

    @contextlib.asynccontextmanager
    async def running(self, settings: Mapping[str, object] | None = None, **environment: str) -> AsyncIterator[None]:
        """Start all; take them away at the end.

        `settings` are those of a database that is ready; by default one is made. `environment` is for this start only.
        """
        settings = settings or await pg.settings_for(self.folder)
        self.environment = {f"REDEEMD_{name.upper()}": str(value) for name, value in settings.items()}
        try:
            await asyncio.gather(*(self.start(address, **environment) for address in self.addresses))
            yield
        finally:
            await asyncio.gather(*(process.end(signal.SIGKILL) for process in self.processes.values()))

    async def start(self, address: str, **environment: str) -> None:
        """Start one, and wait until it serves."""
        variables: dict[str, Any] = self.environment | environment
        process = await spawn(self.folder, "--listen", address, *self._flags, **variables)
        self.processes[address] = process
        await process.wait_until_serving()

    async def restart(self, address: str, how: signal.Signals = signal.SIGTERM, **environment: str) -> None:
        """End one by a signal, on which SIGTERM has it end in order, and start it again."""
        assert await self.processes[address].end(how) == (0 if how == signal.SIGTERM else -how)
        await self.start(address, **environment)

    @contextlib.asynccontextmanager
    async def service(self) -> AsyncIterator[Service]:
        """Call all replicas in turn, with the published service config."""
        options = [("grpc.service_config", SERVICE_CONFIG.read_text())]
        target = f"ipv4:{','.join(self.addresses)}"
        async with grpc.aio.insecure_channel(target, options=options) as channel:
            key = (self.folder / "admin.key").read_text().strip()
            nothing: Any = None
            yield Service(nothing, nothing, nothing, nothing, channel, key, nothing)


class HonestPlayers:
    """Players who log in, get a code and use it, over and over, each call at another replica.

    `wrong` lists calls that failed or were answered wrongly.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = itertools.count(1)
        self._played = asyncio.Condition()
        self.over = False
        self.rounds = 0
        self.wrong: list[str] = []

    @contextlib.asynccontextmanager
    async def playing(self, players: int) -> AsyncIterator[None]:
        """Run the players during the block."""
        async with asyncio.TaskGroup() as group:
            for number in range(players):
                group.create_task(self._play(f"player-{number}"))
            try:
                yield
            finally:
                self.over = True

    async def rounds_more(self, count: int) -> None:
        """Wait until they have played some more rounds."""
        enough = self.rounds + count
        async with self._played:
            await self._played.wait_for(lambda: self.rounds >= enough)

    async def _play(self, player: str) -> None:
        while not self.over:
            try:
                await self._round(player)
            except grpc.aio.AioRpcError as error:
                self.wrong.append(f"{error.code()} {error.details()}")
            self.rounds += 1
            async with self._played:
                self._played.notify_all()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _round(self, player: str) -> None:
        service = self._world.service
        service.tokens.clear()  # a token of now, made with the key of now
        code = (await self._call("IssueOnce", campaign_model_name="spring")).item.code
        await service.token(player)
        used = await self._world.as_player("Use", player, code=code, headers=self._key())
        if used.item.used_user_id != player:
            self.wrong.append(f"{code} was used by {used.item.used_user_id}")
        listed = await self._call("GetSerialKey", code=code)
        if listed.item.used_user_id != player:
            self.wrong.append(f"{code} is shown as used by {listed.item.used_user_id}")

    async def _call(self, rpc: str, **fields: Any) -> Any:
        return await self._world.call(rpc, headers=self._key(), **fields)

    def _key(self) -> Iterable[tuple[str, str]]:
        return [("idempotency-key", f"honest-{next(self._numbers)}")]
