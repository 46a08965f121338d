"""A handler in a process of its own, and what the test knows of it."""

import asyncio
import contextlib
import json
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc
from redeem.transaction.v1 import action_handler_pb2 as pb
from redeem.transaction.v1 import action_handler_pb2_grpc

from support import faulty_handler
from support.patience import WAIT_SECONDS
from support.programs import free_port

GIVE, TAKE, HAS = "Game:GiveItem", "Game:TakeItem", "Game:HasItem"
# Tests wait for none of it longer than they have to.
HURRIED = {"deadlineSeconds": 0.5, "backoffSeconds": 0.05, "backoffSecondsMax": 0.2, "attemptsMax": 10_000}


class Handler:
    """The faulty handler: see support/faulty_handler.py. It may be killed and started again at the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.database, self._script = folder / "inventory.db", folder / "script.json"
        self.port = free_port()
        self._process: Any = None

    def configuration(self, **settings: Any) -> Path:
        """Write a configuration file for redeemd; return its path."""
        path = self.folder / "handlers.json"
        game = {
            "address": f"127.0.0.1:{self.port}",
            "plaintext": True,
            "actions": {"GiveItem": {"quantityField": "count"}, "TakeItem": {"quantityField": "count"}},
        }
        path.write_text(json.dumps({"Game": game | HURRIED | settings}))
        return path

    def script(self, *behaviours: str) -> None:
        """Set the results of the next calls; earlier calls succeeded."""
        faulty_handler.released(self._script).unlink(missing_ok=True)
        self._script.write_text(json.dumps(["ok"] * len(self.calls()) + list(behaviours)))

    def release(self) -> None:
        """Release the held calls, until the next script."""
        faulty_handler.released(self._script).touch()

    async def start(self) -> None:
        """Start the process, and wait until it serves."""
        program = [sys.executable, faulty_handler.__file__, f"127.0.0.1:{self.port}", self.database, self._script]
        self._process = await asyncio.create_subprocess_exec(*map(str, program), stdout=asyncio.subprocess.PIPE)
        async with asyncio.timeout(WAIT_SECONDS):
            assert await self._process.stdout.readline(), "it did not start"

    async def kill(self) -> None:
        """Kill it, if it runs."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.wait()
            self._process._transport.close()

    async def dead(self) -> None:
        """Wait until it died by itself."""
        async with asyncio.timeout(WAIT_SECONDS):
            await self._process.wait()

    def _read(self, statement: str, *values: object) -> list[Any]:
        if not self.database.exists():
            return []
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            try:
                return database.execute(statement, values).fetchall()
            except sqlite3.OperationalError:  # no table yet
                return []

    def calls(self, rpc: str | None = None) -> list[Any]:
        """Return the calls that came, in order: rpc, key, content but for the attempt, player."""
        calls = self._read("SELECT rpc, key, content, user_id FROM call ORDER BY number")
        return [call for call in calls if rpc in {None, call[0]}]

    def together(self) -> dict[str, list[int]]:
        """Return with how many others, itself included, each execution came, by its key: a list of all its attempts."""
        found: dict[str, list[int]] = {}
        for key, together in self._read("SELECT key, together FROM call WHERE rpc = 'Execute' ORDER BY number"):
            found.setdefault(key, []).append(together)
        return found

    def executed(self, user_id: str | None = None) -> list[tuple[str, str, Any]]:
        """Return what was executed, in order: key, action, request."""
        rows = self._read("SELECT key, action, request, user_id FROM execution WHERE NOT cancelled ORDER BY rowid")
        return [(key, action, json.loads(request)) for key, action, request, user in rows if user_id in {None, user}]

    def items(self, user_id: str, name: str = "sword") -> int:
        """Return how many of an item a player has."""
        rows = self._read("SELECT count FROM item WHERE user_id = ? AND name = ?", user_id, name)
        return rows[0][0] if rows else 0

    async def execute(self, **fields: Any) -> str:
        """Call the handler as redeemd does; return the status."""
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            try:
                stub = action_handler_pb2_grpc.ActionHandlerStub(channel)  # type: ignore[no-untyped-call]  # generated
                await stub.Execute(pb.ExecuteRequest(**fields))
            except grpc.aio.AioRpcError as error:
                return error.code().name
        return "OK"

    def give(self, user_id: str, count: int, name: str = "gold") -> None:
        """Give a player something, behind everybody's back."""
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            database.execute("INSERT INTO item VALUES (?, ?, ?)", (user_id, name, count))

    def contents_differ(self) -> list[tuple[str, str]]:
        """Return the keys that came with different contents."""
        contents: dict[tuple[str, str], set[str]] = {}
        for rpc, key, content, _ in self.calls():
            contents.setdefault((rpc, key), set()).add(content)
        return [key for key, found in contents.items() if len(found) > 1]


@contextlib.asynccontextmanager
async def handling(folder: Path) -> AsyncIterator[Handler]:
    """Run a handler in a folder."""
    handler = Handler(folder)
    await handler.start()
    try:
        yield handler
    finally:
        await handler.kill()


async def until(holds: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Wait until something holds; return its result."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)
