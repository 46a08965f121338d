"""The servers under proof: real processes on one database, which can be killed, paused and started again."""

import asyncio
import base64
import contextlib
import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0


class NotStarted(Exception):
    """A server ended instead of serving; the text is what it said."""


class Replica:
    """One process of redeemd, with an address that stays when it is started again."""

    def __init__(self, name, flags, environment, log):
        self.name = name
        self.address = f"127.0.0.1:{_free_port()}"
        self.environment = environment
        self._flags = flags
        self._log = log
        self._process = None

    @property
    def running(self):
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    async def start(self, clock_ms=0):
        """Start it with a clock that is wrong by `clock_ms`, and wait until it serves."""
        command = [sys.executable, "-m", "proof.serve", str(clock_ms), "serve", "--listen", self.address]
        command += ["--http-listen", "", "--log", "off", "--drain-seconds", "0.3", *self._flags]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, cwd=TESTS, env=self.environment, stdout=log, stderr=log
            )
        async with asyncio.timeout(START_SECONDS_MAX):
            while not await self._accepts():
                if not self.running:
                    raise NotStarted(f"{self.name}: {self._log.read_text()[-2000:]}")
                await asyncio.sleep(0.02)

    async def _accepts(self):
        try:
            _, writer = await asyncio.open_connection(*self.address.split(":"))
        except OSError:
            return False
        writer.close()
        return True

    def signal(self, number):
        """Send a signal, if it runs."""
        if self.running:
            self._process.send_signal(number)

    async def ended(self):
        """Wait until the process is gone, by force if it takes too long."""
        if self._process is None:
            return
        try:
            await asyncio.wait_for(self._process.wait(), STOP_SECONDS_MAX)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def kill(self):
        """Take the process away, as a failing machine does."""
        self.signal(signal.SIGKILL)
        await self.ended()

    async def terminate(self):
        """Ask it to end, and let it finish what it does."""
        self.signal(signal.SIGTERM)
        await self.ended()


class SqliteCluster:
    """One server on a data folder."""

    replica_count = 1
    database_faults = ()

    def __init__(self, folder, *, server=None):
        """`server` is a folder with another build of redeemd, in place of the installed one."""
        self.folder = folder
        self.keys = [f"k1:{_secret()}"]
        self.replicas = [
            Replica("server", ["--data", str(folder / "data")], self._environment(server), folder / "server.log")
        ]
        self._set_keys()

    def _environment(self, server):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("REDEEMD_")}
        return clean | ({"PYTHONPATH": str(server)} if server else {})

    def _set_keys(self):
        for replica in self.replicas:
            replica.environment["REDEEMD_MASTER_KEY"] = ",".join(self.keys)

    @contextlib.asynccontextmanager
    async def running(self):
        """Start all of it; take it away at the end."""
        try:
            for replica in self.replicas:
                await replica.start()
            yield
        finally:
            for replica in self.replicas:
                await replica.kill()

    async def restart(self):
        """End all processes in order and start them again: nothing of what was asked before is under way then."""
        for replica in self.replicas:
            await replica.terminate()
            await replica.start()

    async def rotate_key(self):
        """Add a master key; new codes are issued under it."""
        self.keys.append(f"k{len(self.keys) + 1}:{_secret()}")
        self._set_keys()
        await self.restart()

    def namespace_salt(self, name):
        """Read the salt of a SerialKey namespace, as one who stole a copy of the database could."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "redeemd.db")) as database:
            query = "SELECT salt FROM namespace WHERE name = ? AND service = 'serialKey'"
            return database.execute(query, (name,)).fetchone()[0]

    @property
    def admin_key(self):
        """The key that the first start made."""
        return (self.folder / "data" / "admin.key").read_text().strip()


def _secret():
    return base64.b64encode(os.urandom(32)).decode()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
